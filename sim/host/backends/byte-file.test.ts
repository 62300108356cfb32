import { describe, expect, it } from 'vitest';
import { MemoryFile } from './byte-file.ts';
import { CHUNK_BYTES, SparseBytes } from './sparse-bytes.ts';
import { firstDifference, random } from './testing.ts';

describe('SparseBytes', () => {
  it('equals a flat array after random writes, reads and discards over chunk borders', () => {
    const size = CHUNK_BYTES * 4;
    const flat = new Uint8Array(size);
    const sparse = new SparseBytes();
    const next = random(1);
    for (let round = 0; round < 400; round++) {
      const at = next(size);
      const length = next(Math.min(size - at, CHUNK_BYTES + 4000)) + 1;
      if (next(4) === 0) {
        sparse.discard(at, length);
        flat.fill(0, at, at + length);
      } else {
        const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + round) & 0xff);
        sparse.write(at, bytes, 0, length);
        flat.set(bytes, at);
      }
    }
    const all = new Uint8Array(size).fill(0xee);
    sparse.read(0, all, 0, size);
    expect(firstDifference(all, flat)).toBe(-1);
  });

  it('holds memory only where it was written, and gives whole chunks back', () => {
    const sparse = new SparseBytes();
    sparse.write(2 ** 40, new Uint8Array(10), 0, 10);
    sparse.write(2 ** 41 + CHUNK_BYTES - 5, new Uint8Array(10), 0, 10);
    expect(sparse.held).toBe(3 * CHUNK_BYTES);
    sparse.discard(0, 2 ** 41 + CHUNK_BYTES);
    expect(sparse.held).toBe(CHUNK_BYTES);
  });
});

describe('MemoryFile', () => {
  it('grows by writing beyond its end and reads zero in the gap and after the end', () => {
    const file = new MemoryFile(Uint8Array.of(1, 2, 3));
    expect(file.write(10, Uint8Array.of(9))).toBe(true);
    expect(file.size).toBe(11);
    expect([...file.read(1, 12)]).toEqual([2, 3, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0]);
  });

  it('forgets what a cut removed', () => {
    const file = new MemoryFile(Uint8Array.of(1, 2, 3, 4));
    file.resize(2);
    file.resize(4);
    expect([...file.bytes()]).toEqual([1, 2, 0, 0]);
  });

  it('writes nothing when the volume is full', () => {
    const file = new MemoryFile(Uint8Array.of(1, 2), { cap: 4 });
    expect(file.write(2, Uint8Array.of(3, 4, 5))).toBe(false);
    expect(file.resize(5)).toBe(false);
    expect([...file.bytes()]).toEqual([1, 2]);
    expect(file.write(3, Uint8Array.of(4))).toBe(true);
  });
});
