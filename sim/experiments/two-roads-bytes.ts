/**
 * Did every byte arrive, and at its own place? Each sector carries a pattern of its own, made from its address and the run's seed, so
 * that requests which change places, stop short or never happen cannot look like requests that were served.
 */
import { scramble } from '../core/digest.ts';
import type { BlockOperation } from '../guest/drivers/block.ts';
import type { RequestWatch } from '../guest/workloads/workload.ts';
import { SECTOR_BYTES } from '../guest/workloads/workload.ts';
import type { MemoryFile } from '../host/backends/byte-file.ts';
import type { Disk } from '../host/backends/disk.ts';

const WORDS = SECTOR_BYTES / 4;
/** Bytes of a file that are looked through at once. */
const PIECE = 65_536;
/** Odd, so that the words of a sector are all different. */
const STEP = 0x9e3779b9;

/** Where the requests go, and whose memory they come from. */
export interface RoadBytesOptions {
  readonly disk: Disk;
  /** The guest's memory. */
  readonly memory: Uint8Array;
  readonly seed: number;
  readonly operation: 'read' | 'write';
  /** Sectors from 0 that the requests may touch. */
  readonly span: number;
}

/** Fills what is sent, checks what comes back, and looks at the disk when all is done. */
export class RoadBytes implements RequestWatch {
  /** Sectors of requests that were answered. */
  private readonly served = new Set<number>();
  private waiting = 0;
  private wrong = 0;
  private readonly options: RoadBytesOptions;
  private scratch = new Uint32Array(WORDS);

  /** For reads the span is written on the disk, with no time spent. */
  constructor(options: RoadBytesOptions) {
    this.options = options;
    if (options.operation === 'write') return;
    const sector = new Uint8Array(this.scratch.buffer);
    for (let lba = 0; lba < options.span; lba++) {
      this.stamp(this.scratch, 0, lba);
      options.disk.write(lba, 1, sector);
    }
  }

  /** The buffer of a write gets the pattern of its place; that of a read loses what an earlier request left there. */
  issued(operation: BlockOperation, lba: number, sectors: number, gpa: number): void {
    this.waiting++;
    const { memory } = this.options;
    if (operation === 'read') memory.fill(0, gpa, gpa + sectors * SECTOR_BYTES);
    else memory.set(this.expected(lba, sectors), gpa);
  }

  answered(operation: BlockOperation, lba: number, sectors: number, gpa: number): void {
    this.waiting--;
    for (let i = 0; i < sectors; i++) this.served.add(lba + i);
    if (operation !== 'read') return;
    const found = this.options.memory.slice(gpa, gpa + sectors * SECTOR_BYTES);
    for (let i = 0; i < sectors; i++) if (!this.isStamp(found, i, lba + i)) this.wrong++;
  }

  /** True when every read brought the bytes of its place, and the disk holds what was written where it was written, and nothing else. */
  intact(): boolean {
    const { disk, span, operation } = this.options;
    if (this.waiting !== 0 || this.wrong > 0 || this.served.size === 0) return false;
    const sector = new Uint8Array(SECTOR_BYTES);
    for (let lba = 0; lba < Math.min(disk.sectors, 2 * span); lba++) {
      disk.read(lba, 1, sector);
      const full = lba < span && (operation === 'read' || this.served.has(lba));
      if (full ? !this.isStamp(sector, 0, lba) : sector.some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  /**
   * Looks through a file for the sectors of the requests that were answered: how many lie in it, and how many of those not where the
   * guest's own address would put them.
   */
  findIn(file: MemoryFile): { readonly found: number; readonly moved: number } {
    const addressOf = new Map([...this.served].map((lba) => [this.firstWord(lba) >>> 0, lba]));
    let found = 0;
    let moved = 0;
    for (let at = 0; at < file.size; at += PIECE) {
      const piece = file.read(at, PIECE);
      const words = new Uint32Array(piece.buffer, 0, PIECE / 4);
      for (let sector = 0; sector < PIECE / SECTOR_BYTES; sector++) {
        const lba = addressOf.get(words[sector * WORDS]);
        if (lba === undefined || !this.isStamp(piece, sector, lba)) continue;
        found++;
        if (at + sector * SECTOR_BYTES !== lba * SECTOR_BYTES) moved++;
      }
    }
    return { found, moved };
  }

  /** The bytes that belong to some sectors; good until the next call. */
  private expected(lba: number, sectors: number): Uint8Array {
    if (this.scratch.length < sectors * WORDS) this.scratch = new Uint32Array(sectors * WORDS);
    for (let i = 0; i < sectors; i++) this.stamp(this.scratch, i, lba + i);
    return new Uint8Array(this.scratch.buffer, 0, sectors * SECTOR_BYTES);
  }

  private stamp(words: Uint32Array, sector: number, lba: number): void {
    let word = this.firstWord(lba);
    for (let i = sector * WORDS; i < (sector + 1) * WORDS; i++) {
      words[i] = word;
      word = (word + STEP) | 0;
    }
  }

  private isStamp(bytes: Uint8Array, sector: number, lba: number): boolean {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + sector * SECTOR_BYTES, WORDS);
    let word = this.firstWord(lba);
    for (let i = 0; i < WORDS; i++) {
      if (words[i] !== word >>> 0) return false;
      word = (word + STEP) | 0;
    }
    return true;
  }

  private firstWord(lba: number): number {
    return scramble(this.options.seed ^ scramble(lba + 1));
  }
}
