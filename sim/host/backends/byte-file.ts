/**
 * The host file that holds a disk image, as the image formats see it: a growing array of bytes.
 *
 * The parent partition's own file system is not modelled; a page has a {@link MemoryFile}, the command line a real file.
 */
import { SparseBytes } from './sparse-bytes.ts';

export interface ByteFile {
  /** Length in bytes. */
  readonly size: number;
  /**
   * `length` bytes from `at`. Bytes beyond the end read as zero. The result may be a view that the next write invalidates:
   * copy what must last.
   */
  read(at: number, length: number): Uint8Array;
  /**
   * Writes all of `bytes` at `at`; a write beyond the end grows the file and the gap reads as zero. `false` when the volume is
   * full: nothing was written then.
   */
  write(at: number, bytes: Uint8Array): boolean;
  /** Cuts or grows (with zeros) to `size` bytes. `false` when the volume is full. */
  resize(size: number): boolean;
  /** Everything written so far is on stable storage when it returns. Absent: writes are stable at once. */
  flush?(): void;
}

/** A file in memory. Holes take no memory; `cap` is the largest size it may reach, as a full volume would limit it. */
export class MemoryFile implements ByteFile {
  readonly cap: number;
  readonly #bytes = new SparseBytes();
  #size = 0;

  constructor(content?: Uint8Array, options: { readonly cap?: number } = {}) {
    this.cap = options.cap ?? Number.MAX_SAFE_INTEGER;
    if (content !== undefined) this.write(0, content);
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory really held. */
  get held(): number {
    return this.#bytes.held;
  }

  read(at: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    const present = Math.max(0, Math.min(length, this.#size - at));
    this.#bytes.read(at, out, 0, present);
    return out;
  }

  write(at: number, bytes: Uint8Array): boolean {
    const end = at + bytes.length;
    if (end > this.cap) return false;
    this.#bytes.write(at, bytes, 0, bytes.length);
    if (end > this.#size) this.#size = end;
    return true;
  }

  resize(size: number): boolean {
    if (size > this.cap) return false;
    if (size < this.#size) this.#bytes.discard(size, this.#size - size);
    this.#size = size;
    return true;
  }

  /** A copy of the whole content. */
  bytes(): Uint8Array {
    return this.read(0, this.#size);
  }
}
