import { describe, expect, it } from 'vitest';
import { benchDisk, DeviceBench, oneDrive } from './testing.ts';

const READY = 0x50;
const FAILED = 0x51;
const ACTIVE = 1;
const ERROR = 2;
const INTERRUPT = 4;
const TABLE = 0x8000;
const BUFFER = 0x1_0000;

const bench = (sectors = 512) => {
  const disk = benchDisk(sectors);
  return { disk, at: new DeviceBench(oneDrive(disk)) };
};
const bytesOf = (disk: { bytes: Uint8Array }, lba: number, sectors: number) =>
  disk.bytes.slice(lba * 512, (lba + sectors) * 512);
const written = (
  disk: { read(lba: number, n: number, into: Uint8Array): void },
  lba: number,
  sectors: number,
) => {
  const bytes = new Uint8Array(sectors * 512);
  disk.read(lba, sectors, bytes);
  return bytes;
};

describe('bus-master registers', () => {
  it('answer only while the function decodes I/O and masters the bus', () => {
    const { at } = bench();
    expect(at.in(0xffa0)).toBe(0xff);
    at.ide.pci.writeConfig(0x20, 0xffaf, 0xffff_ffff);
    at.ide.pci.writeConfig(0x04, 1, 0xffff);
    expect(at.in(0xffa0)).toBe(0xff);
    at.ide.pci.writeConfig(0x04, 5, 0xffff);
    expect(at.in(0xffa0)).toBe(0);
    at.ide.pci.writeConfig(0x20, 0xc000, 0xffff_ffff);
    expect(at.in(0xffa0)).toBe(0xff);
    expect(at.in(0xc002)).toBe(0);
  });

  it('do not answer where another device does', () => {
    const { at } = bench();
    at.ide.pci.writeConfig(0x20, 0x1f0, 0xffff_ffff);
    at.ide.pci.writeConfig(0x04, 5, 0xffff);
    expect(at.status()).toBe(READY);
    at.ide.pci.writeConfig(0x20, 0xc000, 0xffff_ffff);
    expect(at.in(0xc000)).toBe(0);
    expect(at.status()).toBe(READY);
  });

  it('hold a table pointer of 32 bits, also by halves, without its two lowest bits', () => {
    const { at } = bench();
    at.startDma(0x1234_5677, true);
    expect(at.in(0xffa4, 4)).toBe(0x1234_5674);
    at.out(0xffa6, 0xfedc, 2);
    at.out(0xffa4, 0xba9b, 2);
    expect(at.in(0xffa4, 4)).toBe(0xfedc_ba98);
    expect(at.in(0xffa6, 2)).toBe(0xfedc);
    at.out(0xffa4, 0x11);
    expect(at.in(0xffa4, 4)).toBe(0xfedc_ba98);
    expect(at.in(0xffa7)).toBe(0);
  });

  it('keep the direction while running, and stop when start is cleared', () => {
    const { at } = bench();
    at.startDma(TABLE, true);
    at.out(0xffa0, 1);
    expect(at.in(0xffa0)).toBe(9);
    expect(at.in(0xffa2)).toBe(ACTIVE);
    at.out(0xffa2, 0x60);
    expect(at.in(0xffa2)).toBe(0x60 | ACTIVE);
    at.out(0xffa0, 0);
    expect(at.in(0xffa0)).toBe(8);
    expect(at.in(0xffa2)).toBe(0x60);
  });

  it('of the second cable are the upper eight', () => {
    const { at } = bench();
    at.startDma(TABLE, true);
    expect(at.in(0xffa8)).toBe(0);
    expect(at.in(0xffac, 4)).toBe(0);
  });
});

