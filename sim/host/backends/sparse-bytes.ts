/**
 * A byte space that costs memory only where it was written: 64 KiB chunks in a map, absent chunks read as zero.
 * A 2 TiB disk that a guest formats takes a few hundred kilobytes.
 */

import { copyWords } from '../../wire/ring-bytes.ts';
import { WordViews } from './word-views.ts';

/** Bytes per chunk: the allocation unit. */
export const CHUNK_BYTES = 65_536;

/** Up to this many bytes are copied word by word. */
const LOOP_LIMIT = 1024;

/** The same memory twice. */
interface Chunk {
  readonly bytes: Uint8Array;
  readonly words: BigUint64Array;
}

export class SparseBytes {
  readonly #chunks = new Map<number, Chunk>();
  readonly #views = new WordViews();

  /** Bytes of memory held, a multiple of {@link CHUNK_BYTES}. */
  get held(): number {
    return this.#chunks.size * CHUNK_BYTES;
  }

  /** Copies `length` bytes from address `at` to `into[offset…]`. Never-written bytes are zero. */
  read(at: number, into: Uint8Array, offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const inside = (at + done) % CHUNK_BYTES;
      const run = Math.min(CHUNK_BYTES - inside, length - done);
      const chunk = this.#chunks.get((at + done - inside) / CHUNK_BYTES);
      if (chunk === undefined) into.fill(0, offset + done, offset + done + run);
      else this.#copyOut(chunk, inside, into, offset + done, run);
      done += run;
    }
  }

  /** Copies `from[offset … offset + length]` to address `at`. */
  write(at: number, from: Uint8Array, offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const inside = (at + done) % CHUNK_BYTES;
      const run = Math.min(CHUNK_BYTES - inside, length - done);
      this.#copyIn(this.#chunkFor((at + done - inside) / CHUNK_BYTES), inside, from, offset + done, run);
      done += run;
    }
  }

  #copyOut(chunk: Chunk, inside: number, into: Uint8Array, offset: number, length: number): void {
    const words = isShort(inside | offset, length) ? this.#views.of(into) : undefined;
    if (words) copyWords(words, offset >>> 3, chunk.words, inside >>> 3, length >>> 3);
    else into.set(chunk.bytes.subarray(inside, inside + length), offset);
  }

  #copyIn(chunk: Chunk, inside: number, from: Uint8Array, offset: number, length: number): void {
    const words = isShort(inside | offset, length) ? this.#views.of(from) : undefined;
    if (words) copyWords(chunk.words, inside >>> 3, words, offset >>> 3, length >>> 3);
    else chunk.bytes.set(from.subarray(offset, offset + length), inside);
  }

  /** Makes a range read as zero again and gives whole chunks back. */
  discard(at: number, length: number): void {
    const end = at + length;
    if (length / CHUNK_BYTES > this.#chunks.size) {
      for (const index of [...this.#chunks.keys()]) this.#discardIn(index, at, end);
      return;
    }
    for (let index = Math.floor(at / CHUNK_BYTES); index * CHUNK_BYTES < end; index++)
      this.#discardIn(index, at, end);
  }

  #discardIn(index: number, at: number, end: number): void {
    const chunk = this.#chunks.get(index);
    const base = index * CHUNK_BYTES;
    if (chunk === undefined || base >= end || base + CHUNK_BYTES <= at) return;
    if (at <= base && end >= base + CHUNK_BYTES) this.#chunks.delete(index);
    else chunk.bytes.fill(0, Math.max(0, at - base), Math.min(CHUNK_BYTES, end - base));
  }

  #chunkFor(index: number): Chunk {
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      const bytes = new Uint8Array(CHUNK_BYTES);
      chunk = { bytes, words: new BigUint64Array(bytes.buffer) };
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }
}

/** True for a short copy of whole words between places that are multiples of 8. */
function isShort(places: number, length: number): boolean {
  return length <= LOOP_LIMIT && ((places | length) & 7) === 0;
}
