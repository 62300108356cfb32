/**
 * The mixed work of a profiled guest: how often each job comes, and the program that does them all in turn.
 *
 * A job has its times, whatever the others cost; between them the processor computes. So a guest whose jobs are dear has less time left
 * to compute, and one that cannot keep up falls behind.
 */
import type { Program } from '../core/program.ts';
import { Rng } from '../core/rng.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { ProfiledGuest, Task } from './profiled-guest.ts';

/** How often a job comes. */
export interface Rate {
  /** Times a second on each processor that does it. */
  readonly perSecond: number;
  /** Only the first processor does it. */
  readonly once?: true;
  /** Where the number is from; "assumed" when nobody measured it. */
  readonly source: string;
}

/** The rates. The tick is not among them: a timer does it. */
export const RATES: Readonly<Record<Task, Rate>> = {
  clock: {
    perSecond: 960,
    source: 'V-ACPITIMER: an idle Vista reads the PM timer 15 times in each of 64 ticks',
  },
  level: { perSecond: 5000, source: 'assumed; TechNet ee407540 gives no number' },
  lock: { perSecond: 1000, source: 'assumed' },
  switch: { perSecond: 500, source: 'assumed' },
  'local-flush': { perSecond: 200, source: 'assumed' },
  'remote-flush': { perSecond: 50, source: 'assumed' },
  ipi: { perSecond: 100, source: 'assumed' },
  disk: { perSecond: 300, once: true, source: 'assumed' },
  idle: { perSecond: 20, source: 'assumed' },
};

/** Timer interrupts a second: the 64 of Windows, for all alike. Source: VMware, "Timekeeping in Virtual Machines". */
export const TICK_HZ = 64;

/** One job of a processor: when it comes next is chance of its own, whatever the others cost. */
interface Appointment {
  readonly task: Task;
  /** Mean time between two, in cycles. */
  readonly every: number;
  readonly rng: Rng;
  at: number;
}

/** The work of one processor. */
export class MixedWork {
  /** Jobs done so far. */
  done = 0;
  private readonly guest: ProfiledGuest;
  private readonly cpu: Cpu;
  private readonly jobs: readonly Appointment[];

  /** `tasks` are those that this guest does at all. */
  constructor(guest: ProfiledGuest, cpu: Cpu, tasks: readonly Task[], seed: number) {
    const { hz } = cpu.partition.costs;
    this.guest = guest;
    this.cpu = cpu;
    this.jobs = tasks
      .filter((task) => !RATES[task].once || cpu.index === 0)
      .map((task) => ({
        task,
        every: Math.round(hz / RATES[task].perSecond),
        rng: new Rng(seed, `${task} ${cpu.index}`),
        at: 0,
      }));
  }

  /** Jobs whose time has come and that are not done yet. */
  get behind(): number {
    const { now } = this.cpu.partition.engine;
    return this.jobs.reduce((sum, { at, every }) => sum + Math.max(0, Math.ceil((now - at) / every)), 0);
  }

  /** Starts the processor's program. */
  start(): void {
    this.cpu.run(this.guest.kernel.ledger.watch(this.cpu, this.run()));
  }

  /** Ticks, and does each job when its time comes, for ever. */
  private *run(): Program {
    const { cpu, guest, jobs } = this;
    yield* guest.startTicks(cpu, TICK_HZ);
    for (const job of jobs) job.at = cpu.now + job.rng.int(0, job.every);
    for (;;) yield* this.next();
  }

  private *next(): Program {
    const { cpu, guest } = this;
    const job = this.earliest();
    const wait = job ? job.at - cpu.now : cpu.partition.costs.hz;
    if (wait > 0) yield* guest.kernel.during(cpu, 'work', () => compute(cpu, wait));
    if (!job) return;
    yield* guest.do(cpu, job.task);
    this.done++;
    // Between half and one and a half of the time, so that nothing marches in step.
    job.at += job.rng.int(Math.ceil(job.every / 2), Math.floor(1.5 * job.every));
  }

  private earliest(): Appointment | undefined {
    let [first] = this.jobs;
    for (const job of this.jobs) if (job.at < first.at) first = job;
    return first;
  }
}

function* compute(cpu: Cpu, cycles: number): Program {
  yield* cpu.compute(cycles);
}
