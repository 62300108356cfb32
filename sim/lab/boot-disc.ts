/**
 * The disc in the CD drive of a starting machine, and the books that are kept of it: which bytes came, whether they are those of their
 * place, and what it cost. The disc is after vmguest.iso, from which the integration components of 2008 were installed; its files are made
 * up, and their size is assumed.
 */
import type { DiscWatch } from '../guest/boot/disc-drive.ts';
import { type Disk, SECTOR_BYTES } from '../host/backends/disk.ts';
import { type CounterSnapshot, countersBetween } from '../machine/counters.ts';
import type { Partition } from '../machine/partition.ts';
import { sameBytes } from './boot-bytes.ts';
import { type ImageFile, makeIso, seededBytes } from './media/index.ts';
import { RoadDisk } from './road-disk.ts';

/** Two reads of 64 KiB. */
const SETUP_BYTES = 128 * 1024;

/** A made disc and the bytes of its files. */
export interface BootDisc {
  readonly disk: Disk;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Makes the disc. The same seed gives the same bytes. */
export function makeBootDisc(seed: number): BootDisc {
  const contents = new Map([
    ['/AMD64/SETUP.EXE', seededBytes(SETUP_BYTES, seed ^ 0xcd)],
    ['/AUTORUN.INF', seededBytes(80, seed ^ 0xce)],
  ]);
  const files: ImageFile[] = [...contents].map(([path, bytes]) => ({ path, bytes }));
  return { disk: makeIso({ label: 'VMGUEST', files }), contents };
}

/** What a guest reads of the disc. */
export class DiscBooks implements DiscWatch {
  /** The disc as its drive reaches it. */
  readonly road: RoadDisk;
  /** Bytes of files that arrived; bytes of any read that are not those of their place. */
  fileBytes = 0;
  wrong = 0;
  private readonly disc: BootDisc;
  private readonly partition: () => Partition;
  private before: CounterSnapshot | undefined;
  private after: CounterSnapshot | undefined;
  private piece = new Uint8Array(0);

  constructor(disc: BootDisc, partition: () => Partition) {
    this.disc = disc;
    this.partition = partition;
    this.road = new RoadDisk(disc.disk);
  }

  /** What was counted between the first question to the drive and the last; `undefined` when it was not asked. */
  get counted(): CounterSnapshot | undefined {
    return this.before && this.after && countersBetween(this.before, this.after);
  }

  discBegins(): void {
    this.before = this.partition().counters.snapshot();
  }

  discEnds(): void {
    this.after = this.partition().counters.snapshot();
  }

  discRead(lba: number, sectors: number, gpa: number): void {
    const bytes = sectors * SECTOR_BYTES;
    if (this.piece.length < bytes) this.piece = new Uint8Array(bytes);
    this.disc.disk.read(lba, sectors, this.piece);
    const found = this.partition().memory.u8.subarray(gpa, gpa + bytes);
    if (!sameBytes(this.piece.subarray(0, bytes), found)) this.wrong += bytes;
  }

  discFile(path: string, bytes: Uint8Array): void {
    const right = this.disc.contents.get(path);
    this.fileBytes += bytes.length;
    if (!right || !sameBytes(right, bytes)) this.wrong += bytes.length;
  }
}
