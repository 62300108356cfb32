/** A guest shares its processor with others, and holds its clock against the host’s. */
import type { Program } from '../core/program.ts';
import { Histogram } from '../core/stats.ts';
import { referenceTimeOfCycles } from '../core/units.ts';
import { startPeriodicTimer } from '../enlightenments/synthetic-timers.ts';
import type { GuestClock } from '../guest/drivers/hv-util-kernel.ts';
import type { Vmbus } from '../guest/drivers/vmbus.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { WallClock } from '../guest/guest-clock.ts';
import { IntegrationServices } from '../guest/integration.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { TIMESYNC_REFERENCE_VERSION, Timesync } from '../host/vsp/timesync.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Cpu } from '../machine/cpu.ts';
import { icVersionCode } from '../wire/ic-codes.ts';
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import type { timeSyncParams } from './time-sync-params.ts';

export type TimeSyncParams = Values<typeof timeSyncParams>;

const ms = (label: string, doc: string): Metric => ({ label, unit: 'ms', better: 'lower', doc });

export const timeSyncMetrics = {
  ticksDue: countMetric('Ticks due', 'Ticks that the timer owes the guest for this time.', 'neither'),
  ticksTaken: countMetric('Ticks taken', 'Ticks that the guest counted.', 'higher'),
  ticksLost: countMetric(
    'Ticks missing',
    'Those that it had not got by the end. Few of them are still to come.',
  ),
  worst: ms('Worst error', 'Largest difference between the two clocks, looked at ten times a second.'),
  error: ms('Error at the end', 'Difference between the two clocks when the run ends.'),
  mean: ms('Mean error', 'Difference between the clocks, on average over the run.'),
  syncs: countMetric('Orders', 'Messages that order the guest to set its clock.', 'neither'),
  samples: countMetric('Hints', 'Messages that only say what time it is.', 'neither'),
  steps: countMetric('Clock set', 'Times the guest set its clock at one go, by order or by hint.', 'neither'),
  backwards: countMetric('Set back', 'Times that took the clock back: programs see the same time twice.'),
  meanTransit: ms('Message on the way, mean', 'From reading the host’s clock until the guest acted on it.'),
  longestTransit: ms('Message on the way, longest', 'The longest of those.'),
  share: {
    label: 'Share of the processor',
    unit: '%',
    better: 'neither',
    doc: 'Time that the guest ran.',
  },
  exits: countMetric('Exits of the guest', 'All of them go to the hypervisor.'),
} satisfies Record<string, Metric>;

export type TimeSyncMetric = keyof typeof timeSyncMetrics;

const VECTOR = 0xee;
const TIMER = 1;
const MEMORY = 16 * 1024 * 1024;
const OTHER_MEMORY = 1024 * 1024;
/** A busy program looks for deferred work this often; another machine computes in such pieces. */
const PIECE_SECONDS = 0.001;
/** A slice that does not go into whole seconds: otherwise every hint would meet the guest at the same point of its round. */
const SLICE_SECONDS = 0.010_37;
const FIRST_ORDER_SECONDS = 0.01;
/** Looks at the two clocks, a second. */
const LOOKS = 10;

/** Runs the experiment. */
export function simulateTimeSync(params: TimeSyncParams, lab: Lab): Findings<TimeSyncMetric> {
  const other = { vps: 1, memory: OTHER_MEMORY };
  const machine = lab.smp({
    era: '2020',
    logicalProcessors: 1,
    timeSlice: Math.round(lab.costs('2020').hz * SLICE_SECONDS),
    partitions: [{ vps: 1, memory: MEMORY }, ...Array.from({ length: params.others }, () => other)],
  });
  const guest = new TimedGuest(machine, params);
  for (const [cpu] of machine.cpus.slice(1)) cpu.run(busy(cpu, machine.costs.hz));
  machine.startMeasuring();
  guest.begin();
  for (let look = 0; look < params.time * LOOKS; look++) {
    machine.runFor(Math.round(machine.costs.hz / LOOKS));
    guest.look();
  }
  return { metrics: guest.metrics(), series: [guest.errors()] };
}

function* busy(cpu: Cpu, hz: number): Program {
  for (;;) yield* cpu.compute(hz * PIECE_SECONDS);
}

/** The guest with its clock, and the host’s time service. */
class TimedGuest {
  private readonly machine: SmpMachine;
  private readonly params: TimeSyncParams;
  private readonly cpu: Cpu;
  private readonly timesync: Timesync;
  private readonly clock: WallClock;
  private readonly period: number;
  private readonly transit = new Histogram();
  private readonly seen: number[] = [];
  private before = { ticks: 0, at: 0, runtime: 0, syncs: 0, samples: 0, steps: 0 };

  constructor(machine: SmpMachine, params: TimeSyncParams) {
    this.machine = machine;
    this.params = params;
    const [partition] = machine.partitions;
    [[this.cpu]] = machine.cpus;
    const newest = params.message === 'plain' ? icVersionCode(3, 0) : TIMESYNC_REFERENCE_VERSION;
    this.timesync = new Timesync(partition, { period: params.period, newest });
    attachVmbus(partition).offer(this.timesync);
    this.period = HV_CLOCK_HZ / Number(params.tick);
    const { engine, costs } = machine;
    this.clock = new WallClock(params.clock, params.policy, this.period, () =>
      referenceTimeOfCycles(Math.max(this.cpu.now, engine.now), costs.hz),
    );
    this.boot();
  }

