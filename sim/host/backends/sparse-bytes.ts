/**
 * A byte space that costs memory only where it was written: 64 KiB chunks in a map, absent chunks read as zero.
 * A 2 TiB disk that a guest formats takes a few hundred kilobytes.
 */

/** Bytes per chunk: the allocation unit. */
export const CHUNK_BYTES = 65_536;

export class SparseBytes {
  readonly #chunks = new Map<number, Uint8Array>();

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
      else into.set(chunk.subarray(inside, inside + run), offset + done);
      done += run;
    }
  }

  /** Copies `from[offset … offset + length]` to address `at`. */
  write(at: number, from: Uint8Array, offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const inside = (at + done) % CHUNK_BYTES;
      const run = Math.min(CHUNK_BYTES - inside, length - done);
      const chunk = this.#chunkFor((at + done - inside) / CHUNK_BYTES);
      chunk.set(from.subarray(offset + done, offset + done + run), inside);
      done += run;
    }
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
    else chunk.fill(0, Math.max(0, at - base), Math.min(CHUNK_BYTES, end - base));
  }

  #chunkFor(index: number): Uint8Array {
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK_BYTES);
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }
}
