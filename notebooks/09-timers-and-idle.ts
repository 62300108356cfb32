// %% [markdown]
// # Ticks of machines that do nothing
//
// A machine that does nothing is woken so many times a second to find out that there is nothing to do. What that costs depends on the
// clock that wakes it.
//
// Guess first: sixteen idle machines, each with 250 ticks a second from the timer/counter of its PC. How many exits a second do they
// make together? None? Four thousand, one a tick? More?

// %%
import assert from 'node:assert/strict';
import {
  Cpu,
  curvesSvg,
  findExperiment,
  Hypervisor,
  imageOf,
  markdownTable,
  type Program,
  run,
  runLine,
  seriesOf,
  startPeriodicTimer,
  startSynic,
  sweep,
  takeExpiry,
  vpLanesSvg,
} from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'timers-and-idle?source=pit&hz=250';

// %%
const idle = runLine(line);
const { exits, perTick, taken, share } = idle.metrics;
console.log(`${exits} exits a second: ${perTick} for each of ${taken} ticks; ${share} % of a processor`);

// %% [markdown]
// Five a tick: read the mask of the interrupt controller, mask the line, end the interrupt, unmask the line, and go to sleep again. The
// first four are answered by a process in the root partition.
//
// ## Whose clock is it?
//
// The timer of the local APIC and the synthetic timers belong to the hypervisor itself.

// %%
const sources = (['pit', 'apic', 'message', 'direct', 'tickless'] as const).map((source) =>
  run('timers-and-idle', { source }),
);
tslab.display.markdown(markdownTable(findExperiment('timers-and-idle'), sources));
const [pit, apic, message, direct, tickless] = sources.map(({ metrics }) => metrics);
assert.ok(pit.share > 2 * apic.share);
assert.ok(message.perTick <= apic.perTick);
assert.equal(direct.toWorker, 0);
assert.ok(tickless.exits * 10 < direct.exits);

// %% [markdown]
// ## A synthetic timer in your hands
//
// Leave the experiment and set one: a machine with one VP, its message page, and timer 0 with a period of a millisecond (10 000 units of
// 100 ns), which sends its messages to source 2. The handler takes each message out of its slot and looks at what it says.

// %%
const partition = new Hypervisor().createPartition({ memory: 64 * 1024 });
const cpu = new Cpu(partition);
const MESSAGES = 0x3000;
const said: { due: number; delivered: number }[] = [];
cpu.onVector(0xf3, function* (): Program {
  const expiry = yield* takeExpiry(cpu, MESSAGES, 2);
  if (expiry) said.push(expiry);
  yield* cpu.eoi();
});
cpu.finish(
  (function* (): Program {
    yield* startSynic(cpu, { messages: MESSAGES, events: 0x4000, sint: 2, vector: 0xf3 });
    yield* startPeriodicTimer(cpu, 0, 10_000, { sint: 2 });
    while (said.length < 5) yield* cpu.hlt();
  })(),
);
for (const { due, delivered } of said)
  console.log(`due ${due}, delivered ${delivered}, ${delivered - due} units late`);
assert.ok(said.every(({ due, delivered }) => delivered >= due));
assert.ok(said.slice(1).every(({ due }, n) => due - said[n].due === 10_000));

// %% [markdown]
// A signal is never early. It may be late, and the message says by how much.
//
// ## Exits grow with the ticks

// %%
const rates = [64, 100, 250, 500, 1000];
const byRate = (['pit', 'apic', 'direct'] as const).map((source) =>
  sweep('timers-and-idle', 'hz', rates, { source }),
);
tslab.display.html(
  imageOf(
    curvesSvg(
      byRate.map((of) => seriesOf(of, 'share')),
      {
        title: 'Sixteen idle machines: % of a processor',
        along: 'ticks a second',
        names: ['timer/counter', 'APIC', 'synthetic'],
      },
    ),
  ),
);
for (const { runs } of byRate) assert.ok(runs[4].metrics.share > 5 * runs[0].metrics.share);

// %% [markdown]
// ## When the processor is away
//
// Now the machines work, two for each processor. While one waits for its turn its ticks go on.

