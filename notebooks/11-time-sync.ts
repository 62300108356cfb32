// %% [markdown]
// # Time synchronisation
//
// A guest counts a hundred ticks a second. Four other machines want the same processor, all of them busy, and so is the guest. Its timer
// makes up for missed ticks by going off twice as fast while it is behind.
//
// Guess: how far is its clock behind after thirty seconds?

// %%
import assert from 'node:assert/strict';
import {
  curvesSvg,
  findExperiment,
  imageOf,
  markdownTable,
  run,
  runLine,
  seriesOf,
  sweep,
  wire,
} from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'time-sync?others=4';

// %%
const drift = runLine(line);
console.log(`${drift.metrics.ticksLost} of ${drift.metrics.ticksDue} ticks missing`);
console.log(`${drift.metrics.error} ms behind, with ${drift.metrics.share} % of the processor`);

// %% [markdown]
// Nobody counts for a guest that does not run. Each tick that it never got is ten milliseconds.

// %%
const byOthers = sweep('time-sync', 'others', [0, 1, 2, 4, 8, 12]);
tslab.display.html(
  imageOf(
    curvesSvg([seriesOf(byOthers, 'ticksLost')], {
      title: 'Ticks missing after thirty seconds',
      along: 'other machines',
      names: ['ticks missing'],
    }),
  ),
);
for (const { metrics } of byOthers.runs.slice(3))
  assert.ok(Math.abs(metrics.error - 10 * metrics.ticksLost) < 0.05 * metrics.error);

// %% [markdown]
// ## Hints
//
// The host orders the time once, and then hints every five seconds. A guest can ignore that, set its clock, or go a little faster.

// %%
const ignored = run('time-sync', { policy: 'ignore' });
const stepped = run('time-sync', { policy: 'step' });
const slewed = run('time-sync', { policy: 'slew' });
tslab.display.markdown(markdownTable(findExperiment('time-sync'), [ignored, stepped, slewed]));
for (const { series } of [ignored, stepped])
  console.log(series[0].values.map((value) => Math.round(value)).join(' '));
assert.ok(stepped.metrics.worst < ignored.metrics.worst / 2);
assert.ok(slewed.metrics.error > 4 * stepped.metrics.worst);

// %% [markdown]
// The second row of numbers is a saw. The clock falls behind for five seconds, and is set.
//
// ## The message
//
// Here are both forms of it, as bytes. The old one has the host's time and a flag. The new one has the partition's reference time of the
// same instant as well.

// %%
const show = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
const parenttime = 134_116_992_000_000_000n;
console.log(show(wire.ictimesyncData.encode({ parenttime, flags: wire.ICTIMESYNCFLAG.SAMPLE })));
console.log(
  show(
    wire.ictimesyncRefData.encode({
      parenttime,
      vmreferencetime: 50_000_000,
      flags: wire.ICTIMESYNCFLAG.SAMPLE,
    }),
  ),
);

// %% [markdown]
// A message waits in the ring until the guest gets the processor. Take a clock that loses nothing by itself, and see what the waiting does.

// %%
const setting = { clock: 'counter', policy: 'step', others: 8 } as const;
for (const message of ['plain', 'reference'] as const) {
  const { worst, meanTransit, longestTransit } = run('time-sync', { ...setting, message }).metrics;
  console.log(
    `${message}: on the way ${meanTransit} ms, at most ${longestTransit} ms; clock wrong by up to ${worst} ms`,
  );
}
const plain = run('time-sync', { ...setting, message: 'plain' }).metrics;
const reference = run('time-sync', { ...setting, message: 'reference' }).metrics;
assert.ok(plain.worst > 1);
assert.ok(reference.worst < 0.01);

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${drift.line}"`);
console.log(`digest ${drift.digest}`);

// %% [markdown]
// ## Exercise
//
// Be the guest. A message says `hostTime` and `referenceThen`; your own counter says `referenceNow`. What time is it? All in units of
// 100 ns.
//
// The check sends a hundred messages that wait for different times, with a fixed seed.

// %% tags=["exercise"]
function timeNow(hostTime: bigint, referenceThen: bigint, referenceNow: bigint): bigint {
  return hostTime + (referenceNow - referenceThen) / 2n; // nearly; correct me
}

// %% tags=["check"]
let dice = 3;
const roll = (sides: number) => {
  dice = (dice * 48_271) % 2_147_483_647;
  return dice % sides;
};
let wrong = 0;
for (let round = 0; round < 100; round++) {
  const then = BigInt(roll(1_000_000_000));
  const waited = BigInt(1 + roll(1_000_000));
  if (timeNow(parenttime + then, then, then + waited) !== parenttime + then + waited) wrong++;
}
console.log(
  wrong === 0
    ? 'Solved: the age of every message is taken into account.'
    : `Not yet: ${wrong} of 100 times are wrong.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function timeNow(hostTime: bigint, referenceThen: bigint, referenceNow: bigint): bigint {
//   return hostTime + (referenceNow - referenceThen);
// }
// ```
//
// Both read the same counter, so there is nothing to halve: the difference is the age.
//
// </details>
