/**
 * The translation buffer of a processor: a set-associative cache of translations, one array for small and one for large pages.
 *
 * Entries carry the tag of their owner (VPID on Intel, ASID on AMD), so that those of the guest survive an exit; a processor without tags
 * is flushed at every VM entry by who uses this. What is cached is the combined translation, from a guest's linear address to where the
 * bytes are. This library keeps a guest's memory in one piece, so that place is written as the guest-physical address.
 *
 * A cache only: dropping an entry at any time is legal, and a stale entry is served until somebody flushes it, as on hardware.
 */
import { LARGE_PAGE, PF, PTE, SMALL_PAGE, SMALL_PER_LARGE } from '../wire/page-tables.ts';

/** Rights and properties of a cached translation. */
export const TLB_FLAG = {
  WRITABLE: PTE.WRITABLE,
  USER: PTE.USER,
  /** Stores need no further walk: the page is marked dirty. */
  DIRTY: PTE.DIRTY,
  GLOBAL: PTE.GLOBAL,
  NO_EXECUTE: 0x200,
  /** A small piece of what the guest mapped as a large page: flushed with the rest of it. */
  FRAGMENT: 0x400,
} as const;

/** Tags fit 16 bits on both vendors. */
const TAGS = 0x1_0000;
const EMPTY = -1;
/** Entries in a set. Real ones have four to twelve. */
const WAYS = 4;

/** One array: pages of one size. The order of a set is that of use, the most recent first. */
class TlbArray {
  readonly capacity: number;
  used = 0;
  private readonly sets: number;
  private readonly mask: number;
  /** Page number and tag in one number, or EMPTY. */
  private readonly keys: Float64Array;
  private readonly frames: Float64Array;
  private readonly flags: Int32Array;

  constructor(entries: number) {
    this.sets = 2 ** (31 - Math.clz32(Math.max(1, entries / WAYS)));
    this.mask = this.sets - 1;
    this.capacity = this.sets * WAYS;
    this.keys = new Float64Array(this.capacity).fill(EMPTY);
    this.frames = new Float64Array(this.capacity);
    this.flags = new Int32Array(this.capacity);
  }

  /** Slot of a translation, moved to the front of its set; -1 when there is none. */
  find(page: number, tag: number): number {
    const key = page * TAGS + tag;
    const first = (page & this.mask) * WAYS;
    const { keys } = this;
    if (keys[first] === key) return first;
    for (let way = 1; way < WAYS; way++) {
      if (keys[first + way] !== key) continue;
      this.toFront(first, way);
      return first;
    }
    return EMPTY;
  }

  frameAt(slot: number): number {
    return this.frames[slot];
  }

  flagsAt(slot: number): number {
    return this.flags[slot];
  }

  insert(page: number, tag: number, frame: number, flags: number): void {
    let slot = this.find(page, tag);
    if (slot === EMPTY) {
      slot = (page & this.mask) * WAYS;
      if (this.keys[slot + WAYS - 1] === EMPTY) this.used++;
      this.toFront(slot, WAYS - 1);
    }
    this.keys[slot] = page * TAGS + tag;
    this.frames[slot] = frame;
    this.flags[slot] = flags;
  }

  /** Drops a translation that has all these flags. */
  drop(page: number, tag: number, flags = 0): void {
    const slot = this.find(page, tag);
    if (slot !== EMPTY && (this.flags[slot] & flags) === flags) this.clear(slot);
  }

  /** Drops what belongs to a tag; global pages only when `globals`. */
  dropTag(tag: number, globals: boolean): void {
    if (this.used === 0) return;
    for (let slot = 0; slot < this.capacity; slot++) {
      const key = this.keys[slot];
      if (key === EMPTY || key % TAGS !== tag) continue;
      if (globals || (this.flags[slot] & TLB_FLAG.GLOBAL) === 0) this.clear(slot);
    }
  }

  dropAll(): void {
    if (this.used === 0) return;
    this.keys.fill(EMPTY);
    this.used = 0;
  }

  private clear(slot: number): void {
    this.keys[slot] = EMPTY;
    this.used--;
  }

