/**
 * Is every byte the one of its place? Holds the requests of a guest against what the disk held before and what the guest has written
 * since: each read brings the right bytes, each write that was answered is on the disk, nothing else has changed.
 *
 * A write that was sent and not answered may have happened or not, sector by sector. One that was answered is a promise.
 */
import type { BlockOperation } from '../guest/drivers/block.ts';
import type { RequestWatch } from '../guest/workloads/workload.ts';
import type { Disk } from '../host/backends/disk.ts';
import { SECTOR_BYTES } from '../host/backends/disk.ts';
import type { GuestMemory } from '../machine/memory.ts';
import type { WrittenDisk } from './written-disk.ts';

/** One write of a sector, as it was sent. */
interface SectorWrite {
  readonly bytes: Uint8Array;
  answered: boolean;
}

/** What a look at the disk found. */
export interface DiskVerdict {
  /** Sectors whose answered write is not there. */
  readonly lost: number;
  /** Sectors that hold something nobody wrote there. */
  readonly foreign: number;
}

/** Keeps the book of one guest's requests. */
export class BootBytes implements RequestWatch {
  /** Bytes that were read and compared, and those of them that were wrong. */
  compared = 0;
  wrong = 0;
  /** Writes answered. */
  acknowledged = 0;
  private readonly memory: GuestMemory;
  private readonly before: Disk;
  private readonly writes = new Map<number, SectorWrite[]>();
  /** Writes under way, in the order in which they were sent. */
  private readonly open: { readonly lba: number; readonly sectors: number; readonly parts: SectorWrite[] }[] =
    [];
  private readonly sector = new Uint8Array(SECTOR_BYTES);
  private piece = new Uint8Array(0);

  /** `before` is a copy of the disk as it was when the guest was turned on. */
  constructor(memory: GuestMemory, before: Disk) {
    this.memory = memory;
    this.before = before;
  }

  issued(operation: BlockOperation, lba: number, sectors: number, gpa: number): void {
    if (operation !== 'write') return;
    const parts = Array.from({ length: sectors }, (_, i) => ({
      bytes: this.memory.read(gpa + i * SECTOR_BYTES, SECTOR_BYTES),
      answered: false,
    }));
    this.open.push({ lba, sectors, parts });
    for (const [i, part] of parts.entries()) {
      const known = this.writes.get(lba + i);
      if (known) known.push(part);
      else this.writes.set(lba + i, [part]);
    }
  }

  answered(operation: BlockOperation, lba: number, sectors: number, gpa: number): void {
    if (operation === 'read') this.compare(lba, sectors, gpa);
    if (operation !== 'write') return;
    const at = this.open.findIndex((one) => one.lba === lba && one.sectors === sectors);
    if (at < 0) return;
    for (const part of this.open[at].parts) part.answered = true;
    this.open.splice(at, 1);
    this.acknowledged++;
  }

  /** Most sectors are as they were, and are compared at one go; the others are looked at one by one. */
  private compare(lba: number, sectors: number, gpa: number): void {
    const bytes = sectors * SECTOR_BYTES;
    this.compared += bytes;
    if (this.piece.length < bytes) this.piece = new Uint8Array(bytes);
    this.before.read(lba, sectors, this.piece);
    const found = this.memory.u8.subarray(gpa, gpa + bytes);
    const plain = this.piece.subarray(0, bytes);
    if (sameBytes(plain, found) && !this.touches(lba, sectors)) return;
    for (let i = 0; i < sectors; i++) {
      const sector = found.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES);
      if (this.verdict(lba + i, sector) !== 'right') this.wrong += SECTOR_BYTES;
    }
  }

  private touches(lba: number, count: number): boolean {
    if (this.writes.size === 0) return false;
    for (let i = 0; i < count; i++) if (this.writes.has(lba + i)) return true;
    return false;
  }

  /** What may lie in a sector: its last answered write, or any that was sent after that and not answered. */
  private verdict(lba: number, found: Uint8Array): 'right' | 'lost' | 'foreign' {
    const writes = this.writes.get(lba) ?? [];
    const last = writes.findLastIndex(({ answered }) => answered);
    const allowed = writes.slice(Math.max(0, last));
    if (allowed.some(({ bytes }) => sameBytes(bytes, found))) return 'right';
    this.before.read(lba, 1, this.sector);
    if (sameBytes(this.sector, found)) return last < 0 ? 'right' : 'lost';
    return last < 0 || !writes.some(({ bytes }) => sameBytes(bytes, found)) ? 'foreign' : 'lost';
  }

  /** Looks at every sector that was written, or that should have been. */
  judge(disk: WrittenDisk): DiskVerdict {
    let [lost, foreign] = [0, 0];
    const sector = new Uint8Array(SECTOR_BYTES);
    for (const lba of new Set([...disk.written.keys(), ...this.writes.keys()])) {
      disk.read(lba, 1, sector);
      const verdict = this.verdict(lba, sector);
      if (verdict === 'lost') lost++;
      if (verdict === 'foreign') foreign++;
    }
    return { lost, foreign };
  }
}

/** Equal bytes, compared word by word where both lie on words. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  const words = (a.byteOffset | b.byteOffset) % 4 === 0 ? a.length >>> 2 : 0;
  if (words > 0) {
    const left = new Uint32Array(a.buffer, a.byteOffset, words);
    const right = new Uint32Array(b.buffer, b.byteOffset, words);
    for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false;
  }
  for (let i = 4 * words; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
