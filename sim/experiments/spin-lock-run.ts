/** Runs machines whose processors compete for a lock, on fewer logical processors than they have. */
import type { Issue } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
import type { Rng } from '../core/rng.ts';
import { Histogram } from '../core/stats.ts';
import { cyclesOfNs, nsOfCycles } from '../core/units.ts';
import { establishHypercalls } from '../enlightenments/hypercall-page.ts';
import { readSpinCount, SPIN_NEVER } from '../enlightenments/long-spin-wait.ts';
import type { SpinLock } from '../enlightenments/spin-locks.ts';
import { TestAndSetLock, TicketLock } from '../enlightenments/spin-locks.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Cpu } from '../machine/cpu.ts';
import { PAUSE_LOOP } from '../machine/pause-loop.ts';
import type { spinLockParams } from './spin-lock-params.ts';

export type SpinLockParams = Values<typeof spinLockParams>;

export const spinLockMetrics = {
  rounds: countMetric('Times the lock was taken', 'By all processors of all machines together.', 'higher'),
  rate: {
    label: 'Rate',
    unit: '1/s',
    better: 'higher',
    doc: 'Times the lock was taken, for each second of the run.',
  },
  waiting: {
    label: 'Processor time spent waiting',
    unit: '%',
    better: 'lower',
    doc: 'Share of the logical processors’ time in which guests executed nothing but their waiting loops and the exits from them.',
  },
  useful: {
    label: 'Processor time spent working',
    unit: '%',
    better: 'higher',
    doc: 'Share of the logical processors’ time in which guests did the work inside and outside of the lock.',
  },
  held: countMetric(
    'Holders without a processor',
    'Times that a processor was taken from a VP while it held the lock.',
  ),
  worst: {
    label: 'Longest wait',
    unit: 'µs',
    better: 'lower',
    doc: 'From the first try to having the lock, the longest.',
  },
  p99: {
    label: 'Long waits (p99)',
    unit: 'µs',
    better: 'lower',
    doc: 'Ninety-nine of a hundred waits were shorter.',
  },
  hints: countMetric('Calls of the hypervisor', 'NOTIFY_LONG_SPIN_WAIT hypercalls.'),
  pauseExits: countMetric('Pause-loop exits', 'Times that a processor noticed a waiting loop by itself.'),
  given: countMetric('Processors given away', 'Times that a VP that waited gave way to another.', 'neither'),
  switches: countMetric('Switches between VPs', 'Times that a logical processor went on with another VP.'),
  partitionSwitches: countMetric('Partition switches', 'Of these, to a VP of another partition.'),
  hypervisorExits: countMetric('Hypervisor exits', 'Exits of all guests that the hypervisor answered.'),
  fairness: {
    label: 'Smallest share',
    unit: '%',
    better: 'higher',
    doc: 'Processor time of the machine that got least, in per cent of an equal share.',
  },
} satisfies Record<string, Metric>;

export type SpinLockMetric = keyof typeof spinLockMetrics;

/** The lock's words, and the hypercall page. */
const LOCK = 0x1000;
const PAGE = 0x2000;
/** The root's own work: 50 us every millisecond on average. Assumed; a host that does nothing else. */
const HOST_WORK_NS = 50_000;
const HOST_EVERY_NS = 1_000_000;
/** An open-source operating system, as `GUEST_OS_ID` has it. */
const GUEST_OS_ID = 0x8100_0000_0000_0000n;

/** Most processor time of a run, in milliseconds: as much as a page can wait for. */
const LONGEST = 8000;

/** Processors of 2008 cannot exit on a loop of PAUSEs; and what is simulated has an end. */
export function checkSpinLock(params: SpinLockParams): Issue[] {
  const { era, help, processors, time, vms, slice } = params;
  const issues: Issue[] = [];
  if (era === '2008' && (help === 'ple' || help === 'both')) {
    const message = 'processors of 2008 have no pause-loop exits';
    issues.push({ path: 'help', kind: 'not-there', message, hint: 'use help=hint, or a later era' });
  }
  const sum = Math.round(processors * (time + ((1 + vms) * slice) / 1000));
  if (sum > LONGEST) {
    const message = `${processors} processors for ${time} ms and the time before would be ${sum} ms of processor time`;
    issues.push({ path: 'time', kind: 'too-long', message, hint: `keep it below ${LONGEST} ms` });
  }
  return issues;
}

