/**
 * The bytes of a ring's data area: pages of guest memory that follow each other in ring order, and past the last page the first
 * one again. Copies in and out wrap anywhere and cross page boundaries; pages that happen to be neighbours in guest memory are
 * copied in one piece.
 *
 * Short copies are loops over 64-bit words, long ones use the engine's own `set` and `copyWithin`: measured, each is the fastest for
 * its length. `set` wants a view of just the bytes to be copied; a constructor makes it in half the time of `subarray`.
 */

/** Guest memory as a ring sees it; both views are indexed by guest-physical address. `GuestMemory` is one. */
export interface RingMemory {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
}

/** Bytes per page of a ring. */
export const RING_PAGE = 4096;
/** Up to this many bytes a loop beats a call. */
export const LOOP_LIMIT = 256;
/** The same for this module: V8 writes it into its code, an exported one it would fetch at each use. */
const SHORT = LOOP_LIMIT;
/** Largest index of a 64-bit word in 4 GiB. A mask that changes nothing, but shows V8 that sums of indices do not overflow. */
const INDEX = 0x1fff_ffff;

/** Wraps plain bytes as ring memory, for tests and tools. The bytes must start at a multiple of 8 in their buffer. */
export function ringMemory(bytes: Uint8Array): RingMemory {
  return { u8: bytes, u32: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2) };
}

export class RingBytes {
  // `declare`: see `RingView`.
  /** Bytes in the data area. */
  declare readonly size: number;
  /** Guest memory as bytes and 64-bit words; `sync` fetches them again after the memory moved. */
  declare private u8: Uint8Array;
  declare private words: BigUint64Array;
  /** Where `u8` lies: asking it each time is slow. */
  declare private buffer: ArrayBufferLike;
  declare private offset: number;
  declare private readonly memory: RingMemory;
  declare private readonly pages: readonly number[];
  /** GPA of the first byte when all pages are neighbours, else -1. */
  declare readonly base: number;
  /** The caller's array that short copies used last, as 64-bit words. */
  declare private known: Uint8Array;
  declare private knownWords: BigUint64Array;
  /** An array seen once. Words are made at its second use: for a throw-away array they would cost too much. */
  declare private candidate: Uint8Array;

  /** `pages` are the GPAs of the data pages in ring order. */
  constructor(memory: RingMemory, pages: readonly number[]) {
    this.memory = memory;
    this.pages = pages;
    this.size = pages.length * RING_PAGE;
    this.base = pages.every((gpa, i) => gpa === pages[0] + i * RING_PAGE) ? (pages[0] ?? -1) : -1;
    this.look();
  }

  private look(): void {
    const { u8 } = this.memory;
    this.u8 = this.known = this.candidate = u8;
    this.words = this.knownWords = wordsOver(u8);
    this.buffer = u8.buffer;
    this.offset = u8.byteOffset;
  }

  /** Follows guest memory to another buffer. */
  sync(): void {
    if (this.memory.u8 !== this.u8) this.look();
  }

  /** GPA of the byte at ring offset `at`, which must be below `size`. */
  gpa(at: number): number {
    return this.base >= 0 ? this.base + at : this.pages[at >>> 12] + (at & 4095);
  }

  /** Bytes from ring offset `at` that lie in one piece. */
  extent(at: number): number {
    return this.base >= 0 ? this.size - at : RING_PAGE - (at & 4095);
  }

  /** Copies `length` bytes of `from`, starting at `start`, to ring offset `at`. Wraps. */
  write(at: number, from: Uint8Array, start: number, length: number): void {
    for (let done = 0, ring = at; done < length; ) {
      const piece = Math.min(length - done, this.extent(ring));
      this.copyIn(this.gpa(ring), from, start + done, piece);
      done += piece;
      ring = ring + piece >= this.size ? 0 : ring + piece;
    }
  }

  /** Copies `length` bytes from ring offset `at` to `into`, starting at `start`. Wraps. */
  read(at: number, into: Uint8Array, start: number, length: number): void {
    for (let done = 0, ring = at; done < length; ) {
      const piece = Math.min(length - done, this.extent(ring));
      this.copyOut(this.gpa(ring), into, start + done, piece);
      done += piece;
      ring = ring + piece >= this.size ? 0 : ring + piece;
    }
  }

