// %% [markdown]
// # Integration components
//
// A guest shows an unknown device. Somebody installs the integration components and restarts it, and afterwards the disk is faster. What
// happened to the *emulated* devices?
//
// Guess first: Windows Server 2003 has fifteen of them. How many are left after the installation?

// %%
import assert from 'node:assert/strict';
import { findExperiment, markdownTable, run, runLine, sweep } from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'integration-components';

// %%
const installed = runLine(line);
const { emulatedBefore, emulated, syntheticBefore, synthetic, bootDiskBefore, bootDisk } = installed.metrics;
console.log(`emulated: ${emulatedBefore} before, ${emulated} after`);
console.log(`synthetic: ${syntheticBefore} before, ${synthetic} after`);
console.log(`intercepts for data of the boot disk: ${bootDiskBefore} before, ${bootDisk} after`);
assert.equal(emulated, emulatedBefore);

// %% [markdown]
// All of them. Nothing was converted: other devices got drivers of their own, beside the emulated ones.
//
// ## The device manager
//
// A run leaves the devices as tables. Here is what a device manager would show afterwards; `<-` marks what was not there before, or has
// another driver or another road.

// %%
function rowsOf(id: string) {
  return installed.tables?.find((table) => table.id === id)?.rows ?? [];
}
const before = new Set(rowsOf('devices-before').map((row) => row.slice(3).join('|')));
for (const [depth, name, , id, driver, road, state] of rowsOf('devices-after')) {
  const same = before.has([id, driver, road, state].join('|'));
  console.log(`${'  '.repeat(Number(depth))}${name}  [${road}]${same ? '' : '  <-'}`);
}

// %% [markdown]
// The boot disk stands where it stood, under the IDE controller, with the name that it had. Only its data travel by VMBus: a filter sits on its
// driver.
//
// ## Without the restart
//
// A filter can join the stack of a disk only when that stack is built. What needs no stack starts at once.

// %%
const without = run('integration-components', { package: 'none' });
const now = run('integration-components', { reboot: false });
tslab.display.markdown(markdownTable(findExperiment('integration-components'), [without, now, installed]));
assert.ok(now.metrics.services > 0 && now.metrics.bootDisk === bootDiskBefore);

// %% [markdown]
// ## Versions
//
// Drivers and hosts are made at different times. The guest asks for its newest version of VMBus, then for the next one, until the host accepts.

// %%
for (const era of ['2008', '2012', '2020'] as const) {
  const { metrics, tables } = run('integration-components', { package: '2012r2', era });
  const how = tables?.find(({ id }) => id === 'versions')?.rows[0][2];
  console.log(`host of ${era}: VMBus ${metrics.vmbus} (${how}), ${metrics.services} of 5 services answer`);
}

// %% [markdown]
// ## What still takes the old road
//
// Data of the disk is one thing. Commands to it, keys, the clock of a kernel that knows no other, and the start itself are not diverted.

// %%
for (const { title, labels, values } of installed.series)
  console.log(`${title}: ${labels.map((label, i) => `${label} ${values[i]}`).join(', ')}`);
const systems = sweep('integration-components', 'profile', undefined, { package: 'none', era: '2020' });
for (const [i, { metrics }] of systems.runs.entries())
  console.log(`${systems.labels[i]}: ${metrics.deviceIntercepts} intercepts out of the box`);

// %% [markdown]
// ## Old over new
//
// An installer that does not look at versions takes a guest of today back to the first VMBus there was.

// %%
const back = run('integration-components', {
  profile: 'windows-10',
  package: 'rtm',
  force: true,
  era: '2020',
});
console.log(`VMBus ${back.metrics.vmbusBefore} before, ${back.metrics.vmbus} after`);
console.log(`services that answer: ${back.metrics.servicesBefore} before, ${back.metrics.services} after`);
assert.ok(back.metrics.vmbus < back.metrics.vmbusBefore);

// %% [markdown]
// ## As if it were converted

// %%
const converted = run('integration-components', { rule: 'converts' });
console.log(`wrong rule, on purpose: ${converted.wrongRule}`);
console.log(
  `runs after the restart: ${converted.metrics.running === 1 ? 'yes' : 'no, firmware finds no disk'}`,
);
assert.equal(converted.metrics.running, 0);

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${installed.line}"`);
console.log(`digest ${installed.digest}`);

// %% [markdown]
// ## Exercise
//
// Be the installer. `choose` gets the ids of a device, the best first, and drivers with the ids that each serves and its version. It returns the
// name of the driver that the device gets: the one that serves the best id; among several of those, the newest; `undefined` when nobody serves
// any of them. Versions are lists of numbers, the most significant first.
//
// The check tries two hundred devices, with a fixed seed.

// %% tags=["exercise"]
interface Candidate {
  readonly name: string;
  readonly serves: readonly string[];
  readonly version: readonly number[];
}
function choose(ids: readonly string[], drivers: readonly Candidate[]): string | undefined {
  return drivers.find(({ serves }) => ids.some((id) => serves.indexOf(id) >= 0))?.name; // nearly; correct me
}

// %% tags=["check"]
let dice = 7;
const roll = (sides: number) => {
  dice = (dice * 48_271) % 2_147_483_647;
  return dice % sides;
};
const known = ['PCI\\VEN_1414&DEV_5353', 'PCI\\CC_0300', 'ACPI\\VMBUS', 'GENDISK'];
const order = (a: readonly number[], b: readonly number[]) => a[0] - b[0] || a[1] - b[1];
let wrong = 0;
for (let round = 0; round < 200; round++) {
  const ids = known.filter(() => roll(2) === 0);
  const drivers: Candidate[] = [];
  for (let i = 0; i < 4; i++)
    drivers.push({
      name: `d${i}`,
      serves: known.filter(() => roll(3) === 0),
      version: [roll(3), 10 * roll(4) + i],
    });
  let expected: Candidate | undefined;
  for (const id of ids) {
    const fit = drivers.filter(({ serves }) => serves.indexOf(id) >= 0);
    if (!expected && fit.length > 0) expected = fit.sort((a, b) => order(b.version, a.version))[0];
  }
  if (choose(ids, drivers) !== expected?.name) wrong++;
}
console.log(
  wrong === 0
    ? 'Solved: every device has its driver.'
    : `Not yet: ${wrong} of 200 devices get another driver.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function choose(ids: readonly string[], drivers: readonly Candidate[]): string | undefined {
//   for (const id of ids) {
//     const fit = drivers.filter(({ serves }) => serves.indexOf(id) >= 0);
//     const newer = (a: readonly number[], b: readonly number[]): number => {
//       const at = a.findIndex((part, i) => part !== b[i]);
//       return at < 0 ? 0 : b[at] - a[at];
//     };
//     if (fit.length > 0) return [...fit].sort((a, b) => newer(a.version, b.version))[0].name;
//   }
//   return undefined;
// }
// ```
//
// Ids come first: a driver made for just this device is better than a newer one for any device of its kind. Versions are compared number by
// number; as text, 10 would come before 9.
//
// </details>