/** Runs the experiment. */
export function simulateSpinLock(params: SpinLockParams, lab: Lab): Findings<SpinLockMetric> {
  const machine = build(params, lab);
  const waits = new Histogram();
  const guests = machine.cpus.map((cpus, vm) => new Guest(machine, cpus, params, lab.rng(`vm ${vm}`), waits));
  for (const guest of guests) guest.boot();
  for (const guest of guests) guest.start();
  busyHost(machine, lab.rng('host'));
  warmUp(machine, params);
  for (const guest of guests) guest.startMeasuring();
  machine.startMeasuring();
  machine.hypervisor.scheduler?.record();
  const before = machine.cpus.map((cpus) => runtimeOf(cpus));
  const from = machine.engine.now;
  const cycles = cyclesOfNs(params.time * 1e6, machine.costs.hz);
  machine.runFor(cycles);
  const ran = machine.cpus.map((cpus, vm) => runtimeOf(cpus) - before[vm]);
  for (const guest of guests) guest.stop();
  const length = machine.engine.now - from;
  const metrics = metricsOf({ machine, guests, waits, ran, length, params });
  return { metrics, series: [shares(ran, length, params)] };
}

function build(params: SpinLockParams, lab: Lab): SmpMachine {
  const exits = params.help === 'ple' || params.help === 'both';
  const hint = params.help === 'hint' || params.help === 'both';
  const partition = {
    vps: params.vps,
    memory: 64 * 1024,
    features: { spinCount: hint ? params.tries : SPIN_NEVER },
    ...(exits ? { pauseLoopExits: { ...PAUSE_LOOP, window: params.window } } : {}),
  };
  const costs = lab.costs(params.era);
  return lab.smp({
    era: params.era,
    logicalProcessors: params.processors,
    timeSlice: cyclesOfNs(params.slice * 1000, costs.hz),
    partitions: Array.from({ length: params.vms }, () => partition),
  });
}

/** The root has work of its own now and then, and takes a processor for it: so no order of the VPs lasts for ever. */
function busyHost({ hypervisor: { root }, costs: { hz } }: SmpMachine, rng: Rng): void {
  const work = root.work('host', () => {
    root.elapse(cyclesOfNs(HOST_WORK_NS, hz));
    root.queue(work, 0, root.now + cyclesOfNs(rng.int(0, 2 * HOST_EVERY_NS), hz));
  });
  root.queue(work);
}

/** Until everybody has begun and had a turn: who shares a processor with whom is then as much chance as in a machine that has run for long. */
function warmUp(machine: SmpMachine, { slice, vms }: SpinLockParams): void {
  machine.runFor(cyclesOfNs((1 + vms) * slice * 1000, machine.costs.hz));
}

const runtimeOf = (cpus: readonly Cpu[]): number => cpus.reduce((sum, { vp }) => sum + vp.runtime, 0);

/** One guest: the same program on every processor. */
class Guest {
  rounds = 0;
  /** Cycles of run time in which its processors waited, and in which they worked. */
  waited = 0;
  worked = 0;
  /** Times that a holder lost its processor. */
  preempted = 0;
  private tries = SPIN_NEVER;
  /** Run time of a processor when it began to wait; -1 when it does not. */
  private readonly since: number[];
  private readonly waiting: boolean[];
  private readonly waits: Histogram;
  private calls = 0;
  private readonly lock: SpinLock;
  private readonly cpus: readonly Cpu[];
  private readonly rng: Rng;
  private readonly machine: SmpMachine;
  private readonly params: SpinLockParams;

  constructor(machine: SmpMachine, cpus: readonly Cpu[], params: SpinLockParams, rng: Rng, waits: Histogram) {
    this.machine = machine;
    this.cpus = cpus;
    this.params = params;
    this.rng = rng;
    this.waits = waits;
    this.since = cpus.map(() => -1);
    this.waiting = cpus.map(() => false);
    const { memory } = cpus[0];
    this.lock = params.lock === 'tas' ? new TestAndSetLock(memory, LOCK) : new TicketLock(memory, LOCK);
  }

  /** Looks for the hypervisor and what it recommends. */
  boot(): void {
    const [cpu] = this.cpus;
    cpu.finish(
      (function* (): Program {
        yield* establishHypercalls(cpu, PAGE, GUEST_OS_ID);
      })(),
    );
    this.tries = cpu.finish(readSpinCount(cpu));
  }

  /** Its processors begin one after the other within a time slice, as machines do that nobody starts at one stroke. */
  start(): void {
    const { engine, costs } = this.machine;
    for (const cpu of this.cpus) {
      const at = engine.now + this.rng.int(0, cyclesOfNs(this.params.slice * 1000, costs.hz));
      engine.timer(`begin ${cpu.vp.who}`, () => cpu.run(this.program(cpu))).set(at);
    }
  }

