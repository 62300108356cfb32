// %% [markdown]
// # Two roads for one disk request
//
// A guest writes ten kilobytes to its disk. On one road it programs the registers of an IDE controller that does not exist. On
// the other it leaves a note in shared memory. The disk behind both is the same, and so are the bytes that end up on it.
//
// Before you run anything, take a guess and keep it: **how often must the guest stop for the controller**, if it writes ten
// kilobytes with programmed I/O, sector by sector? Once? Twenty times, one for each sector? Thousands?

// %%
import assert from 'node:assert/strict';
import {
  barsSvg,
  compareSvg,
  curvesSvg,
  findExperiment,
  formatCount,
  imageOf,
  run,
  runLine,
  seriesOf,
  sweep,
} from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'two-roads?op=write&size=10KiB&mode=pio';

// %%
const request = runLine(line);
const params = request.params as { op: 'read' | 'write'; size: number };
const asked = { op: params.op, size: params.size };
const stops = request.metrics.deviceIntercepts;

console.log(`${request.line}: ${stops} device intercepts for ${request.metrics.sectors} sectors`);

// %% [markdown]
// ## Why so many
//
// An old disk controller has no idea of a request. It has registers: how many sectors, which ones, which drive, do it, and one
// through which the data pass. A driver writes them one after the other, and inside a virtual machine nobody is there to take
// them. So each access stops the guest, the hypervisor writes down what it wanted, and the worker process in the root partition
// acts the controller's part. That is a **device intercept**.
//
// Setting up and finishing a command costs fourteen of them. Each sector costs six more: four around its interrupt, one string
// instruction that carries the data, one read that flushes it. Two straight facts, so let the machine confirm them.

// %%
const sizes = [512, 4096, 10_240, 65_536];
const pio = sweep('two-roads', 'size', sizes, { mode: 'pio', op: asked.op });
for (const { metrics } of pio.runs) assert.equal(metrics.deviceIntercepts, 14 + 6 * metrics.sectors);
console.log(
  pio.runs
    .map(({ metrics }, i) => `${pio.labels[i]}: 14 + 6 × ${metrics.sectors} = ${metrics.deviceIntercepts}`)
    .join('\n'),
);

// %% [markdown]
// ## Eight ways to ask for the same bytes
//
// The number of stops is decided by how the driver talks, not by emulation as such. Here are the eight ways this machine knows.

// %%
const modes = sweep('two-roads', 'mode', undefined, asked);
const title = (mode: string) => findExperiment('two-roads').params.mode.options[mode];
const rows = modes.runs.map(({ params, metrics }) =>
  [
    title(`${params.mode}`),
    ...[
      metrics.deviceIntercepts,
      metrics.interrupts,
      metrics.ringTransitions,
      metrics.bytesCopied,
      metrics.microseconds,
    ].map(formatCount),
  ].join(' | '),
);
tslab.display.markdown(
  `| road | device intercepts | interrupts | ring transitions | bytes copied | µs |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.map((row) => `| ${row} |`).join('\n')}`,
);

// %% [markdown]
// When a text says that emulation "repeats hundreds of times for a ten-kilobyte write", ask which of these drivers its author
// watched. Sector by sector it is true. With bus-master DMA, which every real driver uses once it is up, it is not.

// %%
const stopsBy = (mode: Parameters<typeof run<'two-roads'>>[1]['mode']) =>
  run('two-roads', { mode, op: 'write', size: 10_240 }).metrics.deviceIntercepts;
assert.ok(stopsBy('pio') > 100);
assert.ok(stopsBy('dma') < 30);
assert.equal(stopsBy('int13'), 1);
assert.equal(stopsBy('synthetic'), 0);

// %% [markdown]
// ## What grows, and what does not
//
// Note the scale: every line up is ten times more. Two of the curves are flat, because there a command describes the whole buffer.

// %%
const chosen = ['pio-words', 'pio', 'multiple', 'dma', 'int13', 'synthetic'] as const;
const curves = chosen.map((mode) =>
  seriesOf(sweep('two-roads', 'size', sizes, { mode, op: asked.op }), 'deviceIntercepts', mode),
);
tslab.display.html(
  imageOf(
    curvesSvg(curves, { title: 'Stops for the device, by size of the request', along: 'size', scale: 'log' }),
  ),
);
assert.ok(curves[3].values.every((value) => value === 26));
assert.ok(curves[5].values.every((value) => value === 0));

// %% [markdown]
// ## What a stop costs
//
// Here is where the time of your line went, by the places of the machine.

// %%
tslab.display.html(imageOf(barsSvg(request.series[0])));

// %% [markdown]
// Many explanations blame the trip to *user mode*, because the worker is an ordinary process. That trip can be taken away in a
// model: put the controller into the root's kernel, and leave everything else as it is. Nobody builds this machine, and the run
// says so itself.

// %%
const asItIs = run('two-roads', { ...asked, mode: 'pio' });
const noRing3 = run('two-roads', { ...asked, mode: 'pio', relief: 'ring-3' });
const noCopies = run('two-roads', { ...asked, mode: 'pio', relief: 'copies' });
const fewerStops = run('two-roads', { ...asked, mode: 'dma' });
const otherRoad = run('two-roads', { ...asked, mode: 'synthetic' });

