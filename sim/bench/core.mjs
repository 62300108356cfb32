// What the hot paths of the core cost by themselves: moving the clock past an exit, moving a timer, recording a row, drawing a number.

const KIND = { name: 'io.out', fields: ['port', 'value'], doc: '' };

export async function run(h) {
  const { Engine } = await h.load('core/engine.js');
  const { Trace } = await h.load('core/trace.js');
  const { Streams } = await h.load('core/rng.js');
  const n = h.quick ? 1e5 : 2e7;

  await h.single('skipTo past an exit, nothing due', timed(n, exits(new Engine())));
  await h.single('timer moved, once per event', timed(n / 10, watchdog(Engine)));
  const kept = new Trace({ cap: 1 << 16 });
  await h.single('trace row kept', timed(n, rows(kept, true)), { target: 100 });
  await h.single('trace row, trace disabled', timed(n, rows(new Trace({ enabled: false }), false)));
  await h.single('exponential number', timed(n / 4, numbers(new Streams(1).stream('bench'))));
}

/** Operations per second of `work(n)`, after a warm-up. */
function timed(n, work) {
  work(n);
  return () => {
    const start = process.cpuUsage();
    work(n);
    const { user, system } = process.cpuUsage(start);
    return (n * 1e6) / (user + system);
  };
}

/** A virtual processor that runs ahead, with a timer far away that is due now and then. */
function exits(engine) {
  const timer = engine.timer('tick', () => timer.set(engine.now + 1e6));
  timer.set(1e6);
  return (n) => {
    let now = engine.now;
    for (let i = 0; i < n; i++) {
      now += 37;
      if (engine.nextDue > now) engine.skipTo(now);
      else engine.advanceTo(now);
    }
  };
}

/** A timeout that every event pushes ahead and that never comes. */
function watchdog(Engine) {
  return (n) => {
    const engine = new Engine();
    const timer = engine.timer('watchdog', () => {});
    const handler = engine.handler('event', (left) => {
      timer.set(engine.now + 1e6);
      if (left > 0) engine.post(engine.now + 100, handler, left - 1);
    });
    engine.post(0, handler, n);
    engine.run(n * 100);
  };
}

function rows(trace, clear) {
  const kind = trace.kind(KIND);
  return (n) => {
    for (let i = 0; i < n; i++) {
      if (clear && (i & 0xffff) === 0) trace.clear();
      trace.emit(kind, i, 0, 0x1f0, i & 255);
    }
  };
}

function numbers(rng) {
  let sum = 0;
  return (n) => {
    for (let i = 0; i < n; i++) sum += rng.exponential(1000);
    return sum;
  };
}
