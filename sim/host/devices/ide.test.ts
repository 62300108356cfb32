import { describe, expect, it } from 'vitest';
import { parseIdentify } from '../../wire/ata-identify.ts';
import type { IdeDrive } from './ide-drive.ts';
import { benchDisk, DeviceBench, oneDrive } from './testing.ts';

const READY = 0x50;
const DATA = 0x58;
const BUSY = 0x90;
const FAILED = 0x51;
const ABRT = 0x04;
const IDNF = 0x10;

const bench = (sectors = 1024) => {
  const disk = benchDisk(sectors);
  return { disk, at: new DeviceBench(oneDrive(disk)) };
};
const bytesOf = (disk: { bytes: Uint8Array }, lba: number, sectors: number) =>
  disk.bytes.slice(lba * 512, (lba + sectors) * 512);

describe('an IDE cable', () => {
  it('floats at 7F without drives, and answers 00 for an absent second drive', () => {
    const empty = new DeviceBench({});
    expect(empty.status()).toBe(0x7f);
    expect(empty.in(0x1f2)).toBe(0x7f);
    expect(empty.in(0x1f0, 2)).toBe(0xff7f);
    const { at } = bench();
    expect(at.status()).toBe(READY);
    at.out(0x1f6, 0xb0);
    expect(at.status()).toBe(0);
    expect(at.in(0x177)).toBe(0x7f);
  });

  it('shows the signature of a hard disk after power-on and after SRST', () => {
    const { at } = bench();
    at.command(0x20, 5, 3);
    at.answer();
    at.softReset();
    expect([0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5, 0x1f6].map((port) => at.in(port))).toEqual([1, 1, 1, 0, 0, 0]);
    expect(at.status()).toBe(READY);
  });

  it('keeps the previous byte of a register for HOB, and clears HOB on the next write', () => {
    const { at } = bench();
    at.out(0x1f3, 0x12);
    at.out(0x1f3, 0x34);
    expect(at.in(0x1f3)).toBe(0x34);
    at.out(0x3f6, 0x80);
    expect(at.in(0x1f3)).toBe(0x12);
    at.out(0x1f2, 1);
    expect(at.in(0x1f3)).toBe(0x34);
  });
});

