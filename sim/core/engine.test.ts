import { describe, expect, it } from 'vitest';
import { Engine } from './engine.ts';
import { SimBug } from './errors.ts';
import { Rng } from './rng.ts';

/** Delays as they occur in device models, and some that only an enemy would choose. */
const DELAYS: Record<string, (rng: Rng) => number> = {
  exponential: (rng) => Math.floor(rng.exponential(1e6)),
  constant: () => 1000,
  'integers 1 to 8': (rng) => rng.int(1, 8),
  uniform: (rng) => rng.int(0, 1e6),
  bimodal: (rng) => (rng.chance(0.9) ? rng.int(0, 1e3) : rng.int(1e7, 2e7)),
  'Pareto 1.1': (rng) => Math.min(1e14, Math.floor(1e3 * (1 - rng.float()) ** (-1 / 1.1))),
  'half zero': (rng) => (rng.chance(0.5) ? 0 : rng.int(0, 1e6)),
  'every scale': (rng) => Math.floor(2 ** (rng.float() * 45)),
  'a barrier ahead': (rng) => (rng.chance(0.3) ? 1e12 : rng.int(0, 100)),
  'all zero': () => 0,
};

interface Posted {
  at: number;
  arg: number;
}

/** What any event queue must do: sort by time, then by the order of posting. */
function sorted(posted: readonly Posted[]): number[] {
  return [...posted].sort((x, y) => x.at - y.at || x.arg - y.arg).map((event) => event.arg);
}

describe.each(Object.entries(DELAYS))('delays: %s', (_name, delay) => {
  it.each([3, 10, 17, 49, 100, 1000, 20_000])(
    '%i events in flight run in order of time, then of posting',
    (size) => {
      const rng = new Rng(7, `${size}`);
      const engine = new Engine();
      const posted: Posted[] = [];
      const ran: number[] = [];
      let wrongTime = 0;
      let budget = 3 * size + 500;
      const post = () => {
        const at = engine.now + delay(rng);
        posted.push({ at, arg: posted.length });
        engine.post(at, handler, posted.length - 1);
      };
      const handler = engine.handler('test', (arg) => {
        if (engine.now !== posted[arg].at) wrongTime++;
        ran.push(arg);
        // A population that swells and shrinks passes through every form the queue can take.
        const swelling = engine.pending < size * (1 + (engine.events & 1024 ? 1 : 0));
        for (let n = swelling ? rng.int(0, 3) : rng.int(0, 1); n > 0 && budget > 0; n--, budget--) post();
      });
      for (let i = 0; i < size; i++) post();
      const end = engine.run();
      expect(wrongTime).toBe(0);
      expect(ran).toEqual(sorted(posted));
      expect(end).toEqual({ kind: 'idle', events: posted.length });
      expect(engine.pending).toBe(0);
      expect(engine.nextDue).toBe(Infinity);
    },
  );
});

/** Posts all times before running, and runs: the order must be that of a stable sort. */
function expectSorted(times: readonly number[]): void {
  const engine = new Engine();
  const ran: number[] = [];
  const handler = engine.handler('test', (arg) => ran.push(arg));
  times.forEach((at, arg) => {
    engine.post(at, handler, arg);
  });
  expect(engine.nextDue).toBe(Math.min(...times.slice(0, 1000), ...[times.reduce((x, y) => Math.min(x, y))]));
  engine.run();
  expect(ran).toEqual(sorted(times.map((at, arg) => ({ at, arg }))));
}

