/**
 * The instruction set of a simulated guest's processor: everything that can exit, and computing.
 *
 *     const status = yield* cpu.in8(0x1f7);
 *
 * A program that runs here uses the seam and guest memory, exactly as a real guest does.
 */
import type { Timer } from '../core/engine.ts';
import { invariant } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
import type { ApicMethod, EoiMethod, TprMethod } from './cpu-apic.ts';
import { endOfInterrupt, sendIpi, sendSelfIpi, writeTaskPriority } from './cpu-apic.ts';
import type { FastRegisters } from './fast-registers.ts';
import { Instruction, OP } from './instruction.ts';
import type { GuestMemory } from './memory.ts';
import type { PageFault } from './memory-exits.ts';
import { MEMORY_OP } from './memory-exits.ts';
import type { Partition } from './partition.ts';
import type { PollLoop } from './pause-loop.ts';
import { readTsc } from './rdtsc.ts';
import type { CpuidResult } from './seam.ts';
import type { Vp } from './vp.ts';

/** To be delegated to: `yield* cpu.in8(port)`. Valid until the next instruction is made. */
export interface Insn<R> {
  [Symbol.iterator](): Iterator<void, R, void>;
}

export type { ApicMethod, EoiMethod, TprMethod } from './cpu-apic.ts';

/** A program that has been started on a processor. */
export interface Started<R> {
  /** True when the program has returned. */
  readonly done: boolean;
  /** What it returned. */
  readonly result: R | undefined;
}

export class Cpu {
  partition: Partition;
  /** Index of the virtual processor. */
  readonly index: number;
  vp: Vp;
  readonly memory: GuestMemory;
  eoiMethod: EoiMethod = 'mmio';
  tprMethod: TprMethod = 'mmio';
  /** GPA of the VP assist page that the guest has placed, -1 when it has none. */
  assistPage = -1;
  private readonly insn: Instruction;
  private timer: Timer;
  private main: Program<unknown> | undefined = undefined;
  private ended: (result: unknown) => void = () => undefined;
  private startupProgram: ((address: number) => Program<unknown>) | undefined = undefined;

  constructor(partition: Partition, index = 0) {
    this.partition = partition;
    this.index = index;
    this.vp = partition.vps[index];
    this.memory = partition.memory;
    this.timer = partition.engine.timer(`cpu${index}.go`, () => this.go());
    this.insn = new Instruction(partition, this.vp, this.timer);
    this.drive();
  }

  private drive(): void {
    this.vp.attachDriver({
      resumed: (at) => this.timer.set(at),
      interrupted: () => this.insn.interrupted(),
      stopped: () => this.insn.stop(),
      restarted: (stolen) => this.insn.restart(stolen),
      init: () => this.abandon(),
      startup: (address) => this.startUp(address),
    });
  }

  /**
   * The program goes on in another partition, in the middle of the instruction where it is: what a restored machine needs. That partition
   * has the same memory, and its processor was loaded with the state of this one's.
   */
  moveTo(partition: Partition): void {
    invariant(partition.memory.u8.buffer === this.memory.u8.buffer, 'a program moves with its memory');
    this.timer.cancel();
    this.partition = partition;
    this.vp = partition.vps[this.index];
    this.timer = partition.engine.timer(`cpu${this.index}.go`, () => this.go());
    this.insn.moveTo(partition, this.vp, this.timer);
    this.drive();
    if (this.main) this.timer.set(Math.max(this.vp.now, partition.engine.now));
  }

  /** Local time in cycles: what RDTSC returns. RDTSC does not exit. */
  get now(): number {
    return this.vp.now;
  }

  /** The exception that the last RDMSR, WRMSR, VMCALL or string instruction raised instead of completing. */
  get fault(): '#GP' | '#UD' | '#PF' | undefined {
    return this.insn.fault;
  }

  /** CR2 and error code, when `fault` is '#PF' after a load or store. */
  get pageFault(): PageFault | undefined {
    return this.insn.pageFault;
  }

  get interruptsEnabled(): boolean {
    return this.insn.interruptsEnabled;
  }

  /**
   * What the guest does while the program waits in `hlt`. 'halt': nothing, the processor halts, which is an exit and a wake-up. 'busy':
   * another thread of the guest runs, so there is neither. Counts of a single request are usually quoted for a busy guest.
   */
  set whileWaiting(what: 'halt' | 'busy') {
    this.insn.halts = what === 'halt';
  }

  /** Starts a program at the processor's time; it runs when the engine does. One program at a time. */
  run<R>(program: Program<R>): Started<R> {
    invariant(!this.main, `cpu ${this.index} has a program already`);
    const state: { done: boolean; result: R | undefined } = { done: false, result: undefined };
    this.main = program;
    this.ended = (result) => {
      state.done = true;
      state.result = result as R;
    };
    if (!this.vp.wake()) this.timer.set(Math.max(this.vp.now, this.partition.engine.now));
    return state;
  }

