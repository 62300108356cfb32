/**
 * What a SCSI target decides about a command before any disk time passes: an answer at once, or the work to do on the disk.
 *
 * The split lets storvsp run the work asynchronously on the guest's own pages: the target never copies the guest's data.
 */
import { ASC, SAM_STAT, SENSE_KEY } from '../../wire/scsi.ts';
import type { Sense } from '../../wire/scsi-data.ts';

/** Answered: SAM status, sense data when the status is CHECK CONDITION, data for the guest's buffer when it is GOOD. */
export interface ScsiDone {
  readonly kind: 'done';
  /** SAM status byte. */
  readonly status: number;
  readonly sense?: Sense;
  /** Already cut to the allocation length and to the guest's buffer. */
  readonly data?: Uint8Array;
}

/** A read or write. `sectors` × 512 bytes lie inside the guest's buffer and the range inside the disk. */
export interface ScsiTransfer {
  kind: 'read' | 'write';
  lba: number;
  sectors: number;
  /** Force unit access: a write is stable when it completes. */
  fua: boolean;
}

/** What is to be done on the disk. */
export type ScsiWork =
  | Readonly<ScsiTransfer>
  | { readonly kind: 'flush' }
  | {
      readonly kind: 'unmap';
      readonly ranges: readonly { readonly lba: number; readonly sectors: number }[];
    };

export type ScsiPlan = ScsiDone | ScsiWork;

/** The guest's buffer for one command, as its transport sees it. */
export interface ScsiBuffer {
  /** `in` is from the disk to the guest. */
  readonly direction: 'in' | 'out' | 'none';
  /** Bytes of the buffer: the most that may be transferred. */
  readonly length: number;
  /** The first `length` bytes of what the guest sends. Asked for only within the buffer, and only of parameter lists. */
  bytes(length: number): Uint8Array;
}

const NOTHING = new Uint8Array(0);
/** The buffer of a command that moves no data. */
export const NO_BUFFER: ScsiBuffer = { direction: 'none', length: 0, bytes: () => NOTHING };

/** GOOD without data. */
export const GOOD: ScsiDone = { kind: 'done', status: SAM_STAT.GOOD };

/** GOOD with `data`, cut to the CDB's allocation length and to the guest's buffer. */
export function good(data: Uint8Array, allocation: number, buffer: ScsiBuffer): ScsiDone {
  const room = buffer.direction === 'in' ? buffer.length : 0;
  return { kind: 'done', status: SAM_STAT.GOOD, data: data.subarray(0, Math.min(allocation, room)) };
}

/** CHECK CONDITION with this sense. `code` is the additional sense code << 8 | qualifier. */
export function check(key: number, code: number): ScsiDone {
  return { kind: 'done', status: SAM_STAT.CHECK_CONDITION, sense: { key, code } };
}

/** CHECK CONDITION, ILLEGAL REQUEST: the guest asked for what cannot be. */
export function illegal(code: number): ScsiDone {
  return check(SENSE_KEY.ILLEGAL_REQUEST, code);
}

/** Sense of a write that the host could not take (its volume is full) and of one to a write-protected disk. */
export const WRITE_FAULT: ScsiDone = check(SENSE_KEY.MEDIUM_ERROR, ASC.WRITE_ERROR);
export const WRITE_PROTECTED: ScsiDone = check(SENSE_KEY.DATA_PROTECT, ASC.WRITE_PROTECTED);
