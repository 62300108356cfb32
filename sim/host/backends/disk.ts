/**
 * The one kind of disk that every front end shares: the emulated IDE drive, the SCSI target of storvsp and the tests.
 *
 * A disk is bytes in 512-byte sectors and knows no time: what an access costs is {@link DiskService}'s business. Both front ends
 * of a generation 1 boot disk write the same `Disk`, which is why two drivers bound at once corrupt it.
 */
import { invariant } from '../../core/errors.ts';
import { SparseBytes } from './sparse-bytes.ts';

/** Bytes per logical sector of every disk here. */
export const SECTOR_BYTES = 512;

export interface Disk {
  /** Capacity in sectors. */
  readonly sectors: number;
  readonly sectorBytes: 512;
  /** Front ends answer a guest's write with "write protected"; {@link write} does nothing and returns `false`. */
  readonly readOnly: boolean;
  /** 16 bytes that name this disk for life (the VHD's unique id), if it has any. */
  readonly identity?: Uint8Array;
  /** True when sectors read as zero after {@link unmap}; otherwise `unmap` is a hint that changes nothing. */
  readonly unmapZeroes?: boolean;
  /** Reads `count` sectors from `lba` to `into[offset…]`. The range lies inside the disk: front ends check, a breach is our bug. */
  read(lba: number, count: number, into: Uint8Array, offset?: number): void;
  /** Writes `count` sectors from `from[offset…]`. `false` when the host's volume is full or the disk is read-only. */
  write(lba: number, count: number, from: Uint8Array, offset?: number): boolean;
  /** What was written is on stable storage when it returns. */
  flush(): void;
  /** The guest no longer needs these sectors. */
  unmap(lba: number, count: number): void;
}

/** Throws `SimBug` unless `count` sectors from `lba` lie inside the disk and `buffer` holds them from `offset`. */
export function checkAccess(disk: Disk, lba: number, count: number, buffer?: Uint8Array, offset = 0): void {
  const inDisk = Number.isSafeInteger(lba) && lba >= 0 && count >= 0 && lba + count <= disk.sectors;
  // The message is made only when it is needed: making it costs as much as the rest of a small access.
  if (!inDisk)
    invariant(false, `disk access outside the disk: lba ${lba}, ${count} sectors of ${disk.sectors}`);
  if (buffer === undefined || (offset >= 0 && offset + count * SECTOR_BYTES <= buffer.length)) return;
  invariant(
    false,
    `disk access outside its buffer: offset ${offset}, ${count} sectors, ${buffer.length} bytes`,
  );
}

/** A disk in memory, zero at first. Takes memory by 64 KiB where it was written. */
export class MemoryDisk implements Disk {
  readonly sectors: number;
  readonly sectorBytes = SECTOR_BYTES;
  readonly readOnly: boolean;
  readonly identity?: Uint8Array;
  readonly unmapZeroes = true;
  readonly #bytes = new SparseBytes();

  constructor(
    sectors: number,
    options: { readonly readOnly?: boolean; readonly identity?: Uint8Array } = {},
  ) {
    invariant(Number.isSafeInteger(sectors * SECTOR_BYTES) && sectors > 0, `a disk of ${sectors} sectors`);
    this.sectors = sectors;
    this.readOnly = options.readOnly ?? false;
    if (options.identity !== undefined) this.identity = options.identity;
  }

  /** Bytes of memory really held. */
  get held(): number {
    return this.#bytes.held;
  }

  read(lba: number, count: number, into: Uint8Array, offset = 0): void {
    checkAccess(this, lba, count, into, offset);
    this.#bytes.read(lba * SECTOR_BYTES, into, offset, count * SECTOR_BYTES);
  }

  write(lba: number, count: number, from: Uint8Array, offset = 0): boolean {
    checkAccess(this, lba, count, from, offset);
    if (this.readOnly) return false;
    this.#bytes.write(lba * SECTOR_BYTES, from, offset, count * SECTOR_BYTES);
    return true;
  }

  flush(): void {}

  unmap(lba: number, count: number): void {
    checkAccess(this, lba, count);
    if (!this.readOnly) this.#bytes.discard(lba * SECTOR_BYTES, count * SECTOR_BYTES);
  }
}
