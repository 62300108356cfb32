// %% [markdown]
// # Start here: one line, one run
//
// Ringside simulates how Hyper-V gives a virtual machine its devices. Guest memory, rings, packets and registers are real bytes;
// time is counted in cycles, and every cost has a source.
//
// You work with it by **lines**. A line names an experiment and what differs from its defaults:
//
// ```text
// two-roads?mode=dma&size=4KiB
// ```
//
// The same line gives the same run in this notebook, on the site, on the command line and in your own program, down to the last
// byte. This notebook runs one, looks at it from four sides, and ends with a small puzzle.
//
// Run the cells from top to bottom with Shift+Enter. Nothing here can break; to start again, restart the kernel.

// %%
import assert from 'node:assert/strict';
import {
  Engine,
  eventList,
  experiments,
  findExperiment,
  notebook,
  runLine,
  summary,
  sweep,
  UserError,
} from 'ringside';
import * as tslab from 'tslab';

const { show, compare, plot } = notebook(tslab.display);

// %% [markdown]
// ## The line
//
// This cell is the only one you need to change. Try `mode=pio`, `mode=synthetic` or `size=64KiB` later, and run everything below
// it again.

// %% tags=["parameters"]
const line = 'two-roads?mode=dma&size=4KiB';

// %% [markdown]
// ## Run it
//
// `runLine` gives plain data: the numbers, the recorded events, and a digest, which is a fingerprint of all of it.

// %%
const run = runLine(line);
const experiment = findExperiment(run.id);

console.log(experiment.question);
console.log(summary(experiment, run));

// %% [markdown]
// ## Look at it
//
// `show` draws it, and puts every number that the run reports below. Time runs from left to right. Each lane is a place where work can
// be done: the guest above, the hypervisor in the middle, the root partition with its worker process below. A block is somebody
// working; the others wait.

// %%
show(run);

// %% [markdown]
// The same as text, repetitions folded. The machine records events, and figure and text are both made from that one record.

// %%
for (const sentence of eventList(run).slice(0, 8)) console.log(sentence);

// %% [markdown]
// ## Put two beside each other
//
// One scale of time for both: the same four kilobytes by the emulated controller and by the synthetic one. Whatever your line is,
// the lower panel is the same request through VMBus. Below stands what the difference comes from.

// %%
const other = runLine('two-roads?mode=synthetic&size=4KiB');
compare(run, other);

// %% [markdown]
// ## Vary one thing
//
// A sweep runs an experiment once for each value of one parameter, and leaves the rest alone.

// %%
const bySize = sweep('two-roads', 'size', [512, 4096, 10_240, 65_536], { mode: 'pio' });
show(bySize);
plot(bySize, 'deviceIntercepts', 'sectors');

// %% [markdown]
// ## When you mistype
//
// A line with mistakes runs nothing. You are told all of them at once, and what to write instead.

// %%
try {
  runLine('two-roads?mode=dna&size=ten&sizes=4KiB');
} catch (error) {
  assert.ok(error instanceof UserError);
  for (const { message, hint } of error.issues) console.log(`${message}: ${hint}`);
}

// %% [markdown]
// ## When it never ends
//
// Below the experiments lies an engine that runs events. A clock that sets itself again would run for ever; the engine stops it and says
// so. (A loop of your own without an end is stopped by *Kernel*, *Restart*.)

// %%
const engine = new Engine();
const tick = engine.handler('tick', () => engine.post(engine.now + 10, tick));
engine.post(0, tick);
try {
  engine.run();
} catch (error) {
  assert.ok(error instanceof UserError);
  for (const { message, hint } of error.issues) console.log(`${message} ${hint}`);
}

// %% [markdown]
// ## Everywhere the same
//
// The site, the command line and this notebook print one digest for one line. If yours differs from somebody else's, one of you has
// another version of the library.

// %%
assert.equal(runLine(run.line).digest, run.digest);
console.log(`npx ringside run "${run.line}"`);
console.log(`digest ${run.digest}`);

// %% [markdown]
// ## What there is
//
// Each experiment has a notebook of its own, in this order.

// %%
for (const { id, question } of experiments) console.log(`${id}: ${question}`);

// %% [markdown]
// ## Exercise
//
// Reading 64 KiB sector by sector stops the guest several hundred times for a device. There is a way to read the same bytes from
// the same *emulated* disk that stops it exactly **once**. Find the line.
//
// The experiment's parameters and their values are printed by `npx ringside describe two-roads`, or look at
// `experiment.params.mode.options` in a cell of your own. Change the line below, then run both cells.

// %% tags=["exercise"]
const answer = 'two-roads?op=read&size=64KiB&mode=pio';

// %% tags=["check"]
const tried = runLine(answer);
const solved =
  tried.params.op === 'read' &&
  tried.params.size === 65_536 &&
  tried.params.mode !== 'synthetic' &&
  tried.metrics.deviceIntercepts === 1;
console.log(
  solved
    ? `Solved: ${tried.metrics.deviceIntercepts} stop, and every byte arrived.`
    : `Not yet: ${tried.line} stops the guest ${tried.metrics.deviceIntercepts} times. The firmware of a virtual machine may know that it is in one.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// const answer = 'two-roads?op=read&size=64KiB&mode=int13';
// ```
//
// The virtual BIOS does not play the register game. It writes the address of a complete request to one port, and the worker does
// the rest. Emulation need not be chatty: it is the *interface* that decides how often a guest must stop.
//
// </details>
//
// **Next:** [01-two-roads](01-two-roads.ipynb), where the stops are counted, priced and taken away one by one.
