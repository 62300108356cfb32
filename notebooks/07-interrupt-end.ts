// %% [markdown]
// # The end of an interrupt
//
// A handler that is done says so: it writes to the **EOI** register of its local APIC. The hypervisor keeps that APIC, and must
// learn of the end, because the next interrupt may wait for it. So the end of an interrupt is an exit. Or a cheaper exit, or a bit in
// shared memory, or nothing.
//
// Guess first. Four interrupts become pending at the same moment, and the guest ends them by the *assist page*, the bit in shared
// memory. How many of the four ends are exits?

// %%
import assert from 'node:assert/strict';
import {
  Cpu,
  curvesSvg,
  findExperiment,
  Hypervisor,
  imageOf,
  lanesSvg,
  markdownTable,
  run,
  runLine,
  seriesOf,
  sweep,
  wire,
} from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'interrupt-end?method=assist&rounds=40&together=4';

// %%
const crowd = runLine(line);
console.log(
  `${crowd.metrics.ends} ends, ${crowd.metrics.eoiExits} of them exits, ${crowd.metrics.spared} without`,
);
tslab.display.html(imageOf(lanesSvg(crowd)));
assert.equal(crowd.metrics.eoiExits * 4, crowd.metrics.ends * 3);

// %% [markdown]
// Three of four. As long as another interrupt waits, the hypervisor has something to inject at the end, and takes "no EOI required"
// away.
//
// ## The bit in your hands
//
// Leave the experiment and do it by hand: a partition, a page of its memory, two interrupts. The first dword of the page is the
// whole enlightenment.

// %%
const PAGE = 0x4000;
const partition = new Hypervisor({ era: '2012' }).createPartition({ memory: 0x10000 });
const { apic } = partition.vps[0];
partition.writeMsr(0, wire.HV_X64_MSR.VP_ASSIST_PAGE, BigInt(PAGE) | wire.MSR_PAGE_ENABLE);
const bit = () => partition.memory.read32(PAGE) & 1;

apic.request(0x51);
console.log(`pending: bit ${bit()}`);
apic.acknowledge();
console.log(`injected, nothing waits: bit ${bit()}`);
assert.equal(bit(), 1);
apic.request(0x41);
console.log(`a lower one is requested: bit ${bit()}`);
assert.equal(bit(), 0);

// %% [markdown]
// Now the first one must be ended by an exit, and the second may be ended by the bit. Clear it as a guest does: the hypervisor does
// not notice until it looks the next time.

// %%
partition.writeMsr(0, wire.HV_X64_MSR.EOI, 0n);
apic.acknowledge();
console.log(`second injected: bit ${bit()}`);
partition.memory.write32(PAGE, 0);
console.log(`ends seen so far: ${partition.counters.total('eois')}`);
apic.request(0x61);
console.log(`ends seen once something else happens: ${partition.counters.total('eois')}`);
assert.equal(partition.counters.total('eois'), 2);
assert.equal(partition.counters.passed('hypervisor-eoi'), 1);

// %% [markdown]
// ## Every way there is
//
// One interrupt at a time, twenty thousand a second, costs of about 2012: by the APIC page, by synthetic MSR, by x2APIC MSR, by the
// assist page, and by AutoEOI, where the interrupt ends when it begins.

// %%
const methods = ['mmio', 'msr', 'x2apic', 'assist', 'auto'] as const;
const plain = methods.map((method) => run('interrupt-end', { method }));
tslab.display.markdown(markdownTable(findExperiment('interrupt-end'), plain));
assert.deepEqual(
  plain.map(({ metrics }) => metrics.eoiExits),
  [100, 100, 100, 0, 0],
);

// %% [markdown]
// Now the same on a processor that keeps the APIC itself. What was best is worst: AutoEOI keeps the processor from helping, and the
// two enlightenments exit where a plain store does not.

// %%
const helped = methods.map((method) => run('interrupt-end', { method, hardware: 'apicv', era: '2020' }));
for (const [i, { metrics }] of helped.entries())
  console.log(
    `${methods[i]}: ${metrics.hypervisorExits} exits, ${metrics.cyclesPerInterrupt} cycles an interrupt`,
  );
assert.deepEqual(
  helped.map(({ metrics }) => metrics.hypervisorExits),
  [0, 100, 0, 100, 0],
);
assert.ok(helped[4].metrics.cyclesPerInterrupt > 4 * helped[0].metrics.cyclesPerInterrupt);

// %% [markdown]
// ## A storm in a register
//
// 32-bit Windows up to XP kept its interrupt level in the APIC's task priority register: three accesses for every spin lock. Here is
// what that costs by the number of locks between two interrupts, with the costs of 2008, and what the two cures leave of it.

