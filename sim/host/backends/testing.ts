/** What the tests of this folder share. */
import type { Issue } from '../../core/errors.ts';
import type { ByteFile } from './byte-file.ts';
import { type Disk, SECTOR_BYTES } from './disk.ts';

/** The disk, or a failure that lists the issues. */
export function opened<D extends Disk>(result: D | Issue[]): D {
  if (Array.isArray(result)) throw new Error(result.map((i) => `${i.path}: ${i.message}`).join('; '));
  return result;
}

/** The issues, or a failure because it opened. */
export function refused(result: Disk | Issue[]): Issue[] {
  if (!Array.isArray(result)) throw new Error('the image opened');
  return result;
}

/** A small seeded generator (mulberry32): integers below `bound`. */
export function random(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

/** `sectors` sectors of bytes that no other seed gives (xorshift32). */
export function pattern(seed: number, sectors: number): Uint8Array {
  const words = new Uint32Array((sectors * SECTOR_BYTES) / 4);
  let state = Math.imul(seed + 1, 0x9e37_79b9) | 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}

/** The whole content of a small disk. */
export function contents(disk: Disk): Uint8Array {
  const bytes = new Uint8Array(disk.sectors * SECTOR_BYTES);
  disk.read(0, disk.sectors, bytes);
  return bytes;
}

/** Index of the first byte in which two arrays differ, -1 when they are equal. (`toEqual` takes seconds on megabytes.) */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? -1 : shorter;
}

/** A file that records every write, so that a test can stop the machine after any of them. */
export class RecordedFile implements ByteFile {
  readonly writes: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  readonly #inner: ByteFile;

  constructor(inner: ByteFile) {
    this.#inner = inner;
  }

  get size(): number {
    return this.#inner.size;
  }

  read(at: number, length: number): Uint8Array {
    return this.#inner.read(at, length);
  }

  write(at: number, bytes: Uint8Array): boolean {
    this.writes.push({ at, bytes: bytes.slice() });
    return this.#inner.write(at, bytes);
  }

  resize(size: number): boolean {
    return this.#inner.resize(size);
  }
}
