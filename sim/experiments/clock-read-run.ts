/** A guest that reads its clock so many times a second, and does its own work in between if there is time left. */
import type { Program } from '../core/program.ts';
import { calibrateByPit, readFrequencies } from '../enlightenments/frequency-msrs.ts';
import { attachPcClocks } from '../host/devices/pc-clocks.ts';
import type { Findings, Metric } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric, cyclesMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { GuestClock } from './clock-read-clocks.ts';
import { openClock } from './clock-read-clocks.ts';
import type { clockParams } from './clock-read-params.ts';

/** A complete setting. */
export type ClockParams = Values<typeof clockParams>;

/** What a run reports. */
export const clockMetrics = {
  reads: countMetric('Readings', 'How often the clock was read.', 'higher'),
  achieved: {
    label: 'Readings a second, in fact',
    unit: '/s',
    better: 'higher',
    doc: 'Less than was asked for when one reading takes longer than the time between two.',
  },
  cyclesPerRead: cyclesMetric('Cycles of a reading', 'From asking to having the time, on average.'),
  nanoseconds: {
    label: 'Time of a reading',
    unit: 'ns',
    better: 'lower',
    doc: 'The same on this hardware.',
  },
  share: {
    label: 'Share of the processor',
    unit: '%',
    better: 'lower',
    doc: 'Part of the time that goes into reading the clock.',
  },
  exits: countMetric('Exits', 'All exits of the readings.'),
  exitsPerRead: countMetric('Exits of a reading', 'On average.'),
  deviceIntercepts: countMetric('Device intercepts', 'Exits that a device model in the root had to answer.'),
  hypervisorExits: countMetric('Hypervisor exits', 'Exits that the hypervisor answered by itself.'),
  ringTransitions: countMetric(
    'Ring transitions',
    'Crossings between rings and between a partition and the hypervisor.',
  ),
  privilegeSwitches: countMetric(
    'Privilege switches',
    'Changes between user and kernel mode of one partition.',
  ),
  vmTransitions: countMetric(
    'VM exits and entries',
    'Changes between a partition and the hypervisor, the root included.',
  ),
  partitionSwitches: countMetric('Partition switches', 'The processor goes on with another partition.'),
  threadSwitches: countMetric('Thread switches', 'The root’s scheduler picks another thread.'),
  addressSpaceSwitches: countMetric('Address-space switches', 'Loads of a page table in the root.'),
  fallbacks: countMetric('Fall-backs', 'Readings of the counter because the page was not there.'),
  backwards: countMetric('Steps back', 'Readings that were earlier than the one before.'),
  maxError: {
    label: 'Error of the clock',
    unit: 'µs',
    better: 'lower',
    doc: 'By how much the clock and the machine’s own time ever differ, counted from the first reading.',
  },
  calibrationExits: countMetric(
    'Exits of the calibration',
    'At start-up, to find out how fast the TSC counts.',
  ),
  calibrationError: {
    label: 'Error of the calibration',
    unit: 'ppm',
    better: 'lower',
    doc: 'By how many millionths the rate that was found is wrong.',
  },
} satisfies Record<string, Metric>;

/** Names of the numbers that a run reports. */
export type ClockMetric = keyof typeof clockMetrics;

/** What the readings came to. */
interface Tally {
  reads: number;
  /** Cycles spent on reading. */
  spent: number;
  backwards: number;
  /** Largest difference to the machine's time, in nanoseconds. */
  error: number;
  /** Cycles that the whole took. */
  took: number;
}

/** The other host's TSC. */
const OTHER_HOST = 5 / 6;

/** Runs the experiment. */
export function simulateClock(params: ClockParams, lab: Lab): Findings<ClockMetric> {
  const machine = lab.smp({ era: params.era, partitions: [{ vps: 1 }] });
  const [partition] = machine.partitions;
  const cpu = machine.cpus[0][0];
  attachPcClocks(partition, { placement: params.placement });
  const rate = cpu.finish(calibrate(cpu, params));
  const clock = cpu.finish(openClock(cpu, params));
  machine.startMeasuring();
  const fallbacks = clock.fallbacks;
  if (params.reader === 'user') cpu.vp.cpl = 3;
  if (params.move) moveHalfWay(machine, params);
  const tally = cpu.finish(profile(cpu, clock, dates(params, machine.costs.hz, lab)));
  return {
    metrics: {
      ...readingsOf(machine, tally),
      ...countersOf(machine, tally),
      fallbacks: clock.fallbacks - fallbacks,
      calibrationExits: rate.exits,
      calibrationError: Math.round(Math.abs(rate.tscHz / machine.costs.hz - 1) * 1e6),
    },
    ...(params.rule === 'correct' ? {} : { wrongRule: 'the reader never looks at the sequence again' }),
  };
}

