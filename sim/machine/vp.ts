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

/** What drives a VP when its program is simulated: it must be told when to go on. */
export interface VpDriver {
  /** The VP may run again from `at` on. */
  resumed(at: number): void;
  /** An interrupt became deliverable. */
  interrupted(): void;
}

export class Vp {
  readonly index: number;
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
  /** Cycles charged when the intercept that a device keeps open is completed, and the trace row that is due then. */
  private owed = 0;
  private row: [kind: number, a: number, b: number] = [-1, 0, 0];
  private driver: VpDriver | undefined;
  private readonly engine: Engine;
  private readonly trace: Trace;
  private readonly costs: CostProfile;

  constructor(index: number, engine: Engine, trace: Trace, costs: CostProfile, apic: LocalApic) {
    this.index = index;
    this.engine = engine;
    this.trace = trace;
    this.costs = costs;
    this.apic = apic;
    apic.onReady = () => this.driver?.interrupted();
  }

  /** True when a simulated guest runs on it; otherwise its owner calls the seam from outside. */
  get driven(): boolean {
    return this.driver !== undefined;
  }

  attachDriver(driver: VpDriver): void {
    this.driver = driver;
  }

  /** Spends the cost `times` over on this VP's clock. */
  spend(name: CostName, times = 1): void {
    this.now += Math.round(this.costs.cost(name) * times);
  }

  /** Spends cycles on this VP's clock. */
  elapse(cycles: number): void {
    this.now += cycles;
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
    this.now = Math.max(this.now, at) + this.owed;
    this.owed = 0;
    const [kind, a, b] = this.row;
    if (kind < 0) return;
    this.row = [-1, 0, 0];
    this.trace.span(kind, this.started, this.now, this.index, a, b);
    this.driver?.resumed(this.now);
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
