/**
 * A disk whose writes lie beside an image that stays as it was: what has changed can be listed, and the image can be used again. As a
 * differencing disk, sector by sector and in memory.
 */
import type { Disk } from '../host/backends/disk.ts';
import { SECTOR_BYTES } from '../host/backends/disk.ts';

export class WrittenDisk implements Disk {
  readonly sectorBytes = SECTOR_BYTES;
  readonly readOnly = false;
  readonly identity: Uint8Array;
  /** What was written, by sector. */
  readonly written = new Map<number, Uint8Array>();
  private readonly image: Disk;

  constructor(image: Disk, identity: Uint8Array) {
    this.image = image;
    this.identity = identity;
  }

  get sectors(): number {
    return this.image.sectors;
  }

  read(lba: number, count: number, into: Uint8Array, offset = 0): void {
    this.image.read(lba, count, into, offset);
    if (this.written.size === 0) return;
    for (let i = 0; i < count; i++) {
      const sector = this.written.get(lba + i);
      if (sector) into.set(sector, offset + i * SECTOR_BYTES);
    }
  }

  write(lba: number, count: number, from: Uint8Array, offset = 0): boolean {
    for (let i = 0; i < count; i++) {
      const at = offset + i * SECTOR_BYTES;
      this.written.set(lba + i, from.slice(at, at + SECTOR_BYTES));
    }
    return true;
  }

  flush(): void {}

  unmap(lba: number, count: number): void {
    for (let i = 0; i < count; i++) this.written.set(lba + i, new Uint8Array(SECTOR_BYTES));
  }
}