const share = (part: typeof asItIs) => `${Math.round((100 * part.metrics.cycles) / asItIs.metrics.cycles)} %`;
tslab.display.markdown(
  `| the same request | time left |
| --- | ---: |
| sector by sector, as it is | ${share(asItIs)} |
| copying costs nothing | ${share(noCopies)} |
| no visits to user mode | ${share(noRing3)} |
| fewer stops: bus-master DMA | ${share(fewerStops)} |
| the other road | ${share(otherRoad)} |`,
);
console.log(noRing3.wrongRule);
assert.ok(noRing3.metrics.cycles > 0.7 * asItIs.metrics.cycles);
assert.ok(fewerStops.metrics.cycles < noRing3.metrics.cycles);

// %% [markdown]
// Most of the time remains: what is dear is to stop one partition and run another, there and back, for every register. Fewer
// stops buy far more than shorter ones.
//
// That rests on costs, and costs are uncertain. So run the comparison with every cost at the low end of its range and again at the
// high end; a conclusion that flips in between would be none. And look at older processors: there the visit to the worker takes a
// larger part of a stop, as far as it was ever measured, but the order of the roads stays.

// %%
for (const era of ['2008', '2012', '2020'] as const)
  for (const costs of ['low', 'typical', 'high'] as const) {
    const time = (more: { mode: 'pio' | 'dma'; relief?: 'ring-3' }) =>
      run('two-roads', { ...asked, ...more, era }, { costs }).metrics.cycles;
    const left = (part: number) => `${Math.round((100 * part) / time({ mode: 'pio' }))} %`;
    const [shorter, fewer] = [time({ mode: 'pio', relief: 'ring-3' }), time({ mode: 'dma' })];
    console.log(`${era}, ${costs}: without user mode ${left(shorter)} left, by DMA ${left(fewer)}`);
    assert.ok(fewer < shorter);
  }

// %% [markdown]
// ## The other road
//
// A synthetic disk has no registers. **storvsc** in the guest writes a packet into a ring: the SCSI command, and a list of the
// pages where the data lie. **storvsp** in the root reads it. No processor copies the data, no device is touched, and one
// hypercall wakes the partner if it sleeps.

// %%
console.log(`device intercepts: ${otherRoad.metrics.deviceIntercepts}`);
console.log(`signals: ${otherRoad.metrics.signals}, bytes copied: ${otherRoad.metrics.bytesCopied}`);
console.log(
  `ring transitions: ${otherRoad.metrics.ringTransitions}, against ${asItIs.metrics.ringTransitions}`,
);
assert.equal(otherRoad.metrics.deviceIntercepts, 0);
assert.ok(otherRoad.metrics.signals <= 1);
assert.equal(otherRoad.metrics.bytesCopied, 0);
tslab.display.html(imageOf(compareSvg([fewerStops, otherRoad])));

// %% [markdown]
// A lone request still crosses rings: a signal there, an interrupt, a signal back, an interrupt. Keep the disk busy and even
// those are shared, because a partner that is awake need not be woken.

// %%
const queued = sweep('two-roads', 'depth', [1, 4, 16, 64], {
  mode: 'synthetic',
  op: asked.op,
  size: 4096,
  requests: 64,
  disk: 'nvme',
});
for (const [i, { metrics }] of queued.runs.entries())
  console.log(
    `depth ${queued.labels[i]}: ${metrics.signals} of 64 requests needed a signal, ${metrics.throughput} MB/s`,
  );
assert.ok(queued.runs[2].metrics.signals < queued.runs[0].metrics.signals);

// %% [markdown]
// ## The same bytes
//
// All of this would be idle if one of the roads cheated. After each run the disk and the guest's memory are compared, byte by byte.

// %%
assert.ok(modes.runs.every(({ metrics }) => metrics.intact === 1));
console.log(`${modes.runs.length} roads, the same bytes`);

// %% [markdown]
// ## Digest
//
// The command line prints the same for this line.

// %%
console.log(`npx ringside run "${request.line}"`);
console.log(`digest ${request.digest}`);

// %% [markdown]
// ## Exercise
//
// Complete `predict`, so that it gives the number of device intercepts without running anything, for three roads and every size
// up to 64 KiB. The table above has all you need. `multiple` moves blocks of sixteen sectors: what is paid once a sector on the
// road `pio`, and what would you pay once a block?

// %% tags=["exercise"]
function predict(mode: 'pio' | 'multiple' | 'dma', sectors: number): number {
  if (mode === 'pio') return 14 + 6 * sectors;
  if (mode === 'dma') return 0; // complete me
  return 0; // and me
}

// %% tags=["check"]
const wrong = (['pio', 'multiple', 'dma'] as const).flatMap((mode) =>
  [1, 8, 16, 17, 20, 100, 128].flatMap((sectors) => {
    const counted = run('two-roads', { mode, size: 512 * sectors }).metrics.deviceIntercepts;
    return predict(mode, sectors) === counted
      ? []
      : [`${mode}, ${sectors} sectors: counted ${counted}, predicted ${predict(mode, sectors)}`];
  }),
);
console.log(wrong.length === 0 ? 'Solved: 21 runs, 21 predictions.' : `Not yet.\n${wrong.join('\n')}`);

// %% [markdown]
// <details>
// <summary>Hint</summary>
//
// Of the six accesses a sector, one carries its data. The other five belong to the interrupt and its flush, and there is one
// interrupt for each block, also for a last block that is not full.
//
// </details>
//
// <details>
// <summary>Solution</summary>
//
// ```ts
// function predict(mode: 'pio' | 'multiple' | 'dma', sectors: number): number {
//   if (mode === 'pio') return 14 + 6 * sectors;
//   if (mode === 'dma') return 26;
//   return 14 + sectors + 5 * Math.ceil(sectors / 16);
// }
// ```
//
// </details>
//
// **Next:** [02-ring-transitions](02-ring-transitions.ipynb) follows a single stop through every ring.