  /** Starts a program and runs the engine until it has returned. Our own mistake when it waits for something that never comes. */
  finish<R>(program: Program<R>): R {
    const started = this.run(program);
    while (!started.done) invariant(this.partition.engine.step(), `cpu ${this.index} waits for ever`);
    return started.result as R;
  }

  in8(port: number): Insn<number> {
    return this.insn.begin(OP.IN, port, 1, 0) as unknown as Insn<number>;
  }

  in16(port: number): Insn<number> {
    return this.insn.begin(OP.IN, port, 2, 0) as unknown as Insn<number>;
  }

  in32(port: number): Insn<number> {
    return this.insn.begin(OP.IN, port, 4, 0) as unknown as Insn<number>;
  }

  out8(port: number, value: number): Insn<void> {
    return this.insn.begin(OP.OUT, port, 1, value) as unknown as Insn<void>;
  }

  out16(port: number, value: number): Insn<void> {
    return this.insn.begin(OP.OUT, port, 2, value) as unknown as Insn<void>;
  }

  out32(port: number, value: number): Insn<void> {
    return this.insn.begin(OP.OUT, port, 4, value) as unknown as Insn<void>;
  }

  /** REP INSW: `count` words from a port to guest-physical memory. One exit per 1 024 words at most. */
  insw(port: number, gpa: number, count: number): Insn<void> {
    return this.string(OP.INS, port, 2, gpa, count);
  }

  /** REP INSD. */
  insl(port: number, gpa: number, count: number): Insn<void> {
    return this.string(OP.INS, port, 4, gpa, count);
  }

  /** REP OUTSW. */
  outsw(port: number, gpa: number, count: number): Insn<void> {
    return this.string(OP.OUTS, port, 2, gpa, count);
  }

  /** REP OUTSD. */
  outsl(port: number, gpa: number, count: number): Insn<void> {
    return this.string(OP.OUTS, port, 4, gpa, count);
  }

  cpuid(leaf: number, subleaf = 0): Insn<CpuidResult> {
    return this.insn.begin(OP.CPUID, leaf, subleaf, 0) as unknown as Insn<CpuidResult>;
  }

  /** 0 and `fault` when the register raises #GP. */
  rdmsr(index: number): Insn<bigint> {
    return this.insn.begin(OP.RDMSR, index, 0, 0) as unknown as Insn<bigint>;
  }

  wrmsr(index: number, value: bigint): Insn<void> {
    this.insn.wide0 = value;
    return this.insn.begin(OP.WRMSR, index, 0, 0) as unknown as Insn<void>;
  }

  /** RDX, R8 and XMM0 to XMM5 as a fast call reads and writes them. */
  get fastRegisters(): FastRegisters {
    return this.partition.hypercalls.registers(this.index);
  }

  /** Calls the hypercall page. The result value; 0 and `fault` when it raises #UD. */
  vmcall(control: bigint, input: bigint, output: bigint): Insn<bigint> {
    this.insn.wide0 = control;
    this.insn.wide1 = input;
    this.insn.wide2 = output;
    return this.insn.begin(OP.VMCALL, 0, 0, 0) as unknown as Insn<bigint>;
  }

  /**
   * An instruction that a part of the machine of its own serves: `act` takes the exit path, and is called again when `vp.arriving` says that
   * others come first.
   */
  serve<R>(act: (vp: Vp) => R): Insn<R> {
    this.insn.act = act;
    return this.insn.begin(OP.ACT, 0, 0, 0) as unknown as Insn<R>;
  }

  /** RDTSC: the time-stamp counter. It does not exit, but for a guest that was moved to a host with another rate and keeps its old one. */
  rdtsc(): Insn<number> {
    return this.serve((vp) => readTsc(this.partition, vp));
  }

  load32(gpa: number): Insn<number> {
    return this.insn.begin(OP.LOAD, gpa, 4, 0) as unknown as Insn<number>;
  }

  store32(gpa: number, value: number): Insn<void> {
    return this.insn.begin(OP.STORE, gpa, 4, value) as unknown as Insn<void>;
  }

  load8(gpa: number): Insn<number> {
    return this.insn.begin(OP.LOAD, gpa, 1, 0) as unknown as Insn<number>;
  }

  store8(gpa: number, value: number): Insn<void> {
    return this.insn.begin(OP.STORE, gpa, 1, value) as unknown as Insn<void>;
  }

  /**
   * STI and HLT as one: waits until an interrupt has been taken and its handler has returned. One that is pending already ends it at
   * once, so `while (!done) yield* cpu.hlt()` loses none.
   */
  hlt(): Insn<void> {
    this.insn.interruptsEnabled = true;
    return this.insn.begin(OP.HLT, 0, 0, 0) as unknown as Insn<void>;
  }

  /** A load from a linear address (its low 48 bits) through the guest's page tables. 0 and `fault` when it raises #PF. */
  read32(gva: number): Insn<number> {
    return this.insn.begin(OP.MEMORY, gva, MEMORY_OP.read | (4 << 4), 0) as unknown as Insn<number>;
  }