describe('what an enemy posts', () => {
  const COUNT = 50_000;
  const list = (make: (i: number) => number) => Array.from({ length: COUNT }, (_, i) => make(i));

  it('descending times', () => expectSorted(list((i) => COUNT - i)));
  it('ascending times', () => expectSorted(list((i) => i)));
  it('two masses of ties with a trickle between', () =>
    expectSorted(list((i) => [100, 200, 150][i % 3] + (i % 7 === 0 ? 1 : 0))));
  it('ever halving times', () => expectSorted(list((i) => Math.floor(2 ** (52 - (i / COUNT) * 52)))));
  it('descending batches of ties', () => expectSorted(list((i) => 1e6 - Math.floor(i / 65))));
  it('a saw', () => expectSorted(list((i) => (i * 7919) % 4096)));
  it('both ends of the range of time', () =>
    expectSorted(list((i) => (i % 2 ? Number.MAX_SAFE_INTEGER - (i % 100) : i % 100))));
  it('organ pipes', () => expectSorted(list((i) => Math.abs(COUNT / 2 - i) * 3)));

  it('bursts before a barrier of ties, again and again', () => {
    const rng = new Rng(1);
    const engine = new Engine();
    const posted: Posted[] = [];
    const ran: number[] = [];
    const post = (at: number) => {
      posted.push({ at, arg: posted.length });
      engine.post(at, handler, posted.length - 1);
    };
    const handler = engine.handler('test', (arg) => {
      ran.push(arg);
      if (arg % 80 === 0 && engine.now < 1e9 && posted.length < 60_000) {
        for (let i = 0; i < 80; i++) post(engine.now + rng.int(1, 5000));
      }
    });
    for (let i = 0; i < 20_000; i++) post(1e9);
    post(0);
    for (let i = 0; i < 100; i++) post(i);
    engine.run();
    expect(ran).toEqual(sorted(posted));
  });
});

describe('order on equal times', () => {
  it('is the order of posting for 100 000 events of one time, with more posted while they run', () => {
    const engine = new Engine();
    const ran: number[] = [];
    let next = 0;
    const handler = engine.handler('test', (arg) => {
      ran.push(arg);
      if (arg % 2 === 0 && next < 150_000) engine.post(engine.now, handler, next++);
    });
    while (next < 100_000) engine.post(5, handler, next++);
    engine.run();
    expect(ran.length).toBe(next);
    expect(ran.every((arg, i) => arg === i)).toBe(true);
  });

  it('keeps negative and large arguments', () => {
    const engine = new Engine();
    const seen: number[] = [];
    const handler = engine.handler('test', (arg) => seen.push(arg));
    for (const arg of [-1, 0, 2 ** 31 - 1, -(2 ** 31)]) engine.post(1, handler, arg);
    engine.post(1, handler);
    engine.run();
    expect(seen).toEqual([-1, 0, 2 ** 31 - 1, -(2 ** 31), 0]);
  });
});

