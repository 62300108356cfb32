/**
 * How interrupts reach a guest: from the worker, from the SynIC, from another processor; into the hypervisor's local APICs, or out to
 * the interrupt controller of an emulator that brings its own.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import { APIC_DELIVERY, APIC_ERROR, FIRST_APIC_VECTOR } from '../wire/apic.ts';
import type { ApStartup } from './ap-startup.ts';
import { LocalApic } from './apic.ts';
import type { IpiCommand } from './apic-send.ts';
import { commandTargets, isValidCommand, lowestPriority, parseCommand } from './apic-send.ts';
import type { Counters } from './counters.ts';
import { exitKinds } from './exits.ts';
import type { RouteCosts } from './route-costs.ts';
import { ROUTE } from './routes.ts';
import type { InterruptSink } from './seam.ts';
import type { Vp } from './vp.ts';

/** Told of every EOI, as the I/O APIC is: for level-triggered inputs. */
export type EoiListener = (vp: number, vector: number) => void;

export class Interrupts {
  readonly apics: readonly LocalApic[];
  /** The guest's own interrupt controller, if it has one. */
  sink: InterruptSink | undefined = undefined;
  /** Processors that wait for SIPI; absent when all run from the start. INIT and SIPI find nobody then. */
  startup: ApStartup | undefined = undefined;
  /** Takes a vector from a processor to others; at once, when nobody says otherwise. */
  carry: (from: number, targets: readonly number[], vector: number) => void = (_from, targets, vector) => {
    for (const id of targets) this.deliver(id, vector, false);
  };
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
  private readonly startupHandler: number;

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
    this.assertHandler = engine.handler('irq.assert', (arg) =>
      this.deliver(arg >>> 9, arg & 0xff, false, (arg & 0x100) !== 0),
    );
    this.extIntHandler = engine.handler('irq.extint', () => this.apics[0].setExtInt(true));
    this.startupHandler = engine.handler('apic.startup', (arg) =>
      this.startup?.deliver(arg >>> 11, (arg >>> 8) & 7, arg & 0xff),
    );
  }

  /** The worker asserts a vector: pending when its hypercall is through. */
  assert(vp: number, vector: number, level = false): void {
    this.counters.pass('irq-assert');
    const at = this.engine.now + this.assertCycles;
    this.trace.span(this.kinds.assert, this.engine.now, at, this.firstWho + vp, vector, vp);
    this.engine.post(at, this.assertHandler, (vp << 9) | (level ? 0x100 : 0) | vector);
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

  /** Gives a vector to a processor. False when it was pending there already, or its APIC does not accept it. */
  deliver(vp: number, vector: number, autoEoi: boolean, level = false): boolean {
    if (!this.sink) return this.apics[vp].request(vector, autoEoi, level);
    this.sink.inject(vp, vector, autoEoi);
    this.counters.tally('interrupts');
    return true;
  }

  /** A source of the SynIC or a timer raises its vector. A processor that injects by itself crosses no ring for it. */
  raise(vp: number, vector: number, autoEoi: boolean): void {
    if (this.deliver(vp, vector, autoEoi) && !this.apics[vp].delivers())
      this.counters.pass('signal-to-guest');
  }

  /** The timer of a local APIC has gone off. False when its vector was pending still. */
  expire(vp: number, vector: number): boolean {
    if (!this.deliver(vp, vector, false)) return false;
    this.counters.tally('timers');
    if (!this.apics[vp].delivers()) this.counters.pass('signal-to-guest');
    return true;
  }

  /** An interrupt command of a processor. */
  send(vp: number, command: number, destination: number): void {
    const self = this.apics[vp];
    const parsed = parseCommand(command);
    if (self.mode === 'disabled' || !isValidCommand(parsed, self.mode === 'x2apic')) return;
    const targets = commandTargets(parsed, destination, self, this.apics);
    if (parsed.mode > APIC_DELIVERY.LOWEST_PRIORITY) this.control(parsed, targets);
    else if (parsed.vector < FIRST_APIC_VECTOR) self.fail(APIC_ERROR.SEND_ILLEGAL_VECTOR);
    else {
      const chosen = parsed.mode === APIC_DELIVERY.LOWEST_PRIORITY ? lowestPriority(targets) : targets;
      this.carry(
        vp,
        chosen.map(({ id }) => id),
        parsed.vector,
      );
    }
  }

  /** INIT and SIPI arrive between two instructions of whoever they stop. NMI and SMI have no handler in a simulated guest. */
  private control({ mode, vector, assert }: IpiCommand, targets: readonly LocalApic[]): void {
    if (!assert || (mode !== APIC_DELIVERY.INIT && mode !== APIC_DELIVERY.STARTUP)) return;
    for (const { id } of targets)
      this.engine.post(this.engine.now, this.startupHandler, (id << 11) | (mode << 8) | vector);
  }

  /** A processor takes its best pending interrupt; returns the vector. */
  take(vp: Vp, halted: boolean): number {
    const vector = vp.apic.acknowledge();
    const at = vp.now;
    const posted = !halted && vp.apic.delivers();
    vp.spend(posted ? 'irq.posted' : 'irq.inject');
    if (posted) this.counters.tally('posted');
    if (halted) vp.spend('irq.wake');
    this.counters.tally('interrupts');
    const kind = posted ? this.kinds.posted : this.kinds.interrupt;
    this.trace.span(kind, at, vp.now, vp.who, vector, halted ? 1 : 0);
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
    this.startup?.reset();
  }

  private ended(vp: number, vector: number): void {
    this.counters.tally('eois');
    for (const listener of this.eoiListeners) listener(vp, vector);
  }
}
