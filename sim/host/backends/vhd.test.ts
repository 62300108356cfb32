import { describe, expect, it } from 'vitest';
import { type ByteFile, MemoryFile } from './byte-file.ts';
import { type Disk, SECTOR_BYTES } from './disk.ts';
import { contents, firstDifference, opened, pattern, RecordedFile, random } from './testing.ts';
import { createDynamicVhd, createFixedVhd, openVhd } from './vhd.ts';

const MIB = 2 ** 20;

describe('creating', () => {
  it('a fixed VHD takes its size and a footer', () => {
    const file = new MemoryFile();
    const disk = opened(
      createFixedVhd(file, 3 * MIB, { timestamp: 1234, uniqueId: new Uint8Array(16).fill(5) }),
    );
    expect(file.size).toBe(3 * MIB + 512);
    expect(disk).toMatchObject({
      sectors: 6144,
      readOnly: false,
      notes: [],
      identity: new Uint8Array(16).fill(5),
    });
    expect(disk.info).toMatchObject({
      kind: 'fixed',
      creator: 'win ',
      currentSize: 3 * MIB,
      timestamp: 1234,
    });
  });

  it('an empty dynamic VHD of 127 GiB takes 260 KiB, and grows by a bitmap and a block', () => {
    const file = new MemoryFile();
    const disk = opened(createDynamicVhd(file, 127 * 1024 * MIB));
    const empty = 512 + 1024 + 65_024 * 4 + 512;
    expect(file.size).toBe(empty);
    disk.write(123_456_789, 1, pattern(1, 1));
    expect(file.size).toBe(empty + 512 + 2 * MIB);
    disk.write(123_456_790, 1, pattern(2, 1));
    expect(file.size).toBe(empty + 512 + 2 * MIB);
  });

  it('gives the same bytes for the same wishes and another id for another size', () => {
    const make = (bytes: number) => {
      const file = new MemoryFile();
      return { id: opened(createDynamicVhd(file, bytes)).identity, bytes: file.bytes() };
    };
    expect(firstDifference(make(MIB).bytes, make(MIB).bytes)).toBe(-1);
    expect(make(MIB).id).not.toEqual(make(2 * MIB).id);
  });

  it('refuses sizes and files that do not fit, and leaves them alone', () => {
    for (const bytes of [0, -512, 513, Number.NaN, 2041 * 1024 * MIB]) {
      expect(createFixedVhd(new MemoryFile(), bytes)).toMatchObject([{ path: 'bytes', kind: 'range' }]);
    }
    const used = new MemoryFile(Uint8Array.of(1));
    expect(createDynamicVhd(used, MIB)).toMatchObject([{ path: 'file', kind: 'not-empty' }]);
    expect(used.size).toBe(1);
    expect(createDynamicVhd(new MemoryFile(), MIB, { blockBytes: 5000 })).toMatchObject([
      { path: 'blockBytes' },
    ]);
    expect(createFixedVhd(new MemoryFile(undefined, { cap: MIB }), MIB)).toMatchObject([{ kind: 'full' }]);
    expect(createDynamicVhd(new MemoryFile(undefined, { cap: 1000 }), MIB)).toMatchObject([{ kind: 'full' }]);
  });
});

describe('a full volume', () => {
  it('fails the write that would grow the file and changes nothing', () => {
    const file = new MemoryFile(undefined, { cap: 4096 + 512 + 2 * MIB });
    const disk = opened(createDynamicVhd(file, 8 * MIB));
    expect(disk.write(0, 8, pattern(1, 8))).toBe(true);
    const before = file.bytes();
    expect(disk.write(3 * 4096, 8, pattern(2, 8))).toBe(false);
    expect(firstDifference(file.bytes(), before)).toBe(-1);
    expect(disk.write(8, 8, pattern(3, 8))).toBe(true);
  });
});

