// %% [markdown]
// # A boot disk that changes hands
//
// A machine of generation 1 starts from a real disk image: partition table, file system, files. Its disk hangs on an emulated controller,
// and the host offers the same disk on VMBus.
//
// Guess: how much of what a Windows start reads comes through the emulated controller?

// %%
import assert from 'node:assert/strict';
import { findExperiment, markdownTable, run, runLine } from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'boot-ide-filter?technique=storflt';

// %%
const start = runLine(line);
const { metrics } = start;
console.log(`${metrics.emulatedShare} % by the emulated road, the rest by VMBus`);
const [time, emulated, synthetic, exits] = start.series;
time.labels.forEach((phase, i) => {
  const road = `${emulated.values[i]} KiB by ports, ${synthetic.values[i]} KiB by VMBus`;
  console.log(`${phase}: ${time.values[i]} ms, ${road}, ${exits.values[i]} exits a piece`);
});
assert.equal(metrics.runEmulated, 0);
assert.equal(metrics.wrongBytes, 0);

// %% [markdown]
// The drivers have to be read before they can read. Whatever stands before the hand-over comes by the other road.
//
// ## Three ways, and none
//
// Windows filters, Linux’ ATA driver refuses the disk, FreeBSD’s storvsc objects to it. A system that knows nothing of VMBus uses what it
// finds.

// %%
const techniques = ['storflt', 'prefer-ms-hyperv', 'veto', 'none'] as const;
const ways = techniques.map((technique) => run('boot-ide-filter', { technique }));
tslab.display.markdown(markdownTable(findExperiment('boot-ide-filter'), ways));
for (const way of ways) assert.equal(way.metrics.breaches, 0);

// %% [markdown]
// Now take the drivers away, as somebody does who builds a new initial RAM disk and forgets them.

// %%
for (const technique of techniques) {
  const without = run('boot-ide-filter', { technique, drivers: false });
  const [line1] = without.series[without.series.length - 1].labels;
  console.log(`${technique}: ${without.metrics.up ? 'starts' : `stops with "${line1}"`}`);
}
assert.equal(run('boot-ide-filter', { technique: 'prefer-ms-hyperv', drivers: false }).metrics.up, 0);

// %% [markdown]
// Linux’ ATA driver has refused the disk because of the machine’s name. Nobody brings it the other way.
//
// ## Two owners
//
// Two programs add entries to the same list, each through a driver of its own, with a cache of its own.

// %%
const two = run('boot-ide-filter', { rule: 'two-owners' });
console.log(`${two.metrics.entries} entries acknowledged, ${two.metrics.entriesLost} of them gone`);
console.log(`${two.metrics.lost} sectors lost what was last written to them`);
assert.ok(two.metrics.entriesLost > 0);
assert.equal(two.metrics.lost, 0);
assert.equal(metrics.entriesLost, 0);

// %% [markdown]
// Every write was done. Each driver wrote back its own idea of the sector.
//
// ## Every step
//
// A hand-over is right if it is right at each of its steps. Here the power is cut at every tenth, and another machine starts from the disk
// that is left. (The project’s tests try each.)

// %%
let [cuts, acknowledged, lost, restarted] = [0, 0, 0, 0];
for (let at = 10; at <= metrics.steps; at += 10) {
  const cut = run('boot-ide-filter', { incident: 'power-cut', at, scale: '1024' }).metrics;
  cuts++;
  acknowledged += cut.acknowledged;
  lost += cut.lost + cut.foreign;
  restarted += cut.restarted;
}
console.log(
  `${cuts} cuts, ${acknowledged} acknowledged writes, ${lost} lost; started again ${restarted} times`,
);
assert.equal(lost, 0);
assert.equal(restarted, cuts);

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${start.line}"`);
console.log(`digest ${start.digest}`);

// %% [markdown]
// ## Exercise
//
// Be the filter. Something has happened: where are you now? `inDrive` says how many commands the emulated drive still has, `channelUp`
// whether the accelerator’s channel is open. In `'pass'` requests go to the drive, in `'draining'` they wait, in `'diverted'` they go to the
// channel.
//
// The check lets a thousand things happen, while channels come and go, and looks for two owners and for requests that wait for nothing.

// %% tags=["exercise"]
type State = 'pass' | 'draining' | 'diverted';
function next(state: State, inDrive: number, channelUp: boolean): State {
  if (inDrive < 0) return state;
  return channelUp ? 'diverted' : 'pass'; // nearly; correct me
}

// %% tags=["check"]
let dice = 11;
const roll = (sides: number) => {
  dice = (dice * 48_271) % 2_147_483_647;
  return dice % sides;
};
let state: State = 'pass';
let [inDrive, channelUp, owners, idle] = [0, false, 0, 0];
for (let i = 0; i < 1000; i++) {
  if (roll(10) === 0) channelUp = !channelUp;
  if (inDrive > 0 && roll(3) === 0) inDrive--;
  state = next(state, inDrive, channelUp);
  if (state === 'diverted' && (inDrive > 0 || !channelUp)) owners++;
  if (state === 'draining' && (inDrive === 0 || !channelUp)) idle++;
  if (state === 'pass') {
    if (channelUp) idle++;
    inDrive = 1;
  }
}
console.log(
  owners + idle === 0
    ? 'Solved: one owner at a time, and nobody waits for nothing.'
    : `Not yet: two owners ${owners} times, waiting for nothing ${idle} times.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function next(state: State, inDrive: number, channelUp: boolean): State {
//   if (!channelUp) return 'pass';
//   return inDrive === 0 ? 'diverted' : 'draining';
// }
// ```
//
// An open channel is not enough: until the drive has given its last answer, both could be writing.
//
// </details>
