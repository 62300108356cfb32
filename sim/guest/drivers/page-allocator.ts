/**
 * The guest's page allocator: hands out 4 KiB frames of guest memory for rings, message pages, hypercall pages and buffers.
 *
 * It works from the bottom of its area upwards and takes freed pages back, last freed first handed out, as a kernel's per-CPU
 * page lists do. A driver that asks page by page therefore gets scattered frames after some use; one that needs neighbours asks
 * for a contiguous block. The host sees nothing of this but page frame numbers.
 *
 * A balloon driver takes whole blocks of 2 MiB from the top of the area, as long as there are any, then single pages; and returns them to
 * lists of their own. Nothing is joined: a block that was broken up stays so. Linux' allocator joins neighbours.
 */
import { invariant } from '../../core/errors.ts';
import type { GuestMemory } from '../../machine/memory.ts';

/** Bytes of one guest page; the unit of every page frame number on the VMBus (TLFS, "Memory page size"). */
export const PAGE_SIZE = 4096;
/** Pages of a block of 2 MiB. */
export const PAGES_IN_2M = 512;
const BLOCK = PAGES_IN_2M * PAGE_SIZE;

/** Frames of guest memory between two addresses. */
export class PageAllocator {
  private readonly memory: GuestMemory;
  /** Pages that it looks after, whether handed out or not. */
  managed: number;
  /** Address above all memory that it was ever given. */
  top: number;
  private end: number;
  private readonly released: number[] = [];
  /** Whole blocks of 2 MiB, by their first address. */
  private readonly blocks: number[] = [];
  private next: number;

  /** Owns `[first, end)`; both are guest-physical addresses on a page boundary. `end` defaults to the end of memory. */
  constructor(memory: GuestMemory, first: number, end: number = memory.size) {
    invariant(first % PAGE_SIZE === 0 && end % PAGE_SIZE === 0, 'a page allocator owns whole pages');
    invariant(first <= end && end <= memory.size, 'a page allocator owns guest memory only');
    this.memory = memory;
    this.next = first;
    this.end = end;
    this.top = end;
    this.managed = (end - first) / PAGE_SIZE;
  }

  /** Pages of the address space. */
  get memoryPages(): number {
    return this.memory.size / PAGE_SIZE;
  }

  /** Pages that can still be handed out. */
  get free(): number {
    return this.released.length + this.blocks.length * PAGES_IN_2M + (this.end - this.next) / PAGE_SIZE;
  }

  /** One zeroed page; returns its guest-physical address. */
  page(): number {
    const reused = this.released.pop() ?? (this.next < this.end ? undefined : this.single());
    return reused === undefined ? this.block(1) : this.zeroed(reused, 1);
  }

  /** `count` zeroed pages in no promised order: what a driver that builds a page list is content with. */
  pages(count: number): number[] {
    return Array.from({ length: count }, () => this.page());
  }

  /** `count` zeroed neighbours; returns the guest-physical address of the first. */
  block(count: number): number {
    const first = this.next;
    invariant(first + count * PAGE_SIZE <= this.end, 'the guest ran out of memory: give the partition more');
    this.next = first + count * PAGE_SIZE;
    return this.zeroed(first, count);
  }

  /** Takes pages back. */
  release(pages: readonly number[]): void {
    for (const page of pages) this.released.push(page);
  }

  /** Hands out 2 MiB in one piece, not zeroed: the address, or `undefined` when there is no such piece. */
  twoMegabytes(): number | undefined {
    const kept = this.blocks.pop();
    if (kept !== undefined) return kept;
    if (this.end % BLOCK !== 0 || this.end - BLOCK < this.next) return undefined;
    this.end -= BLOCK;
    return this.end;
  }

  /** Hands out one page, not zeroed; `undefined` when none is free. */
  single(): number | undefined {
    if (this.released.length === 0 && this.next < this.end) {
      this.end -= PAGE_SIZE;
      return this.end;
    }
    if (this.released.length === 0) {
      const block = this.blocks.pop();
      if (block === undefined) return undefined;
      for (let i = PAGES_IN_2M - 1; i >= 0; i--) this.released.push(block + i * PAGE_SIZE);
    }
    return this.released.pop();
  }

  /** Takes on `count` neighbouring pages that are new: memory that was added to the running machine. */
  add(first: number, count: number): void {
    this.managed += count;
    this.top = first + count * PAGE_SIZE;
    this.releaseRange(first, count);
  }

  /** Takes `count` neighbouring pages back. Whole blocks of 2 MiB stay whole. */
  releaseRange(first: number, count: number): void {
    const end = first + count * PAGE_SIZE;
    for (let at = first; at < end; ) {
      const whole = at % BLOCK === 0 && at + BLOCK <= end;
      (whole ? this.blocks : this.released).push(at);
      at += whole ? BLOCK : PAGE_SIZE;
    }
  }

  private zeroed(first: number, count: number): number {
    this.memory.u8.fill(0, first, first + count * PAGE_SIZE);
    return first;
  }
}
