/**
 * The shadow tables of one address space on one virtual processor: what the hardware walks in place of the guest's tables.
 *
 * Nobody but the hypervisor ever reads them, so they are kept as a list of their last entries; the pages that the tables would take are
 * counted as if they stood there: one for the root, and one for each stretch of 512 GiB, 1 GiB and 2 MiB in which something is mapped.
 */
import { LARGE_PAGE, SMALL_PAGE, SMALL_PER_LARGE } from '../wire/page-tables.ts';

/** An entry in one number: the number of its first small page, and flags of a TLB entry. */
const FLAG_ROOM = 0x800;
/** Small pages under one table of level 1, 2 and 3. */
const TABLE_SPAN = [SMALL_PER_LARGE, SMALL_PER_LARGE ** 2, SMALL_PER_LARGE ** 3];
/** Room for table numbers of one level in a key. */
const LEVEL_ROOM = 2 ** 40;

/** A shadow entry, taken apart. */
export interface ShadowEntry {
  readonly frame: number;
  readonly flags: number;
  readonly large: boolean;
}

export class ShadowSpace {
  /** Pages that its tables take. */
  pages = 1;
  /** When it was last made current: the one that waits longest is given up first. */
  used = 0;
  private readonly small = new Map<number, number>();
  private readonly large = new Map<number, number>();
  private readonly tables = new Set<number>();

  /** Entries. */
  get size(): number {
    return this.small.size + this.large.size;
  }

  find(gva: number): ShadowEntry | undefined {
    const packed = this.small.get(Math.floor(gva / SMALL_PAGE));
    if (packed !== undefined) return unpack(packed, false);
    const large = this.large.get(Math.floor(gva / LARGE_PAGE));
    return large === undefined ? undefined : unpack(large, true);
  }

  /** Writes an entry. Pages that new tables take. */
  insert(gva: number, { frame, flags, large }: ShadowEntry): number {
    const packed = (frame / SMALL_PAGE) * FLAG_ROOM + flags;
    if (large) this.large.set(Math.floor(gva / LARGE_PAGE), packed);
    else this.small.set(Math.floor(gva / SMALL_PAGE), packed);
    const before = this.pages;
    for (let level = large ? 1 : 0; level < TABLE_SPAN.length; level++) {
      const key = level * LEVEL_ROOM + Math.floor(gva / SMALL_PAGE / TABLE_SPAN[level]);
      if (this.tables.has(key)) continue;
      this.tables.add(key);
      this.pages++;
    }
    return this.pages - before;
  }

  /** Drops the entries of `count` small pages from page `first`, and large ones that overlap them. How many there were. */
  drop(first: number, count: number): number {
    const before = this.size;
    dropRange(this.small, first, count);
    const firstLarge = Math.floor(first / SMALL_PER_LARGE);
    dropRange(this.large, firstLarge, Math.floor((first + count - 1) / SMALL_PER_LARGE) - firstLarge + 1);
    return before - this.size;
  }

  /** Drops everything. Pages that are free again. */
  clear(): number {
    const freed = this.pages - 1;
    this.small.clear();
    this.large.clear();
    this.tables.clear();
    this.pages = 1;
    return freed;
  }
}

function unpack(packed: number, large: boolean): ShadowEntry {
  const flags = packed % FLAG_ROOM;
  return { frame: ((packed - flags) / FLAG_ROOM) * SMALL_PAGE, flags, large };
}

/** Whichever is shorter: the range, or all there is. */
function dropRange(entries: Map<number, number>, first: number, count: number): void {
  if (count <= entries.size) {
    for (let page = first; page < first + count; page++) entries.delete(page);
    return;
  }
  for (const page of entries.keys()) if (page >= first && page < first + count) entries.delete(page);
}
