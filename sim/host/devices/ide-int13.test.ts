import { describe, expect, it } from 'vitest';
import { INT13, type Int13Block, readInt13, writeInt13 } from '../../wire/int13.ts';
import { benchDisk, DeviceBench, oneDrive } from './testing.ts';

const BLOCK = 0x500;
const TABLE = 0x8000;
const BUFFER = 0x1_0000;

const DEFAULTS: Int13Block = {
  command: 0xc8,
  device: 0xe0,
  lba: 0,
  sectors: 1,
  bytes: 0,
  table: TABLE,
  skipHead: 0,
  skipTail: 0,
};

function setUp(sectors = 256) {
  const disk = benchDisk(sectors);
  const at = new DeviceBench(oneDrive(disk));
  const give = (fields: Partial<Int13Block>, gpa = BLOCK) => {
    writeInt13(at.memory.view, gpa, { ...DEFAULTS, ...fields });
    at.out(0x1e0, gpa, 4);
    return () => at.memory.u8[gpa + INT13.RESULT];
  };
  at.table(TABLE, [[BUFFER, 0]]);
  return { at, disk, give };
}

describe('enlightened INT13', () => {
  it('reads by one OUT that completes with the disk, without an interrupt', () => {
    const { at, disk, give } = setUp();
    const result = give({ command: 0x25, lba: 10, sectors: 20 });
    expect(at.deferred).toBe(1);
    expect(at.files).toEqual([{ operation: 'read', lba: 10, sectors: 20 }]);
    at.answer();
    expect(at.deferred).toBe(0);
    expect(result()).toBe(0);
    expect(at.memory.read(BUFFER, 20 * 512)).toEqual(disk.bytes.slice(10 * 512, 30 * 512));
    expect(at.interrupts.size).toBe(0);
  });

  it('reaches sectors beyond 32 bits', () => {
    const large = Object.assign(Object.create(benchDisk(8)), { sectors: 2 ** 46, read: () => {} });
    const at = new DeviceBench(oneDrive(large));
    const block = { ...DEFAULTS, command: 0x25, lba: 0x2a_1234_5678_9a, sectors: 3 };
    writeInt13(at.memory.view, BLOCK, block);
    expect(readInt13(at.memory.view, BLOCK)).toEqual(block);
    at.out(0x1e0, BLOCK, 4);
    expect(at.files).toEqual([{ operation: 'read', lba: 0x2a_1234_5678_9a, sectors: 3 }]);
  });

  it('writes, by 28-bit commands too', () => {
    const { at, disk, give } = setUp();
    at.memory.u8.fill(0x3c, BUFFER, BUFFER + 1024);
    give({ command: 0xca, lba: 200, sectors: 2 });
    expect(at.deferred).toBe(1);
    at.answer();
    expect(at.deferred).toBe(0);
    const bytes = new Uint8Array(1024);
    disk.read(200, 2, bytes);
    expect(bytes).toEqual(new Uint8Array(1024).fill(0x3c));
  });

  it('restores the device control register that it found', () => {
    const { at, give } = setUp();
    give({ command: 0xc8, sectors: 1 });
    at.answer();
    at.command(0xec, 0, 0);
    expect(at.interrupts.get(14)).toBe(1);
    at.status();
    at.out(0x3f6, 2);
    give({ command: 0xc8, sectors: 1 });
    at.answer();
    at.command(0xec, 0, 0);
    expect(at.interrupts.get(14)).toBe(1);
  });

  it('reports what the drive refuses, at once', () => {
    const { at, give } = setUp(256);
    const result = give({ command: 0xc8, lba: 256, sectors: 1 });
    expect(at.deferred).toBe(0);
    expect(result()).toBe(0x51);
    expect(at.interrupts.size).toBe(0);
    const again = give({ command: 0xc8, lba: 255, sectors: 1 });
    at.answer();
    expect(again()).toBe(0);
  });

  it('refuses other commands than DMA, and an absent drive', () => {
    const { at, give } = setUp();
    expect(give({ command: 0x20, sectors: 1 })()).toBe(0x41);
    expect(give({ command: 0xc8, sectors: 1, device: 0xf0 })()).toBe(0x41);
    const empty = new DeviceBench({});
    empty.out(0x1e0, BLOCK, 4);
    expect(empty.memory.u8[BLOCK + INT13.RESULT]).toBe(0x41);
    expect(at.files).toEqual([]);
  });

  it('completes the OUT when the memory behind the table is not there', () => {
    const { at, give } = setUp();
    at.table(TABLE, [[0x7000_0000, 512]]);
    const result = give({ command: 0xc8, sectors: 1 });
    at.answer();
    expect(at.deferred).toBe(0);
    expect(result()).toBe(0x51);
  });

  it('refuses a second command while one is open', () => {
    const { at, give } = setUp();
    const first = give({ command: 0xc8, sectors: 1 });
    expect(give({ command: 0xc8, sectors: 1 }, BLOCK + 64)()).toBe(0x41);
    at.answer();
    expect(first()).toBe(0);
    expect(at.deferred).toBe(0);
  });

  it('is let go by a machine reset', () => {
    const { at, give } = setUp();
    give({ command: 0xc8, sectors: 1 });
    at.ide.powerOn();
    expect(at.deferred).toBe(0);
    at.answer();
    expect(at.alternateStatus()).toBe(0x50);
  });

  it('row 60: a block outside RAM and a narrow OUT are ignored', () => {
    const { at } = setUp();
    at.out(0x1e0, 0x7fff_0000, 4);
    at.out(0x1e0, 0x10_0000 - 8, 4);
    at.out(0x1e0, BLOCK, 2);
    at.out(0x1e1, BLOCK, 1);
    expect(at.deferred).toBe(0);
    expect(at.files).toEqual([]);
    expect(at.notes.filter(([kind]) => kind === 'ide.ignored')).toHaveLength(3);
  });

  it.each([true, false])(
    'row 60: a bus master that was left running does not keep the call open (to memory: %s)',
    (toMemory) => {
      const { at, disk, give } = setUp();
      at.startDma(TABLE, toMemory);
      const result = give({ command: 0xc8, lba: 3, sectors: 2 });
      at.answer();
      expect(at.deferred).toBe(0);
      expect(result()).toBe(0);
      expect(at.memory.read(BUFFER, 1024)).toEqual(disk.bytes.slice(3 * 512, 5 * 512));
    },
  );

  it.each([
    ['an odd byte count', { bytes: 511 }],
    ['a skip over a sector at the start', { skipHead: 513 }],
    ['a skip over a sector at the end', { skipTail: 0xffff }],
  ])('row 60: %s is a result error', (_what, fields) => {
    const { at, give } = setUp();
    expect(give({ command: 0xc8, sectors: 1, ...fields })()).toBe(0x41);
    expect(at.files).toEqual([]);
    expect(at.deferred).toBe(0);
  });
});
