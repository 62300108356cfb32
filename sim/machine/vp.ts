/**
 * A virtual processor: its clock, its state as the hypervisor sees it, its local APIC.
 *
 * A VP runs ahead: its clock may be later than the engine's as long as nothing is due in between. What it does to others (the service
 * point of an exit) happens in time order: `reach` brings the engine to the VP's time first.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import type { LocalApic } from './apic.ts';
import type { CostName, CostProfile } from './costs.ts';
import type { Schedulable, Scheduled } from './schedulable.ts';
import type { Scheduler } from './scheduler.ts';

/** What drives a VP when its program is simulated: it must be told when to go on. */
export interface VpDriver {
  /** The VP may run again from `at` on. */
  resumed(at: number): void;
  /** An interrupt became deliverable. */
  interrupted(): void;
  /** The VP's time is over. False when it is in the middle of an instruction: it stops at the end of it. */
  stopped(): boolean;
  /** The VP has a processor again, from its own time on; for `stolen` cycles others ran. */
  restarted(stolen: number): void;
  /** INIT arrived: whatever ran is gone. */
  init?(): void;
  /** SIPI arrived: a program starts at `address`. */
  startup?(address: number): void;
}

/**
 * What a VP does. `running`: it executes, or could if its program did. `ready`: another VP has its processor. `blocked`: it waits for an
 * interrupt. `suspended`: a device keeps an intercept open.
 */
export type VpState = 'running' | 'ready' | 'blocked' | 'suspended';

/** A processor as it is saved. */
export type SavedVp = Pick<Vp, 'now' | 'cpl' | 'halted' | 'arriving' | 'started' | 'idling'>;

export class Vp implements Scheduled {
  readonly index: number;
  /** Number in the trace: unlike the index it differs between partitions. */
  readonly who: number;
  readonly apic: LocalApic;
  /** Local clock in cycles; never behind the last thing it did. */
  now = 0;
  /** Ring the guest runs in. */
  cpl: 0 | 1 | 2 | 3 = 0;
  /** True while the VP waits for an interrupt. */
  halted = false;
  /** True while a device keeps an intercept open: the VP stands still. */
  suspended = false;
  /** Set when an exit must wait for its turn: the driver calls the exit again at `now`. */
  arriving = false;
  /** When the exit in progress began. */
  started = 0;
  /** Its time is over at the end of the instruction in progress. */
  leaving = false;
  /** In the idle state of GUEST_IDLE: any pending interrupt ends it. */
  idling = false;
  /** Told when the VP runs again after others had its processor or a device kept its intercept open. */
  onAvailable: () => void = () => undefined;
  private scheduler: Scheduler | undefined;
  private scheduled: Schedulable | undefined;
  /** When it lost its processor. */
  private stoppedAt = 0;
  /** Cycles charged when the intercept that a device keeps open is completed, and the trace row that is due then. */
  private owed = 0;
  private row: [kind: number, a: number, b: number] = [-1, 0, 0];
  private driver: VpDriver | undefined;
  private readonly engine: Engine;
  private readonly trace: Trace;
  private readonly costs: CostProfile;

  constructor(index: number, who: number, engine: Engine, trace: Trace, costs: CostProfile, apic: LocalApic) {
    this.index = index;
    this.who = who;
    this.engine = engine;
    this.trace = trace;
    this.costs = costs;
    this.apic = apic;
    apic.onReady = () => this.driver?.interrupted();
    apic.onPending = () => this.idling && this.driver?.interrupted();
  }

  /** True when a simulated guest runs on it; otherwise its owner calls the seam from outside. */
  get driven(): boolean {
    return this.driver !== undefined;
  }

  attachDriver(driver: VpDriver): void {
    this.driver = driver;
  }

  /** INIT: the VP stops where it stands. */
  init(): void {
    this.halted = false;
    this.idling = false;
    this.arriving = false;
    this.cpl = 0;
    this.driver?.init?.();
  }

  /** SIPI: the VP starts. */
  startup(address: number): void {
    this.driver?.startup?.(address);
  }

  /** Spends the cost `times` over on this VP's clock. */
  spend(name: CostName, times = 1): void {
    this.now += Math.round(this.costs.cost(name) * times);
  }

  /** Spends cycles on this VP's clock. */
  elapse(cycles: number): void {
    this.now += cycles;
  }

  /** The processor as it is saved. Only while no device keeps an intercept open. */
  save(): SavedVp {
    const { now, cpl, halted, arriving, started, idling } = this;
    return { now, cpl, halted, arriving, started, idling };
  }

  /** Puts back what {@link save} gave. */
  load(saved: SavedVp): void {
    Object.assign(this, saved);
  }

  /**
   * Brings the engine to this VP's time. True when that is done. False when another VP or device must act first and the driver of this
   * VP has to call again: then `arriving` is set.
   */
  reach(): boolean {
    const engine = this.engine;
    if (this.now < engine.nextDue && this.now >= engine.now) {
      engine.skipTo(this.now);
      return true;
    }
    return this.reachSlowly();
  }

  private reachSlowly(): boolean {
    const engine = this.engine;
    if (this.now <= engine.now) {
      this.now = engine.now;
      return true;
    }
    if (this.driver) {
      this.arriving = true;
      return false;
    }
    engine.advanceTo(this.now);
    if (this.now < engine.now) this.now = engine.now;
    return true;
  }

