// %% [markdown]
// # Two generations
//
// The only disk of a virtual machine hangs on a SCSI controller. On Hyper-V that is a channel of VMBus and nothing else: no port, no
// cable. To read it one needs a driver, and the kernel's driver lies on the disk.
//
// Guess: in which generation does the machine start?

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
const line = 'generations';

// %%
const second = runLine(line);
const first = run('generations', { generation: '1', bus: 'scsi' });
for (const { params, metrics } of [first, second])
  console.log(
    `generation ${params.generation}: ${metrics.booted === 1 ? 'starts' : 'does not start'}, ${metrics.loadReads} reads by the firmware`,
  );

// %% [markdown]
// The BIOS of generation 1 asks two IDE channels, two places each. Nobody answers, and there is no code in it that could ask VMBus.
//
// Is that really all? Give a BIOS the drivers, and take them from UEFI. Nobody sells either.

// %%
const bios = run('generations', { generation: '1', bus: 'scsi', firmware: 'always' });
const uefi = run('generations', { firmware: 'never' });
console.log(`${bios.wrongRule}: ${bios.metrics.booted === 1 ? 'starts' : 'does not start'}`);
console.log(`${uefi.wrongRule}: ${uefi.metrics.booted === 1 ? 'starts' : 'does not start'}`);
assert.equal(bios.metrics.booted, 1);
assert.equal(uefi.metrics.booted, 0);

// %% [markdown]
// ## What the start costs

// %%
const ide = run('generations', { generation: '1', bus: 'ide' });
tslab.display.markdown(markdownTable(findExperiment('generations'), [ide, second]));

// %% [markdown]
// Look at the row of exits while loading. The BIOS needs fewer than the firmware of generation 2: it has a port that takes a whole request.
// Register by register it would be another matter.

// %%
const ways = sweep('generations', 'bios', ['int13', 'polled'], { generation: '1', bus: 'ide', scale: '64' });
for (const { params, metrics } of ways.runs)
  console.log(`${params.bios}: ${metrics.loadExits} exits for ${metrics.loadReads} reads`);

// %% [markdown]
// And afterwards? Both kernels read by VMBus.

// %%
for (const { params, metrics } of [ide, second])
  console.log(
    `generation ${params.generation}: ${metrics.dataReads} reads, ${metrics.dataExits} exits, ${metrics.dataSignals} signals, ${metrics.dataTime} µs each`,
  );
assert.equal(ide.metrics.dataExits, second.metrics.dataExits);
assert.equal(ide.metrics.dataTime, second.metrics.dataTime);

// %% [markdown]
// ## What a worker process has to play

// %%
for (const { params, series } of [ide, second]) {
  const surface = series.find(({ id }) => id === 'surface');
  console.log(`generation ${params.generation}`);
  for (const [i, label] of (surface?.labels ?? []).entries())
    console.log(`  ${label}: ${surface?.values[i]} ports`);
}
const sizes = sweep('generations', 'scale', ['64', '32', '16', '8'], { model: 'memory' });
tslab.display.html(
  imageOf(
    curvesSvg([seriesOf(sizes, 'loadExits')], {
      title: 'Exits while the firmware loads, by the size of the files',
      along: 'part of a real system',
      names: ['generation 2'],
    }),
  ),
);

// %% [markdown]
// ## The last words of the firmware
//
// Whatever happens, the firmware of generation 2 tells its host by a log. This is the entry of a disk without its loader, as bytes.

// %%
const entry = wire.bootEventDeviceEntry.encode({ status: wire.BOOT_DEVICE_STATUS.NO_LOADER });
console.log([...entry].map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
console.log(wire.bootDeviceStatuses.docOf(wire.BOOT_DEVICE_STATUS.NO_LOADER));
const broken = run('generations', { image: 'loader' });
assert.equal(broken.metrics.ending, 3);
assert.equal(broken.metrics.reported, 1);

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${second.line}"`);
console.log(`digest ${second.digest}`);

// %% [markdown]
// ## Exercise
//
// Be the manager of virtual machines. Given a generation and where the boot disk hangs, will it start? And may a second disk be added to
// that controller while it runs?
//
// The check asks the machine itself, for every combination.

// %% tags=["exercise"]
function answer(generation: '1' | '2', bus: 'ide' | 'scsi'): { starts: boolean; addable: boolean } {
  return { starts: generation === '2' || bus === 'ide', addable: bus === 'scsi' }; // nearly right; correct me
}

// %% tags=["check"]
let wrong = 0;
for (const generation of ['1', '2'] as const) {
  for (const bus of ['ide', 'scsi'] as const) {
    const { metrics } = run('generations', { generation, bus, add: bus, scale: '64' });
    const { starts, addable } = answer(generation, bus);
    if (starts !== (metrics.booted === 1)) wrong++;
    // What does not run cannot be asked; the rule is the same for a machine that does.
    if (metrics.booted === 1 && addable !== (metrics.added === 1)) wrong++;
  }
}
console.log(wrong === 0 ? 'Solved: the machine says the same.' : `Not yet: ${wrong} answers are wrong.`);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function answer(generation: '1' | '2', bus: 'ide' | 'scsi'): { starts: boolean; addable: boolean } {
//   return { starts: bus === (generation === '1' ? 'ide' : 'scsi'), addable: bus === 'scsi' };
// }
// ```
//
// Each firmware reads by the doors that it has code for. To be told of a new disk one needs a channel.
//
// </details>
