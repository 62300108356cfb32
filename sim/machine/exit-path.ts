/**
 * The way of an exit that every kind of exit shares: charge the stages before the service point, wait for the turn, and after the
 * service charge the rest and write the row of the trace.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import type { Counters } from './counters.ts';
import type { RouteCosts } from './route-costs.ts';
import type { Vp } from './vp.ts';

export class ExitPath {
  /** The processor whose exit is being served, or was served last. */
  exiting: Vp;
  private readonly engine: Engine;
  private readonly trace: Trace;
  private readonly before: Float64Array;
  private readonly after: Float64Array;
  private readonly passages: Float64Array;

  constructor(engine: Engine, trace: Trace, routeCosts: RouteCosts, counters: Counters, first: Vp) {
    this.engine = engine;
    this.trace = trace;
    this.before = routeCosts.before;
    this.after = routeCosts.after;
    this.passages = counters.passages;
    this.exiting = first;
  }

  /** Begins an exit by its route's number. False when the processor must wait for its turn: its driver repeats the call then. */
  enter(vp: Vp, route: number): boolean {
    this.exiting = vp;
    if (vp.arriving) {
      vp.arriving = false;
      return true;
    }
    if (vp.now < this.engine.now) vp.now = this.engine.now;
    vp.started = vp.now;
    vp.now += this.before[route];
    this.passages[route]++;
    return vp.reach();
  }

  /** Ends an exit with a row of `kind`. A device that keeps the intercept open has both done later. */
  leave(vp: Vp, route: number, kind: number, a: number, b: number): void {
    if (vp.suspended) {
      vp.owe(this.after[route], kind, a, b);
      vp.settle();
      return;
    }
    vp.now += this.after[route];
    this.trace.span(kind, vp.started, vp.now, vp.who, a, b);
  }
}