  private boot(): void {
    const { cpu, machine } = this;
    const guest = new EnlightenedGuest([cpu], LINUX_6_1, { firstPage: GUEST_PAGES });
    guest.start();
    while (guest.state === 'starting') machine.engine.step();
    const vmbus = guest.vmbus as Vmbus;
    const services = new IntegrationServices(vmbus, cpu, { clock: this.observed() });
    cpu.finish(this.load(services));
    cpu.run(this.live(vmbus));
    // Long enough for the order that follows the negotiation.
    machine.runFor(Math.round(machine.costs.hz * FIRST_ORDER_SECONDS));
  }

  private *load(services: IntegrationServices): Program {
    const { cpu, params } = this;
    cpu.onVector(VECTOR, () => this.ticked());
    yield* services.start(cpu);
    yield* startPeriodicTimer(cpu, TIMER, this.period, { vector: VECTOR }, params.missed === 'lazy');
  }

  private *ticked(): Program {
    this.clock.tick();
    yield* this.cpu.eoi();
  }

  /** Programs of the guest always have something to do; in between the kernel does what was deferred. */
  private *live({ connection }: Vmbus): Program {
    const { cpu } = this;
    for (;;) {
      const work = connection.nextWork(cpu);
      if (work) yield* work;
      else yield* cpu.compute(this.machine.costs.hz * PIECE_SECONDS);
    }
  }

  /** Passes the host’s time on, and notes how long it was on the way. */
  private observed(): GuestClock {
    const note = (): void => {
      const { engine } = this.machine;
      this.transit.add(Math.max(0, Math.max(this.cpu.now, engine.now) - this.timesync.toldAt));
    };
    return {
      // As the reference TSC page says it. Its few dozen cycles are not charged.
      reference: () => BigInt(referenceTimeOfCycles(this.cpu.now, this.machine.costs.hz)),
      set: (time) => {
        note();
        this.clock.set(time);
      },
      sample: (time) => {
        note();
        this.clock.sample(time);
      },
    };
  }

  /** Counting begins: the other machines are there now, and the host orders the time once more. */
  begin(): void {
    const { clock, timesync, machine } = this;
    this.before = {
      ticks: clock.ticks,
      at: machine.engine.now,
      runtime: machine.partitions[0].runTime(0),
      syncs: timesync.syncs,
      samples: timesync.samples,
      steps: clock.steps,
    };
    clock.backwards = 0;
    timesync.resync();
  }

  /** Holds the two clocks against each other, in milliseconds. */
  look(): void {
    const now = this.machine.engine.now;
    const difference = Number(this.clock.read() - this.timesync.hostTime(now));
    this.seen.push(difference / (HV_CLOCK_HZ / 1000));
  }

  metrics(): Record<TimeSyncMetric, number> {
    const { before, clock, machine, seen, timesync, transit } = this;
    const { hz } = machine.costs;
    const elapsed = machine.engine.now - before.at;
    const due = Math.floor((elapsed / hz) * Number(this.params.tick));
    const taken = clock.ticks - before.ticks;
    const sizes = seen.map(Math.abs);
    const milli = (cycles: number): number => rounded((cycles * 1000) / hz);
    return {
      ticksDue: due,
      ticksTaken: taken,
      ticksLost: Math.max(0, due - taken),
      worst: rounded(Math.max(...sizes)),
      error: rounded(sizes[sizes.length - 1]),
      mean: rounded(sizes.reduce((sum, size) => sum + size, 0) / sizes.length),
      syncs: timesync.syncs - before.syncs,
      samples: timesync.samples - before.samples,
      steps: clock.steps - before.steps,
      backwards: clock.backwards,
      meanTransit: transit.count > 0 ? milli(transit.mean) : 0,
      longestTransit: transit.count > 0 ? milli(transit.quantile(1)) : 0,
      share: this.share(elapsed),
      exits: machine.measured().hypervisorExits,
    };
  }

  private share(elapsed: number): number {
    const ran = this.machine.partitions[0].runTime(0) - this.before.runtime;
    return Math.round((1000 * ran) / referenceTimeOfCycles(elapsed, this.machine.costs.hz)) / 10;
  }

  /** The error second by second. */
  errors(): Series {
    const values = this.seen.filter((_, i) => i % LOOKS === LOOKS - 1).map(rounded);
    const step = Math.ceil(values.length / MOST_BARS);
    const kept = values.map((value, i) => ({ value, label: `${i + 1} s` })).filter((_, i) => i % step === 0);
    return {
      id: 'error',
      title: 'How far the guest’s clock is behind',
      unit: 'ms',
      labels: kept.map(({ label }) => label),
      values: kept.map(({ value }) => Math.max(0, -value)),
    };
  }
}

const MOST_BARS = 15;
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
