/**
 * Where does the work of one disk request go? The same request, to the same disk, once through an emulated IDE controller and once
 * through a synthetic one: exits, every kind of switch, cycles by place, bytes copied.
 */
import { defineExperiment } from '../lab/experiment.ts';
import { roadClaims } from './two-roads-claims.ts';
import { roadParams } from './two-roads-params.ts';
import type { RoadMetric } from './two-roads-run.ts';
import { checkRoad, roadMetrics, simulateRoad } from './two-roads-run.ts';

export const twoRoads = defineExperiment<typeof roadParams, RoadMetric>({
  id: 'two-roads',
  title: 'One disk request, two roads',
  question: 'Where does the work of one disk request go?',
  page: '/concepts/two-roads',
  params: roadParams,
  stages: [
    ['mode', 'size'],
    ['op', 'era', 'disk'],
    ['pic', 'requests', 'depth', 'image', 'relief'],
  ],
  metrics: roadMetrics,
  headline: [
    'deviceIntercepts',
    'hypervisorExits',
    'ringTransitions',
    'signals',
    'interrupts',
    'bytesCopied',
    'cycles',
  ],
  presets: {
    pio: {
      title: 'Sector by sector',
      sentence:
        'Programmed I/O asks the emulated controller for every sector again, and each register access leaves the guest.',
      params: { mode: 'pio' },
    },
    words: {
      title: 'Word by word',
      sentence: 'A driver without string instructions leaves the guest once for every two bytes.',
      params: { mode: 'pio-words' },
    },
    dma: {
      title: 'Bus-master DMA',
      sentence:
        'What real drivers do on an IDE disk: describe the buffer once, then the number of exits no longer grows with the size.',
      params: { mode: 'dma' },
    },
    int13: {
      title: 'The BIOS that knows',
      sentence: 'One port write hands the whole request over: emulation need not be chatty.',
      params: { mode: 'int13' },
    },
    synthetic: {
      title: 'Through VMBus',
      sentence: 'The request is a packet in shared memory; no device register exists to be touched.',
      params: { mode: 'synthetic' },
    },
    busy: {
      title: 'A busy synthetic disk',
      sentence: 'Sixty-four requests, thirty-two at a time: most of them need no signal at all.',
      params: { mode: 'synthetic', requests: 64, depth: 32, disk: 'nvme' },
    },
  },
  bets: [
    {
      question:
        'A guest writes 10 KiB with programmed I/O, one sector at a time. How often does it touch the emulated controller?',
      params: { mode: 'pio' },
      answer: { kind: 'number', unit: 'accesses', metric: 'deviceIntercepts', tolerance: 1.5 },
      misconceptions: [
        {
          answer: '1',
          belief:
            'One request is one visit. It would be, if the interface spoke in requests; this one speaks in registers.',
        },
        {
          answer: '20',
          belief:
            'One visit a sector. Each sector also needs its status read, its interrupt acknowledged and its data port flushed.',
        },
        {
          answer: '5234',
          belief:
            'One visit a word. That was true of drivers that loop over the port; a string instruction moves a sector in one exit.',
        },
      ],
      explain: (run) =>
        `${run.metrics.deviceIntercepts} intercepted accesses for ${run.metrics.sectors} sectors: 14 to set the command up and close it, 6 a sector.`,
    },
    {
      question: 'The same 10 KiB through bus-master DMA: more or fewer exits than the synthetic disk?',
      params: { mode: 'dma' },
      answer: {
        kind: 'choice',
        options: { more: 'more', same: 'the same', fewer: 'fewer' },
        read: (run) => (run.metrics.deviceIntercepts > 0 ? 'more' : 'same'),
      },
      misconceptions: [
        {
          answer: 'same',
          belief:
            'DMA moves the data without the processor, but the driver still programs the controller through registers.',
        },
        {
          answer: 'fewer',
          belief: 'The synthetic road sends a signal now and then; it never touches a device register.',
        },
      ],
      explain: (run) =>
        `DMA needs ${run.metrics.deviceIntercepts} register accesses whatever the size up to 64 KiB; the synthetic road needs none.`,
    },
  ],
  claims: roadClaims,
  goals: [
    {
      text: 'Write 64 KiB with at most 30 exits to the worker process, without VMBus.',
      hint: 'Who else can describe a whole buffer at once?',
      solution: { mode: 'dma', size: 65_536 },
      met: (run) =>
        run.params.mode !== 'synthetic' &&
        run.params.size === 65536 &&
        run.params.relief === 'none' &&
        run.metrics.deviceIntercepts <= 30,
    },
    {
      text: 'Finish 64 requests of 4 KiB with fewer than 16 signals.',
      hint: 'A signal is needed only when the ring was empty.',
      solution: { mode: 'synthetic', requests: 64, size: 4096, depth: 32, disk: 'nvme' },
      met: (run) =>
        run.params.mode === 'synthetic' &&
        run.params.requests === 64 &&
        run.params.size === 4096 &&
        run.metrics.signals < 16,
    },
  ],
  views: ['lanes', 'switches', 'cycles', 'diagram'],
  limits: [
    'Every sector carries a pattern of its own place and seed. Reads are compared as they are answered; writes on the disk after the run, where the last write of a place covers the earlier ones, all of the same bytes.',
    'One guest processor and one root processor share a logical processor: every visit to the worker counts two partition switches. With a core of its own the root would need an inter-processor interrupt instead.',
    'The guest above the driver is left out: the system call, the file system and the class driver are common to both roads.',
    "The register flow is that of Linux' libata without busy retries; Windows' own driver differs in detail.",
    'An image file changes where the bytes lie, not the time: parsing its tables is not charged, and the root’s own file system is not modelled.',
    'Costs inside the worker process are proxies measured through the Windows hypervisor API on one processor of 2018; the worker itself has not been published.',
    'Caches and TLB refills after a switch are in the measured totals but not modelled apart.',
  ],
  check: checkRoad,
  simulate: simulateRoad,
});
