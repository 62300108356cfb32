/**
 * How the addresses of a guest become places in memory: one interface, three ways.
 *
 * `shadow`: the hypervisor keeps tables of its own, which the processor walks (2008). `slat`: the processor walks the guest's tables and
 * the hypervisor's second level in one go (EPT, NPT). `none`: the guest runs without paging, an address is its place; the partitions
 * of programs that do not study memory.
 *
 * Addresses are given by their low 48 bits (`linearAddress`). What this promises a guest is what the TLFS promises ("Virtual MMU"): a
 * virtual TLB that may hold stale translations until they are flushed, and never after.
 */
import type { GuestMemory } from './memory.ts';
import type { MemoryCounts } from './memory-counts.ts';
import { newMemoryCounts } from './memory-counts.ts';
import type { Vp } from './vp.ts';

/** How a partition's addresses are translated. */
export type Paging = 'none' | 'shadow' | 'slat';

/**
 * `virtual-tlb`: the shadow tables are a cache, flushed when the guest flushes. `traced`: page tables are write-protected and the shadow
 * follows every store to them, so that MOV CR3 need not throw it away.
 */
export type ShadowPolicy = 'virtual-tlb' | 'traced';

/** The knobs of memory management. */
export interface PagingOptions {
  readonly policy?: ShadowPolicy;
  /** Pages that the shadow tables of the partition may take; 4 096 when absent (assumed: 16 MiB). */
  readonly shadowPages?: number;
  /** Second-level tables map 2 MiB at a time where they can; true when absent. */
  readonly largeSecondLevel?: boolean;
}

/** The access raises a page fault of the guest: `faultCode`. */
export const FAULTED = -1;
/** The access exits by `intercept` first. */
export const INTERCEPTED = -2;
/** The exit is served, the instruction executes again. */
export const AGAIN = -3;
/** No exit: the processor does it itself. */
export const NO_EXIT = -1;

/** What changes translations by an instruction. */
export type ControlInstruction = 'cr3' | 'cr4' | 'invlpg';

export interface MemoryManagement {
  readonly kind: Paging;
  readonly counts: MemoryCounts;
  /** Error code of the page fault, after FAULTED. */
  readonly faultCode: number;
  /** Number of the route, after INTERCEPTED. */
  readonly intercept: number;
  /** Guest-physical address of the byte, which need not be memory; or FAULTED, or INTERCEPTED. Charges walks. */
  translate(vp: Vp, gva: number, access: number): number;
  /** Serves the exit: AGAIN, FAULTED, or the address at which the hypervisor is to do the access for the guest. */
  serve(vp: Vp, gva: number, access: number): number;
  /** Route of an instruction that changes translations; NO_EXIT where it does not exit. */
  exitOf(instruction: ControlInstruction): number;
  cr3(vp: Vp): number;
  /** MOV CR3: another address space, and all translations that are not global are gone. */
  loadCr3(vp: Vp, cr3: number): void;
  /** HvCallSwitchVirtualAddressSpace: another address space, nothing is flushed. */
  switchAddressSpace(vp: Vp, cr3: number): void;
  /** INVLPG on this processor. */
  invalidate(vp: Vp, gva: number): void;
  /** CR4.PGE is toggled: all translations of this processor are gone. */
  flushAll(vp: Vp): void;
  /** Drops the translations of one address space, or of all (`undefined`), on one processor. Cycles that it takes. */
  flushSpace(vp: Vp, cr3: number | undefined, globals: boolean): number;
  /** Drops `pages` small pages from `gva` in one address space or in all, global ones included. Cycles that it takes. */
  flushRange(vp: Vp, cr3: number | undefined, gva: number, pages: number): number;
}

/** No translation: linear addresses are guest-physical ones. Control registers take their values and change nothing. */
export class NoTranslation implements MemoryManagement {
  readonly kind = 'none';
  readonly counts = newMemoryCounts();
  readonly faultCode = 0;
  readonly intercept = NO_EXIT;
  private readonly roots: number[];

  constructor(vps: number) {
    this.roots = new Array(vps).fill(0);
  }

  translate(_vp: Vp, gva: number): number {
    return gva;
  }

  serve(): number {
    return AGAIN;
  }

  exitOf(): number {
    return NO_EXIT;
  }

  cr3(vp: Vp): number {
    return this.roots[vp.index];
  }

  loadCr3(vp: Vp, cr3: number): void {
    this.roots[vp.index] = cr3;
  }

  switchAddressSpace(vp: Vp, cr3: number): void {
    this.roots[vp.index] = cr3;
  }

  invalidate(): void {}

  flushAll(): void {}

  flushSpace(): number {
    return 0;
  }

  flushRange(): number {
    return 0;
  }
}

/** True when all bytes are memory. */
export const isRam = (memory: GuestMemory, gpa: number, length: number): boolean =>
  gpa + length <= memory.size;
