/**
 * Page tables of the guest that are write-protected because shadow entries hang on them: each store to one exits, and what hung on the
 * entry is dropped. So the shadow is always in step, and MOV CR3 need not throw it away.
 *
 * A page that is stored to again and again without being walked is a table no longer, or is being torn down: after three such stores it
 * is let go, with everything that hung on it. Linux KVM does the same (`arch/x86/kvm/mmu/mmu.c`, `detect_write_flooding`).
 */
import { LARGE_PAGE, PTE_BYTES, PTES_PER_TABLE, SMALL_PAGE } from '../wire/page-tables.ts';
import type { Walk } from './paging.ts';
import type { ShadowSpace } from './shadow-space.ts';

/** Stores to a table that nobody walks, after which it is let go. */
const FLOOD = 3;

/** Shadow entries that come from one table: those of one space, from page `base` on. */
interface Dependent {
  readonly vp: number;
  readonly space: ShadowSpace;
  readonly base: number;
  /** Small pages under one entry of the table. */
  readonly span: number;
}

interface Traced {
  readonly dependents: Map<ShadowSpace, Dependent[]>;
  /** Stores since it was last walked. */
  stores: number;
}

/** Told of each range that must be dropped: `count` small pages from `first` on, in a space of a VP. */
export type DropRange = (vp: number, space: ShadowSpace, first: number, count: number) => void;

export class TracedTables {
  private readonly pages = new Map<number, Traced>();
  /** Traced pages in each stretch of 2 MiB. */
  private readonly inLarge = new Map<number, number>();

  /** Is the page at this address protected? */
  has(gpa: number): boolean {
    return this.pages.has(Math.floor(gpa / SMALL_PAGE));
  }

  /** Is there a protected page within 2 MiB of memory? */
  hasWithin(frame: number): boolean {
    return this.inLarge.has(Math.floor(frame / LARGE_PAGE));
  }

  /** A fill used these tables. True when one of them was not protected before. */
  walked(walk: Walk, gva: number, vp: number, space: ShadowSpace): boolean {
    let fresh = false;
    for (let step = 0; step < walk.references; step++) {
      const page = Math.floor(walk.entries[step] / SMALL_PAGE);
      let traced = this.pages.get(page);
      if (!traced) {
        traced = { dependents: new Map(), stores: 0 };
        this.pages.set(page, traced);
        this.count(page, 1);
        fresh = true;
      }
      traced.stores = 0;
      const span = PTES_PER_TABLE ** (3 - step);
      const covers = span * PTES_PER_TABLE;
      const base = Math.floor(gva / SMALL_PAGE / covers) * covers;
      depend(traced, { vp, space, base, span });
    }
    return fresh;
  }

  /** The guest stored to a protected page: drops what hung on the entry, or lets the page go. */
  stored(gpa: number, drop: DropRange): void {
    const page = Math.floor(gpa / SMALL_PAGE);
    const traced = this.pages.get(page);
    if (!traced) return;
    const letGo = ++traced.stores >= FLOOD;
    const index = Math.floor((gpa % SMALL_PAGE) / PTE_BYTES);
    for (const { vp, space, base, span } of [...traced.dependents.values()].flat()) {
      if (letGo) drop(vp, space, base, span * PTES_PER_TABLE);
      else drop(vp, space, base + index * span, span);
    }
    if (!letGo) return;
    this.pages.delete(page);
    this.count(page, -1);
  }

  /** A space is given up: nothing of it hangs on any table. */
  forget(space: ShadowSpace): void {
    for (const [page, traced] of this.pages) {
      traced.dependents.delete(space);
      if (traced.dependents.size > 0) continue;
      this.pages.delete(page);
      this.count(page, -1);
    }
  }

  private count(page: number, change: 1 | -1): void {
    const large = Math.floor((page * SMALL_PAGE) / LARGE_PAGE);
    const left = (this.inLarge.get(large) ?? 0) + change;
    if (left === 0) this.inLarge.delete(large);
    else this.inLarge.set(large, left);
  }
}

function depend(traced: Traced, added: Dependent): void {
  const list = traced.dependents.get(added.space);
  if (!list) traced.dependents.set(added.space, [added]);
  else if (!list.some(({ base, span }) => base === added.base && span === added.span)) list.push(added);
}
