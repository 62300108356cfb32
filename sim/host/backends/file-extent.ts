/** A run of consecutive sectors inside a host file: all of a raw image, the data part of a fixed VHD. */
import type { ByteFile } from './byte-file.ts';
import { checkAccess, type Disk, SECTOR_BYTES } from './disk.ts';

export class FileExtent implements Disk {
  readonly sectors: number;
  readonly sectorBytes = SECTOR_BYTES;
  readonly readOnly: boolean;
  readonly unmapZeroes = false;
  readonly #file: ByteFile;

  /** The first `sectors` sectors of `file`, which must be that long. */
  constructor(file: ByteFile, sectors: number, readOnly: boolean) {
    this.#file = file;
    this.sectors = sectors;
    this.readOnly = readOnly;
  }

  read(lba: number, count: number, into: Uint8Array, offset = 0): void {
    checkAccess(this, lba, count, into, offset);
    into.set(this.#file.read(lba * SECTOR_BYTES, count * SECTOR_BYTES), offset);
  }

  write(lba: number, count: number, from: Uint8Array, offset = 0): boolean {
    checkAccess(this, lba, count, from, offset);
    if (this.readOnly) return false;
    return this.#file.write(lba * SECTOR_BYTES, from.subarray(offset, offset + count * SECTOR_BYTES));
  }

  flush(): void {
    this.#file.flush?.();
  }

  unmap(lba: number, count: number): void {
    checkAccess(this, lba, count);
  }
}
