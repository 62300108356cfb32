/**
 * The emulator's memory as the adapter sees it: registers, local APIC, guest memory. WebAssembly memory may grow at any time; then all views
 * are void, and the next use fetches new ones.
 */
import type { GuestMemory } from '../machine/memory.ts';
import { APIC, CPU, PIC, type REG } from './v86-layout.ts';

/** A memory of WebAssembly. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

export class V86Memory {
  /** Address of guest-physical 0; 0 before the emulator has allocated it. */
  guestBase = 0;
  private readonly memory: WasmMemory;
  private readonly apic: number;
  private readonly pic: number;
  private guest: GuestMemory | undefined;
  private buffer: ArrayBufferLike;
  private view: DataView;

  /** `apic` and `pic` are the addresses of the two interrupt controllers. */
  constructor(memory: WasmMemory, apic: number, pic: number) {
    this.memory = memory;
    this.apic = apic;
    this.pic = pic;
    this.buffer = memory.buffer;
    this.view = new DataView(this.buffer);
  }

  /** Guest memory that must follow when the buffer changes. */
  follow(guest: GuestMemory): void {
    this.guest = guest;
  }

  /** Fetches the views again after growth. */
  refresh(): DataView {
    if (this.memory.buffer !== this.buffer) {
      this.buffer = this.memory.buffer;
      this.view = new DataView(this.buffer);
      this.guest?.rebase(this.buffer, this.guestBase);
    }
    return this.view;
  }

  /** A copy of bytes anywhere in the memory. */
  bytes(at: number, length: number): Uint8Array {
    this.refresh();
    return new Uint8Array(this.buffer, at, length).slice();
  }

  reg(offset: (typeof REG)[keyof typeof REG]): number {
    return this.refresh().getUint32(offset, true);
  }

  setReg(offset: (typeof REG)[keyof typeof REG], value: number): void {
    this.refresh().setUint32(offset, value, true);
  }

  /** Two registers as one number of 64 bits. */
  pair(high: (typeof REG)[keyof typeof REG], low: (typeof REG)[keyof typeof REG]): bigint {
    return (BigInt(this.reg(high)) << 32n) | BigInt(this.reg(low));
  }

  setPair(high: (typeof REG)[keyof typeof REG], low: (typeof REG)[keyof typeof REG], value: bigint): void {
    this.setReg(high, Number((value >> 32n) & 0xffff_ffffn));
    this.setReg(low, Number(value & 0xffff_ffffn));
  }

  /** Executed instructions, modulo 2^32. */
  get instructions(): number {
    return this.refresh().getUint32(CPU.INSTRUCTION_COUNTER, true);
  }

  get cpl(): 0 | 1 | 2 | 3 {
    return (this.refresh().getUint8(CPU.CPL) & 3) as 0 | 1 | 2 | 3;
  }

  /** True while the processor waits for an interrupt. */
  get halted(): boolean {
    return this.refresh().getUint8(CPU.IN_HLT) !== 0;
  }

  segmentBase(segment: number): number {
    return this.refresh().getUint32(CPU.SEGMENT_BASES + 4 * segment, true);
  }

  /** True in code whose addresses have 32 bits. */
  get is32(): boolean {
    return this.refresh().getUint8(CPU.IS_32) !== 0;
  }

  get flags(): number {
    return this.refresh().getUint32(CPU.FLAGS, true);
  }

  /** Linear address of the instruction in progress, or of the one before it. */
  get previousIp(): number {
    return this.refresh().getUint32(CPU.PREVIOUS_IP, true);
  }

  /** Makes a vector pending in the local APIC. */
  request(vector: number): void {
    const at = this.apic + APIC.IRR + 4 * (vector >>> 5);
    const view = this.refresh();
    view.setUint32(at, view.getUint32(at, true) | (1 << (vector & 31)), true);
  }

  /** Takes a vector out of service without telling anybody. */
  endSilently(vector: number): void {
    const at = this.apic + APIC.ISR + 4 * (vector >>> 5);
    const view = this.refresh();
    view.setUint32(at, view.getUint32(at, true) & ~(1 << (vector & 31)), true);
  }

  /** True when an interrupt waits in either controller, by masks alone: priorities are left to the emulator. */
  get interruptPending(): boolean {
    const view = this.refresh();
    for (let word = 0; word < 8; word++)
      if (view.getUint32(this.apic + APIC.IRR + 4 * word, true) !== 0) return true;
    return (view.getUint8(this.pic + PIC.IRR) & view.getUint8(this.pic + PIC.ENABLED)) !== 0;
  }
}