describe('PIO', () => {
  it('reads sector by sector: one file I/O, one interrupt and one buffer each', () => {
    const { at, disk } = bench();
    at.command(0x20, 7, 3);
    for (let i = 0; i < 3; i++) {
      expect(at.alternateStatus()).toBe(BUSY);
      at.answer();
      expect(at.interrupts.get(14)).toBe(i + 1);
      expect(at.alternateStatus()).toBe(DATA);
      expect(at.lines.get(14)).toBe(true);
      expect(at.status()).toBe(DATA);
      expect(at.lines.get(14)).toBe(false);
      expect(at.ins(0x1f0, 2, 0x1000 + 512 * i, 256)).toBe(256);
    }
    expect(at.status()).toBe(READY);
    expect(at.files).toEqual([7, 8, 9].map((lba) => ({ operation: 'read', lba, sectors: 1 })));
    expect(at.memory.read(0x1000, 1536)).toEqual(bytesOf(disk, 7, 3));
    expect(at.copies).toEqual({});
  });

  it('reads the same bytes by words, bytes and double words', () => {
    for (const width of [1, 2, 4] as const) {
      const { at, disk } = bench();
      at.command(0x20, 2, 1);
      at.answer();
      const view = new DataView(new ArrayBuffer(512));
      for (let i = 0; i < 512; i += width) {
        const value = at.in(0x1f0, width);
        for (let b = 0; b < width; b++) view.setUint8(i + b, value >>> (8 * b));
      }
      expect(new Uint8Array(view.buffer)).toEqual(bytesOf(disk, 2, 1));
      expect(at.copies).toEqual({ pio: 512 });
    }
  });

  it('writes: the first block is asked for without an interrupt, each block then ends with one', () => {
    const { at, disk } = bench();
    const bytes = Uint8Array.from({ length: 1024 }, (_, i) => i * 7);
    at.memory.write(0x2000, bytes);
    at.command(0x30, 100, 2);
    expect(at.alternateStatus()).toBe(DATA);
    expect(at.interrupts.get(14)).toBeUndefined();
    at.outs(0x1f0, 2, 0x2000, 256);
    expect(at.alternateStatus()).toBe(BUSY);
    at.answer();
    expect(at.status()).toBe(DATA);
    for (let i = 512; i < 1024; i += 2) at.out(0x1f0, bytes[i] | (bytes[i + 1] << 8), 2);
    at.answer();
    expect(at.interrupts.get(14)).toBe(2);
    expect(at.status()).toBe(READY);
    const written = new Uint8Array(1024);
    disk.read(100, 2, written);
    expect(written).toEqual(bytes);
  });

  it('moves SET MULTIPLE blocks with one interrupt and one file I/O each', () => {
    const { at, disk } = bench();
    at.command(0xc6, 0, 16);
    expect(at.status()).toBe(READY);
    at.command(0xc4, 10, 20);
    at.answer();
    expect(at.status()).toBe(DATA);
    expect(at.ins(0x1f0, 2, 0x1000, 16 * 256)).toBe(16 * 256);
    at.answer();
    expect(at.ins(0x1f0, 2, 0x1000 + 16 * 512, 4 * 256)).toBe(4 * 256);
    expect(at.files.map((io) => io.sectors)).toEqual([16, 4]);
    expect(at.interrupts.get(14)).toBe(3);
    expect(at.memory.read(0x1000, 20 * 512)).toEqual(bytesOf(disk, 10, 20));
  });

  it.each([
    [0, 128],
    [200, 128],
    [1, 1],
  ])('SET MULTIPLE %i selects blocks of %i', (count, block) => {
    const { at } = bench();
    at.command(0xc6, 0, count);
    at.command(0xc4, 0, 200);
    expect(at.files[0].sectors).toBe(block);
  });

  it('takes a count of 0 as 256 sectors, and as 65 536 with 48 bits', () => {
    const { at } = bench(70_000);
    at.command(0x40, 0, 0);
    at.answer();
    at.answer();
    expect(at.files.map((io) => io.sectors)).toEqual([128, 128]);
    expect(at.status()).toBe(READY);
    at.command48(0x42, 70_000 - 65_536, 0);
    for (let i = 0; i < 512; i++) at.answer();
    expect(at.status()).toBe(READY);
    expect(at.files).toHaveLength(2 + 512);
    expect(at.interrupts.get(14)).toBe(2);
  });

  it('reaches sectors beyond 28 bits and reads back the address', () => {
    const disk = benchDisk(64);
    const large = Object.assign(Object.create(disk), { sectors: 2 ** 40, read: () => {} });
    const at = new DeviceBench(oneDrive(large));
    at.command48(0x24, 0x12_3456_789a, 1);
    at.answer();
    expect(at.files[0].lba).toBe(0x12_3456_789a);
    at.ins(0x1f0, 2, 0x1000, 256);
    expect([3, 4, 5].map((r) => at.in(0x1f0 + r))).toEqual([0x9b, 0x78, 0x56]);
    at.out(0x3f6, 0x80);
    expect([3, 4, 5].map((r) => at.in(0x1f0 + r))).toEqual([0x34, 0x12, 0x00]);
  });

  it('addresses by cylinder, head and sector', () => {
    const { at } = bench();
    const { heads, sectorsPerTrack } = (at.ide.channels[0].drive as IdeDrive).geometry;
    at.out(0x1f6, 0xa0 | 2);
    for (const [register, value] of [
      [2, 1],
      [3, 5],
      [4, 1],
      [5, 0],
      [7, 0x20],
    ])
      at.out(0x1f0 + register, value);
    expect(at.files[0].lba).toBe((1 * heads + 2) * sectorsPerTrack + 4);
  });
});

