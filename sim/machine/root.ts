/**
 * The root partition's processors, as servers that are busy until a known time.
 *
 * Work of the root's kernel (the bus driver's interrupt handler, a service provider, a completion) is short and runs to its end. It is
 * queued, taken by the first processor that is free, and says as it runs how many cycles it spends. A signal from a guest finds the
 * root idle more often than not: then waking a processor costs far more than the interrupt itself.
 */
import type { Engine } from '../core/engine.ts';
import { invariant } from '../core/errors.ts';
import type { Trace } from '../core/trace.ts';
import { traceKind, WHO_ROOT } from '../core/trace.ts';
import type { CostName, CostProfile } from './costs.ts';
import type { Counters } from './counters.ts';
import type { RouteCosts } from './route-costs.ts';
import { ROUTE } from './routes.ts';
import type { Schedulable } from './schedulable.ts';
import type { Scheduler } from './scheduler.ts';

export const ROOT_INTERRUPT = traceKind(
  'root.interrupt',
  ['work', 'woken'],
  'a SINT interrupts a processor of the root; woken 1 when none was running',
);
export const ROOT_WORK = traceKind(
  'root.work',
  ['work', 'arg'],
  'a root processor runs a piece of kernel work',
);

interface RootVp {
  readonly index: number;
  /** When it has finished what it runs. */
  freeAt: number;
  /** Cycles it was busy. */
  busy: number;
  /** Its account with the scheduler, where processors are shared. */
  account?: Schedulable;
  /** Its time is over when the work in progress is done. */
  leaving?: boolean;
}

interface Work {
  readonly name: string;
  readonly run: (arg: number) => void;
}

/** The processors of the root partition. */
export class RootPartition {
  readonly vps: readonly RootVp[];
  private readonly engine: Engine;
  private readonly trace: Trace;
  private readonly costs: CostProfile;
  private readonly routeCosts: RouteCosts;
  private readonly works: Work[] = [];
  /** Work that waits for a processor, oldest first: work number, argument. */
  private readonly waiting: number[] = [];
  private readonly waitingArgs: number[] = [];
  /** Work that is on its way, by the order in which it will arrive. */
  private readonly arrive: number[] = [];
  private readonly free: number;
  private readonly go: number;
  private scheduler: Scheduler | undefined = undefined;
  private readonly kind: number;
  private readonly interruptKind: number;
  /** Cycles that the running work has spent. */
  private spent = 0;
  private current: RootVp | undefined = undefined;

  constructor(engine: Engine, trace: Trace, costs: CostProfile, routeCosts: RouteCosts, vps: number) {
    invariant(vps >= 1, 'the root needs a processor');
    this.engine = engine;
    this.trace = trace;
    this.costs = costs;
    this.routeCosts = routeCosts;
    this.vps = Array.from({ length: vps }, (_, index) => ({ index, freeAt: 0, busy: 0 }));
    this.free = engine.handler('root.free', () => this.serve());
    this.go = engine.handler('root.go', (index) => this.turn(this.vps[index]));
    this.kind = trace.kind(ROOT_WORK);
    this.interruptKind = trace.kind(ROOT_INTERRUPT);
  }

  /** Declares a piece of kernel work; returns its number for `interrupt` and `queue`. Once per kind of work, not per piece. */
  work(name: string, run: (arg: number) => void): number {
    const id = this.works.length;
    this.works.push({ name, run });
    this.arrive.push(this.engine.handler(`root.${name}`, (arg) => this.enqueue(id, arg)));
    return id;
  }

  /** Root time: inside work, when its work so far is done; else the engine's. */
  get now(): number {
    return this.engine.now + (this.current ? this.spent : 0);
  }

  /**
   * An interrupt of the root, delayed by the wake-up when none of its processors is running anyway. With `counters` it is a guest's
   * signal: counted and recorded. Without, it is the root's own device, which is common to all roads.
   */
  interrupt(work: number, arg = 0, counters?: Counters): void {
    const idle = this.vps.some((vp) => this.isIdle(vp));
    if (counters) {
      counters.pass('signal-to-root');
      this.trace.emit(this.interruptKind, this.now, WHO_ROOT, work, idle ? 1 : 0);
    }
    this.queue(work, arg, this.now + (idle ? this.routeCosts.before[ROUTE['signal-to-root']] : 0));
  }

  /** Queues work for the root at `at`, as a DPC or a completion does. `arg` is an integer of 32 bits. */
  queue(work: number, arg = 0, at: number = this.now): void {
    this.engine.post(at, this.arrive[work], arg);
  }

  /** A cost in whole cycles: for work that spends it often, with {@link elapse}. */
  price(name: CostName): number {
    return Math.round(this.costs.cost(name));
  }

  /** The running work spends a cost. */
  spend(name: CostName, times = 1): void {
    this.elapse(Math.round(this.costs.cost(name) * times));
  }

  /** The running work spends cycles. */
  elapse(cycles: number): void {
    if (this.current) this.spent += cycles;
  }

  /** Cycles that all root processors were busy together. */
  get busy(): number {
    return this.vps.reduce((sum, vp) => sum + vp.busy, 0);
  }

  /** Places the root's processors under the scheduler: they then compete with those of the guests. */
  share(scheduler: Scheduler, partition: number, weight: number | undefined): void {
    this.scheduler = scheduler;
    for (const vp of this.vps) {
      const client = {
        dispatched: (at: number) => this.engine.post(at, this.go, vp.index),
        preempted: () => {
          vp.leaving = true;
          return false;
        },
      };
      vp.account = scheduler.add(client, { who: WHO_ROOT + vp.index, partition, weight });
    }
  }

  private isIdle(vp: RootVp): boolean {
    if (vp.account) return vp.account.state === 'blocked';
    return vp.freeAt <= this.engine.now && vp !== this.current;
  }

  private enqueue(work: number, arg: number): void {
    this.waiting.push(work);
    this.waitingArgs.push(arg);
    const idle = this.scheduler && this.vps.find((vp) => this.isIdle(vp));
    if (idle) this.scheduler?.wake(idle.account as Schedulable);
    else if (!this.scheduler) this.serve();
  }

  /** A processor that is scheduled has its turn: one piece of work, or none is left and it waits. */
  private turn(vp: RootVp): void {
    const account = vp.account as Schedulable;
    if (this.waiting.length === 0) {
      vp.leaving = false;
      this.scheduler?.block(account);
    } else if (vp.leaving) {
      vp.leaving = false;
      this.scheduler?.leave(account);
    } else {
      this.runOn(vp, this.waiting.shift() as number, this.waitingArgs.shift() as number);
      this.engine.post(vp.freeAt, this.go, vp.index);
    }
  }

  /** Gives waiting work to free processors. */
  private serve(): void {
    while (this.waiting.length > 0 && !this.current) {
      const vp = this.vps.find((candidate) => candidate.freeAt <= this.engine.now);
      if (!vp) return;
      this.runOn(vp, this.waiting.shift() as number, this.waitingArgs.shift() as number);
    }
  }

  private runOn(vp: RootVp, work: number, arg: number): void {
    const start = this.engine.now;
    this.current = vp;
    this.spent = 0;
    this.works[work].run(arg);
    this.current = undefined;
    vp.freeAt = start + this.spent;
    vp.busy += this.spent;
    this.trace.span(this.kind, start, vp.freeAt, WHO_ROOT + vp.index, work, arg);
    if (this.spent > 0 && !this.scheduler) this.engine.post(vp.freeAt, this.free);
  }
}