// %%
const storm = { level: 'page', rate: 5000, dpc: true, era: '2008', rounds: 40 } as const;
const locks = [0, 2, 4, 8, 16, 32, 64];
const xp = sweep('interrupt-end', 'locks', locks, storm);
const lazy = sweep('interrupt-end', 'locks', locks, { ...storm, level: 'lazy' });
const flex = sweep('interrupt-end', 'locks', locks, { ...storm, hardware: 'flex' });
tslab.display.html(
  imageOf(
    curvesSvg([seriesOf(xp, 'overhead'), seriesOf(lazy, 'overhead'), seriesOf(flex, 'overhead')], {
      title: 'Processor time lost, by spin locks per interrupt',
      along: 'locks between two interrupts',
      names: ['XP', 'Server 2003 SP2', 'XP, FlexPriority'],
    }),
  ),
);
for (const [i, { metrics }] of xp.runs.entries())
  assert.ok(lazy.runs[i].metrics.hypervisorExits <= metrics.hypervisorExits);

// %% [markdown]
// ## One access at a time
//
// The same guest's code, step by step: raise, lower, and where the exits are. `counters.exits` counts those of this partition.

// %%
function priorityExits(features: { flexPriority?: boolean }, method: 'mmio' | 'cr8'): number {
  const guest = new Hypervisor({ era: '2008' }).createPartition({ memory: 0x10000, features });
  const cpu = new Cpu(guest);
  cpu.tprMethod = method;
  cpu.finish(
    (function* () {
      for (let lock = 0; lock < 100; lock++) {
        yield* cpu.writeTpr(0x41);
        yield* cpu.compute(300);
        yield* cpu.writeTpr(0x00);
      }
    })(),
  );
  return guest.counters.exits;
}
console.log(`APIC page: ${priorityExits({}, 'mmio')}`);
console.log(`APIC page with FlexPriority: ${priorityExits({ flexPriority: true }, 'mmio')}`);
console.log(`CR8: ${priorityExits({}, 'cr8')}`);
assert.equal(priorityExits({}, 'mmio'), 200);
assert.equal(priorityExits({ flexPriority: true }, 'mmio'), 0);

// %% [markdown]
// ## The wrong rule
//
// A hypervisor that always said "no EOI required" would have no exits, and guests that never hear of some interrupts.

// %%
const careless = run('interrupt-end', { method: 'assist', together: 2, rule: 'careless' });
const careful = run('interrupt-end', { method: 'assist', together: 2 });
console.log(`wrong rule, on purpose: ${careless.wrongRule}`);
console.log(`mean wait ${careful.metrics.meanWait} µs becomes ${careless.metrics.meanWait} µs`);
assert.ok(careless.metrics.unheard > 0);
assert.equal(careful.metrics.unheard, 0);

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${crowd.line}"`);
console.log(`digest ${crowd.digest}`);

// %% [markdown]
// ## Exercise
//
// Write the hypervisor's half. When an interrupt is injected, the hypervisor knows whether it is level-triggered, and which other
// vectors are pending. May it say "no EOI required"?
//
// The check injects a thousand interrupts at random (with a fixed seed) and compares your answer with the bit in the page.

// %% tags=["exercise"]
function noEoiRequired(level: boolean, pending: readonly number[]): boolean {
  return !level || pending.length === 0; // nearly; correct me
}

// %% tags=["check"]
let dice = 11;
const roll = (sides: number) => {
  dice = (dice * 48_271) % 2_147_483_647;
  return dice % sides;
};
let wrong = 0;
for (let round = 0; round < 1000; round++) {
  const subject = new Hypervisor().createPartition({ memory: 0x10000 });
  const chip = subject.vps[0].apic;
  subject.writeMsr(0, wire.HV_X64_MSR.VP_ASSIST_PAGE, BigInt(PAGE) | wire.MSR_PAGE_ENABLE);
  const requested = Array.from({ length: 1 + roll(3) }, () => ({
    vector: 0x20 + roll(0xd0),
    level: roll(2) === 1,
  }));
  for (const { vector, level } of requested) chip.request(vector, false, level);
  const vector = chip.acknowledge();
  const pending = requested.map((one) => one.vector).filter((other) => other !== vector);
  const said = noEoiRequired(chip.isLevel(vector), pending);
  if (said !== ((subject.memory.read32(PAGE) & 1) === 1)) wrong++;
}
console.log(
  wrong === 0
    ? 'Solved: the bit is set exactly when nobody has to hear of the end.'
    : `Not yet: ${wrong} of 1000 wrong.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function noEoiRequired(level: boolean, pending: readonly number[]): boolean {
//   return !level && pending.length === 0;
// }
// ```
//
// The I/O APIC must hear of the end of a level-triggered interrupt, and whoever waits must be injected at the end of any.
//
// </details>