describe('commands without data', () => {
  it('identifies itself', () => {
    const { at } = bench(1_000_000);
    at.command(0xec, 0, 0);
    expect(at.interrupts.get(14)).toBe(1);
    at.ins(0x1f0, 2, 0x1000, 256);
    const id = parseIdentify(at.memory.u8, 0x1000);
    expect(id).toMatchObject({
      model: 'Virtual HD',
      sectors: 1_000_000,
      maxMultiple: 128,
      mwdmaMode: 2,
      udmaMode: -1,
      lba48: true,
    });
    expect(at.files).toEqual([]);
    expect(at.memory.read(0x1000 + 126, 2)).toEqual(Uint8Array.of(7, 4));
  });

  it('identifies itself after a transfer, too', () => {
    const { at } = bench();
    at.command(0x20, 0, 1);
    at.answer();
    at.ins(0x1f0, 2, 0x1000, 256);
    at.command(0xec, 0, 0);
    at.ins(0x1f0, 2, 0x1000, 256);
    expect(parseIdentify(at.memory.u8, 0x1000).model).toBe('Virtual HD');
    expect(at.status()).toBe(READY);
  });

  it('knows SET FEATURES: transfer mode, write cache, look-ahead; others are aborted', () => {
    const { at } = bench();
    const feature = (code: number, count: number) => {
      at.out(0x1f1, code);
      at.command(0xef, 0, count);
      return at.status();
    };
    expect(feature(3, 0x20)).toBe(READY);
    expect(feature(0x82, 0)).toBe(READY);
    expect(feature(0x55, 0)).toBe(READY);
    expect(feature(3, 0x45)).toBe(FAILED);
    expect(feature(0x5d, 0)).toBe(FAILED);
    expect(at.error()).toBe(ABRT);
    at.command(0xec, 0, 0);
    at.ins(0x1f0, 2, 0x1000, 256);
    expect(at.memory.read(0x1000 + 126, 2)).toEqual(Uint8Array.of(7, 1));
    expect(at.memory.read(0x1000 + 170, 2)).toEqual(Uint8Array.of(0, 0x40));
  });

  it('flushes by one file I/O and verifies without data', () => {
    const { at } = bench();
    at.command(0xe7, 0, 0);
    expect(at.alternateStatus()).toBe(BUSY);
    at.answer();
    expect(at.status()).toBe(READY);
    at.command(0x40, 3, 4);
    at.answer();
    expect(at.status()).toBe(READY);
    expect(at.files.map((io) => io.operation)).toEqual(['flush', 'read']);
    expect(at.interrupts.get(14)).toBe(2);
    expect(at.copies).toEqual({});
  });

  it('accepts power, recalibrate and parameter commands, and reports itself active', () => {
    const { at } = bench();
    for (const opcode of [0x10, 0x70, 0x91, 0xe0, 0xe1, 0xe6]) {
      at.command(opcode, 0, 63);
      expect(at.status()).toBe(READY);
    }
    at.command(0xe5, 0, 0);
    expect(at.in(0x1f2)).toBe(0xff);
  });

  it.each([0x00, 0x08, 0xa0, 0xa1, 0x22, 0x50, 0xb0, 0xf8])(
    'aborts command %i with an interrupt',
    (opcode) => {
      const { at } = bench();
      at.command(opcode, 0, 1);
      expect(at.interrupts.get(14)).toBe(1);
      expect(at.status()).toBe(FAILED);
      expect(at.error()).toBe(ABRT);
      at.command(0x40, 0, 1);
      at.answer();
      expect(at.status()).toBe(READY);
    },
  );

  it('runs the diagnostic on both drives, and drive 0 answers', () => {
    const disks = [benchDisk(64), benchDisk(64)];
    const at = new DeviceBench({
      primary: [oneDrive(disks[0]).primary?.[0], oneDrive(disks[1]).primary?.[0]],
    });
    at.out(0x1f6, 0xb0);
    at.command(0x90, 0, 0, 0xb0);
    expect(at.interrupts.get(14)).toBe(1);
    expect(at.in(0x1f6)).toBe(0);
    expect(at.error()).toBe(1);
    expect(at.status()).toBe(READY);
  });

  it('refuses to write to a read-only disk', () => {
    const at = new DeviceBench(oneDrive(benchDisk(64, { readOnly: true })));
    at.command(0x30, 0, 1);
    expect(at.status()).toBe(FAILED);
    expect(at.error()).toBe(ABRT);
  });

  it('fails a write that the host cannot store', () => {
    const disk = Object.assign(benchDisk(64), { write: () => false });
    const at = new DeviceBench(oneDrive(disk));
    at.command(0x30, 0, 1);
    at.outs(0x1f0, 2, 0, 256);
    at.answer();
    expect(at.status()).toBe(FAILED);
    expect(at.error()).toBe(0x80);
  });
});

