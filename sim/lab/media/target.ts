/** Where a maker writes: a run of sectors of a disk, addressed by byte. */
import { invariant } from '../../core/errors.ts';
import { type Disk, SECTOR_BYTES } from '../../host/backends/disk.ts';
import { imageMistake } from './tree.ts';

export class MediaTarget {
  readonly firstLba: number;
  readonly sectors: number;
  readonly #disk: Disk;

  constructor(disk: Disk, firstLba: number, sectors: number) {
    invariant(firstLba >= 0 && firstLba + sectors <= disk.sectors, 'a maker writes inside the disk');
    this.#disk = disk;
    this.firstLba = firstLba;
    this.sectors = sectors;
  }

  /**
   * Writes `bytes` from byte `at`, the start of a sector; the last sector is filled with zeros.
   * @throws UserError when the disk takes no more.
   */
  put(at: number, bytes: Uint8Array): void {
    const count = Math.ceil(bytes.length / SECTOR_BYTES);
    invariant(
      at % SECTOR_BYTES === 0 && at / SECTOR_BYTES + count <= this.sectors,
      'a maker writes inside its volume',
    );
    if (count === 0) return;
    const whole = bytes.length === count * SECTOR_BYTES ? bytes : new Uint8Array(count * SECTOR_BYTES);
    if (whole !== bytes) whole.set(bytes);
    if (!this.#disk.write(this.firstLba + at / SECTOR_BYTES, count, whole))
      throw imageMistake(
        'disk',
        'full',
        'The disk does not take the image.',
        'Give one that can be written and has room.',
      );
  }
}
