/**
 * Guest physical address descriptor lists: how a guest names pages of its memory to the host, once, by a 32-bit handle.
 *
 * A GPADL arrives as one GPADL_HEADER message and as many GPADL_BODY messages as its page list needs: 26 page numbers fit in the
 * header and 28 in each body, since a message carries at most 240 bytes. The announced list is a u16 byte count, so one GPADL
 * names at most 8190 pages. The body names no channel: handles are unique per connection.
 *
 * Every list that a guest starts is bounded: by the number of lists, by the number being assembled, and by the guest memory that
 * they name in all.
 *
 * Sources: golden layouts `vmbus_channel_gpadl_header`, `vmbus_channel_gpadl_body`, `gpa_range`; OpenVMM
 * `vmbus_server/src/channels.rs` and `vmbus_ring/src/gparange.rs`; Linux `Documentation/virt/hyperv/vmbus.rst` for the total.
 */
import { type GuestMemory, PAGE_SIZE } from '../../machine/memory.ts';
import { gpaRangeBytes, readGpaRanges } from '../../wire/gpa-direct.ts';

/** The smallest range: byte count, byte offset, one page number. */
const SMALLEST_RANGE_BYTES = 16;
/** Lists are made of 64-bit words. */
const WORD_BYTES = 8;

/** One contiguous run of bytes on pages that need not be contiguous. */
export type GpadlRange = {
  readonly byteCount: number;
  /** Offset of the first byte within the first page, 0 to 4095. */
  readonly byteOffset: number;
  /** Guest-physical address of each page. */
  readonly pages: readonly number[];
};

/**
 * `in-progress`: body messages are missing. `accepted`: usable. `tearing-down`: the guest asked for it back, and a device still
 * holds it. Mapping takes no time here, so the two "offered" states of a host that maps asynchronously do not occur.
 */
export type GpadlState = 'in-progress' | 'accepted' | 'tearing-down';

/** A list that the guest has started or completed. */
export interface Gpadl {
  readonly id: number;
  /** Channel id that the header named. */
  readonly relid: number;
  readonly state: GpadlState;
  readonly ranges: readonly GpadlRange[];
  /** Guest memory named, in bytes of whole pages. */
  readonly bytes: number;
  /** How many users the list has: an open ring, a device's receive buffer. */
  readonly holds: number;
}

/** Why a list was refused. The guest sees GPADL_CREATED with STATUS_UNSUCCESSFUL, or nothing for a stray body. */
export type GpadlError =
  | 'duplicate-id'
  | 'bad-ranges'
  | 'outside-memory'
  | 'too-many-lists'
  | 'too-many-unfinished'
  | 'too-much-memory'
  | 'unknown-id'
  | 'already-complete'
  | 'wrong-channel'
  | 'in-use'
  | 'not-accepted';

export type GpadlAnswer =
  | { readonly kind: 'accepted'; readonly gpadl: Gpadl }
  | { readonly kind: 'more' }
  | { readonly kind: 'torn-down'; readonly gpadl: Gpadl }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refused'; readonly reason: GpadlError; readonly relid?: number };

/** Bounds on what one connection may make the host remember. */
export interface GpadlLimits {
  /** Lists alive at once. */
  readonly lists: number;
  /** Lists whose bodies have not all come. */
  readonly unfinished: number;
  /** Guest memory named by all lists, in bytes. */
  readonly bytes: number;
}

/** Windows Server 2019 and later allow about 1280 MB per virtual machine (Linux `vmbus.rst`); the counts are this model's choice. */
export const GPADL_LIMITS: GpadlLimits = { lists: 8192, unfinished: 128, bytes: 1280 * 1024 * 1024 };

type Entry = {
  readonly id: number;
  readonly relid: number;
  state: GpadlState;
  ranges: GpadlRange[];
  bytes: number;
  holds: number;
  readonly rangeCount: number;
  buffer: Uint8Array;
  filled: number;
};

/** A list as it is saved. */
export type SavedGpadl = Readonly<Entry>;

/** The lists of one connection. */
export class GpadlTable {
  private readonly entries = new Map<number, Entry>();
  private readonly memory: GuestMemory;
  private readonly limits: GpadlLimits;
  private unfinished = 0;
  private bytes = 0;

  constructor(memory: GuestMemory, limits: GpadlLimits = GPADL_LIMITS) {
    this.memory = memory;
    this.limits = limits;
  }

  /** Lists alive, finished or not. */
  get size(): number {
    return this.entries.size;
  }

  /** Lists that wait for bodies. */
  get unfinishedCount(): number {
    return this.unfinished;
  }

  /** Guest memory named by all accepted lists, in bytes. */
  get bytesNamed(): number {
    return this.bytes;
  }

  get(id: number): Gpadl | undefined {
    return this.entries.get(id);
  }

  /**
   * GPADL_HEADER. `listBytes` and `rangeCount` are what the message announces; `first` is the part of the list that it carries,
   * and may be longer than the list, since some clients always send the largest message.
   */
  header(relid: number, id: number, listBytes: number, rangeCount: number, first: Uint8Array): GpadlAnswer {
    if (this.entries.has(id)) return refused('duplicate-id');
    if (rangeCount === 0 || listBytes % WORD_BYTES !== 0 || listBytes < rangeCount * SMALLEST_RANGE_BYTES) {
      return refused('bad-ranges');
    }
    if (this.entries.size >= this.limits.lists) return refused('too-many-lists');
    const complete = first.length >= listBytes;
    if (!complete && this.unfinished >= this.limits.unfinished) return refused('too-many-unfinished');
    const entry: Entry = {
      id,
      relid,
      state: 'in-progress',
      ranges: [],
      bytes: 0,
      holds: 0,
      rangeCount,
      buffer: new Uint8Array(listBytes),
      filled: 0,
    };
    this.entries.set(id, entry);
    this.unfinished++;
    return this.append(entry, first);
  }