describe('a host that fails in the middle of a growth', () => {
  it.each([0, 1, 2, 3])('after %i writes: the guest is told, and what was there is there', (good) => {
    const file = new MemoryFile();
    opened(createDynamicVhd(file, 64 * SECTOR_BYTES, { blockBytes: 4096 })).write(0, 8, pattern(1, 8));
    let left = good;
    const failing: ByteFile = {
      get size() {
        return file.size;
      },
      read: (at, length) => file.read(at, length),
      write: (at, bytes) => left-- > 0 && file.write(at, bytes),
      resize: (size) => file.resize(size),
    };
    const disk = opened(openVhd(failing));
    expect(disk.write(16, 8, pattern(2, 8))).toBe(false);
    const expected = new Uint8Array(64 * SECTOR_BYTES);
    expected.set(pattern(1, 8));
    expect(firstDifference(contents(disk), expected)).toBe(-1);
    const reopened = opened(openVhd(file));
    expect(reopened.notes).toEqual([]);
    expect(firstDifference(contents(reopened), expected)).toBe(-1);
    left = Number.POSITIVE_INFINITY;
    expect(disk.write(24, 1, pattern(2, 1))).toBe(true);
    expected.set(pattern(2, 1), 24 * SECTOR_BYTES);
    expect(firstDifference(contents(opened(openVhd(file))), expected)).toBe(-1);
  });
});

describe('sector bitmap', () => {
  it('hides what lies in a sector whose bit is clear, and a write sets only the bits it needs', () => {
    const file = new MemoryFile();
    opened(createDynamicVhd(file, 4 * MIB)).write(0, 4096, pattern(1, 4096));
    const bitmapAt = 512 + 1024 + 512;
    file.write(bitmapAt, Uint8Array.of(0b0101_1111));
    const disk = opened(openVhd(file));
    const expected = pattern(1, 4096);
    expected.fill(0, 0, 512);
    expected.fill(0, 1024, 1536);
    expect(firstDifference(contents(disk).subarray(0, expected.length), expected)).toBe(-1);
    disk.write(2, 1, pattern(9, 1));
    expect(file.read(bitmapAt, 1)[0]).toBe(0b0111_1111);
    expected.set(pattern(9, 1), 1024);
    expect(firstDifference(contents(opened(openVhd(file))).subarray(0, expected.length), expected)).toBe(-1);
  });
});

describe('a cut', () => {
  const sectors = 64;
  const start = () => {
    const file = new MemoryFile();
    opened(createDynamicVhd(file, sectors * SECTOR_BYTES, { blockBytes: 4096 }));
    return file;
  };

  it.each([1, 2, 3])('between or inside any two writes leaves a disk that opens whole (seed %i)', (seed) => {
    const image = start().bytes();
    const recorded = new RecordedFile(new MemoryFile(image));
    const disk = opened(openVhd(recorded));
    const next = random(seed);
    const states = [{ writes: 0, content: contents(disk) }];
    for (let round = 0; round < 12; round++) {
      const lba = next(sectors);
      const count = Math.min(sectors - lba, 1 + next(20));
      disk.write(lba, count, pattern(seed * 100 + round, count));
      states.push({ writes: recorded.writes.length, content: contents(disk) });
    }
    for (let cut = 0; cut <= recorded.writes.length; cut++) {
      for (const torn of [0, 512]) checkCut(image, recorded, cut, torn, states);
    }
  });

  /** Replays `cut` whole writes and `torn` bytes of the next, then compares the disk with what it was before and after. */
  function checkCut(
    image: Uint8Array,
    recorded: RecordedFile,
    cut: number,
    torn: number,
    states: readonly { readonly writes: number; readonly content: Uint8Array }[],
  ): void {
    const file = new MemoryFile(image);
    for (const { at, bytes } of recorded.writes.slice(0, cut)) file.write(at, bytes);
    const next = recorded.writes[cut];
    if (next !== undefined && torn > 0) file.write(next.at, next.bytes.subarray(0, torn));
    const disk = opened(openVhd(file));
    expect(disk.notes).toEqual([]);
    const after = states.findIndex((s) => s.writes >= cut + (next !== undefined && torn > 0 ? 1 : 0));
    const before =
      states[
        Math.max(
          0,
          states.findLastIndex((s) => s.writes <= cut),
        )
      ].content;
    const sector = (from: Uint8Array, i: number) => from.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES);
    const now = contents(disk);
    for (let i = 0; i < sectors; i++) {
      const same = [before, states[after].content].some(
        (s) => firstDifference(sector(now, i), sector(s, i)) === -1,
      );
      expect(same, `sector ${i} after ${cut} writes and ${torn} bytes`).toBe(true);
    }
    expectWritable(disk);
  }

  function expectWritable(disk: Disk): void {
    const all = pattern(77, sectors);
    expect(disk.write(0, sectors, all)).toBe(true);
    expect(firstDifference(contents(disk), all)).toBe(-1);
  }
});