describe('interrupts', () => {
  it('are held back by nIEN and appear when it is cleared', () => {
    const { at } = bench();
    at.out(0x3f6, 2);
    at.command(0x20, 0, 1);
    at.answer();
    expect(at.interrupts.get(14)).toBeUndefined();
    at.out(0x3f6, 0);
    expect(at.interrupts.get(14)).toBe(1);
  });

  it('set the bus-master interrupt bit, which a written 1 clears', () => {
    const { at } = bench();
    at.startDma(0, true);
    at.out(0xffa0, 0);
    at.command(0x20, 0, 1);
    at.answer();
    expect(at.in(0xffa2)).toBe(4);
    at.status();
    at.out(0xffa2, 4);
    expect(at.in(0xffa2)).toBe(0);
  });

  it('come from the secondary cable on line 15', () => {
    const at = new DeviceBench({ secondary: oneDrive(benchDisk(8)).primary as never });
    at.out(0x177, 0xec);
    expect(at.interrupts.get(15)).toBe(1);
  });
});

describe('quirks of Hyper-V’s drive', () => {
  it('aborts C4h and C5h but knows the EXT forms', () => {
    const at = new DeviceBench(oneDrive(benchDisk(64), { multipleOnlyExt: true, writeExtCount8: false }));
    at.command(0xc4, 0, 1);
    expect(at.status()).toBe(FAILED);
    at.command(0xc5, 0, 1);
    expect(at.status()).toBe(FAILED);
    at.command48(0x29, 0, 1);
    at.answer();
    expect(at.status()).toBe(DATA);
  });

  it('uses only 8 bits of the count of 34h', () => {
    const at = new DeviceBench(oneDrive(benchDisk(600), { multipleOnlyExt: false, writeExtCount8: true }));
    at.command48(0x34, 0, 0x101);
    at.outs(0x1f0, 2, 0, 256);
    at.answer();
    expect(at.status()).toBe(READY);
  });
});