describe('timers', () => {
  it('go off once, at their time, and are idle while their handler runs', () => {
    const engine = new Engine();
    const log: string[] = [];
    const timer = engine.timer('t', () => log.push(`${engine.now} ${timer.due}`));
    timer.set(10);
    expect(timer.due).toBe(10);
    engine.run();
    expect(log).toEqual(['10 Infinity']);
    expect(engine.run()).toEqual({ kind: 'idle', events: 0 });
  });

  it('move when set again, earlier or later, and vanish when cancelled', () => {
    const engine = new Engine();
    const fired: [string, number][] = [];
    const later = engine.timer('later', () => fired.push(['later', engine.now]));
    const earlier = engine.timer('earlier', () => fired.push(['earlier', engine.now]));
    const never = engine.timer('never', () => fired.push(['never', engine.now]));
    later.set(10);
    later.set(30);
    earlier.set(50);
    earlier.set(20);
    never.set(15);
    never.cancel();
    never.cancel();
    expect(engine.pending).toBe(2);
    expect(engine.nextDue).toBe(20);
    expect(engine.run()).toEqual({ kind: 'idle', events: 2 });
    expect(fired).toEqual([
      ['earlier', 20],
      ['later', 30],
    ]);
    expect(engine.now).toBe(30);
  });

  it('never show a cancelled time as the next one', () => {
    const engine = new Engine();
    const timers = Array.from({ length: 100 }, (_, i) => engine.timer(`${i}`, () => {}));
    timers.forEach((timer, i) => {
      timer.set(1000 - i);
    });
    for (let i = 99; i > 0; i--) {
      expect(engine.nextDue).toBe(1000 - i);
      timers[i].cancel();
    }
    expect(engine.nextDue).toBe(1000);
    timers[0].cancel();
    expect(engine.nextDue).toBe(Infinity);
    expect(engine.pending).toBe(0);
  });

  it('set to the time they have anyway, queue up behind the others of that time', () => {
    const engine = new Engine();
    const order: string[] = [];
    const first = engine.timer('first', () => order.push('first'));
    const second = engine.timer('second', () => order.push('second'));
    first.set(5);
    second.set(5);
    first.set(5);
    engine.run();
    expect(order).toEqual(['second', 'first']);
  });

  it('can be pushed ahead a hundred thousand times without filling the queue', () => {
    const engine = new Engine();
    const watchdog = engine.timer('watchdog', () => {});
    const other = engine.handler('other', () => {});
    let longest = 0;
    const handler = engine.handler('kick', (left) => {
      watchdog.set(engine.now + 1e9);
      // biome-ignore lint/complexity/useLiteralKeys: what the queue holds besides what is pending is nobody else's business
      longest = Math.max(longest, engine['queue'].size);
      if (left > 0) engine.post(engine.now + 10, handler, left - 1);
    });
    engine.post(0, handler, 1e5);
    // Something due earlier keeps the entries that are void from reaching the front.
    engine.post(2e6, other);
    engine.run(1e6);
    expect(engine.pending).toBe(2);
    expect(longest).toBeGreaterThan(1000);
    expect(longest).toBeLessThan(5000);
    engine.run(3e6);
    expect([engine.pending, engine.nextDue]).toEqual([1, 1e6 + 1e9]);
  });

  it('agree with a plain model under random setting and cancelling', () => {
    const rng = new Rng(3);
    const engine = new Engine();
    const due = new Array<number>(50).fill(Infinity);
    let wrong = 0;
    let fired = 0;
    const timers = due.map((_, i) =>
      engine.timer(`${i}`, () => {
        if (due[i] !== engine.now || due.some((at) => at < engine.now)) wrong++;
        due[i] = Infinity;
        fired++;
      }),
    );
    for (let step = 0; step < 30_000; step++) {
      const i = rng.int(0, 49);
      if (rng.chance(0.2)) {
        timers[i].cancel();
        due[i] = Infinity;
      } else {
        due[i] = engine.now + rng.int(0, 500);
        timers[i].set(due[i]);
      }
      if (engine.nextDue !== Math.min(...due)) wrong++;
      if (rng.chance(0.5)) engine.advanceTo(engine.now + rng.int(0, 20));
    }
    expect(wrong).toBe(0);
    expect(fired).toBeGreaterThan(1000);
  });
});

