/**
 * The guest's page allocator: hands out 4 KiB frames of guest memory for rings, message pages, hypercall pages and buffers.
 *
 * It works from the bottom of its area upwards and takes freed pages back, last freed first handed out, as a kernel's per-CPU
 * page lists do. A driver that asks page by page therefore gets scattered frames after some use; one that needs neighbours asks
 * for a contiguous block. The host sees nothing of this but page frame numbers.
 */
import { invariant } from '../../core/errors.ts';
import type { GuestMemory } from '../../machine/memory.ts';

/** Bytes of one guest page; the unit of every page frame number on the VMBus (TLFS, "Memory page size"). */
export const PAGE_SIZE = 4096;

/** Frames of guest memory between two addresses. */
export class PageAllocator {
  private readonly memory: GuestMemory;
  private readonly end: number;
  private readonly released: number[] = [];
  private next: number;

  /** Owns `[first, end)`; both are guest-physical addresses on a page boundary. `end` defaults to the end of memory. */
  constructor(memory: GuestMemory, first: number, end: number = memory.size) {
    invariant(first % PAGE_SIZE === 0 && end % PAGE_SIZE === 0, 'a page allocator owns whole pages');
    invariant(first <= end && end <= memory.size, 'a page allocator owns guest memory only');
    this.memory = memory;
    this.next = first;
    this.end = end;
  }

  /** Pages that can still be handed out. */
  get free(): number {
    return this.released.length + (this.end - this.next) / PAGE_SIZE;
  }

  /** One zeroed page; returns its guest-physical address. */
  page(): number {
    const reused = this.released.pop();
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

  private zeroed(first: number, count: number): number {
    this.memory.u8.fill(0, first, first + count * PAGE_SIZE);
    return first;
  }
}