describe('DMA', () => {
  it.each([
    [0xc8, false],
    [0x25, true],
  ])('reads by command %i along several descriptors: one file I/O, one interrupt', (opcode, wide) => {
    const { at, disk } = bench();
    at.table(TABLE, [
      [BUFFER, 1000],
      [BUFFER + 0x2000, 2],
      [BUFFER + 0x3000, 20 * 512 - 1002],
    ]);
    if (wide) at.command48(opcode, 5, 20);
    else at.command(opcode, 5, 20);
    at.startDma(TABLE, true);
    expect(at.in(0xffa2)).toBe(ACTIVE);
    at.answer();
    expect(at.in(0xffa2)).toBe(INTERRUPT);
    expect(at.status()).toBe(READY);
    const got = [
      at.memory.read(BUFFER, 1000),
      at.memory.read(BUFFER + 0x2000, 2),
      at.memory.read(BUFFER + 0x3000, 20 * 512 - 1002),
    ];
    expect(Uint8Array.from(got.flatMap((part) => [...part]))).toEqual(bytesOf(disk, 5, 20));
    expect(at.files).toHaveLength(1);
    expect(at.interrupts.get(14)).toBe(1);
    expect(at.copies).toEqual({ dma: 20 * 512 });
  });

  it('writes: the memory is fetched when the engine starts, the interrupt comes from the disk', () => {
    const { at, disk } = bench();
    const bytes = Uint8Array.from({ length: 2048 }, (_, i) => i * 5);
    at.memory.write(BUFFER, bytes);
    at.table(TABLE, [[BUFFER, 2048]]);
    at.command(0xca, 30, 4);
    expect(at.alternateStatus()).toBe(0x58);
    at.startDma(TABLE, false);
    expect(at.in(0xffa2)).toBe(0);
    expect(at.alternateStatus()).toBe(0x90);
    at.answer();
    expect(at.in(0xffa2)).toBe(INTERRUPT);
    expect(written(disk, 30, 4)).toEqual(bytes);
  });

  it('moves more than 128 sectors by blocks of 128, with one interrupt at the end', () => {
    const { at, disk } = bench();
    at.table(TABLE, [
      [BUFFER, 0],
      [BUFFER + 0x1_0000, 0],
    ]);
    at.command(0xc8, 0, 0);
    at.startDma(TABLE, true);
    at.answer();
    expect(at.interrupts.get(14)).toBeUndefined();
    expect(at.in(0xffa2)).toBe(ACTIVE);
    at.answer();
    expect(at.interrupts.get(14)).toBe(1);
    expect(at.files.map((io) => io.sectors)).toEqual([128, 128]);
    expect(at.memory.read(BUFFER, 0x2_0000)).toEqual(bytesOf(disk, 0, 256));
  });

  it('takes a descriptor count of 0 as 64 KiB', () => {
    const { at, disk } = bench();
    at.table(TABLE, [[BUFFER, 0]]);
    at.command(0xc8, 0, 128);
    at.startDma(TABLE, true);
    at.answer();
    expect(at.memory.read(BUFFER, 0x1_0000)).toEqual(bytesOf(disk, 0, 128));
    expect(at.in(0xffa2)).toBe(INTERRUPT);
  });

  it('stays active when the table describes more than the command moves', () => {
    const { at } = bench();
    at.table(TABLE, [
      [BUFFER, 512],
      [BUFFER, 512],
    ]);
    at.command(0xc8, 0, 1);
    at.startDma(TABLE, true);
    at.answer();
    expect(at.in(0xffa2)).toBe(INTERRUPT | ACTIVE);
    at.out(0xffa0, 8);
    expect(at.in(0xffa2)).toBe(INTERRUPT);
  });

  it('cuts a read when the table is shorter, and completes it', () => {
    const { at, disk } = bench();
    at.table(TABLE, [[BUFFER, 700]]);
    at.command(0xc8, 3, 200);
    at.startDma(TABLE, true);
    at.answer();
    expect(at.in(0xffa2)).toBe(INTERRUPT);
    expect(at.status()).toBe(READY);
    expect(at.memory.read(BUFFER, 700)).toEqual(bytesOf(disk, 3, 2).slice(0, 700));
    expect(at.memory.read(BUFFER + 700, 8)).toEqual(new Uint8Array(8));
    expect(at.files).toHaveLength(1);
    expect(at.copies).toEqual({ dma: 700 });
  });

  it('cuts a read at a block boundary without touching the next block', () => {
    const { at } = bench();
    at.table(TABLE, [[BUFFER, 0]]);
    at.command(0xc8, 0, 200);
    at.startDma(TABLE, true);
    at.answer();
    expect(at.interrupts.get(14)).toBe(1);
    expect(at.files).toHaveLength(1);
    at.command(0xc8, 0, 1);
    expect(at.alternateStatus()).toBe(0x90);
  });

  it('of a cut write stores the whole sectors that arrived, and nothing of its own buffer', () => {
    const { at, disk } = bench();
    at.memory.u8.fill(0x77, BUFFER, BUFFER + 700);
    at.table(TABLE, [[BUFFER, 700]]);
    at.command(0xca, 3, 4);
    at.startDma(TABLE, false);
    at.answer();
    expect(at.status()).toBe(READY);
    expect(written(disk, 3, 1)).toEqual(new Uint8Array(512).fill(0x77));
    expect(written(disk, 4, 3)).toEqual(bytesOf(disk, 4, 3));
    at.table(TABLE, [[BUFFER, 100]]);
    at.command(0xca, 3, 4);
    at.startDma(TABLE, false);
    expect(at.status()).toBe(READY);
    expect(at.files).toHaveLength(1);
    expect(at.interrupts.get(14)).toBe(2);
  });

  it('does not move data when the directions differ', () => {
    const { at } = bench();
    at.table(TABLE, [[BUFFER, 512]]);
    at.memory.u8.fill(0x55, BUFFER, BUFFER + 512);
    at.command(0xc8, 0, 1);
    at.startDma(TABLE, false);
    at.answer();
    expect(at.alternateStatus()).toBe(0x58);
    expect(at.in(0xffa2)).toBe(ACTIVE);
    expect(at.memory.read(BUFFER, 512)).toEqual(new Uint8Array(512).fill(0x55));
    at.out(0xffa0, 0);
    at.out(0xffa0, 9);
    expect(at.status()).toBe(READY);
  });

  it('leaves the data port dead while the buffer belongs to the bus master', () => {
    const { at } = bench();
    at.command(0xc8, 0, 1);
    at.answer();
    expect(at.in(0x1f0, 2)).toBe(0);
    at.command(0xca, 0, 1);
    at.out(0x1f0, 0xffff, 2);
    expect(at.ide.channels[0].drive.state.position).toBe(0);
  });
});