  /** From here on it counts. Who waits already waits from here on. */
  startMeasuring(): void {
    this.stop();
    for (const cpu of this.cpus) if (this.waiting[cpu.index]) this.since[cpu.index] = cpu.vp.runtime;
    this.rounds = 0;
    this.waited = 0;
    this.worked = 0;
    this.preempted = 0;
    this.calls = this.cpus[0].partition.hypercalls.longSpinWaits;
  }

  /** Calls of the hypervisor since then. */
  get hints(): number {
    return this.cpus[0].partition.hypercalls.longSpinWaits - this.calls;
  }

  private *program(cpu: Cpu): Program {
    const { hz } = this.machine.costs;
    const outside = cyclesOfNs(this.params.outside, hz);
    const inside = cyclesOfNs(this.params.held, hz);
    for (;;) {
      // Between half and one and a half of the time, so that processors do not march in step.
      if (outside > 0) yield* this.work(cpu, this.rng.int(Math.ceil(outside / 2), Math.floor(1.5 * outside)));
      yield* this.take(cpu);
      const { account } = cpu.vp;
      const lost = account?.preemptions ?? 0;
      yield* this.work(cpu, inside);
      if ((account?.preemptions ?? 0) > lost) this.preempted++;
      yield* this.lock.release(cpu);
      this.rounds++;
    }
  }

  /** Who still waits at the end has waited, too. */
  stop(): void {
    for (const cpu of this.cpus) this.waitedSince(cpu);
  }

  private *take(cpu: Cpu): Program {
    const at = cpu.now;
    this.since[cpu.index] = cpu.vp.runtime;
    this.waiting[cpu.index] = true;
    yield* this.lock.acquire(cpu, this.tries);
    this.waiting[cpu.index] = false;
    this.waits.add(cpu.now - at);
    this.waitedSince(cpu);
  }

  private waitedSince(cpu: Cpu): void {
    const since = this.since[cpu.index];
    if (since >= 0) this.waited += cpu.vp.runtime - since;
    this.since[cpu.index] = -1;
  }

  private *work(cpu: Cpu, cycles: number): Program {
    yield* cpu.compute(cycles);
    this.worked += cycles;
  }
}

interface Outcome {
  readonly machine: SmpMachine;
  readonly guests: readonly Guest[];
  readonly waits: Histogram;
  /** Run time of each machine, and the length of the run. */
  readonly ran: readonly number[];
  readonly length: number;
  readonly params: SpinLockParams;
}

function metricsOf(outcome: Outcome): Record<SpinLockMetric, number> {
  const { machine, guests, waits, ran, length, params } = outcome;
  const counted = guests.map((_, vm) => machine.measured(vm));
  const sum = (of: (vm: number) => number): number => guests.reduce((total, _, vm) => total + of(vm), 0);
  const { hz } = machine.costs;
  const capacity = length * params.processors;
  const percent = (part: number, of: number): number => Math.round((1000 * part) / of) / 10;
  const micro = (cycles: number): number => Math.round(nsOfCycles(cycles, hz) / 100) / 10;
  const accounts = machine.cpus.flat().map(({ vp }) => vp.account);
  const rounds = sum((vm) => guests[vm].rounds);
  return {
    rounds,
    rate: Math.round((rounds * hz) / length),
    waiting: percent(
      sum((vm) => guests[vm].waited),
      capacity,
    ),
    useful: percent(
      sum((vm) => guests[vm].worked),
      capacity,
    ),
    held: sum((vm) => guests[vm].preempted),
    worst: waits.count > 0 ? micro(waits.max) : 0,
    p99: waits.count > 0 ? micro(waits.quantile(0.99)) : 0,
    hints: sum((vm) => guests[vm].hints),
    pauseExits: sum((vm) => counted[vm].routes['hypervisor-pause']),
    given: accounts.reduce((total, account) => total + (account?.yields ?? 0), 0),
    switches: sum((vm) => counted[vm].routes['vp-switch'] + counted[vm].routes['partition-switch']),
    partitionSwitches: sum((vm) => counted[vm].routes['partition-switch']),
    hypervisorExits: sum((vm) => counted[vm].hypervisorExits),
    fairness: percent(
      Math.min(...ran) * ran.length,
      ran.reduce((total, one) => total + one, 0),
    ),
  };
}

/** What each machine got of the logical processors. */
function shares(ran: readonly number[], length: number, params: SpinLockParams): Series {
  return {
    id: 'shares',
    title: 'Processor time of each machine',
    unit: '%',
    labels: ran.map((_, vm) => `machine ${vm + 1}`),
    values: ran.map((cycles) => Math.round((1000 * cycles) / (length * params.processors)) / 10),
  };
}
