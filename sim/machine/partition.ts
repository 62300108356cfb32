/**
 * A child partition: the virtual machine as the hypervisor knows it. It is the guest's side of the seam: every exit comes in here,
 * takes its route, is charged to the processor's clock, counted, and traced as one row.
 *
 * An exit is served at its service point: the processor's clock has advanced by the stages before it, and everything that is due
 * elsewhere up to then has happened.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import { HVCALL } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { MMIO } from '../wire/ports.ts';
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import { LocalApic } from './apic.ts';
import { icrTargets, isApicPage, readApicRegister, writeApicRegister } from './apic-registers.ts';
import type { CostProfile } from './costs.ts';
import { Counters } from './counters.ts';
import type { Vendor } from './cpuid.ts';
import { Cpuid } from './cpuid.ts';
import type { ExitKind } from './exits.ts';
import { exitKinds } from './exits.ts';
import type { Features } from './features.ts';
import { eraFeatures } from './features.ts';
import { Hypercalls } from './hypercalls.ts';
import type { Hypervisor } from './hypervisor.ts';
import { IoMap, REP_ITERATION_CAP } from './io.ts';
import type { MemoryWindow } from './memory.ts';
import { GuestMemory } from './memory.ts';
import type { VpRegisters } from './msrs.ts';
import { Msrs } from './msrs.ts';
import { X86Msrs } from './msrs-x86.ts';
import { OverlayRegister } from './overlay-register.ts';
import type { RootPartition } from './root.ts';
import { ROUTE } from './routes.ts';
import type { CpuidResult, InterruptSink, Seam, Width } from './seam.ts';
import { Stimers } from './stimers.ts';
import { Synic } from './synic.ts';
import { VpSynic } from './synic-vp.ts';
import { Vp } from './vp.ts';

export interface PartitionOptions {
  /** Virtual processors, 1 when absent. */
  readonly vps?: number;
  /** Bytes of guest memory, or foreign memory to use as such. */
  readonly memory: number | MemoryWindow;
  /** What is offered other than the era's host does. */
  readonly features?: Partial<Features>;
  readonly vendor?: Vendor;
  /** Code of the hypercall page, for an emulator that traps something else than VMCALL. */
  readonly hypercallCode?: Uint8Array;
}

/** Told of every EOI, as the I/O APIC is: for level-triggered inputs. */
export type EoiListener = (vp: number, vector: number) => void;

export class Partition implements Seam {
  readonly id: number;
  readonly engine: Engine;
  readonly trace: Trace;
  readonly costs: CostProfile;
  readonly root: RootPartition;
  readonly memory: GuestMemory;
  readonly features: Features;
  readonly vendor: Vendor;
  readonly hypercallCode: Uint8Array | undefined;
  readonly counters: Counters;
  readonly vps: readonly Vp[];
  readonly io = new IoMap();
  readonly synic: Synic;
  readonly msrs: Msrs;
  readonly hypercalls: Hypercalls;
  /** The processor whose exit is being served, or was served last: inside a port or memory handler, the one that waits for it. */
  exiting: Vp;
  private readonly cpuidLeaves: Cpuid;
  private readonly apics: readonly LocalApic[];
  private readonly kinds: Record<ExitKind, number>;
  private readonly before: Float64Array;
  private readonly after: Float64Array;
  private readonly passages: Float64Array;
  private readonly eoiListeners: EoiListener[] = [];
  private readonly resetListeners: (() => void)[] = [];
  private sink: InterruptSink | undefined = undefined;
  private readonly assertHandler: number;
  private readonly extIntHandler: number;
  private readonly signalHandler: number;
  /** Level of the 8259 pair's INT output as the worker last set it. */
  private extInt = false;