describe('malformed inputs', () => {
  it.each([
    ['beyond RAM', 0x4000_0000],
    ['in the local APIC’s page', 0xfee0_0000],
    ['over the end of RAM', 0x10_0000 - 256],
  ])('row 59: a descriptor %s is a DMA error and stops the engine', (_where, address) => {
    const { at } = bench();
    at.table(TABLE, [
      [BUFFER, 512],
      [address, 512],
    ]);
    for (const [opcode, toMemory] of [
      [0xc8, true],
      [0xca, false],
    ] as const) {
      at.command(opcode, 0, 2);
      at.startDma(TABLE, toMemory);
      at.answer();
      expect(at.in(0xffa2)).toBe(ERROR | INTERRUPT);
      expect(at.status()).toBe(FAILED);
      expect(at.error()).toBe(4);
      at.out(0xffa2, 6);
      at.out(0xffa0, 0);
      expect(at.in(0xffa2)).toBe(0);
    }
    expect(at.files.every((io) => io.operation === 'read')).toBe(true);
  });

  it('row 59: a table that is not in RAM is a DMA error', () => {
    const { at } = bench();
    for (const table of [0x8000_0000, 0xffff_fffc, 0x10_0000 - 4]) {
      at.command(0xc8, 0, 1);
      at.startDma(table, true);
      at.answer();
      expect(at.in(0xffa2)).toBe(ERROR | INTERRUPT);
      at.out(0xffa0, 0);
      at.out(0xffa2, 6);
      at.status();
    }
  });

  it('row 59: a table that starts at the 4 GB edge is not found at address 0 by wrapping', () => {
    const { at } = bench();
    at.table(0, [[BUFFER, 512]]);
    at.command(0xc8, 0, 1);
    at.startDma(0xffff_fff8, true);
    at.answer();
    expect(at.in(0xffa2)).toBe(ERROR | INTERRUPT);
    expect(at.memory.read(BUFFER, 512)).toEqual(new Uint8Array(512));
  });

  it('row 59: an endless table ends when the command is satisfied', () => {
    const { at, disk } = bench();
    at.table(
      TABLE,
      Array.from({ length: 4096 }, (_, i) => [BUFFER + 2 * (i % 256), 2] as const),
      true,
    );
    at.command(0xc8, 0, 1);
    at.startDma(TABLE, true);
    at.answer();
    expect(at.status()).toBe(READY);
    expect(at.in(0xffa2)).toBe(INTERRUPT | ACTIVE);
    expect(at.memory.read(BUFFER, 512)).toEqual(bytesOf(disk, 0, 1));
  });
});