  /** Copies into guest memory at `gpa`; the bytes lie in one piece there. */
  copyIn(gpa: number, from: Uint8Array, start: number, length: number): void {
    if (from === this.known && length <= SHORT && ((gpa | start | length) & 7) === 0)
      copyWords(this.words, gpa >>> 3, this.knownWords, start >>> 3, length >> 3);
    else if (length > SHORT) this.copyInLong(gpa, from, start, length);
    else this.copyInShort(gpa, from, start, length);
  }

  /** Copies out of guest memory from `gpa`, where the bytes lie in one piece. */
  copyOut(gpa: number, into: Uint8Array, start: number, length: number): void {
    if (into === this.known && length <= SHORT && ((gpa | start | length) & 7) === 0)
      copyWords(this.knownWords, start >>> 3, this.words, gpa >>> 3, length >> 3);
    else if (length > SHORT) this.copyOutLong(gpa, into, start, length);
    else this.copyOutShort(gpa, into, start, length);
  }

  private copyInShort(gpa: number, from: Uint8Array, start: number, length: number): void {
    const source = this.wordsOf(from);
    const whole = source === undefined || ((gpa | start) & 7) !== 0 ? 0 : length & ~7;
    if (whole > 0 && source) copyWords(this.words, gpa >>> 3, source, start >>> 3, whole >>> 3);
    for (let i = whole; i < length; i++) this.u8[gpa + i] = from[start + i];
  }

  private copyOutShort(gpa: number, into: Uint8Array, start: number, length: number): void {
    const target = this.wordsOf(into);
    const whole = target === undefined || ((gpa | start) & 7) !== 0 ? 0 : length & ~7;
    if (whole > 0 && target) copyWords(target, start >>> 3, this.words, gpa >>> 3, whole >>> 3);
    for (let i = whole; i < length; i++) into[start + i] = this.u8[gpa + i];
  }

  private copyInLong(gpa: number, from: Uint8Array, start: number, length: number): void {
    if (from === this.u8) from.copyWithin(gpa, start, start + length);
    else if (start === 0 && length === from.length) this.u8.set(from, gpa);
    else this.u8.set(new Uint8Array(from.buffer, from.byteOffset + start, length), gpa);
  }

  private copyOutLong(gpa: number, into: Uint8Array, start: number, length: number): void {
    if (into === this.u8) into.copyWithin(start, gpa, gpa + length);
    else into.set(new Uint8Array(this.buffer, this.offset + gpa, length), start);
  }

  /** The array's bytes as 64-bit words, `undefined` when it is new or does not start at a multiple of 8. */
  private wordsOf(bytes: Uint8Array): BigUint64Array | undefined {
    if (bytes === this.known) return this.knownWords;
    if (bytes === this.u8) return this.words;
    if ((bytes.byteOffset & 7) !== 0) return undefined;
    const second = bytes === this.candidate;
    this.candidate = bytes;
    if (!second) return undefined;
    this.known = bytes;
    this.knownWords = wordsOver(bytes);
    return this.knownWords;
  }
}

/**
 * Copies `count` (0 or more) 64-bit words, eight at a time: 64 bytes are the packet of storage, and a plain loop takes a quarter
 * longer.
 */
export function copyWords(
  target: BigUint64Array,
  t: number,
  source: BigUint64Array,
  s: number,
  count: number,
): void {
  const to = t & INDEX;
  const from = s & INDEX;
  const whole = count & ~7 & INDEX;
  for (let i = 0; i < whole; i += 8) {
    const a = to + i;
    const b = from + i;
    target[a] = source[b];
    target[a + 1] = source[b + 1];
    target[a + 2] = source[b + 2];
    target[a + 3] = source[b + 3];
    target[a + 4] = source[b + 4];
    target[a + 5] = source[b + 5];
    target[a + 6] = source[b + 6];
    target[a + 7] = source[b + 7];
  }
  for (let i = whole; i < count; i++) target[to + i] = source[from + i];
}

function wordsOver(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
}