  constructor(hypervisor: Hypervisor, id: number, options: PartitionOptions) {
    this.id = id;
    this.engine = hypervisor.engine;
    this.trace = hypervisor.trace;
    this.costs = hypervisor.costs;
    this.root = hypervisor.root;
    this.memory = new GuestMemory(options.memory);
    this.features = eraFeatures(hypervisor.costs.era, options.features);
    this.vendor = options.vendor ?? 'intel';
    this.hypercallCode = options.hypercallCode;
    this.counters = new Counters(hypervisor.structure);
    this.passages = this.counters.passages;
    this.before = hypervisor.routeCosts.before;
    this.after = hypervisor.routeCosts.after;
    this.kinds = exitKinds(this.trace);
    this.cpuidLeaves = new Cpuid(this.costs.era, this.features, this.vendor);
    const indices = Array.from({ length: options.vps ?? 1 }, (_, index) => index);
    this.apics = indices.map((index) => this.newApic(index));
    this.vps = this.apics.map((apic) => new Vp(apic.id, this.engine, this.trace, this.costs, apic));
    this.exiting = this.vps[0];
    const registers = indices.map((index) => this.newRegisters(index));
    this.synic = new Synic(
      registers.map((of) => of.synic),
      this.engine,
      this.trace,
      this.counters,
      this.root,
    );
    this.msrs = new Msrs(this, this.features, registers);
    this.hypercalls = new Hypercalls(this.memory, this.features, this.synic);
    this.apics.forEach((apic, vp) => {
      apic.onEoi = (vector) => this.ended(vp, vector, registers[vp].synic);
    });
    this.assertHandler = this.engine.handler('irq.assert', (arg) =>
      this.deliver(arg >>> 8, arg & 0xff, false),
    );
    this.extIntHandler = this.engine.handler('irq.extint', () => this.apics[0].setExtInt(this.extInt));
    this.signalHandler = this.engine.handler('root.signal', (arg) =>
      this.synic.signalEvent(arg >>> 15, (arg >>> 11) & 0xf, arg & 0x7ff),
    );
  }

  // The seam: what a guest can do.

  portIn(vpIndex: number, port: number, width: Width): number {
    const vp = this.vps[vpIndex];
    const slot = this.io.slots[port];
    const route = this.io.routes[slot];
    if (!this.enter(vp, route)) return 0;
    const value = this.io.handlers[slot].in(port, width);
    this.leave(vp, route, this.kinds.in, port, value);
    return value;
  }

  portOut(vpIndex: number, port: number, width: Width, value: number): void {
    const vp = this.vps[vpIndex];
    const slot = this.io.slots[port];
    const route = this.io.routes[slot];
    if (!this.enter(vp, route)) return;
    this.io.handlers[slot].out(port, width, value);
    this.leave(vp, route, this.kinds.out, port, value);
  }

  portInString(vpIndex: number, port: number, width: Width, gpa: number, count: number): number {
    const vp = this.vps[vpIndex];
    if (!this.enter(vp, ROUTE['port-string-worker'])) return 0;
    const handler = this.io.handlers[this.io.slots[port]];
    const elements = this.elementsInRam(gpa, width, count);
    let moved = 0;
    if (handler.inString) moved = elements > 0 ? handler.inString(port, width, gpa, elements) : 0;
    else
      for (; moved < elements; moved++)
        this.storeElement(gpa + moved * width, width, handler.in(port, width));
    this.chargeCopy(vp, moved * width);
    this.leave(vp, ROUTE['port-string-worker'], this.kinds.ins, port, moved);
    return moved;
  }

  portOutString(vpIndex: number, port: number, width: Width, gpa: number, count: number): number {
    const vp = this.vps[vpIndex];
    if (!this.enter(vp, ROUTE['port-string-worker'])) return 0;
    const handler = this.io.handlers[this.io.slots[port]];
    const elements = this.elementsInRam(gpa, width, count);
    let moved = 0;
    if (handler.outString) moved = elements > 0 ? handler.outString(port, width, gpa, elements) : 0;
    else
      for (; moved < elements; moved++)
        handler.out(port, width, this.loadElement(gpa + moved * width, width));
    this.chargeCopy(vp, moved * width);
    this.leave(vp, ROUTE['port-string-worker'], this.kinds.outs, port, moved);
    return moved;
  }

