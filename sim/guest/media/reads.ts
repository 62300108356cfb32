/**
 * Reading a disk without touching one: a reader of partition tables or file systems is a generator that yields the sectors it wants
 * and is resumed with their bytes. Who answers (a BIOS call, a UEFI protocol, a driver's queue, a test) is not its business.
 *
 * ```ts
 * const reading = openPartitionTable(disk.sectors);
 * let step = reading.next();
 * while (!step.done) step = reading.next(bytesOf(step.value.lba, step.value.sectors));
 * step.value; // { ok: true, value: … } or { ok: false, problem: { kind, message, hint } }
 * ```
 * Damage is a value, never an exception, and every walk is bounded: whatever the bytes are, a reader ends.
 */
import { SimBug } from '../../core/errors.ts';

/** Bytes of a sector, in which all addresses count. */
export const SECTOR = 512;
/** The most sectors that one read asks for: what INT 13h, ATA and the guest's bounce buffers take at once. */
export const MAX_READ_SECTORS = 128;

/** A wish of a reader: `sectors` sectors of 512 bytes from `lba`, at most {@link MAX_READ_SECTORS}, always inside the disk. */
export interface BlockRead {
  readonly lba: number;
  readonly sectors: number;
}

/**
 * A reader on its way: yields reads, is resumed with their bytes, returns its result. An answer with fewer bytes than were asked for
 * says that the disk failed.
 */
export type Reading<T> = Generator<BlockRead, T, Uint8Array>;

/** What sort of thing went wrong, for programs. */
export type ProblemKind =
  | 'no-table'
  | 'no-file-system'
  | 'unsupported'
  | 'damaged'
  | 'beyond-disk'
  | 'overlap'
  | 'empty'
  | 'loop'
  | 'recovered'
  | 'needs-recovery'
  | 'too-large'
  | 'bad-path'
  | 'not-found'
  | 'not-a-directory'
  | 'not-a-file'
  | 'unreadable';

/** Why a reader has no answer, or what it found wrong and survived. */
export interface Problem {
  readonly kind: ProblemKind;
  /** What is wrong, a sentence for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** A value, or the reason why there is none. */
export type Result<T> = { readonly ok: true; readonly value: T } | Failure;
/** The reason why there is no value. */
export interface Failure {
  readonly ok: false;
  readonly problem: Problem;
}

/** A good result. */
export const good = <T>(value: T): Result<T> => ({ ok: true, value });

/** A bad one. */
export const bad = (kind: ProblemKind, message: string, hint: string): Failure => ({
  ok: false,
  problem: { kind, message, hint },
});

/** What to do about an image whose bytes contradict each other. */
export const RESTORE = 'Restore the image from a backup; nothing was written to it.';

/** A failure because bytes contradict each other or the specification. */
export const damaged = (message: string, hint: string = RESTORE): Failure => bad('damaged', message, hint);

/** Bytes of `sectors` sectors from `lba`, asked for in reads of at most {@link MAX_READ_SECTORS}. */
export function* readSectors(lba: number, sectors: number): Reading<Result<Uint8Array>> {
  const bytes = new Uint8Array(sectors * SECTOR);
  for (let done = 0; done < sectors; ) {
    const count = Math.min(MAX_READ_SECTORS, sectors - done);
    const piece = yield { lba: lba + done, sectors: count };
    if (piece.length < count * SECTOR) return unreadable(lba + done, count);
    bytes.set(piece.length === count * SECTOR ? piece : piece.subarray(0, count * SECTOR), done * SECTOR);
    done += count;
  }
  return good(bytes);
}

const unreadable = (lba: number, sectors: number): Failure =>
  bad(
    'unreadable',
    `The disk did not give ${sectors === 1 ? `sector ${lba}` : `sectors ${lba} to ${lba + sectors - 1}`}.`,
    'Look at the disk and at its driver: the reader asked inside the disk.',
  );

/**
 * Runs a reader against something that has its bytes at once.
 * @param limit reads after which the reader counts as endless
 * @throws SimBug when a reader takes more reads than `limit` or asks for what no read may be: readers are bounded.
 */
export function runReading<T>(
  reading: Reading<T>,
  bytesOf: (lba: number, sectors: number) => Uint8Array,
  limit = 10_000_000,
): T {
  let step = reading.next();
  for (let reads = 0; !step.done; reads++) {
    const { lba, sectors } = step.value;
    if (reads >= limit) throw new SimBug(`a reader wants more than ${limit} reads`);
    if (!Number.isSafeInteger(lba) || lba < 0 || !(sectors > 0 && sectors <= MAX_READ_SECTORS))
      throw new SimBug(`a reader wants ${sectors} sectors from ${lba}`);
    step = reading.next(bytesOf(lba, sectors));
  }
  return step.value;
}
