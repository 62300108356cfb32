import { describe, expect, it } from 'vitest';
import { SimBug } from '../../core/errors.ts';
import { MemoryFile } from './byte-file.ts';
import { type Disk, MemoryDisk, SECTOR_BYTES } from './disk.ts';
import { openImage } from './image.ts';
import { openRaw } from './raw.ts';
import { contents, firstDifference, opened, pattern, random, refused } from './testing.ts';
import { createDynamicVhd, createFixedVhd, openVhd } from './vhd.ts';

const SECTORS = 5000;

/** Every kind of disk, and how to open its file again. */
const KINDS: Record<string, () => { disk: Disk; reopen: () => Disk }> = {
  memory: () => {
    const disk = new MemoryDisk(SECTORS);
    return { disk, reopen: () => disk };
  },
  raw: () => {
    const file = new MemoryFile(new Uint8Array(SECTORS * SECTOR_BYTES));
    return { disk: opened(openRaw(file)), reopen: () => opened(openRaw(file)) };
  },
  'fixed VHD': () => {
    const file = new MemoryFile();
    return {
      disk: opened(createFixedVhd(file, SECTORS * SECTOR_BYTES)),
      reopen: () => opened(openVhd(file)),
    };
  },
  'dynamic VHD': () => {
    const file = new MemoryFile();
    return {
      disk: opened(createDynamicVhd(file, SECTORS * SECTOR_BYTES)),
      reopen: () => opened(openVhd(file)),
    };
  },
  'dynamic VHD of 4 KiB blocks': () => {
    const file = new MemoryFile();
    const disk = opened(createDynamicVhd(file, SECTORS * SECTOR_BYTES, { blockBytes: 4096 }));
    return { disk, reopen: () => opened(openVhd(file)) };
  },
};

describe.each(Object.entries(KINDS))('%s', (_, make) => {
  it('equals a flat reference after random reads and writes, and when opened again', () => {
    const { disk, reopen } = make();
    const flat = new Uint8Array(SECTORS * SECTOR_BYTES);
    const next = random(7);
    for (let round = 0; round < 300; round++) {
      const lba = next(SECTORS);
      const count = Math.min(SECTORS - lba, next(2) === 0 ? next(12) : next(600));
      if (next(3) > 0) {
        const data = new Uint8Array(count * SECTOR_BYTES).fill(next(256));
        expect(disk.write(lba, count, data)).toBe(true);
        flat.set(data, lba * SECTOR_BYTES);
      } else {
        const into = new Uint8Array(count * SECTOR_BYTES + 8).fill(0xee);
        disk.read(lba, count, into, 4);
        const expected = flat.subarray(lba * SECTOR_BYTES, (lba + count) * SECTOR_BYTES);
        expect(firstDifference(into.subarray(4, -4), expected)).toBe(-1);
        expect([...into.subarray(0, 4), ...into.subarray(-4)]).toEqual(Array(8).fill(0xee));
      }
    }
    disk.flush();
    expect(firstDifference(contents(disk), flat)).toBe(-1);
    expect(firstDifference(contents(reopen()), flat)).toBe(-1);
  });

  it('throws our own bug for an access outside the disk or the buffer', () => {
    const { disk } = make();
    const two = new Uint8Array(2 * SECTOR_BYTES);
    for (const [lba, count, offset] of [
      [SECTORS - 1, 2, 0],
      [-1, 1, 0],
      [0.5, 1, 0],
      [2 ** 53, 1, 0],
      [0, 2, 1],
      [0, 3, 0],
    ]) {
      expect(() => disk.read(lba, count, two, offset)).toThrow(SimBug);
      expect(() => disk.write(lba, count, two, offset)).toThrow(SimBug);
    }
    expect(contents(disk).every((b) => b === 0)).toBe(true);
  });

  it('unmaps to zero, or says that it does not', () => {
    const { disk } = make();
    disk.write(0, 20, pattern(1, 20));
    disk.unmap(5, 10);
    const after = new Uint8Array(20 * SECTOR_BYTES);
    disk.read(0, 20, after);
    const expected = pattern(1, 20);
    if (disk.unmapZeroes) expected.fill(0, 5 * SECTOR_BYTES, 15 * SECTOR_BYTES);
    expect(firstDifference(after, expected)).toBe(-1);
  });
});

describe('MemoryDisk', () => {
  it('of 2 TiB takes memory only where it was written', () => {
    const disk = new MemoryDisk(2 ** 32);
    disk.write(2 ** 32 - 1, 1, pattern(1, 1));
    expect(disk.held).toBe(65_536);
  });

  it('refuses writes when read-only', () => {
    const disk = new MemoryDisk(8, { readOnly: true });
    expect(disk.write(0, 1, pattern(1, 1))).toBe(false);
    disk.unmap(0, 1);
    expect(contents(disk).every((b) => b === 0)).toBe(true);
  });
});

describe('openRaw and openImage', () => {
  it('report an empty file and a cut one', () => {
    expect(refused(openRaw(new MemoryFile()))).toMatchObject([{ path: 'size', kind: 'empty' }]);
    expect(refused(openRaw(new MemoryFile(new Uint8Array(1000))))).toMatchObject([
      { path: 'size', kind: 'truncated', hint: expect.stringContaining('1024') },
    ]);
  });

  it('tell the formats by their bytes', () => {
    const vhd = new MemoryFile();
    createDynamicVhd(vhd, 1024 * SECTOR_BYTES);
    expect(opened(openImage(vhd)).sectors).toBe(1024);
    expect(opened(openImage(new MemoryFile(new Uint8Array(2048)))).sectors).toBe(4);
    for (const [magic, name] of [
      ['vhdxfile', 'VHDX'],
      ['QFI\xfb', 'QCOW2'],
      ['KDMV', 'VMDK'],
    ]) {
      const bytes = Uint8Array.from({ length: 1024 }, (_, i) => magic.charCodeAt(i) || 0);
      expect(refused(openImage(new MemoryFile(bytes)))[0].message).toContain(name);
    }
  });

  it('honour a wish for read-only', () => {
    const disk = opened(openImage(new MemoryFile(new Uint8Array(1024)), { readOnly: true }));
    expect(disk.readOnly).toBe(true);
    expect(disk.write(0, 1, pattern(1, 1))).toBe(false);
  });
});