  private toFront(first: number, way: number): void {
    const { keys, frames, flags } = this;
    const [key, frame, flag] = [keys[first + way], frames[first + way], flags[first + way]];
    for (let at = first + way; at > first; at--) {
      keys[at] = keys[at - 1];
      frames[at] = frames[at - 1];
      flags[at] = flags[at - 1];
    }
    keys[first] = key;
    frames[first] = frame;
    flags[first] = flag;
  }
}

/** The buffer of one processor. */
export class Tlb {
  private readonly small: TlbArray;
  private readonly large: TlbArray;
  /** Pieces of large pages may be among the small ones. */
  private fragmented = false;

  /** `small` and `large`: entries, rounded down to a power of two of sets of four. */
  constructor(small: number, large: number) {
    this.small = new TlbArray(small);
    this.large = new TlbArray(large);
  }

  /** Entries there can be for small and for large pages. */
  get capacity(): readonly [small: number, large: number] {
    return [this.small.capacity, this.large.capacity];
  }

  /** Entries there are. */
  get used(): number {
    return this.small.used + this.large.used;
  }

  /**
   * Where the byte at `gva` is, when a cached translation allows the access. -1 otherwise: nothing is cached, the access is forbidden, or
   * it is the first store to a page that is not marked dirty; the processor then walks the tables.
   */
  lookup(gva: number, tag: number, access: number): number {
    const offset = gva % SMALL_PAGE;
    const slot = this.small.find((gva - offset) / SMALL_PAGE, tag);
    if (slot >= 0)
      return allows(this.small.flagsAt(slot), access) ? this.small.frameAt(slot) + offset : EMPTY;
    if (this.large.used === 0) return EMPTY;
    const within = gva % LARGE_PAGE;
    const big = this.large.find((gva - within) / LARGE_PAGE, tag);
    if (big < 0 || !allows(this.large.flagsAt(big), access)) return EMPTY;
    return this.large.frameAt(big) + within;
  }

  /** Caches a translation: `frame` is where the page begins, `flags` of TLB_FLAG. */
  insert(gva: number, large: boolean, tag: number, frame: number, flags: number): void {
    if ((flags & TLB_FLAG.FRAGMENT) !== 0) this.fragmented = true;
    if (large) this.large.insert(Math.floor(gva / LARGE_PAGE), tag, frame, flags);
    else this.small.insert(Math.floor(gva / SMALL_PAGE), tag, frame, flags);
  }

  /** INVLPG: the page at `gva`, global or not; the whole of a large one. */
  drop(gva: number, tag: number): void {
    this.small.drop(Math.floor(gva / SMALL_PAGE), tag);
    if (this.large.used > 0) this.large.drop(Math.floor(gva / LARGE_PAGE), tag);
    if (this.fragmented) this.dropFragments(Math.floor(gva / LARGE_PAGE) * SMALL_PER_LARGE, tag);
  }

  /** What one tag owns; global pages only when `globals`. */
  dropTag(tag: number, globals: boolean): void {
    this.small.dropTag(tag, globals);
    this.large.dropTag(tag, globals);
  }

  dropAll(): void {
    this.small.dropAll();
    this.large.dropAll();
    this.fragmented = false;
  }

  private dropFragments(first: number, tag: number): void {
    const end = first + SMALL_PER_LARGE;
    for (let page = first; page < end; page++) this.small.drop(page, tag, TLB_FLAG.FRAGMENT);
  }
}

/** Do the flags of an entry allow an access as it is? A first store to a clean page is not allowed: the page must be marked first. */
export function allows(flags: number, access: number): boolean {
  if ((access & PF.WRITE) !== 0 && (flags & (TLB_FLAG.WRITABLE | TLB_FLAG.DIRTY)) !== WRITE_NOW) return false;
  if ((access & PF.USER) !== 0 && (flags & TLB_FLAG.USER) === 0) return false;
  return (access & PF.FETCH) === 0 || (flags & TLB_FLAG.NO_EXECUTE) === 0;
}

const WRITE_NOW = TLB_FLAG.WRITABLE | TLB_FLAG.DIRTY;
