/**
 * A child partition: the virtual machine as the hypervisor knows it. It is the guest's side of the seam: every exit comes in here,
 * takes its route, is charged to the processor's clock, counted, and traced as one row.
 *
 * An exit is served at its service point: the processor's clock has advanced by the stages before it, and everything that is due
 * elsewhere up to then has happened.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import { WHO_ROOT } from '../core/trace.ts';
import { HVCALL } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { APIC_REG } from '../wire/ports.ts';
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import { ApStartup } from './ap-startup.ts';
import type { LocalApic } from './apic.ts';
import { ApicExits } from './apic-exits.ts';
import { ApicHardware } from './apic-hardware.ts';
import { isApicPage } from './apic-registers.ts';
import { ApicTimer } from './apic-timer.ts';
import type { CostProfile } from './costs.ts';
import { Counters } from './counters.ts';
import type { Vendor } from './cpuid.ts';
import { Cpuid } from './cpuid.ts';
import { EoiAssist } from './eoi-assist.ts';
import { ExitPath } from './exit-path.ts';
import type { ExitKind } from './exits.ts';
import { exitKinds, portKinds } from './exits.ts';
import type { Features } from './features.ts';
import { eraFeatures } from './features.ts';
import { GuestIdle } from './guest-idle.ts';
import { Hypercalls } from './hypercalls.ts';
import { ipiCalls } from './hypercalls-ipi.ts';
import { memoryCalls } from './hypercalls-memory.ts';
import { partitionCalls } from './hypercalls-partition.ts';
import type { Hypervisor } from './hypervisor.ts';
import type { EoiListener } from './interrupts.ts';
import { Interrupts } from './interrupts.ts';
import { IoMap } from './io.ts';
import { Ipis } from './ipi.ts';
import type { MemoryWindow } from './memory.ts';
import { GuestMemory } from './memory.ts';
import { MemoryExits } from './memory-exits.ts';
import type { MemoryManagement, Paging, PagingOptions } from './memory-management.ts';
import type { VpRegisters } from './msrs.ts';
import { Msrs } from './msrs.ts';
import { X86Msrs } from './msrs-x86.ts';
import { OverlayRegister } from './overlay-register.ts';
import { newMemoryManagement, pagingFeatures } from './paging-setup.ts';
import type { PauseLoopExits } from './pause-loop.ts';
import type { RootPartition } from './root.ts';
import type { RouteCosts } from './route-costs.ts';
import type { RouteId } from './routes.ts';
import { ROUTE } from './routes.ts';
import type { Scheduler } from './scheduler.ts';
import type { CpuidResult, InterruptSink, Seam, Width } from './seam.ts';
import { Stimers } from './stimers.ts';
import { StringIo } from './string-io.ts';
import { Synic } from './synic.ts';
import { VpSynic } from './synic-vp.ts';
import { Vp } from './vp.ts';
import { ApicMsrs, isX2apicMsr } from './x2apic.ts';

/** Which partition to build; everything but its memory has a default. */
export interface PartitionOptions {
  /** Virtual processors, 1 when absent. */
  readonly vps?: number;
  /** Relative weight of each of its VPs where processors are shared: 1 to 10 000, 100 when absent. */
  readonly weight?: number;
  /** Logical processors that its VPs may run on, where they are shared; all when absent. A function gives each VP its own. */
  readonly affinity?: readonly number[] | ((vp: number) => readonly number[]);
  /** Bytes of guest memory, or foreign memory to use as such. */
  readonly memory: number | MemoryWindow;
  /** How addresses are translated: 'none' when absent. */
  readonly paging?: Paging;
  readonly pagingOptions?: PagingOptions;
  /**
   * The processor exits by itself when a guest waits in a loop of PAUSEs; absent: it never does. Processors of the 2008 era cannot.
   */
  readonly pauseLoopExits?: PauseLoopExits;
  /** What is offered other than the era's host does. */
  readonly features?: Partial<Features>;
  readonly vendor?: Vendor;
  /** What processors but the first do at power-on: run, or wait for INIT and SIPI as on a PC. Run when absent. */
  readonly startup?: 'running' | 'sipi';
  /** Code of the hypercall page, for an emulator that traps something else than VMCALL. */
  readonly hypercallCode?: Uint8Array;
}

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
  readonly interrupts: Interrupts;
  /** What the host's processor does for the virtual APICs by itself. */
  readonly apicHardware: ApicHardware;
  readonly synic: Synic;
  readonly msrs: Msrs;
  readonly hypercalls: Hypercalls;
  readonly ipis: Ipis;
  /** How linear addresses become guest-physical ones. */
  readonly mmu: MemoryManagement;
  readonly memoryExits: MemoryExits;
  readonly pauseLoopExits: PauseLoopExits | undefined;
  private readonly cpuidLeaves: Cpuid;
  private readonly strings: StringIo;
  private readonly path: ExitPath;
  private readonly apicExits: ApicExits;
  private readonly guestIdle: GuestIdle;
  private readonly kinds: Record<ExitKind, number>;
  private readonly portKinds: ReturnType<typeof portKinds>;
  private readonly routeCosts: RouteCosts;
  private readonly resetListeners: (() => void)[] = [];
  private readonly signalHandler: number;

  constructor(hypervisor: Hypervisor, id: number, options: PartitionOptions) {
    const { engine, trace, costs, root, routeCosts } = hypervisor;
    this.id = id;
    this.engine = engine;
    this.trace = trace;
    this.costs = costs;
    this.root = root;
    this.routeCosts = routeCosts;
    this.memory = new GuestMemory(options.memory);
    this.features = eraFeatures(costs.era, {
      ...pagingFeatures(options.paging ?? 'none', costs.era),
      ...options.features,
    });
    this.vendor = options.vendor ?? 'intel';
    this.hypercallCode = options.hypercallCode;
    this.pauseLoopExits = costs.era === '2008' ? undefined : options.pauseLoopExits;
    this.counters = new Counters(hypervisor.structure);
    this.kinds = exitKinds(trace);
    this.portKinds = portKinds(this.kinds);
    this.cpuidLeaves = new Cpuid(costs.era, this.features, this.vendor);
    this.strings = new StringIo(this.memory, this.counters, costs);
    const count = options.vps ?? 1;
    const firstWho = hypervisor.takeNumbers(count);
    this.interrupts = new Interrupts(engine, trace, this.counters, routeCosts, count, firstWho);
    this.vps = this.interrupts.apics.map(
      (apic) => new Vp(apic.id, firstWho + apic.id, engine, trace, costs, apic),
    );
    if (hypervisor.scheduler) this.share(hypervisor.scheduler, options);
    this.path = new ExitPath(engine, trace, routeCosts, this.counters, this.vps[0]);
    const { memory, vendor } = this;
    const { paging = 'none', pagingOptions = {} } = options;
    this.mmu = newMemoryManagement({
      memory,
      costs,
      vendor,
      vps: this.vps.length,
      paging,
      options: pagingOptions,
    });
    this.memoryExits = new MemoryExits(this, this.mmu, this.path);
    this.apicHardware = new ApicHardware(this.features);
    this.apicExits = this.newApicExits();
    this.guestIdle = new GuestIdle(this.path, trace, this.counters);
    if (options.startup === 'sipi') this.interrupts.startup = new ApStartup(this.vps);
    const registers = this.vps.map((vp) => this.newRegisters(vp.index));
    const synics = registers.map((of) => of.synic);
    this.synic = new Synic(synics, engine, trace, this.counters, root, firstWho);
    this.interrupts.onEoi((vp, vector) => synics[vp].endOfInterrupt(vector));
    this.msrs = new Msrs(this, this.features, registers);
    this.hypercalls = new Hypercalls(this.memory, this.features, this.synic, (vp) => this.vps[vp].spinHint());
    const calls = [...partitionCalls(this), ...memoryCalls(this), ...ipiCalls(this)];
    for (const call of calls) this.hypercalls.add(call);
    this.ipis = new Ipis(engine, (vp, vector) => this.interrupts.deliver(vp, vector, false));
    this.interrupts.carry = (from, targets, vector) => this.ipis.command(this.vps[from], targets, vector);
    this.signalHandler = engine.handler('root.signal', (arg) =>
      this.synic.signalEvent(arg >>> 15, (arg >>> 11) & 0xf, arg & 0x7ff),
    );
  }

  /** The processor whose exit is being served, or was served last: inside a port or memory handler, the one that waits for it. */
  get exiting(): Vp {
    return this.path.exiting;
  }

  // The seam: what a guest can do.

  portIn(vpIndex: number, port: number, width: Width): number {
    const vp = this.vps[vpIndex];
    const slot = this.io.slots[port];
    const route = this.io.routes[slot];
    if (!this.path.enter(vp, route)) return 0;
    const value = this.io.handlers[slot].in(port, width);
    this.path.leave(vp, route, this.portKinds.in[route], port, value);
    return value;
  }

  portOut(vpIndex: number, port: number, width: Width, value: number): void {
    const vp = this.vps[vpIndex];
    const slot = this.io.slots[port];
    const route = this.io.routes[slot];
    if (!this.path.enter(vp, route)) return;
    this.io.handlers[slot].out(port, width, value);
    this.path.leave(vp, route, this.portKinds.out[route], port, value);
  }

  portInString(vpIndex: number, port: number, width: Width, gpa: number, count: number): number {
    const vp = this.vps[vpIndex];
    const route = ROUTE['port-string-worker'];
    if (!this.path.enter(vp, route)) return 0;
    const moved = this.strings.in(vp, this.io.handlerOf(port), port, width, gpa, count);
    this.path.leave(vp, route, this.kinds.ins, port, moved);
    return moved;
  }

  portOutString(vpIndex: number, port: number, width: Width, gpa: number, count: number): number {
    const vp = this.vps[vpIndex];
    const route = ROUTE['port-string-worker'];
    if (!this.path.enter(vp, route)) return 0;
    const moved = this.strings.out(vp, this.io.handlerOf(port), port, width, gpa, count);
    this.path.leave(vp, route, this.kinds.outs, port, moved);
    return moved;
  }

  mmioRead(vpIndex: number, gpa: number, width: Width): number {
    const vp = this.vps[vpIndex];
    if (isApicPage(gpa)) return this.apicExits.read(vp, gpa);
    const { route, handler } = this.io.mmioAt(gpa);
    if (!this.path.enter(vp, route)) return 0;
    const value = handler.read(gpa, width);
    this.path.leave(vp, route, this.kinds.load, gpa, value);
    return value;
  }

  mmioWrite(vpIndex: number, gpa: number, width: Width, value: number): void {
    const vp = this.vps[vpIndex];
    if (isApicPage(gpa)) {
      this.apicExits.write(vp, gpa, value);
      return;
    }
    const { route, handler } = this.io.mmioAt(gpa);
    if (!this.path.enter(vp, route)) return;
    handler.write(gpa, width, value);
    this.path.leave(vp, route, this.kinds.store, gpa, value);
  }

  cpuid(vpIndex: number, leaf: number, _subleaf: number): CpuidResult {
    const vp = this.vps[vpIndex];
    const route = ROUTE['hypervisor-cpuid'];
    const result = this.cpuidLeaves.read(vpIndex, leaf, this.msrs.invariantTsc);
    if (!this.path.enter(vp, route)) return result;
    this.path.leave(vp, route, this.kinds.cpuid, leaf, result.eax);
    return result;
  }

  readMsr(vpIndex: number, index: number): bigint | undefined {
    const vp = this.vps[vpIndex];
    if (GuestIdle.is(index, this.features)) return this.guestIdle.read(vp);
    const route = isX2apicMsr(index) ? this.apicExits.msrReadRoute(vp, index) : msrRoute(index);
    if (!this.path.enter(vp, route)) return undefined;
    const value = this.msrs.read(vpIndex, index);
    const kind = this.apicExits.kindOf(route, 'rdmsr');
    this.path.leave(vp, route, kind, index, this.faultUnless(value !== undefined));
    return value;
  }

  writeMsr(vpIndex: number, index: number, value: bigint): boolean {
    const vp = this.vps[vpIndex];
    const route = isX2apicMsr(index) ? this.apicExits.msrWriteRoute(vp, index, value) : msrRoute(index);
    if (!this.path.enter(vp, route)) return false;
    const done = this.msrs.write(vpIndex, index, BigInt.asUintN(64, value));
    const kind = this.apicExits.kindOf(route, 'wrmsr');
    this.path.leave(vp, route, kind, index, this.faultUnless(done));
    return done;
  }

  hypercall(vpIndex: number, control: bigint, input: bigint, output: bigint): bigint | undefined {
    const vp = this.vps[vpIndex];
    const code = Number(control & 0xffffn);
    const signal = code === HVCALL.SIGNAL_EVENT;
    const route = signal ? ROUTE['hypervisor-signal'] : ROUTE['hypervisor-hypercall'];
    if (!this.path.enter(vp, route)) return undefined;
    if (signal) this.counters.tally('signals');
    if (code === HVCALL.POST_MESSAGE) this.counters.tally('messages');
    const legal = vp.cpl === 0 && this.msrs.hypercallsEnabled;
    const result = legal
      ? this.hypercalls.call(vpIndex, BigInt.asUintN(64, control), input, output)
      : undefined;
    this.faultUnless(result !== undefined);
    const status = result === undefined ? -1 : Number(result & 0xffffn);
    this.path.leave(vp, route, this.kinds.hypercall, code, status);
    return result;
  }

  /**
   * An exit of a family of its own: by `route`, with one row of kind `kind` and `a`. `work` is done at the service point, and its number is the
   * row's other one. Undefined, and nothing done, when the processor must wait for its turn.
   */
  exitBy(vp: Vp, route: RouteId, kind: number, a: number, work: () => number): number | undefined {
    if (!this.path.enter(vp, ROUTE[route])) return undefined;
    const result = work();
    this.path.leave(vp, ROUTE[route], kind, a, result);
    return result;
  }

  setCpl(vpIndex: number, cpl: 0 | 1 | 2 | 3): void {
    this.vps[vpIndex].cpl = cpl;
  }

  attachInterrupts(sink: InterruptSink): void {
    this.interrupts.sink = sink;
  }

  // What the host side does to the guest.

  /**
   * The worker asserts a fixed interrupt at a local APIC: four ring transitions, and the vector is pending when the hypercall is through.
   * The EOI of a level-triggered one is always seen.
   */
  assertInterrupt(vp: number, vector: number, level = false): void {
    this.interrupts.assert(vp, vector, level);
  }

  /** Connects the 8259 pair to LINT0 of processor 0; `acknowledge` returns its vector. */
  connectExtInt(acknowledge: () => number): void {
    this.interrupts.apics[0].connectExtInt(acknowledge);
  }

  /** The INT output of the 8259 pair. Raising it costs the worker a call; lowering is part of a call that it makes anyway. */
  setExtInt(level: boolean): void {
    this.interrupts.setExtInt(level);
  }

  /** Local APICs, by processor: an I/O APIC chooses among them. */
  get localApics(): readonly LocalApic[] {
    return this.interrupts.apics;
  }

  /** Calls `listener` at every EOI. */
  onEoi(listener: EoiListener): void {
    this.interrupts.onEoi(listener);
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
    const { before, after } = this.routeCosts;
    this.counters.pass('root-signal');
    this.trace.emit(this.kinds.rootSignal, this.root.now, WHO_ROOT, sint, flag);
    this.engine.post(this.root.now + before[route], this.signalHandler, (vp << 15) | (sint << 11) | flag);
    this.root.elapse(before[route] + after[route]);
  }

  /** Reference time in units of 100 ns. */
  referenceTime(): number {
    return Math.floor(this.engine.now / (this.costs.hz / HV_CLOCK_HZ));
  }

  /** Time that a VP had a processor, in units of 100 ns: all the time when it has one of its own. */
  runTime(vp: number): number {
    const { account, runtime } = this.vps[vp];
    return account ? Math.floor(runtime / (this.costs.hz / HV_CLOCK_HZ)) : this.referenceTime();
  }

  /** Power-on state of everything the hypervisor keeps. Memory stays. */
  reset(): void {
    this.msrs.reset();
    this.interrupts.reset();
    for (const listener of this.resetListeners) listener();
  }

  /** MOV to CR8 by a simulated processor. */
  writeCr8(vp: Vp, value: number): void {
    this.apicExits.writeCr8(vp, value);
  }

  /** HLT by a simulated processor. False when it must wait for its turn first. */
  halt(vp: Vp): boolean {
    if (!this.path.enter(vp, ROUTE['hypervisor-halt'])) return false;
    this.counters.tally('halts');
    this.trace.span(this.kinds.halt, vp.started, vp.now, vp.who);
    return true;
  }

  /** A processor has noticed that its guest waits in a loop. */
  pauseExit(vp: Vp): void {
    const route = ROUTE['hypervisor-pause'];
    if (!this.path.enter(vp, route)) return;
    const gave = vp.spinHint() ? 1 : 0;
    this.path.leave(vp, route, this.kinds.pause, gave, 0);
  }

  private newApicExits(): ApicExits {
    const contexts = this.vps.map(({ index }) => ({
      send: (command: number, destination: number) => this.interrupts.send(index, command, destination),
      tscDeadline: this.features.tscDeadline,
    }));
    return new ApicExits(this.path, this.kinds, this.apicHardware, (vp) => contexts[vp]);
  }

  /** Counts a fault when there was one. 1 for the trace row then, else 0. */
  private faultUnless(done: boolean): number {
    if (done) return 0;
    this.counters.tally('faults');
    return 1;
  }

  private share(scheduler: Scheduler, { weight, affinity }: PartitionOptions): void {
    for (const vp of this.vps) {
      const bound = typeof affinity === 'function' ? affinity(vp.index) : affinity;
      const { id: partition, counters } = this;
      vp.schedule(
        scheduler,
        scheduler.add(vp, { who: vp.who, partition, weight, affinity: bound, counters }),
      );
    }
  }

  private newRegisters(vp: number): VpRegisters {
    const { interrupts, counters } = this;
    const synic = new VpSynic(this.memory, (vector, autoEoi) => interrupts.raise(vp, vector, autoEoi));
    const stimers = new Stimers(vp, {
      engine: this.engine,
      ticks: this.costs.hz / HV_CLOCK_HZ,
      direct: this.features.directTimers,
      memory: this.memory,
      available: () => this.vps[vp].available,
      send: (sint, payload, delivered) => {
        counters.tally('timers');
        this.synic.postExpiry(vp, sint, payload, delivered);
      },
      raise: (vector) => {
        counters.tally('timers');
        interrupts.raise(vp, vector, false);
      },
      pending: (vector) => !interrupts.sink && this.vps[vp].apic.isPending(vector),
    });
    this.vps[vp].onAvailable = () => stimers.retry();
    this.vps[vp].apic.onTaken = () => stimers.retry();
    synic.onAutoEoi = (sources) => this.apicHardware.setAutoEoiSources(vp, sources);
    const assist = new OverlayRegister(this.memory);
    const apic = this.wireApic(this.vps[vp].apic, assist);
    return { synic, stimers, assist, apic, x86: new X86Msrs(apic) };
  }

  /** Connects a local APIC to its timer, its assist page and its MSRs. */
  private wireApic(apic: LocalApic, assist: OverlayRegister): ApicMsrs {
    apic.delivers = () => this.apicHardware.delivers;
    apic.assist = new EoiAssist(this.memory, assist);
    apic.timer = new ApicTimer(`apic${apic.id}`, {
      engine: this.engine,
      hz: this.costs.hz,
      entry: () => apic.lvt.read(APIC_REG.LVT_TIMER),
      expired: (vector) => this.interrupts.expire(apic.id, vector),
    });
    return new ApicMsrs(apic, this.features, (command, destination) =>
      this.interrupts.send(apic.id, command, destination),
    );
  }
}

/** EOI, ICR and TPR take a shorter way through the hypervisor than the other registers. */
function msrRoute(index: number): number {
  const apic = index >= HV_X64_MSR.EOI && index <= HV_X64_MSR.TPR;
  return apic ? ROUTE['hypervisor-eoi'] : ROUTE['hypervisor-msr'];
}