  mmioRead(vpIndex: number, gpa: number, width: Width): number {
    if (isApicPage(gpa)) return this.apicRead(vpIndex, gpa);
    const vp = this.vps[vpIndex];
    const { route, handler } = this.io.mmioAt(gpa);
    if (!this.enter(vp, route)) return 0;
    const value = handler.read(gpa, width);
    this.leave(vp, route, this.kinds.load, gpa, value);
    return value;
  }

  mmioWrite(vpIndex: number, gpa: number, width: Width, value: number): void {
    if (isApicPage(gpa)) {
      this.apicWrite(vpIndex, gpa, value);
      return;
    }
    const vp = this.vps[vpIndex];
    const { route, handler } = this.io.mmioAt(gpa);
    if (!this.enter(vp, route)) return;
    handler.write(gpa, width, value);
    this.leave(vp, route, this.kinds.store, gpa, value);
  }

  cpuid(vpIndex: number, leaf: number, _subleaf: number): CpuidResult {
    const vp = this.vps[vpIndex];
    const result = this.cpuidLeaves.read(vpIndex, leaf);
    if (!this.enter(vp, ROUTE['hypervisor-cpuid'])) return result;
    this.leave(vp, ROUTE['hypervisor-cpuid'], this.kinds.cpuid, leaf, result.eax);
    return result;
  }

  readMsr(vpIndex: number, index: number): bigint | undefined {
    const vp = this.vps[vpIndex];
    const route = msrRoute(index);
    if (!this.enter(vp, route)) return undefined;
    const value = this.msrs.read(vpIndex, index);
    this.leave(vp, route, this.kinds.rdmsr, index, this.checked(value !== undefined));
    return value;
  }

  writeMsr(vpIndex: number, index: number, value: bigint): boolean {
    const vp = this.vps[vpIndex];
    const route = msrRoute(index);
    if (!this.enter(vp, route)) return false;
    const done = this.msrs.write(vpIndex, index, BigInt.asUintN(64, value));
    this.leave(vp, route, this.kinds.wrmsr, index, this.checked(done));
    return done;
  }

  hypercall(vpIndex: number, control: bigint, input: bigint, output: bigint): bigint | undefined {
    const vp = this.vps[vpIndex];
    const signal = this.hypercalls.isSignal(control);
    const route = signal ? ROUTE['hypervisor-signal'] : ROUTE['hypervisor-hypercall'];
    if (!this.enter(vp, route)) return undefined;
    const legal = vp.cpl === 0 && this.msrs.hypercallsEnabled;
    const result = legal
      ? this.hypercalls.call(vpIndex, BigInt.asUintN(64, control), input, output)
      : undefined;
    if (signal) this.counters.tally('signals');
    else if ((control & 0xffffn) === BigInt(HVCALL.POST_MESSAGE)) this.counters.tally('messages');
    this.checked(legal);
    this.leave(
      vp,
      route,
      this.kinds.hypercall,
      Number(control & 0xffffn),
      result === undefined ? -1 : Number(result & 0xffffn),
    );
    return result;
  }

  setCpl(vpIndex: number, cpl: 0 | 1 | 2 | 3): void {
    this.vps[vpIndex].cpl = cpl;
  }

  attachInterrupts(sink: InterruptSink): void {
    this.sink = sink;
  }

  // What the host side does to the guest.

  /** The worker asserts a fixed interrupt at a local APIC: four ring transitions, and the vector is pending when the hypercall is through. */
  assertInterrupt(vp: number, vector: number): void {
    this.counters.pass('irq-assert');
    const at = this.engine.now + this.before[ROUTE['irq-assert']];
    this.trace.span(this.kinds.assert, this.engine.now, at, vp, vector, vp);
    this.engine.post(at, this.assertHandler, (vp << 8) | vector);
  }

