/**
 * A dynamic VHD: blocks of (usually) 2 MiB appear at the end of the file when the guest first writes to them.
 *
 * Every block starts with a bitmap, one bit per sector, most significant bit first: a clear bit means the sector was never
 * written and reads as zero. That second look-up and the growth are why a dynamic disk of 2008 was 10 to 15 % slower than a fixed
 * one (T. Litton, Windows Server Performance blog, 19 September 2008).
 *
 * A cut at any moment leaves a disk that opens: see {@link DynamicVhd.write}.
 *
 * Source: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0.
 */
import { VHD_UNUSED_BLOCK, type VhdDynamicHeader, vhdBitmapSize } from '../../wire/vhd.ts';
import type { ByteFile } from './byte-file.ts';
import { checkAccess, type Disk, SECTOR_BYTES } from './disk.ts';

/** What the opener has checked: a table whose blocks lie in the file apart from each other. */
export interface DynamicLayout {
  readonly header: VhdDynamicHeader;
  /** The BAT in host byte order. Owned by the disk from here on. */
  readonly table: Uint32Array;
  /** The 512 footer bytes, written behind every new block. */
  readonly footer: Uint8Array;
  /** File offset of the footer at the end: the place of the next block. */
  readonly footerAt: number;
}

export class DynamicVhd implements Disk {
  readonly sectors: number;
  readonly sectorBytes = SECTOR_BYTES;
  readonly readOnly: boolean;
  readonly unmapZeroes = false;
  readonly #file: ByteFile;
  readonly #layout: DynamicLayout;
  readonly #sectorsPerBlock: number;
  readonly #bitmapBytes: number;
  /** Bitmaps of blocks touched so far. */
  readonly #bitmaps = new Map<number, Uint8Array>();
  #nextBlockAt: number;

  constructor(file: ByteFile, sectors: number, layout: DynamicLayout, readOnly: boolean) {
    this.#file = file;
    this.sectors = sectors;
    this.#layout = layout;
    this.readOnly = readOnly;
    this.#sectorsPerBlock = layout.header.blockSize / SECTOR_BYTES;
    this.#bitmapBytes = vhdBitmapSize(layout.header.blockSize);
    this.#nextBlockAt = Math.ceil(layout.footerAt / SECTOR_BYTES) * SECTOR_BYTES;
  }

  /** Blocks that take room in the file. */
  get allocatedBlocks(): number {
    return this.#layout.table.reduce((count, entry) => count + (entry === VHD_UNUSED_BLOCK ? 0 : 1), 0);
  }