describe('malformed inputs', () => {
  it('row 56: data port without DRQ is ignored and reads as zero; more words than the block add nothing', () => {
    const { at, disk } = bench();
    at.out(0x1f0, 0x1234, 2);
    expect(at.in(0x1f0, 2)).toBe(0);
    at.memory.u8.fill(0xaa);
    at.command(0x20, 0, 2);
    expect(at.in(0x1f0, 2)).toBe(0);
    at.answer();
    expect(at.ins(0x1f0, 2, 0x1000, 300)).toBe(300);
    expect(at.memory.read(0x1000, 512)).toEqual(bytesOf(disk, 0, 1));
    expect(at.memory.read(0x1200, 88)).toEqual(new Uint8Array(88));
    at.answer();
    at.ins(0x1f0, 2, 0x2000, 256);
    expect(at.memory.read(0x2000, 512)).toEqual(bytesOf(disk, 1, 1));
    at.command(0x30, 0, 1);
    expect(at.in(0x1f0, 2)).toBe(0);
    expect(at.outs(0x1f0, 2, 0x1000, 300)).toBe(300);
    at.answer();
    expect(at.status()).toBe(READY);
  });

  it('row 57: a command while BSY is ignored', () => {
    const { at } = bench();
    at.command(0x20, 3, 1);
    at.out(0x1f7, 0xec);
    expect(at.alternateStatus()).toBe(BUSY);
    at.answer();
    expect(at.files).toHaveLength(1);
    expect(at.status()).toBe(DATA);
    at.out(0x1f7, 0x20);
    expect(at.files).toHaveLength(1);
  });

  it('row 57: switching to the other drive in mid-command resets the drive', () => {
    const { at } = bench();
    at.command(0x20, 3, 2);
    at.answer();
    at.out(0x1f6, 0xb0);
    at.out(0x1f6, 0xa0);
    expect(at.status()).toBe(READY);
    expect(at.in(0x1f0, 2)).toBe(0);
  });

  it('row 57: a reset in mid-I/O is deferred until the I/O is done', () => {
    const { at } = bench();
    at.command(0x20, 3, 2);
    at.softReset();
    expect(at.alternateStatus()).toBe(BUSY);
    at.answer();
    expect(at.alternateStatus()).toBe(READY);
    expect(at.in(0x1f0, 2)).toBe(0);
    expect(at.files).toHaveLength(1);
    expect(at.interrupts.get(14)).toBeUndefined();
  });

  it.each([
    [1024, 1],
    [1020, 5],
    [1, 1024],
    [0x0fff_ffff, 1],
  ])('row 58: lba %i, count %i beyond the capacity gets IDNF before any data', (lba, count) => {
    const { at } = bench(1024);
    if (count > 256) at.command48(0x24, lba, count);
    else at.command(0x20, lba, count);
    expect(at.files).toEqual([]);
    expect(at.interrupts.get(14)).toBe(1);
    expect(at.status()).toBe(FAILED);
    expect(at.error()).toBe(IDNF);
  });

  it('row 58: sector 0 of a track and a 48-bit command without the LBA bit name no sector', () => {
    const { at } = bench();
    at.command(0x20, 0, 1, 0xa0);
    expect(at.error()).toBe(IDNF);
    at.command48(0x24, 0, 1);
    at.answer();
    at.ins(0x1f0, 2, 0, 256);
    at.out(0x1f6, 0xa0);
    at.out(0x1f2, 1);
    at.out(0x1f7, 0x24);
    expect(at.error()).toBe(IDNF);
  });

  it('row 61: wide accesses to byte registers are cut to the register; strings stop at the end of RAM', () => {
    const { at, disk } = bench();
    at.out(0x1f3, 0x1234_5678, 4);
    expect(at.in(0x1f3)).toBe(0x78);
    expect(at.in(0x1f4)).toBe(0);
    expect(at.in(0x1f3, 4)).toBe(0x78);
    expect(at.in(0x1f7, 2)).toBe(READY);
    at.command(0x20, 0, 1);
    at.answer();
    const end = at.memory.size;
    expect(at.ins(0x1f0, 2, end - 100, 256)).toBe(50);
    expect(at.memory.read(end - 100, 100)).toEqual(disk.bytes.slice(0, 100));
    expect(at.ins(0x1f0, 2, end, 206)).toBe(0);
    expect(at.ins(0x1f0, 2, 0x1000, 206)).toBe(206);
    expect(at.memory.read(0x1000, 412)).toEqual(disk.bytes.slice(100, 512));
  });
});

describe('saved state', () => {
  it('is plain data that continues a transfer where it stopped', () => {
    const { at, disk } = bench();
    at.command(0x20, 9, 2);
    at.answer();
    for (let i = 0; i < 100; i++) at.in(0x1f0, 2);
    const saved = structuredClone(at.ide.state);
    const other = new DeviceBench(oneDrive(disk));
    Object.assign(other.ide.channels[0].drive.state, saved.channels[0].drives[0]);
    expect(other.ins(0x1f0, 2, 0, 156)).toBe(156);
    expect(other.memory.read(0, 312)).toEqual(disk.bytes.slice(9 * 512 + 200, 10 * 512));
    expect(other.files).toEqual([{ operation: 'read', lba: 10, sectors: 1 }]);
  });

  it('forgets everything at power-on, also a file I/O in progress', () => {
    const { at } = bench();
    at.command(0x20, 9, 2);
    at.ide.powerOn();
    at.command(0x20, 1, 1);
    at.answer();
    expect(at.alternateStatus()).toBe(BUSY);
    at.answer();
    expect(at.status()).toBe(DATA);
  });
});
