/** One request, or a few, by one road: builds the machine, boots the driver, runs, counts, and compares the bytes. */
import type { Issue } from '../core/errors.ts';
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
import { recordingOf } from '../lab/recording.ts';
import { WITHOUT_RING_3 } from '../lab/reliefs.ts';
import type { CounterSnapshot } from '../machine/counters.ts';
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
  cycles: cyclesMetric('Time', 'Cycles from handing over the first request to the last answer.'),
  microseconds: {
    label: 'Time',
    unit: 'µs',
    better: 'lower',
    doc: 'The same in microseconds of this hardware.',
  },
  throughput: { label: 'Throughput', unit: 'MB/s', better: 'higher', doc: 'Bytes asked for by that time.' },
  intact: countMetric(
    'Bytes intact',
    '1 when every byte on the disk and in memory is what it must be.',
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
  const machine = buildMachine(params, lab);
  const buffer = GUEST_PAGES;
  const disk = bootRoad(machine, {
    mode: params.mode,
    pic: params.pic,
    firstPage: pageAfter(buffer + slots(params) * params.size),
  });
  const bytes = new RoadBytes(machine, params, buffer);
  machine.startMeasuring();
  const report = machine.cpu.finish(
    randomAccess(
      { cpu: machine.cpu, disk, buffer },
      {
        requests: params.requests,
        requestBytes: params.size,
        depth: params.depth,
        reads: params.op === 'read' ? 1 : 0,
        sectors: (bytes.places * params.size) / SECTOR,
      },
      lab.rng('two-roads.addresses'),
    ),
  );
  requireSuccess(report.failures, 'two-roads');
  return {
    metrics: metricsOf(machine, params, report, machine.measured(), bytes.intact()),
    series: [cyclesByPlace(machine)],
    ...(params.relief === 'none'
      ? {}
      : {
          wrongRule: `counterfactual: ${params.relief === 'copies' ? 'copying is free' : 'there is no ring 3'}`,
        }),
  };
}

function buildMachine(params: RoadParams, lab: Lab): Machine {
  const costs = lab.costs(params.era);
  return lab.machine({
    era: params.era,
    diskModel: params.disk,
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

/** Puts known bytes where they must travel from, and looks afterwards whether they arrived. */
class RoadBytes {
  readonly places: number;
  private readonly machine: Machine;
  private readonly params: RoadParams;
  private readonly buffer: number;
  private readonly pattern: Uint8Array;

  constructor(machine: Machine, params: RoadParams, buffer: number) {
    this.machine = machine;
    this.params = params;
    this.buffer = buffer;
    const capacity = Math.floor((machine.disk.sectors * SECTOR) / params.size);
    this.places = Math.max(1, Math.min(MOST_PLACES, capacity, params.requests));
    this.pattern = Uint8Array.from({ length: params.size }, (_, i) => (i * 131 + (i >> 8) * 7 + 1) & 0xff);
    if (params.op === 'write')
      for (let i = 0; i < slots(params); i++)
        machine.partition.memory.u8.set(this.pattern, buffer + i * params.size);
    else
      for (let place = 0; place < this.places; place++)
        machine.disk.write((place * params.size) / SECTOR, params.size / SECTOR, this.pattern);
  }

  /** True when reads filled every buffer, or writes reached the disk and nothing but their places changed. */
  intact(): boolean {
    const { params, machine } = this;
    if (params.op === 'read') {
      const { u8 } = machine.partition.memory;
      return Array.from({ length: slots(params) }, (_, i) =>
        u8.subarray(this.buffer + i * params.size, this.buffer + (i + 1) * params.size),
      ).every((slot) => this.isPattern(slot));
    }
    const found = new Uint8Array(params.size);
    let written = 0;
    for (let place = 0; place < this.places; place++) {
      machine.disk.read((place * params.size) / SECTOR, params.size / SECTOR, found);
      if (this.isPattern(found)) written++;
      else if (found.some((byte) => byte !== 0)) return false;
    }
    return written > 0;
  }

  private isPattern(bytes: Uint8Array): boolean {
    return bytes.every((byte, i) => byte === this.pattern[i]);
  }
}

function metricsOf(
  machine: Machine,
  params: RoadParams,
  report: WorkloadReport,
  counted: CounterSnapshot,
  intact: boolean,
): Record<RoadMetric, number> {
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
    signals: tallies.signals,
    hostSignals: routes['root-signal'],
    interrupts: tallies.interrupts,
    backendIos: routes['backend-io'],
    bytesCopied: counted.bytesCopied.pio + counted.bytesCopied.dma,
    sectors: (params.requests * params.size) / SECTOR,
    cycles: report.cycles,
    microseconds: Math.round(seconds * 1e8) / 100,
    throughput: Math.round((params.requests * params.size) / seconds / 1e4) / 100,
    intact: intact ? 1 : 0,
  };
}

/** Where the recorded cycles went. */
function cyclesByPlace(machine: Machine): Series {
  const busy = busyByPlace(recordingOf(machine.recorded));
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