  /** Connects the 8259 pair to LINT0 of processor 0; `acknowledge` returns its vector. */
  connectExtInt(acknowledge: () => number): void {
    this.apics[0].connectExtInt(acknowledge);
  }

  /** The INT output of the 8259 pair. Raising it costs the worker a call; lowering is part of a call that it makes anyway. */
  setExtInt(level: boolean): void {
    this.extInt = level;
    if (!level) {
      this.apics[0].setExtInt(false);
      return;
    }
    this.counters.pass('irq-assert');
    this.engine.post(this.engine.now + this.before[ROUTE['irq-assert']], this.extIntHandler);
  }

  /** Local APICs, by processor: an I/O APIC chooses among them. */
  get localApics(): readonly LocalApic[] {
    return this.apics;
  }

  /** Calls `listener` at every EOI. */
  onEoi(listener: EoiListener): void {
    this.eoiListeners.push(listener);
  }

  /** Calls `listener` when the guest resets its machine. */
  onReset(listener: () => void): void {
    this.resetListeners.push(listener);
  }

  /**
   * The root signals an event flag of the guest by a hypercall. From inside work of the root it is charged to that work and takes
   * effect at its time; the guest is interrupted unless the flag is set already.
   */
  signalFromRoot(vp: number, sint: number, flag: number): void {
    const route = ROUTE['root-signal'];
    this.counters.pass('root-signal');
    this.engine.post(
      this.root.now + this.before[route],
      this.signalHandler,
      (vp << 15) | (sint << 11) | flag,
    );
    this.root.elapse(this.before[route] + this.after[route]);
  }

  /** Reference time in units of 100 ns. */
  referenceTime(): number {
    return Math.floor(this.engine.now / (this.costs.hz / HV_CLOCK_HZ));
  }

  /** Power-on state of everything the hypervisor keeps. Memory stays. */
  reset(): void {
    this.msrs.reset();
    for (const apic of this.apics) apic.reset();
    for (const listener of this.resetListeners) listener();
  }

  // What the simulated processor needs beyond the seam.

  /** HLT. False when the processor must wait for its turn first. */
  halt(vp: Vp): boolean {
    if (!this.enter(vp, ROUTE['hypervisor-halt'])) return false;
    this.counters.tally('halts');
    this.trace.span(this.kinds.halt, vp.started, vp.now, vp.index);
    return true;
  }

  /** Delivers the best pending interrupt to a processor; returns its vector. */
  takeInterrupt(vp: Vp, halted: boolean): number {
    const vector = vp.apic.acknowledge();
    const at = vp.now;
    vp.spend('irq.inject');
    if (halted) vp.spend('irq.wake');
    this.counters.tally('interrupts');
    this.trace.span(this.kinds.interrupt, at, vp.now, vp.index, vector, halted ? 1 : 0);
    return vector;
  }

  /** A vector without a handler: the guest's mistake, nothing happens. */
  lostInterrupt(vp: Vp, vector: number): void {
    this.counters.tally('faults');
    this.trace.emit(this.kinds.lost, vp.now, vp.index, vector);
  }

  /** @internal An interrupt command. Only fixed and lowest-priority delivery exist here; INIT and STARTUP find all processors running. */
  sendIpi(vp: number, command: number, destination: number): void {
    const mode = (command >>> 8) & 7;
    if (mode > 1) return;
    const targets = icrTargets(command, destination, this.apics[vp], this.apics);
    for (const target of mode === 1 ? targets.slice(0, 1) : targets)
      this.deliver(target.id, command & 0xff, false);
  }

