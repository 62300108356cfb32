/**
 * The seam: the only way a guest and the host side meet.
 *
 * A simulated guest, a replayed recording and an emulated real kernel all use exactly this. Nothing behind it can tell which
 * of them is calling. Every call is synchronous: it returns when the guest's instruction would have completed, and the virtual
 * processor's clock has been charged for the exit by then.
 *
 * Guest memory is the other half of the interface: the host reads and writes the same bytes as the guest.
 */
import type { GuestMemory } from './memory.ts';

/** The four registers that CPUID returns, unsigned. */
export interface CpuidResult {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

/** Width of a port or MMIO access in bytes. */
export type Width = 1 | 2 | 4;

/**
 * Where interrupts leave the hypervisor. `vector` becomes pending in the local APIC of virtual processor `vp`; with `autoEoi` the
 * APIC must not set its in-service bit (TLFS, "Synthetic interrupt sources": AutoEOI).
 */
export interface InterruptSink {
  inject(vp: number, vector: number, autoEoi: boolean): void;
}

/** What a guest can do to its hypervisor. `vp` is the virtual processor index that executes the instruction. */
export interface Seam {
  readonly memory: GuestMemory;
  /** CPUID. Never faults. */
  cpuid(vp: number, leaf: number, subleaf: number): CpuidResult;
  /** RDMSR. `undefined` means #GP(0). */
  readMsr(vp: number, index: number): bigint | undefined;
  /** WRMSR. `false` means #GP(0). */
  writeMsr(vp: number, index: number, value: bigint): boolean;
  /**
   * The vendor hypercall instruction. `control` is the hypercall input value; `input` and `output` are the GPAs of the parameter
   * pages, or the two register parameters when the fast bit is set. Returns the hypercall result value (status in bits 0-15,
   * completed reps in 32-43). `undefined` means #UD (called from CPL > 0, no hypercall page is enabled, or XMM registers without the
   * feature).
   */
  hypercall(vp: number, control: bigint, input: bigint, output: bigint): bigint | undefined;
  /** IN. Unclaimed ports float: all ones. */
  portIn(vp: number, port: number, width: Width): number;
  /** OUT. */
  portOut(vp: number, port: number, width: Width, value: number): void;
  /** One exit's worth of REP INS to guest-physical memory; returns how many elements were moved (the guest re-executes the rest). */
  portInString(vp: number, port: number, width: Width, gpa: number, count: number): number;
  /** One exit's worth of REP OUTS from guest-physical memory; returns how many elements were moved. */
  portOutString(vp: number, port: number, width: Width, gpa: number, count: number): number;
  /** A load from a guest-physical address that is not RAM. */
  mmioRead(vp: number, gpa: number, width: Width): number;
  /** A store to a guest-physical address that is not RAM. */
  mmioWrite(vp: number, gpa: number, width: Width, value: number): void;
  /** Says whether the guest runs in ring 0 now; hypercalls from elsewhere get #UD. */
  setCpl(vp: number, cpl: 0 | 1 | 2 | 3): void;
  /** Connects the guest's interrupt controller. A simulated guest uses the hypervisor's own local APIC instead. */
  attachInterrupts(sink: InterruptSink): void;
}
