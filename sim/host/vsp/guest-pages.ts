/**
 * The host's account of a guest's memory: which pages of its address space the host has put memory behind. A page that the guest gives
 * back is lost with its contents, and one that it gets again comes empty: what another machine left in it is nobody's to read.
 *
 * Left out: where the host's memory comes from and goes to; and that touching a page without memory behind it is a fault on real
 * hardware. Here such a page reads as zeros.
 */
import { invariant } from '../../core/errors.ts';
import { type GuestMemory, PAGE_SIZE } from '../../machine/memory.ts';
import type { PageRange } from '../../wire/dynmem-codes.ts';

/** Why a list of pages is refused as a whole. `locked`: the hypervisor has laid a page of its own over one of them. */
export type RangeProblem = 'empty' | 'beyond' | 'twice' | 'locked';

const ABSENT = 0;
const BACKED = 1;

/** Pages of one guest, by number. */
export class GuestPages {
  /** Pages of the address space: the most that the guest can come to have. */
  readonly most: number;
  /** Pages with memory behind them. */
  backed: number;
  /** First page above all that the guest was ever shown. */
  top: number;
  private readonly memory: GuestMemory;
  private readonly state: Uint8Array;

  /** The guest begins with the first `start` pages. */
  constructor(memory: GuestMemory, start: number) {
    this.memory = memory;
    this.most = memory.size / PAGE_SIZE;
    invariant(start > 0 && start <= this.most, 'a guest begins with some of its memory');
    this.state = new Uint8Array(this.most).fill(BACKED, 0, start);
    this.backed = start;
    this.top = start;
  }

  /** Takes all pages of the list, or none of them. */
  take(ranges: readonly PageRange[]): RangeProblem | undefined {
    for (let i = 0; i < ranges.length; i++) {
      const problem = this.problemOf(ranges[i]);
      if (problem) {
        for (const before of ranges.slice(0, i)) this.mark(before, BACKED);
        return problem;
      }
      this.mark(ranges[i], ABSENT);
    }
    for (const range of ranges) this.empty(range);
    return undefined;
  }

  /** Puts memory behind pages again, or for the first time. */
  give(range: PageRange): void {
    const { start, count } = range;
    invariant(start + count <= this.most, 'the host gives pages of the guest’s address space only');
    // Pages that the guest never saw are empty as they are.
    if (start < this.top) this.empty(range);
    this.mark(range, BACKED);
    this.top = Math.max(this.top, start + count);
  }

  /** Takes back what the guest did not want: pages at the top that it never used. */
  withdraw(range: PageRange): void {
    this.mark(range, ABSENT);
    this.top = range.start;
  }

  /** True when memory is behind the page. */
  has(page: number): boolean {
    return this.state[page] === BACKED;
  }

  private problemOf({ start, count }: PageRange): RangeProblem | undefined {
    if (count === 0) return 'empty';
    if (start + count > this.top) return 'beyond';
    for (let page = start; page < start + count; page++) {
      if (this.state[page] !== BACKED) return 'twice';
      if (this.memory.overlaid(page * PAGE_SIZE)) return 'locked';
    }
    return undefined;
  }

  private mark({ start, count }: PageRange, state: number): void {
    for (let page = start; page < start + count; page++) {
      if (this.state[page] === state) continue;
      this.state[page] = state;
      this.backed += state === BACKED ? 1 : -1;
    }
  }

  private empty({ start, count }: PageRange): void {
    this.memory.u8.fill(0, start * PAGE_SIZE, (start + count) * PAGE_SIZE);
  }
}
