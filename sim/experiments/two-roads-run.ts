/** One request, or a few, by one road: builds the machine, boots the driver, runs, counts, and compares the bytes. */
import type { Issue } from '../core/errors.ts';
import type { BlockDriver } from '../guest/drivers/block.ts';
import { StorvscDisk } from '../guest/drivers/storvsc-disk.ts';
import { randomAccess } from '../guest/workloads/random-access.ts';
import type { WorkloadReport } from '../guest/workloads/workload.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import { bootRoad, requireSuccess } from '../lab/guests.ts';
import type { Lab } from '../lab/lab.ts';
import { busyByPlace } from '../lab/lanes.ts';
import type { Machine } from '../lab/machines.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { countMetric, cyclesMetric } from '../lab/metrics.ts';
import { LANE_ORDER, LANE_TITLES } from '../lab/palette.ts';
import type { Values } from '../lab/params.ts';
import { WITHOUT_RING_3 } from '../lab/reliefs.ts';
import { RoadBytes } from './two-roads-bytes.ts';
import type { Image } from './two-roads-image.ts';
import { newImage } from './two-roads-image.ts';
import type { roadParams } from './two-roads-params.ts';

export type RoadParams = Values<typeof roadParams>;

export const roadMetrics = {
  deviceIntercepts: countMetric(
    'Device intercepts',
    'Exits that the worker process had to answer: accesses to registers of an emulated device.',
  ),
  hypervisorExits: countMetric(
    'Hypervisor exits',
    'Exits that the hypervisor answered by itself: hypercalls, end of interrupt.',
  ),
  ringTransitions: countMetric(
    'Ring transitions',
    'Crossings between rings and between guest and hypervisor, on either side.',
  ),
  privilegeSwitches: countMetric(
    'Privilege switches',
    'Changes between user and kernel mode of the root partition.',
  ),
  vmTransitions: countMetric(
    'VM exits and entries',
    'Changes between a partition and the hypervisor, the root included.',
  ),
  partitionSwitches: countMetric('Partition switches', 'The processor went on with another partition.'),
  threadSwitches: countMetric('Thread switches', 'The root’s scheduler picked another thread.'),
  addressSpaceSwitches: countMetric('Address-space switches', 'Loads of a page table in the root.'),
  packets: countMetric(
    'Packets',
    'Requests that the guest put into the ring: one for every 256 KiB, the longest transfer that this host accepts.',
    'neither',
  ),
  signals: countMetric('Signals to the host', 'SIGNAL_EVENT hypercalls by the guest.'),
  hostSignals: countMetric('Signals to the guest', 'SIGNAL_EVENT hypercalls by the root.'),
  interrupts: countMetric('Interrupts', 'Interrupts that the guest took.'),
  backendIos: countMetric(
    'File I/Os of the worker',
    'Times the worker asked the root’s kernel to read or write the image.',
  ),
  bytesCopied: {
    label: 'Bytes copied',
    unit: 'bytes',
    better: 'lower',
    doc: 'Bytes that a processor copied between a device’s buffer and guest memory.',
  },
  sectors: countMetric('Sectors', 'Sectors of 512 bytes that were asked for.', 'neither'),
  sectorsInFile: countMetric(
    'Sectors in the image file',
    'Sectors of these requests that a search of the file finds in it; 0 without a file.',
    'neither',
  ),
  sectorsMoved: countMetric(
    'Sectors at another place',
    'Those of them that do not lie in the file where they lie on the disk: somebody translated.',
    'neither',
  ),
  cycles: cyclesMetric('Time', 'Cycles from handing over the first request to the last answer.'),
  microseconds: {
    label: 'Time on this hardware',
    unit: 'µs',
    better: 'lower',
    doc: 'The same in microseconds of this hardware.',
  },
  throughput: { label: 'Throughput', unit: 'MB/s', better: 'higher', doc: 'Bytes asked for by that time.' },
  intact: countMetric(
    'Bytes intact',
    '1 when every byte that was read or written is the one of its place, and no other place changed.',
    'higher',
  ),
} satisfies Record<string, Metric>;

export type RoadMetric = keyof typeof roadMetrics;

const SECTOR = 512;
const MIB = 1024 * 1024;
/** Different places that the requests touch. */
const MOST_PLACES = 64;

/** What a browser can simulate while a reader waits: a word loop leaves the guest once for every two bytes. */
export function checkRoad({ mode, size, requests }: RoadParams): Issue[] {
  const limit = mode === 'pio-words' || mode === 'polled-words' ? 4 * MIB : 64 * MIB;
  if (size * requests <= limit) return [];
  const message = `${requests} requests of ${size} bytes by this road are too many for one run`;
  return [
    {
      path: 'requests',
      kind: 'too-much',
      message,
      hint: `keep size × requests at ${limit / MIB} MiB or less`,
    },
  ];
}