  /** Begins an exit: charges the stages before the service point, counts it. False when the processor must wait for its turn. */
  private enter(vp: Vp, route: number): boolean {
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

  /** Ends an exit: charges the rest and writes the row. A device that keeps the intercept open does both later. */
  private leave(vp: Vp, route: number, kind: number, a: number, b: number): void {
    if (vp.suspended) {
      vp.owe(this.after[route], kind, a, b);
      vp.settle();
      return;
    }
    vp.now += this.after[route];
    this.trace.span(kind, vp.started, vp.now, vp.index, a, b);
  }

  private apicRead(vpIndex: number, gpa: number): number {
    const vp = this.vps[vpIndex];
    if (!this.enter(vp, ROUTE['hypervisor-apic'])) return 0;
    const offset = gpa - MMIO.LOCAL_APIC;
    const value = readApicRegister(vp.apic, offset);
    this.leave(vp, ROUTE['hypervisor-apic'], this.kinds.apicRead, offset, value);
    return value;
  }

  private apicWrite(vpIndex: number, gpa: number, value: number): void {
    const vp = this.vps[vpIndex];
    if (!this.enter(vp, ROUTE['hypervisor-apic'])) return;
    const offset = gpa - MMIO.LOCAL_APIC;
    writeApicRegister(vp.apic, offset, value, (command, destination) =>
      this.sendIpi(vpIndex, command, destination),
    );
    this.leave(vp, ROUTE['hypervisor-apic'], this.kinds.apicWrite, offset, value);
  }

  /** Counts a fault when there was one. 1 for the trace row then, else 0. */
  private checked(done: boolean): number {
    if (done) return 0;
    this.counters.tally('faults');
    return 1;
  }

  /** An interrupt leaves the hypervisor for the guest's interrupt controller, whoever provides that. */
  private deliver(vp: number, vector: number, autoEoi: boolean): boolean {
    if (!this.sink) return this.apics[vp].request(vector, autoEoi);
    this.sink.inject(vp, vector, autoEoi);
    this.counters.tally('interrupts');
    return true;
  }

  private ended(vp: number, vector: number, synic: VpSynic): void {
    this.counters.tally('eois');
    synic.endOfInterrupt(vector);
    for (const listener of this.eoiListeners) listener(vp, vector);
  }

  private newApic(index: number): LocalApic {
    return new LocalApic(index);
  }

  private newRegisters(vp: number): VpRegisters {
    const raise = (vector: number, autoEoi: boolean): void => {
      if (this.deliver(vp, vector, autoEoi)) this.counters.pass('signal-to-guest');
    };
    const synic = new VpSynic(this.memory, raise);
    const stimers = new Stimers(vp, {
      engine: this.engine,
      ticks: this.costs.hz / HV_CLOCK_HZ,
      direct: this.features.directTimers,
      expired: (sint, type, payload) => {
        this.counters.tally('timers');
        this.synic.postMessage(vp, sint, type, payload);
      },
      raise: (vector) => {
        this.counters.tally('timers');
        raise(vector, false);
      },
    });
    return { synic, stimers, assist: new OverlayRegister(this.memory), x86: new X86Msrs(vp) };
  }

  /** How many elements of a string one exit can move: the emulator's cap, and only what is RAM. */
  private elementsInRam(gpa: number, width: Width, count: number): number {
    const most = Math.min(count, REP_ITERATION_CAP);
    if (this.memory.valid(gpa, most * width)) return most;
    return this.memory.valid(gpa, width) ? Math.floor((this.memory.size - gpa) / width) : 0;
  }

  private storeElement(gpa: number, width: Width, value: number): void {
    for (let i = 0; i < width; i++) this.memory.u8[gpa + i] = value >>> (8 * i);
  }

  private loadElement(gpa: number, width: Width): number {
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + this.memory.u8[gpa + i];
    return value;
  }

  private chargeCopy(vp: Vp, bytes: number): void {
    if (bytes === 0) return;
    this.counters.copy('pio', bytes);
    vp.elapse(Math.round(bytes * this.costs.cost('copy.cold')));
  }
}

/** EOI, ICR and TPR take a shorter way through the hypervisor than the other registers. */
function msrRoute(index: number): number {
  const apic = index >= HV_X64_MSR.EOI && index <= HV_X64_MSR.TPR;
  return apic ? ROUTE['hypervisor-eoi'] : ROUTE['hypervisor-msr'];
}
