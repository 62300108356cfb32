/** A run of sectors that a file system lives in, addressed by byte, with a small memory for the metadata that walks read again and again. */
import { bad, type Failure, good, type Reading, type Result, readSectors, SECTOR } from './reads.ts';

/** Sectors that metadata is read by: 4 KiB, as page caches and boot loaders do. */
const UNIT_SECTORS = 8;
const UNIT_BYTES = UNIT_SECTORS * SECTOR;
/** Units that are remembered: 256 KiB. */
const REMEMBERED = 64;

/**
 * The window of a disk. What was read as metadata is remembered while the volume lives: whoever wants to see later writes opens the
 * file system again, as a mount would.
 */
export class Volume {
  readonly firstLba: number;
  readonly sectors: number;
  readonly #units = new Map<number, Uint8Array>();

  constructor(firstLba: number, sectors: number) {
    this.firstLba = firstLba;
    this.sectors = sectors;
  }

  /** Bytes in the window. */
  get bytes(): number {
    return this.sectors * SECTOR;
  }

  /** `length` bytes of metadata from byte `at`. A range that leaves the window is a problem. */
  *meta(at: number, length: number): Reading<Result<Uint8Array>> {
    if (!this.#holds(at, length)) return this.#outside(at, length);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const inside = (at + done) % UNIT_BYTES;
      const unit = yield* this.#unit((at + done - inside) / UNIT_BYTES);
      if (!unit.ok) return unit;
      const run = Math.min(UNIT_BYTES - inside, length - done);
      bytes.set(unit.value.subarray(inside, inside + run), done);
      done += run;
    }
    return good(bytes);
  }

  /** `length` bytes of content from byte `at`, read as they lie and not remembered. */
  *content(at: number, length: number): Reading<Result<Uint8Array>> {
    if (!this.#holds(at, length)) return this.#outside(at, length);
    const inside = at % SECTOR;
    const sectors = Math.ceil((inside + length) / SECTOR);
    const read = yield* readSectors(this.firstLba + (at - inside) / SECTOR, sectors);
    return read.ok ? good(read.value.subarray(inside, inside + length)) : read;
  }

  *#unit(index: number): Reading<Result<Uint8Array>> {
    const known = this.#units.get(index);
    if (known !== undefined) return good(known);
    const first = index * UNIT_SECTORS;
    const read = yield* readSectors(this.firstLba + first, Math.min(UNIT_SECTORS, this.sectors - first));
    if (!read.ok) return read;
    if (this.#units.size >= REMEMBERED) this.#units.delete(this.#units.keys().next().value as number);
    this.#units.set(index, read.value);
    return read;
  }

  #holds(at: number, length: number): boolean {
    return Number.isSafeInteger(at) && at >= 0 && length >= 0 && at + length <= this.bytes;
  }

  #outside(at: number, length: number): Failure {
    return bad(
      'beyond-disk',
      `Something lies at byte ${at} (${length} bytes) of a volume of ${this.bytes} bytes.`,
      'The file system is larger than its partition, or damaged: restore the image from a backup.',
    );
  }
}
