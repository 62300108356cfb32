/**
 * How interrupts reach a guest: from the worker, from the SynIC, from another processor; into the hypervisor's local APICs, or out to
 * the interrupt controller of an emulator that brings its own.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import { LocalApic } from './apic.ts';
import { icrTargets } from './apic-registers.ts';
import type { Counters } from './counters.ts';
import { exitKinds } from './exits.ts';
import type { RouteCosts } from './route-costs.ts';
import { ROUTE } from './routes.ts';
import type { InterruptSink } from './seam.ts';
import type { Vp } from './vp.ts';

/** Told of every EOI, as the I/O APIC is: for level-triggered inputs. */
export type EoiListener = (vp: number, vector: number) => void;

/** Fixed delivery, and lowest priority. The other modes find nobody: all processors of a simulated guest run from the start. */
const LOWEST_PRIORITY = 1;

export class Interrupts {
  readonly apics: readonly LocalApic[];
  /** The guest's own interrupt controller, if it has one. */
  sink: InterruptSink | undefined = undefined;
  private readonly engine: Engine;
  /** Number of processor 0 in the trace. */
  private readonly firstWho: number;
  private readonly trace: Trace;
  private readonly counters: Counters;
  private readonly assertCycles: number;
  private readonly eoiListeners: EoiListener[] = [];
  private readonly kinds: ReturnType<typeof exitKinds>;
  private readonly assertHandler: number;
  private readonly extIntHandler: number;

  constructor(
    engine: Engine,
    trace: Trace,
    counters: Counters,
    routeCosts: RouteCosts,
    vps: number,
    firstWho = 0,
  ) {
    this.engine = engine;
    this.firstWho = firstWho;
    this.trace = trace;
    this.counters = counters;
    this.assertCycles = routeCosts.before[ROUTE['irq-assert']];
    this.kinds = exitKinds(trace);
    this.apics = Array.from({ length: vps }, (_, index) => new LocalApic(index));
    for (const apic of this.apics) apic.onEoi = (vector) => this.ended(apic.id, vector);
    this.assertHandler = engine.handler('irq.assert', (arg) => this.deliver(arg >>> 8, arg & 0xff, false));
    this.extIntHandler = engine.handler('irq.extint', () => this.apics[0].setExtInt(true));
  }

  /** The worker asserts a vector: pending when its hypercall is through. */
  assert(vp: number, vector: number): void {
    this.counters.pass('irq-assert');
    const at = this.engine.now + this.assertCycles;
    this.trace.span(this.kinds.assert, this.engine.now, at, this.firstWho + vp, vector, vp);
    this.engine.post(at, this.assertHandler, (vp << 8) | vector);
  }

  /**
   * The INT output of the 8259 pair. Lowering it is part of a call that the worker makes anyway; a rise that is on its way arrives all
   * the same, and the acknowledge cycle then finds no request: the pair answers with its spurious vector.
   */
  setExtInt(level: boolean): void {
    if (!level) {
      this.apics[0].setExtInt(false);
      return;
    }
    this.counters.pass('irq-assert');
    this.engine.post(this.engine.now + this.assertCycles, this.extIntHandler);
  }

  /** Gives a vector to a processor. False when it was pending there already. */
  deliver(vp: number, vector: number, autoEoi: boolean): boolean {
    if (!this.sink) return this.apics[vp].request(vector, autoEoi);
    this.sink.inject(vp, vector, autoEoi);
    this.counters.tally('interrupts');
    return true;
  }

  /** A source of the SynIC or a timer raises its vector. */
  raise(vp: number, vector: number, autoEoi: boolean): void {
    if (this.deliver(vp, vector, autoEoi)) this.counters.pass('signal-to-guest');
  }

  /** An interrupt command of a processor. */
  send(vp: number, command: number, destination: number): void {
    const mode = (command >>> 8) & 7;
    if (mode > LOWEST_PRIORITY) return;
    const targets = icrTargets(command, destination, this.apics[vp], this.apics);
    const chosen = mode === LOWEST_PRIORITY ? targets.slice(0, 1) : targets;
    for (const { id } of chosen) this.deliver(id, command & 0xff, false);
  }

  /** A processor takes its best pending interrupt; returns the vector. */
  take(vp: Vp, halted: boolean): number {
    const vector = vp.apic.acknowledge();
    const at = vp.now;
    vp.spend('irq.inject');
    if (halted) vp.spend('irq.wake');
    this.counters.tally('interrupts');
    this.trace.span(this.kinds.interrupt, at, vp.now, vp.who, vector, halted ? 1 : 0);
    return vector;
  }

  /** A vector for which the guest has no handler: its mistake, nothing happens. */
  lose(vp: Vp, vector: number): void {
    this.counters.tally('faults');
    this.trace.emit(this.kinds.lost, vp.now, vp.who, vector);
  }

  onEoi(listener: EoiListener): void {
    this.eoiListeners.push(listener);
  }

  reset(): void {
    for (const apic of this.apics) apic.reset();
  }

  private ended(vp: number, vector: number): void {
    this.counters.tally('eois');
    for (const listener of this.eoiListeners) listener(vp, vector);
  }
}
