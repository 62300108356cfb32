// %% [markdown]
// # The life of one instruction
//
// The guest's kernel executes one `OUT` to a register of an emulated disk controller. Some microseconds later it executes the next
// instruction and has noticed nothing. How many times was a ring crossed in between?
//
// Take a guess. People say two (there and back), four, or "a context switch".

// %%
import assert from 'node:assert/strict';
import { barsSvg, compareSvg, findExperiment, formatCount, imageOf, run, runLine } from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'ring-transitions?instruction=out';

// %%
const once = runLine(line);
const [route] = once.trace.routes;
console.log(`${once.metrics.ringTransitions} ring transitions, ${once.metrics.nanoseconds} ns`);

// %% [markdown]
// ## Step by step
//
// The machine keeps the way of each kind of exit as a list of stages. It charges the clock by that list and draws by it.

// %%
tslab.display.markdown(
  `| where | what | cycles |
| --- | --- | ---: |
${route.stages.map(({ place, title, cycles }) => `| ${place} | ${title} | ${formatCount(cycles)} |`).join('\n')}`,
);

// %% [markdown]
// Two things are easy to miss. The root partition is a guest too: its kernel runs in ring 0 and yet in guest mode, and when it
// completes the intercept it does so by a hypercall, which exits like any other. And of all the crossings only two are what
// operating-systems courses call a mode switch, into the worker and out of it.

// %%
assert.equal(run('ring-transitions', { instruction: 'out' }).metrics.ringTransitions, 7);
tslab.display.html(imageOf(barsSvg(once.series[0], { width: 860 })));

// %% [markdown]
// ## Five switches, five names
//
// "Context switch" is used for all of these. They are different events with different prices, so this library counts them apart.

// %%
const { metrics } = once;
tslab.display.markdown(
  `| switch | what changes | times |
| --- | --- | ---: |
| privilege switch | user mode or kernel mode, within one partition | ${metrics.privilegeSwitches} |
| VM exit or entry | a partition or the hypervisor | ${metrics.vmTransitions} |
| partition switch | whose virtual processor is on the processor | ${metrics.partitionSwitches} |
| thread switch | which thread the root's scheduler runs | ${metrics.threadSwitches} |
| address-space switch | which page table is loaded in the root | ${metrics.addressSpaceSwitches} |`,
);

// %% [markdown]
// ## Not every exit goes that far
//
// `CPUID` must leave the guest as well, because the answer depends on who asks. But the hypervisor knows the answer itself. The
// same holds for most hypercalls.

// %%
const instructions = Object.entries(
  findExperiment('ring-transitions').params.instruction.options as Record<string, string>,
);
const each = instructions.map(([instruction]) => runLine(`ring-transitions?instruction=${instruction}`));
tslab.display.markdown(
  `| instruction | ring transitions | answered by | ns |
| --- | ---: | --- | ---: |
${each.map((one, i) => `| ${instructions[i][1]} | ${one.metrics.ringTransitions} | ${one.metrics.deviceIntercepts ? 'the worker process' : 'the hypervisor'} | ${formatCount(one.metrics.nanoseconds)} |`).join('\n')}`,
);
const out = run('ring-transitions', { instruction: 'out' });
const cpuid = run('ring-transitions', { instruction: 'cpuid' });
assert.equal(cpuid.metrics.ringTransitions, 2);
assert.ok(out.metrics.cycles > 5 * cpuid.metrics.cycles);

// %%
tslab.display.html(imageOf(compareSvg([out, cpuid])));

// %% [markdown]
// ## Is it the hop to user mode?
//
// The two hops themselves, and the whole visit with waking the worker's thread, as parts of the round. Each with all costs at the
// low end of their ranges, at their typical values and at the high end.

// %%
for (const era of ['2008', '2012', '2020'] as const)
  for (const costs of ['low', 'typical', 'high'] as const) {
    const { hopShare, visitShare, partitionShare } = run(
      'ring-transitions',
      { instruction: 'out', era },
      { costs },
    ).metrics;
    console.log(
      `${era}, ${costs}: hops ${hopShare} %, whole visit ${visitShare} %, partition switches ${partitionShare} %`,
    );
    assert.ok(hopShare < 5 && hopShare < partitionShare);
  }

// %% [markdown]
// The hops are small change on every processor and at every end of the ranges. To stop one partition and run another is not. How
// much waking the worker's thread takes is known less well: for the older processors it had to be inferred, and the ranges say so.
//
// For comparison, the belief itself can run: only a change of ring costs anything. The result is watermarked, so that nobody
// takes it for a measurement.

// %%
const belief = run('ring-transitions', { instruction: 'out', belief: 'privilege-only' });
console.log(`${belief.wrongRule}: ${belief.metrics.nanoseconds} ns instead of ${out.metrics.nanoseconds}`);
assert.ok(belief.metrics.cycles * 10 < out.metrics.cycles);

// %% [markdown]
// ## Other ways to build it
//
// Hyper-V keeps its device models in a process with few rights, two partitions away from the guest. They could live elsewhere.

// %%
const structures = ['monolithic', 'hosted', 'microkernelised'] as const;
const builds = structures.map((structure) => run('ring-transitions', { instruction: 'out', structure }));
tslab.display.html(imageOf(compareSvg(builds)));
console.log(
  builds.map((one, i) => `${structures[i]}: ${one.metrics.ringTransitions} transitions`).join('\n'),
);
assert.deepEqual(
  builds.map((one) => one.metrics.ringTransitions),
  [2, 4, 7],
);

// %% [markdown]
// Fewest crossings are not the only thing to want. In the first of these a mistake in the model of a floppy controller is a
// mistake in the hypervisor, and everything on the machine depends on it.
//
// ## Digest

// %%
console.log(`npx ringside run "${once.line}"`);
console.log(`digest ${once.digest}`);

// %% [markdown]
// ## Exercise
//
// Complete `crossings`: count the ring transitions of a route from its stages. A stage has a `place`. Work goes on in the same
// place or moves to another, and only the second is a crossing. One kind of stage needs care: where `from` is set, the work did
// not come from the stage before, but from there (the hypercall's way back into the root happens beside the guest's way on).

// %% tags=["exercise"]
function crossings(stages: typeof route.stages): number {
  return stages.length - 1; // every step a crossing? complete me
}

// %% tags=["check"]
const missed = instructions.flatMap(([instruction]) =>
  structures.flatMap((structure) => {
    const {
      trace,
      metrics: counted,
      line: which,
    } = runLine(`ring-transitions?instruction=${instruction}&structure=${structure}`);
    const found = crossings(trace.routes[0].stages);
    return found === counted.ringTransitions ? [] : [`${which}: ${counted.ringTransitions}, not ${found}`];
  }),
);
console.log(
  missed.length === 0 ? 'Solved: 18 ways, all counted right.' : `Not yet.\n${missed.slice(0, 5).join('\n')}`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function crossings(stages: typeof route.stages): number {
//   return stages.filter((stage, i) => i > 0 && (stage.from ?? stages[i - 1].place) !== stage.place).length;
// }
// ```
//
// </details>
//
// **Next:** [03-vsp-vsc](03-vsp-vsc.ipynb), where most packets cross no ring at all.