/** Runs the experiment. */
export function simulateRoad(params: RoadParams, lab: Lab): Findings<RoadMetric> {
  const image = newImage(params.image);
  const machine = buildMachine(params, lab, image);
  const buffer = GUEST_PAGES;
  const disk = bootRoad(machine, {
    mode: params.mode,
    pic: params.pic,
    firstPage: pageAfter(buffer + slots(params) * params.size),
  });
  const span = places(machine, params) * (params.size / SECTOR);
  const memory = machine.partition.memory.u8;
  const bytes = new RoadBytes({ disk: machine.disk, memory, seed: lab.seed, operation: params.op, span });
  const packetsBefore = packetsOf(disk);
  machine.startMeasuring();
  const report = machine.cpu.finish(
    randomAccess(
      { cpu: machine.cpu, disk, buffer },
      {
        requests: params.requests,
        requestBytes: params.size,
        depth: params.depth,
        reads: params.op === 'read' ? 1 : 0,
        sectors: span,
        watch: bytes,
      },
      lab.rng('two-roads.addresses'),
    ),
  );
  requireSuccess(report.failures, 'two-roads');
  return {
    metrics: metricsOf(machine, params, report, {
      packets: packetsOf(disk) - packetsBefore,
      intact: bytes.intact(),
      ...(image.file ? bytes.findIn(image.file) : { found: 0, moved: 0 }),
    }),
    series: [cyclesByPlace(lab)],
    ...(params.relief === 'none'
      ? {}
      : {
          wrongRule: `counterfactual: ${params.relief === 'copies' ? 'copying is free' : 'there is no ring 3'}`,
        }),
  };
}

function buildMachine(params: RoadParams, lab: Lab, { disk }: Image): Machine {
  const costs = lab.costs(params.era);
  return lab.machine({
    era: params.era,
    diskModel: params.disk,
    ...(disk ? { disk } : {}),
    memory: memoryFor(slots(params) * params.size),
    ...(params.relief === 'copies' ? { costs: costs.with({ 'copy.cold': 0, 'copy.cached': 0 }) } : {}),
    ...(params.relief === 'ring-3' ? { structure: WITHOUT_RING_3 } : {}),
  });
}

/** Buffers that are in use at once. */
const slots = (params: RoadParams): number => Math.min(params.depth, params.requests);
const pageAfter = (gpa: number): number => Math.ceil(gpa / 4096) * 4096;

/** The buffers, and four megabytes for the kernel, its rings and tables. */
const memoryFor = (buffers: number): number => pageAfter(GUEST_PAGES + buffers) + 4 * MIB;

/** Places of one request's size that the requests may touch. */
function places(machine: Machine, { size, requests }: RoadParams): number {
  const capacity = Math.floor((machine.disk.sectors * SECTOR) / size);
  return Math.max(1, Math.min(MOST_PLACES, capacity, requests));
}

/** Requests that a synthetic disk has put into its ring so far. */
const packetsOf = (disk: BlockDriver): number =>
  disk instanceof StorvscDisk ? disk.queue.counters.requests : 0;

/** What the counters do not know. */
interface Outcome {
  readonly packets: number;
  readonly intact: boolean;
  /** Sectors found in the image file, and those of them that are not at the guest's own address. */
  readonly found: number;
  readonly moved: number;
}

function metricsOf(
  machine: Machine,
  params: RoadParams,
  report: WorkloadReport,
  { packets, intact, found, moved }: Outcome,
): Record<RoadMetric, number> {
  const counted = machine.measured();
  const { switches, routes, tallies } = counted;
  const seconds = report.cycles / machine.costs.hz;
  return {
    deviceIntercepts: counted.deviceIntercepts,
    hypervisorExits: counted.hypervisorExits,
    ringTransitions: counted.ringTransitions,
    privilegeSwitches: switches.privilege,
    vmTransitions: switches.vmTransition,
    partitionSwitches: switches.partition,
    threadSwitches: switches.thread,
    addressSpaceSwitches: switches.addressSpace,
    packets,
    signals: tallies.signals,
    hostSignals: routes['root-signal'],
    interrupts: tallies.interrupts,
    backendIos: routes['backend-io'],
    bytesCopied: counted.bytesCopied.pio + counted.bytesCopied.dma,
    sectors: (params.requests * params.size) / SECTOR,
    sectorsInFile: found,
    sectorsMoved: moved,
    cycles: report.cycles,
    microseconds: Math.round(seconds * 1e8) / 100,
    throughput: Math.round((params.requests * params.size) / seconds / 1e4) / 100,
    intact: intact ? 1 : 0,
  };
}

/** Where the recorded cycles went. */
function cyclesByPlace(lab: Lab): Series {
  const busy = busyByPlace(lab.recording());
  const places = LANE_ORDER.filter((place) => busy[place] > 0);
  return {
    id: 'cycles-by-place',
    title: 'Where the cycles went',
    unit: 'cycles',
    labels: places.map((place) => LANE_TITLES[place]),
    values: places.map((place) => Math.round(busy[place])),
    places,
  };
}