  read(lba: number, count: number, into: Uint8Array, offset = 0): void {
    checkAccess(this, lba, count, into, offset);
    this.#eachBlock(lba, count, (block, first, run, done) => {
      this.#readInBlock(block, first, run, into, offset + done * SECTOR_BYTES);
      return true;
    });
  }

  /**
   * Writes, growing the file where a block is new. The order of a growth survives a cut between (or inside) any two steps:
   * first a footer at the new end, so that the file ends well whatever follows; then bitmap and data over the old footer; the table
   * entry last. Until the entry is there nobody reads the block, and all that a cut can leave is one block of unused room.
   */
  write(lba: number, count: number, from: Uint8Array, offset = 0): boolean {
    checkAccess(this, lba, count, from, offset);
    if (this.readOnly) return false;
    return this.#eachBlock(lba, count, (block, first, run, done) => {
      const start = offset + done * SECTOR_BYTES;
      const data = from.subarray(start, start + run * SECTOR_BYTES);
      return this.#layout.table[block] === VHD_UNUSED_BLOCK
        ? this.#writeNewBlock(block, first, data)
        : this.#writeInBlock(block, first, run, data);
    });
  }

  flush(): void {
    this.#file.flush?.();
  }

  /** VHD has no way to give a block back; VHDX has. */
  unmap(lba: number, count: number): void {
    checkAccess(this, lba, count);
  }

  /** Splits a range at block boundaries; stops when `visit` says `false`. */
  #eachBlock(
    lba: number,
    count: number,
    visit: (block: number, first: number, run: number, done: number) => boolean,
  ): boolean {
    for (let done = 0; done < count; ) {
      const first = (lba + done) % this.#sectorsPerBlock;
      const run = Math.min(count - done, this.#sectorsPerBlock - first);
      if (!visit((lba + done - first) / this.#sectorsPerBlock, first, run, done)) return false;
      done += run;
    }
    return true;
  }

  #readInBlock(block: number, first: number, run: number, into: Uint8Array, offset: number): void {
    if (this.#layout.table[block] === VHD_UNUSED_BLOCK) {
      into.fill(0, offset, offset + run * SECTOR_BYTES);
      return;
    }
    into.set(this.#file.read(this.#dataAt(block, first), run * SECTOR_BYTES), offset);
    const bitmap = this.#bitmap(block);
    for (let i = 0; i < run; i++) {
      const at = offset + i * SECTOR_BYTES;
      if (!written(bitmap, first + i)) into.fill(0, at, at + SECTOR_BYTES);
    }
  }

  /** Data first, then their bits: a cut in between leaves the sectors as they were, unwritten. */
  #writeInBlock(block: number, first: number, run: number, data: Uint8Array): boolean {
    if (!this.#file.write(this.#dataAt(block, first), data)) return false;
    const bitmap = this.#bitmap(block);
    let changed = false;
    for (let i = first; i < first + run; i++) {
      if (written(bitmap, i)) continue;
      bitmap[i >> 3] |= 0x80 >> (i & 7);
      changed = true;
    }
    if (!changed || this.#file.write(this.#layout.table[block] * SECTOR_BYTES, bitmap)) return true;
    this.#bitmaps.delete(block);
    return false;
  }

  #writeNewBlock(block: number, first: number, data: Uint8Array): boolean {
    const { header, footer, table } = this.#layout;
    const at = this.#nextBlockAt;
    const end = at + this.#bitmapBytes + header.blockSize;
    // A table entry has 32 bits: small blocks with their bitmaps can outgrow it before the disk is full.
    if (end / SECTOR_BYTES >= VHD_UNUSED_BLOCK) return false;
    // All bits are set, as QEMU's driver does: the rest of a new block reads as zero anyway, and later writes save a step.
    const bitmap = new Uint8Array(this.#bitmapBytes).fill(0xff);
    const entry = new Uint8Array(4);
    new DataView(entry.buffer).setUint32(0, at / SECTOR_BYTES);
    const file = this.#file;
    if (!file.write(end, footer)) return false;
    // Even if a later step fails: what it left behind must not show up in another block.
    this.#nextBlockAt = end;
    if (!file.write(at, bitmap) || !file.write(at + this.#bitmapBytes + first * SECTOR_BYTES, data))
      return false;
    file.flush?.();
    if (!file.write(header.tableOffset + block * 4, entry)) return false;
    table[block] = at / SECTOR_BYTES;
    this.#bitmaps.set(block, bitmap);
    return true;
  }

  #dataAt(block: number, sector: number): number {
    return (this.#layout.table[block] + sector) * SECTOR_BYTES + this.#bitmapBytes;
  }

  #bitmap(block: number): Uint8Array {
    let bitmap = this.#bitmaps.get(block);
    if (bitmap === undefined) {
      bitmap = Uint8Array.from(this.#file.read(this.#layout.table[block] * SECTOR_BYTES, this.#bitmapBytes));
      this.#bitmaps.set(block, bitmap);
    }
    return bitmap;
  }
}

/** Reads bit `sector` of a bitmap: set when the sector was written. */
function written(bitmap: Uint8Array, sector: number): boolean {
  return (bitmap[sector >> 3] & (0x80 >> (sector & 7))) !== 0;
}