describe('run', () => {
  function ticking(): Engine {
    const engine = new Engine();
    const tick = engine.handler('tick', () => engine.post(engine.now + 10, tick));
    engine.post(10, tick);
    return engine;
  }

  it('ends at `until`, inclusive, with the clock there', () => {
    const engine = ticking();
    expect(engine.run(35)).toEqual({ kind: 'until', events: 3 });
    expect(engine.now).toBe(35);
    expect(engine.run(40)).toEqual({ kind: 'until', events: 1 });
    expect(engine.nextDue).toBe(50);
  });

  it('ends at its budget, with the clock at the last event', () => {
    const engine = ticking();
    expect(engine.run(1000, 7)).toEqual({ kind: 'budget', events: 7 });
    expect(engine.now).toBe(70);
    expect(engine.events).toBe(7);
  });

  it('explains itself where neither end is given and nothing comes to rest', () => {
    expect(() => ticking().run()).toThrow(/stopped after 50 million events.*a timer that sets itself/s);
    expect(ticking().run(Infinity, 9)).toEqual({ kind: 'budget', events: 9 });
  });

  it('moves the clock to `until` when there is nothing to do', () => {
    const engine = new Engine();
    expect(engine.run(99)).toEqual({ kind: 'idle', events: 0 });
    expect(engine.now).toBe(99);
    expect(engine.step()).toBe(false);
  });

  it('steps one event at a time', () => {
    const engine = ticking();
    expect(engine.step()).toBe(true);
    expect(engine.step()).toBe(true);
    expect([engine.now, engine.events]).toEqual([20, 2]);
  });

  it('nests: a handler that runs the engine goes on at the later time', () => {
    const engine = new Engine();
    const log: string[] = [];
    const inner = engine.handler('inner', (arg) => log.push(`inner ${arg} at ${engine.now}`));
    const outer = engine.handler('outer', () => {
      log.push(`outer at ${engine.now}`);
      engine.advanceTo(30);
      log.push(`outer at ${engine.now}`);
    });
    engine.post(10, outer);
    engine.post(20, inner, 1);
    engine.post(30, inner, 2);
    engine.post(31, inner, 3);
    engine.run();
    expect(log).toEqual(['outer at 10', 'inner 1 at 20', 'inner 2 at 30', 'outer at 30', 'inner 3 at 31']);
  });

  it('reports nesting without end as a bug of ours, and works afterwards', () => {
    const engine = new Engine();
    const handler = engine.handler('loop', () => {
      engine.post(engine.now, handler);
      engine.run();
    });
    engine.post(0, handler);
    expect(() => engine.run()).toThrow(SimBug);
    // biome-ignore lint/complexity/useLiteralKeys: the depth must be back where it was
    expect(engine['depth']).toBe(0);
  });
});

it('goes on after a handler that throws: its event is spent, the others are there', () => {
  const engine = new Engine();
  const ran: number[] = [];
  const handler = engine.handler('test', (arg) => {
    if (arg === 1) throw new Error('a mistake in a model');
    ran.push(arg);
  });
  for (const arg of [0, 1, 2]) engine.post(10 * arg, handler, arg);
  expect(() => engine.run()).toThrow('a mistake in a model');
  expect([engine.now, engine.pending]).toEqual([10, 1]);
  engine.run();
  expect(ran).toEqual([0, 2]);
});

describe('advanceTo and skipTo', () => {
  it('advanceTo runs what is due, inclusive, and leaves the clock at the time given', () => {
    const engine = new Engine();
    const ran: number[] = [];
    const handler = engine.handler('test', (arg) => ran.push(arg));
    for (const at of [5, 10, 11]) engine.post(at, handler, at);
    engine.advanceTo(10);
    expect(ran).toEqual([5, 10]);
    expect(engine.now).toBe(10);
    engine.skipTo(10);
    expect(() => engine.skipTo(11)).toThrow(SimBug);
    expect(() => engine.skipTo(9)).toThrow(SimBug);
    engine.advanceTo(11);
    engine.skipTo(1e15);
    expect(engine.now).toBe(1e15);
  });

  it('refuse the past, and times that are none', () => {
    const engine = new Engine();
    const handler = engine.handler('test', () => {});
    engine.advanceTo(100);
    expect(() => engine.advanceTo(99)).toThrow(SimBug);
    expect(() => engine.advanceTo(Infinity)).toThrow(SimBug);
    for (const at of [99, Number.NaN, Infinity, 2 ** 54])
      expect(() => engine.post(at, handler)).toThrow(SimBug);
    expect(engine.pending).toBe(0);
  });
});

it('names its handlers', () => {
  const engine = new Engine();
  const handler = engine.handler('ide.dma', () => {});
  expect(engine.handlerName(handler)).toBe('ide.dma');
});
