/**
 * A register that places an overlay page: page number in bits 12 and up, enable in bit 0, the rest kept for the guest. SIMP, SIEFP,
 * HYPERCALL, REFERENCE_TSC and VP_ASSIST_PAGE are of this form.
 */
import { MSR_PAGE_ENABLE, MSR_PAGE_MASK } from '../wire/msr.ts';
import type { GuestMemory, Overlay } from './memory.ts';
import { PAGE_SIZE } from './memory.ts';

/** A register and its page, as they are saved. */
export type SavedOverlay = { readonly value: bigint; readonly bytes: Uint8Array | undefined };

export class OverlayRegister {
  /** As the guest last wrote it. */
  value = 0n;
  private readonly memory: GuestMemory;
  private readonly readOnly: boolean;
  private overlay: Overlay | undefined = undefined;

  constructor(memory: GuestMemory, options: { readonly readOnly?: boolean } = {}) {
    this.memory = memory;
    this.readOnly = options.readOnly ?? false;
  }

  /** GPA of the page while it can be used, else -1: the register is disabled or names a page that is not RAM. */
  get page(): number {
    return this.overlay ? this.overlay.gpa : -1;
  }

  /** The page's bytes as they lie in memory now, to be changed in place; undefined while there is none. */
  get bytes(): Uint8Array | undefined {
    return this.overlay && this.memory.overlayBytes(this.overlay);
  }

  /** Whether the register's page is RAM. */
  backed(value: bigint): boolean {
    return this.memory.valid(Number(value & MSR_PAGE_MASK), PAGE_SIZE);
  }

  /** Moves, places or removes the page. A page that is newly enabled shows `contents`, zeros when absent; one that moves keeps its own. */
  write(value: bigint, contents?: Uint8Array): void {
    this.value = value;
    const old = this.overlay ? this.memory.unmapOverlay(this.overlay) : undefined;
    this.overlay = undefined;
    if ((value & MSR_PAGE_ENABLE) === 0n || !this.backed(value)) return;
    const shown = contents ?? old ?? new Uint8Array(PAGE_SIZE);
    this.overlay = this.memory.mapOverlay(Number(value & MSR_PAGE_MASK), shown, { readOnly: this.readOnly });
  }

  /** What is saved of it: the register, and the page as it is now. */
  save(): SavedOverlay {
    return { value: this.value, bytes: this.bytes?.slice() };
  }

  /** Puts back what {@link save} gave. The memory beneath must be there already. */
  load({ value, bytes }: SavedOverlay): void {
    this.write(0n);
    this.write(value, bytes);
  }

  reset(): void {
    this.write(0n);
  }
}