/** How a guest finds the rate of its TSC: one that uses the interface asks, if there is somebody to ask. */
function* calibrate(cpu: Cpu, { source }: ClockParams): Program<{ tscHz: number; exits: number }> {
  const { counters } = cpu.partition;
  const before = counters.exits;
  const enlightened = source === 'reference-counter' || source === 'tsc-page';
  const told = enlightened ? yield* readFrequencies(cpu) : undefined;
  const { tscHz } = told ?? (yield* calibrateByPit(cpu));
  return { tscHz, exits: counters.exits - before };
}

function moveHalfWay(machine: SmpMachine, { duration }: ClockParams): void {
  const { engine, costs } = machine;
  const { reenlightenment } = machine.partitions[0].msrs;
  const half = Math.round((duration * costs.hz) / 2000);
  const move = engine.handler('clock-read.move', () =>
    reenlightenment.migrate(Math.round(costs.hz * OTHER_HOST)),
  );
  engine.post(machine.cpus[0][0].now + half, move);
}

/** When the guest wants to read its clock. */
interface Dates {
  /** Cycles in all. */
  readonly length: number;
  /** The time of a reading, by its number, in cycles from the start. */
  readonly date: (n: number) => number;
}

/** So many readings a second, each somewhere in the first half of its turn: a profiler does not march in step with the clock. */
function dates({ rate, duration }: ClockParams, hz: number, lab: Lab): Dates {
  const rng = lab.rng('clock-read.dates');
  const turn = hz / rate;
  return {
    length: Math.round((duration * hz) / 1000),
    date: (n) => (n === 0 ? 0 : Math.round(n * turn) + rng.int(0, Math.floor(turn / 2))),
  };
}

/** Reads when it is time; a reading that comes late is followed by the next at once. */
function* profile(cpu: Cpu, clock: GuestClock, { length, date }: Dates): Program<Tally> {
  const { hz } = cpu.partition.costs;
  const start = cpu.now;
  const end = start + length;
  const tally: Tally = { reads: 0, spent: 0, backwards: 0, error: 0, took: 0 };
  let [last, firstTime, firstAt] = [0, 0, 0];
  for (;;) {
    const next = start + date(tally.reads);
    if (Math.max(next, cpu.now) >= end) break;
    if (next > cpu.now) yield* cpu.compute(next - cpu.now);
    const before = cpu.now;
    const time = yield* clock.read();
    tally.spent += cpu.now - before;
    if (tally.reads++ === 0) [firstTime, firstAt] = [time, cpu.now];
    else if (time < last) tally.backwards++;
    last = time;
    const truth = ((cpu.now - firstAt) * 1e9) / hz;
    tally.error = Math.max(tally.error, Math.abs(time - firstTime - truth));
  }
  if (cpu.now < end) yield* cpu.compute(end - cpu.now);
  tally.took = cpu.now - start;
  return tally;
}

type Readings = 'reads' | 'achieved' | 'cyclesPerRead' | 'nanoseconds' | 'share' | 'backwards' | 'maxError';

function readingsOf(machine: SmpMachine, tally: Tally): Record<Readings, number> {
  const { hz } = machine.costs;
  const { reads, spent, backwards, error, took } = tally;
  return {
    reads,
    achieved: Math.round((reads * hz) / took),
    cyclesPerRead: Math.round(spent / reads),
    nanoseconds: Math.round((spent / reads / hz) * 1e10) / 10,
    share: Math.round((spent / took) * 1e5) / 1e3,
    backwards,
    maxError: Math.round(error / 10) / 100,
  };
}

type Counted = Exclude<ClockMetric, Readings | 'fallbacks' | 'calibrationExits' | 'calibrationError'>;

function countersOf(machine: SmpMachine, { reads }: Tally): Record<Counted, number> {
  const { switches, ringTransitions, deviceIntercepts, hypervisorExits } = machine.measured();
  const exits = deviceIntercepts + hypervisorExits;
  return {
    exits,
    exitsPerRead: Math.round((exits / reads) * 100) / 100,
    deviceIntercepts,
    hypervisorExits,
    ringTransitions,
    privilegeSwitches: switches.privilege,
    vmTransitions: switches.vmTransition,
    partitionSwitches: switches.partition,
    threadSwitches: switches.thread,
    addressSpaceSwitches: switches.addressSpace,
  };
}