  /** GPADL_BODY. Bytes beyond the announced list are ignored. */
  body(id: number, more: Uint8Array): GpadlAnswer {
    const entry = this.entries.get(id);
    if (!entry) return refused('unknown-id');
    if (entry.state !== 'in-progress') return refused('already-complete');
    return this.append(entry, more);
  }

  /** GPADL_TEARDOWN. A list that a device holds is torn down when the last {@link drop} comes. */
  teardown(relid: number, id: number): GpadlAnswer {
    const entry = this.entries.get(id);
    if (!entry) return refused('unknown-id');
    if (entry.relid !== relid) return refused('wrong-channel');
    if (entry.state !== 'accepted') return refused('not-accepted');
    if (entry.holds > 0) {
      entry.state = 'tearing-down';
      return { kind: 'waiting' };
    }
    this.remove(entry);
    return { kind: 'torn-down', gpadl: entry };
  }

  /** A device begins to use a list. */
  hold(id: number): void {
    const entry = this.entries.get(id);
    if (entry) entry.holds++;
  }

  /** A device stops using a list. Returns it when the guest is waiting to hear GPADL_TORNDOWN. */
  drop(id: number): Gpadl | undefined {
    const entry = this.entries.get(id);
    if (!entry || entry.holds === 0) return undefined;
    entry.holds--;
    if (entry.holds > 0 || entry.state !== 'tearing-down') return undefined;
    this.remove(entry);
    return entry;
  }

  /** Forgets the lists of one channel, whoever holds them: the guest has released the channel. */
  releaseChannel(relid: number): void {
    for (const entry of [...this.entries.values()]) if (entry.relid === relid) this.remove(entry);
  }

  /** Forgets every list: the connection is gone. */
  clear(): void {
    this.entries.clear();
    this.unfinished = 0;
    this.bytes = 0;
  }

  /** All lists, finished or not, for saving. */
  save(): SavedGpadl[] {
    return [...this.entries.values()].map((entry) => ({ ...entry, buffer: entry.buffer.slice() }));
  }

  /** Puts back what {@link save} gave, into an empty table. */
  load(lists: readonly SavedGpadl[]): void {
    for (const list of lists) {
      this.entries.set(list.id, { ...list, ranges: [...list.ranges], buffer: list.buffer.slice() });
      if (list.state === 'in-progress') this.unfinished++;
      this.bytes += list.bytes;
    }
  }

  private append(entry: Entry, part: Uint8Array): GpadlAnswer {
    const take = Math.min(part.length & ~(WORD_BYTES - 1), entry.buffer.length - entry.filled);
    entry.buffer.set(part.subarray(0, take), entry.filled);
    entry.filled += take;
    return entry.filled < entry.buffer.length ? { kind: 'more' } : this.finish(entry);
  }

  private finish(entry: Entry): GpadlAnswer {
    const ranges = parseRanges(entry.buffer, entry.rangeCount);
    const pages = ranges?.reduce((sum, range) => sum + range.pages.length, 0) ?? 0;
    const reason = !ranges
      ? 'bad-ranges'
      : !ranges.every((range) => range.pages.every((gpa) => this.memory.valid(gpa, PAGE_SIZE)))
        ? 'outside-memory'
        : this.bytes + pages * PAGE_SIZE > this.limits.bytes
          ? 'too-much-memory'
          : undefined;
    if (reason || !ranges) {
      this.remove(entry);
      return refused(reason ?? 'bad-ranges', entry.relid);
    }
    this.unfinished--;
    entry.state = 'accepted';
    entry.ranges = ranges;
    entry.bytes = pages * PAGE_SIZE;
    entry.buffer = EMPTY;
    this.bytes += entry.bytes;
    return { kind: 'accepted', gpadl: entry };
  }

  private remove(entry: Entry): void {
    this.entries.delete(entry.id);
    if (entry.state === 'in-progress') this.unfinished--;
    this.bytes -= entry.bytes;
  }
}

const EMPTY = new Uint8Array(0);

function refused(reason: GpadlError, relid?: number): GpadlAnswer {
  return { kind: 'refused', reason, relid };
}

/**
 * Reads `count` ranges that must fill `list` exactly. `undefined` when a range is empty, starts beyond its first page, or names
 * more bytes than the page numbers behind it cover.
 */
export function parseRanges(list: Uint8Array, count: number): GpadlRange[] | undefined {
  const ranges = readGpaRanges(
    new DataView(list.buffer, list.byteOffset, list.byteLength),
    0,
    list.length,
    count,
  );
  if (ranges === 'corrupt') return undefined;
  if (ranges.reduce((sum, range) => sum + gpaRangeBytes(range), 0) !== list.length) return undefined;
  return ranges.map(({ byteCount, byteOffset, pfns }) => ({
    byteCount,
    byteOffset,
    pages: pfns.map((pfn) => pfn * PAGE_SIZE),
  }));
}
