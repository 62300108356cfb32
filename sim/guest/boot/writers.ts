/**
 * Programs that write while the disk changes hands: each has one request under way, and sends the next when it has its answer. Without
 * them nothing would be in flight, and a hand-over that loses requests would look like one that does not.
 *
 * Every sector carries who wrote it and which of its writes it was, so what is found on the disk tells its own history.
 */
import type { Program } from '../../core/program.ts';
import type { SectorRun } from './answer.ts';
import type { BootSite } from './boot-site.ts';
import type { DiskStack } from './disk-stack.ts';

/** Sectors of one write: 4 KiB. */
export const WRITE_SECTORS = 8;
const SECTOR_BYTES = 512;
/** Places of each writer, which it uses in turn. */
const PLACES = 2;
const MARK = 0x5249_4e47;
/** Writes that each may send before somebody says how many it shall be. */
const EARLY = 4;

/** One of them. */
interface Writer {
  readonly buffer: number;
  /** Writes sent so far. */
  sent: number;
  /** Its request has been answered; it may send the next. */
  ready: boolean;
}

/** Sectors that so many writers need. */
export const sectorsForWriters = (writers: number): number => writers * PLACES * WRITE_SECTORS;

export class Writers {
  answered = 0;
  failed = 0;
  private readonly site: BootSite;
  private readonly stack: DiskStack;
  private readonly first: number;
  private readonly writers: Writer[];
  /** Writes that each may still send. */
  private left: number;

  /** `run` is the stretch of the disk that they write to; `page` gives memory for each. Each sends {@link EARLY} writes to begin with. */
  constructor(site: BootSite, stack: DiskStack, run: SectorRun, count: number, page: () => number) {
    this.site = site;
    this.stack = stack;
    this.first = run.lba;
    const fitting = Math.min(count, Math.floor(run.sectors / (PLACES * WRITE_SECTORS)));
    this.writers = Array.from({ length: fitting }, () => ({ buffer: page(), sent: 0, ready: true }));
    this.left = EARLY * fitting;
  }

  /** True when one of them has something to send. */
  get ready(): boolean {
    return this.left > 0 && this.writers.some((writer) => writer.ready);
  }

  /** True when all that was sent has been answered. */
  get idle(): boolean {
    return this.writers.every((writer) => writer.ready);
  }

  /** From here on each sends so many more. */
  finishAfter(writes: number): void {
    this.left = writes * this.writers.length;
  }

  /** Lets everybody who may send its next write. */
  *pump(): Program {
    for (const [number, writer] of this.writers.entries()) {
      if (!writer.ready || this.left <= 0) continue;
      this.left--;
      yield* this.send(number, writer);
    }
  }

  private *send(number: number, writer: Writer): Program {
    const place = number * PLACES + (writer.sent % PLACES);
    const lba = this.first + place * WRITE_SECTORS;
    this.fill(number, writer, lba);
    writer.sent++;
    writer.ready = false;
    const request = {
      operation: 'write',
      lba,
      sectors: WRITE_SECTORS,
      gpa: writer.buffer,
      tag: number,
    } as const;
    yield* this.stack.submit(request, (tag, result) => {
      this.writers[tag].ready = true;
      this.answered++;
      if (result.kind === 'failed') this.failed++;
    });
  }

  private fill(number: number, { buffer, sent }: Writer, lba: number): void {
    const { u32 } = this.site.cpu.memory;
    for (let i = 0; i < WRITE_SECTORS; i++) {
      const word = (buffer + i * SECTOR_BYTES) >>> 2;
      u32.fill(sent, word, word + SECTOR_BYTES / 4);
      u32[word] = MARK;
      u32[word + 1] = number;
      u32[word + 2] = lba + i;
    }
  }
}