  /** A store through the page tables; `fault` when it raises #PF, or #GP for a page that the hypervisor lies over. */
  write32(gva: number, value: number): Insn<void> {
    this.insn.d = 0;
    return this.insn.begin(OP.MEMORY, gva, MEMORY_OP.write | (4 << 4), value) as unknown as Insn<void>;
  }

  /** A load of 64 bits; see {@link read32}. */
  read64(gva: number): Insn<bigint> {
    return this.insn.begin(OP.MEMORY, gva, MEMORY_OP.read | (8 << 4), 0) as unknown as Insn<bigint>;
  }

  /** A store of 64 bits, as guests store page table entries; see {@link write32}. */
  write64(gva: number, value: bigint): Insn<void> {
    const bits = BigInt.asUintN(64, value);
    this.insn.d = Number(bits >> 32n);
    const low = Number(bits & 0xffff_ffffn);
    return this.insn.begin(OP.MEMORY, gva, MEMORY_OP.write | (8 << 4), low) as unknown as Insn<void>;
  }

  /** MOV CR3: another address space; what is not global leaves the TLB. `fault` is #GP when reserved bits are set. */
  movCr3(cr3: number): Insn<void> {
    return this.insn.begin(OP.MEMORY, cr3, MEMORY_OP.cr3, 0) as unknown as Insn<void>;
  }

  /** Toggles CR4.PGE, off and on again: everything leaves the TLB, global pages too. */
  toggleGlobal(): Insn<void> {
    return this.insn.begin(OP.MEMORY, 0, MEMORY_OP.cr4, 0) as unknown as Insn<void>;
  }

  /** INVLPG: one page leaves the TLB of this processor. */
  invlpg(gva: number): Insn<void> {
    return this.insn.begin(OP.MEMORY, gva, MEMORY_OP.invlpg, 0) as unknown as Insn<void>;
  }

  /** Computes for so many cycles; interrupts are taken in the middle. */
  compute(cycles: number): Insn<void> {
    return this.insn.begin(OP.COMPUTE, Math.round(cycles), 0, 0) as unknown as Insn<void>;
  }

  /** PAUSE: what a waiting loop executes in every turn. */
  pause(): Insn<void> {
    return this.insn.begin(OP.PAUSE, 0, 0, 0) as unknown as Insn<void>;
  }

  /** Turns of a waiting loop, at most so many, in one go; the number that is left. For {@link spin}. */
  poll(loop: PollLoop, turns: number): Insn<number> {
    this.insn.loop = loop;
    return this.insn.begin(OP.POLL, turns, 0, 0) as unknown as Insn<number>;
  }

  /** End of interrupt by `eoiMethod`: an exit to the hypervisor unless the assist page or the processor spares it. */
  eoi(): Insn<void> {
    return endOfInterrupt(this);
  }

  /** Sets the task priority by `tprMethod`; bits 7-4 of `value` are the class. */
  writeTpr(value: number): Insn<void> {
    return writeTaskPriority(this, value);
  }

  /** MOV to CR8: the class of the task priority, in 64-bit mode. */
  movCr8(value: number): Insn<void> {
    return this.insn.begin(OP.CR8, value & 0xf, 0, 0) as unknown as Insn<void>;
  }

  /** Sends a fixed interrupt to another processor, by its APIC id. */
  sendIpi(destination: number, vector: number, method: ApicMethod = 'mmio'): Program {
    return sendIpi(this, destination, vector, method);
  }

  /** Sends a fixed interrupt to this processor. */
  sendSelfIpi(vector: number, method: ApicMethod = 'mmio'): Insn<void> {
    return sendSelfIpi(this, vector, method);
  }

  /** What this processor runs when SIPI starts it at `address`, in a partition whose processors wait for that. */
  onStartup(program: (address: number) => Program<unknown>): void {
    this.startupProgram = program;
  }

  /** No interrupts from here on. Costs nothing. */
  cli(): void {
    this.insn.interruptsEnabled = false;
  }

  /** Interrupts again, after the next instruction. */
  sti(): void {
    this.insn.interruptsEnabled = true;
  }

  /** Installs the handler of a vector. It runs with interrupts off and returns as by IRET. */
  onVector(vector: number, handler: () => Program): void {
    this.insn.handlers[vector] = handler;
  }

  private string(op: number, port: number, width: number, gpa: number, count: number): Insn<void> {
    this.insn.fault = undefined;
    this.insn.d = count;
    return this.insn.begin(op, port, width, gpa) as unknown as Insn<void>;
  }

  /** INIT: whatever ran here is gone. */
  private abandon(): void {
    this.main = undefined;
    this.timer.cancel();
    this.insn.reset();
  }

  private startUp(address: number): void {
    if (this.startupProgram && !this.main) this.run(this.startupProgram(address));
  }

  /** The processor's turn: its program runs until it waits. */
  private go(): void {
    const { main } = this;
    const { account } = this.vp;
    if (!main || (account && account.state !== 'running')) return;
    if (this.vp.now < this.partition.engine.now) this.vp.now = this.partition.engine.now;
    const step = main.next();
    if (!step.done) return;
    this.main = undefined;
    this.vp.block();
    this.ended(step.value);
  }
}