// %%
const busy = { load: 100, vms: 8 } as const;
const picture = run('timers-and-idle', { ...busy, source: 'apic', time: 100 });
tslab.display.html(imageOf(vpLanesSvg(picture, { title: 'Who has a processor: machine.VP' })));

// %%
const away = [
  run('timers-and-idle', { ...busy, source: 'apic' }),
  run('timers-and-idle', { ...busy, source: 'direct' }),
  run('timers-and-idle', { ...busy, source: 'direct', lazy: true }),
];
for (const [n, name] of ['APIC', 'synthetic', 'synthetic, lazy'].entries()) {
  const { due, lost, behind } = away[n].metrics;
  console.log(`${name}: ${lost} of ${due} ticks lost, the slowest guest is ${behind} ms behind`);
}
assert.ok(away[0].metrics.lost > away[0].metrics.due / 5);
assert.equal(away[1].metrics.lost, 0);
assert.ok(away[2].metrics.lost > away[2].metrics.due / 5);

// %% [markdown]
// An interrupt that waits is one bit, so the ticks of the APIC's timer fall on each other. The synthetic timer belongs to somebody who
// remembers what is owed, and pays it back at a shorter period, unless it is told that nobody counts (*lazy*).
//
// It cannot pay back everything: with more machines for each processor even its ticks are skipped.

// %%
const machines = [4, 6, 8, 12, 16];
const behindBy = (['apic', 'direct'] as const).map((source) =>
  sweep('timers-and-idle', 'vms', machines, { load: 100, source }),
);
tslab.display.html(
  imageOf(
    curvesSvg(
      behindBy.map((of) => seriesOf(of, 'behind')),
      {
        title: 'Milliseconds behind after a second',
        along: 'busy machines on four processors',
        names: ['APIC', 'synthetic'],
      },
    ),
  ),
);
assert.ok(behindBy[1].runs[4].metrics.behind > 0);

// %% [markdown]
// ## The watchdog
//
// Windows' first processor watches the ticks of the others. Two machines of 32 VPs on one processor: everybody is well, and waits for
// sixty others.

// %%
const crowd = { hz: 64, vms: 2, vps: 32, processors: 1, load: 100, source: 'direct' } as const;
for (const watchdog of ['armed', 'asks'] as const) {
  const { timeouts, longest } = run('timers-and-idle', { ...crowd, watchdog }).metrics;
  console.log(`${watchdog}: longest time without a tick ${longest} ms, ${timeouts} machines stopped`);
  assert.equal(timeouts, watchdog === 'armed' ? 2 : 0);
}

// %% [markdown]
// The second guest has asked CPUID for the hint *relaxed timing* and does not watch.
//
// ## Digest

// %%
console.log(`npx ringside run "${idle.line}"`);
console.log(`digest ${idle.digest}`);

// %% [markdown]
// ## Exercise
//
// Write the rule of a lazy timer. It was due at `due`, has a period, and could not be signalled until `now`. When is it due next? All
// three are in units of 100 ns. The answer must lie after `now`, and on the beat.
//
// The check tries a thousand cases (a fixed seed).

// %% tags=["exercise"]
function nextDue(due: number, period: number, now: number): number {
  return now < due ? due : due + period; // right when it is on time; skip what was missed
}

// %% tags=["check"]
let dice = 13;
const roll = (sides: number) => {
  dice = (dice * 48_271) % 2_147_483_647;
  return dice % sides;
};
let wrong = 0;
for (let n = 0; n < 1000; n++) {
  const due = roll(1_000_000);
  const period = 1 + roll(50_000);
  const now = due + (n % 4 === 0 ? 0 : roll(200_000));
  const next = nextDue(due, period, now);
  const onTheBeat = (next - due) % period === 0;
  if (!(next > now && next - now <= period && onTheBeat)) wrong++;
}
console.log(
  wrong === 0
    ? 'Solved: nothing comes early, and the beat is kept.'
    : `Not yet: ${wrong} of 1000 cases wrong.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function nextDue(due: number, period: number, now: number): number {
//   return due + period * (Math.floor((now - due) / period) + 1);
// }
// ```
//
// The hypervisor's own has one thing more: when the next expiry is near already, it skips the late one as well.
//
// </details>
