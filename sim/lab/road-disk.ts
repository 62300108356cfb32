/**
 * One disk behind two front ends, and what came by which: the host's own view of who uses a disk, independent of what the guest's drivers
 * say of themselves.
 */
import type { Disk } from '../host/backends/disk.ts';
import { SECTOR_BYTES } from '../host/backends/disk.ts';

/** What came by one road. */
export interface RoadCount {
  bytesRead: number;
  bytesWritten: number;
}

/** A disk as one front end sees it: the same sectors, and a count of what was moved. */
export class RoadDisk implements Disk {
  readonly count: RoadCount = { bytesRead: 0, bytesWritten: 0 };
  readonly sectorBytes = SECTOR_BYTES;
  private readonly disk: Disk;
  private readonly written: (last: number) => void;

  /** `written` is told the last sector of each write that was done. `before`: the same road on another host, whose count goes on here. */
  constructor(disk: Disk, written: (last: number) => void = () => undefined, before?: RoadDisk) {
    this.disk = disk;
    this.written = written;
    if (before) this.count = { ...before.count };
  }

  get sectors(): number {
    return this.disk.sectors;
  }

  get readOnly(): boolean {
    return this.disk.readOnly;
  }

  get identity(): Uint8Array | undefined {
    return this.disk.identity;
  }

  get unmapZeroes(): boolean {
    return this.disk.unmapZeroes === true;
  }

  read(lba: number, count: number, into: Uint8Array, offset?: number): void {
    this.disk.read(lba, count, into, offset);
    this.count.bytesRead += count * SECTOR_BYTES;
  }

  write(lba: number, count: number, from: Uint8Array, offset?: number): boolean {
    const done = this.disk.write(lba, count, from, offset);
    if (done) {
      this.count.bytesWritten += count * SECTOR_BYTES;
      this.written(lba + count - 1);
    }
    return done;
  }

  flush(): void {
    this.disk.flush();
  }

  unmap(lba: number, count: number): void {
    this.disk.unmap(lba, count);
  }
}