  /** The hypervisor itself needs this processor for so long, to flush for another one: what the VP does ends that much later. */
  steal(cycles: number): void {
    if (!this.driver?.stopped()) {
      this.now = Math.max(this.now, this.engine.now) + cycles;
      return;
    }
    this.now = this.engine.now + cycles;
    this.driver.restarted(cycles);
  }

  /** A device keeps the intercept open: the VP stands still until `resume`. Only from inside a port or memory handler. */
  suspend(): void {
    this.suspended = true;
  }

  /** @internal What is to happen when the intercept is completed. */
  owe(cycles: number, kind: number, a: number, b: number): void {
    this.owed = cycles;
    this.row = [kind, a, b];
  }

  /**
   * Completes the intercept at `at`: the VP pays the way back and goes on. A device that completes it before its handler has returned
   * has kept nothing open: then the exit ends as any other.
   */
  resume(at: number = this.engine.now): void {
    if (!this.suspended) return;
    this.suspended = false;
    this.now = Math.max(this.now, at);
    if (this.scheduled && this.row[0] >= 0) {
      this.scheduled.returning = true;
      this.wake();
    } else this.complete();
  }

  /** The way back from an intercept that a device kept open. */
  private complete(): void {
    this.onAvailable();
    this.now += this.owed;
    this.owed = 0;
    const [kind, a, b] = this.row;
    if (kind < 0) return;
    this.row = [-1, 0, 0];
    this.trace.span(kind, this.started, this.now, this.who, a, b);
    this.driver?.resumed(this.now);
  }

  // What the scheduler of the hypervisor does, where processors are shared.

  /** @internal Places the VP under the scheduler. */
  schedule(scheduler: Scheduler, scheduled: Schedulable): void {
    this.scheduler = scheduler;
    this.scheduled = scheduled;
  }

  /** The account that the scheduler keeps of it; `undefined` when every VP has a processor of its own. */
  get account(): Schedulable | undefined {
    return this.scheduled;
  }

  /** False while others have its processor or a device keeps its intercept open. One that waits for an interrupt is available. */
  get available(): boolean {
    return !this.suspended && this.scheduled?.state !== 'ready';
  }

  get state(): VpState {
    if (this.suspended) return 'suspended';
    return this.scheduled?.state ?? (this.halted ? 'blocked' : 'running');
  }

  /** Cycles it had a processor: all of its time when it has one of its own. */
  get runtime(): number {
    return this.scheduled ? (this.scheduler as Scheduler).runtime(this.scheduled) : this.now;
  }

  /** Cycles it could have run while others did. */
  get readyTime(): number {
    return this.scheduled ? (this.scheduler as Scheduler).readyTime(this.scheduled) : 0;
  }

  /** @internal The VP can go on. False when it has a processor: then it just does. */
  wake(): boolean {
    if (!this.scheduled || this.scheduled.state === 'running') return false;
    (this.scheduler as Scheduler).wake(this.scheduled);
    return true;
  }

  /** @internal The VP waits for something: its processor is free for others. */
  block(): void {
    if (this.scheduled?.state !== 'running') return;
    this.stand();
    (this.scheduler as Scheduler).block(this.scheduled);
  }

  /** @internal Its partition is gone: whatever it is doing, it never runs again. */
  retire(): void {
    if (!this.scheduled) return;
    this.driver?.stopped();
    this.leaving = false;
    (this.scheduler as Scheduler).block(this.scheduled);
  }

  /** @internal At the end of an instruction, when its time was over in the middle. */
  leave(): void {
    this.stand();
    (this.scheduler as Scheduler).leave(this.scheduled as Schedulable);
  }

  /**
   * The guest says that this VP only spins, or the processor has noticed: it gives way to others at the end of the exit. False when
   * nobody waits for its processor.
   */
  spinHint(): boolean {
    if (!this.scheduled || !(this.scheduler as Scheduler).spinHint(this.scheduled)) return false;
    this.leaving = true;
    return true;
  }

  /** @internal */
  preempted(): boolean {
    if (this.driver?.stopped()) {
      this.stand();
      return true;
    }
    this.leaving = true;
    return false;
  }

  /** @internal */
  dispatched(at: number): void {
    const stolen = at - this.stoppedAt;
    this.now = at;
    if (this.row[0] >= 0) this.complete();
    else {
      this.onAvailable();
      this.driver?.restarted(stolen);
    }
  }

  /** It stands still from here on: the engine comes up to its time. */
  private stand(): void {
    const { engine } = this;
    this.leaving = false;
    if (this.now > engine.now) engine.skipTo(this.now);
    else this.now = engine.now;
    this.stoppedAt = this.now;
  }

  /** For a VP that is called from outside: its clock is `at` now, and everything due until then happens. */
  catchUp(at: number): void {
    if (at > this.now) this.now = at;
    this.reach();
  }

  /** Waits for a device that keeps an intercept open, by running the engine. For a VP that is called from outside. */
  settle(): void {
    while (this.suspended && !this.driver) if (!this.engine.step()) return;
  }
}
