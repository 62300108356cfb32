/**
 * Command descriptor blocks: builders and one parser. Numbers in a CDB are big-endian, unlike everything else on VMBus.
 *
 * Sources: SBC-3 §5 (read, write, capacity, unmap), SPC-4 §6 (inquiry, report LUNs, mode sense, request sense).
 */
import { SAI_READ_CAPACITY_16, SCSI_OP } from './scsi.ts';

/** By the group code, the upper three bits of the first byte. */
const LENGTHS: readonly number[] = [6, 10, 10, 0, 16, 12, 0, 0];

/** The size in bytes of a CDB, from the group code in its first byte; 0 for variable and vendor-specific groups. */
export function cdbLength(opcode: number): number {
  return LENGTHS[opcode >> 5];
}

function put(bytes: Uint8Array, at: number, length: number, value: number): void {
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256))
    bytes[at + i] = rest % 256;
}

/** A big-endian number of up to 8 bytes; exact below 2^53, larger values lose low bits but stay larger than any disk. */
export function bigEndian(bytes: Uint8Array, at: number, length: number): number {
  // The two lengths of the commonest commands, without multiplications.
  if (length === 2) return (bytes[at] << 8) | bytes[at + 1];
  if (length === 4)
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + bytes[at + i];
  return value;
}

/** Where a family of block commands keeps address and count. `at` is the byte offset, `length` the bytes. */
interface BlockForm {
  readonly read: number;
  readonly write: number;
  readonly size: number;
  readonly lba: readonly [at: number, length: number];
  readonly count: readonly [at: number, length: number];
}

/** The four sizes of READ and WRITE. */
export const BLOCK_FORMS: { readonly [size: number]: BlockForm } = {
  6: { read: SCSI_OP.READ_6, write: SCSI_OP.WRITE_6, size: 6, lba: [1, 3], count: [4, 1] },
  10: { read: SCSI_OP.READ_10, write: SCSI_OP.WRITE_10, size: 10, lba: [2, 4], count: [7, 2] },
  12: { read: SCSI_OP.READ_12, write: SCSI_OP.WRITE_12, size: 12, lba: [2, 4], count: [6, 4] },
  16: { read: SCSI_OP.READ_16, write: SCSI_OP.WRITE_16, size: 16, lba: [2, 8], count: [10, 4] },
};

/** READ or WRITE of `size` bytes of CDB. In the 6-byte form a count of 256 is stored as 0. */
export function blockCdb(
  kind: 'read' | 'write',
  lba: number,
  blocks: number,
  size: 6 | 10 | 12 | 16 = 10,
  fua = false,
): Uint8Array {
  const form = BLOCK_FORMS[size];
  const cdb = new Uint8Array(size);
  put(cdb, form.lba[0], form.lba[1], lba);
  put(cdb, form.count[0], form.count[1], blocks);
  if (fua && size !== 6) cdb[1] |= 0x08;
  cdb[0] = form[kind];
  return cdb;
}

/** The shortest CDB that Linux's sd driver would use: 10 bytes while address and count fit, else 16. */
export function shortestBlockCdb(kind: 'read' | 'write', lba: number, blocks: number): Uint8Array {
  return blockCdb(kind, lba, blocks, lba + blocks > 0xffff_ffff || blocks > 0xffff ? 16 : 10);
}

/** TEST UNIT READY (SPC-4): moves no data. */
export const testUnitReadyCdb = (): Uint8Array => new Uint8Array(6);

/** INQUIRY; with `vpdPage` the vital product data page of that number. */
export function inquiryCdb(allocation: number, vpdPage?: number): Uint8Array {
  const cdb = Uint8Array.of(SCSI_OP.INQUIRY, vpdPage === undefined ? 0 : 1, vpdPage ?? 0, 0, 0, 0);
  put(cdb, 3, 2, allocation);
  return cdb;
}

/** REPORT LUNS (SPC-4): `allocation` is the room for the answer, bytes. */
export function reportLunsCdb(allocation: number): Uint8Array {
  const cdb = new Uint8Array(12);
  cdb[0] = SCSI_OP.REPORT_LUNS;
  put(cdb, 6, 4, allocation);
  return cdb;
}

/** READ CAPACITY (10) (SBC-3). */
export function readCapacity10Cdb(): Uint8Array {
  const cdb = new Uint8Array(10);
  cdb[0] = SCSI_OP.READ_CAPACITY;
  return cdb;
}

/** READ CAPACITY (16) (SBC-3), a service action of SERVICE ACTION IN (16). */
export function readCapacity16Cdb(allocation = 32): Uint8Array {
  const cdb = new Uint8Array(16);
  cdb[0] = SCSI_OP.SERVICE_ACTION_IN_16;
  cdb[1] = SAI_READ_CAPACITY_16;
  put(cdb, 10, 4, allocation);
  return cdb;
}

/** MODE SENSE (6) (SPC-4). */
export function modeSense6Cdb(page: number, allocation: number): Uint8Array {
  return Uint8Array.of(SCSI_OP.MODE_SENSE, 0, page & 0x3f, 0, allocation & 0xff, 0);
}

/** MODE SENSE (10) (SPC-4). */
export function modeSense10Cdb(page: number, allocation: number): Uint8Array {
  const cdb = new Uint8Array(10);
  cdb[0] = SCSI_OP.MODE_SENSE_10;
  cdb[2] = page & 0x3f;
  put(cdb, 7, 2, allocation);
  return cdb;
}

/** REQUEST SENSE (SPC-4). */
export function requestSenseCdb(allocation: number): Uint8Array {
  return Uint8Array.of(SCSI_OP.REQUEST_SENSE, 0, 0, 0, allocation & 0xff, 0);
}

/** SYNCHRONIZE CACHE (10) of the whole medium when both numbers are 0. */
export function synchronizeCacheCdb(lba = 0, blocks = 0): Uint8Array {
  const cdb = new Uint8Array(10);
  cdb[0] = SCSI_OP.SYNCHRONIZE_CACHE;
  put(cdb, 2, 4, lba);
  put(cdb, 7, 2, blocks);
  return cdb;
}

/** UNMAP (SBC-3): the ranges are in the data that goes with it. */
export function unmapCdb(parameterListLength: number): Uint8Array {
  const cdb = new Uint8Array(10);
  cdb[0] = SCSI_OP.UNMAP;
  put(cdb, 7, 2, parameterListLength);
  return cdb;
}

/** What a CDB asks for. */
export type ScsiCommand =
  | { readonly kind: 'test-unit-ready' }
  | {
      readonly kind: 'read' | 'write' | 'verify' | 'synchronize-cache';
      readonly lba: number;
      readonly blocks: number;
      readonly fua: boolean;
    }
  | { readonly kind: 'inquiry'; readonly vpdPage: number | undefined; readonly allocation: number }
  | { readonly kind: 'report-luns' | 'read-capacity-16' | 'request-sense'; readonly allocation: number }
  | { readonly kind: 'read-capacity-10' }
  | { readonly kind: 'mode-sense'; readonly page: number; readonly allocation: number; readonly form: 6 | 10 }
  | { readonly kind: 'unmap'; readonly parameterListLength: number }
  | { readonly kind: 'start-stop'; readonly start: boolean }
  | { readonly kind: 'invalid-field'; readonly opcode: number }
  | { readonly kind: 'unknown'; readonly opcode: number };

function blockCommand(cdb: Uint8Array, at: number, kind: 'read' | 'write', form: BlockForm): ScsiCommand {
  const raw = bigEndian(cdb, at + form.lba[0], form.lba[1]);
  const count = bigEndian(cdb, at + form.count[0], form.count[1]);
  if (form.size !== 6) return { kind, lba: raw, blocks: count, fua: (cdb[at + 1] & 0x08) !== 0 };
  return { kind, lba: raw & 0x1f_ffff, blocks: count === 0 ? 256 : count, fua: false };
}

/** Parses the CDB at `at`. Never throws: an opcode that is not known gives `unknown`, as a target must answer it with sense data. */
export function parseCdb(cdb: Uint8Array, at = 0): ScsiCommand {
  const opcode = cdb[at];
  const form = BLOCK_FORMS[cdbLength(opcode)];
  if (form !== undefined && (opcode === form.read || opcode === form.write)) {
    return blockCommand(cdb, at, opcode === form.read ? 'read' : 'write', form);
  }
  const two = bigEndian(cdb, at + 7, 2);
  switch (opcode) {
    case SCSI_OP.TEST_UNIT_READY:
      return { kind: 'test-unit-ready' };
    case SCSI_OP.REQUEST_SENSE:
      return { kind: 'request-sense', allocation: cdb[at + 4] };
    case SCSI_OP.INQUIRY:
      return parseInquiry(cdb, at);
    case SCSI_OP.MODE_SENSE:
      return { kind: 'mode-sense', page: cdb[at + 2] & 0x3f, allocation: cdb[at + 4], form: 6 };
    case SCSI_OP.MODE_SENSE_10:
      return { kind: 'mode-sense', page: cdb[at + 2] & 0x3f, allocation: two, form: 10 };
    case SCSI_OP.START_STOP:
      return { kind: 'start-stop', start: (cdb[at + 4] & 1) !== 0 };
    case SCSI_OP.READ_CAPACITY:
      return { kind: 'read-capacity-10' };
    case SCSI_OP.VERIFY:
      return { kind: 'verify', lba: bigEndian(cdb, at + 2, 4), blocks: two, fua: false };
    case SCSI_OP.SYNCHRONIZE_CACHE:
      return { kind: 'synchronize-cache', lba: bigEndian(cdb, at + 2, 4), blocks: two, fua: false };
    case SCSI_OP.SYNCHRONIZE_CACHE_16:
      return {
        kind: 'synchronize-cache',
        lba: bigEndian(cdb, at + 2, 8),
        blocks: bigEndian(cdb, at + 10, 4),
        fua: false,
      };
    case SCSI_OP.UNMAP:
      return { kind: 'unmap', parameterListLength: two };
    case SCSI_OP.SERVICE_ACTION_IN_16:
      if ((cdb[at + 1] & 0x1f) !== SAI_READ_CAPACITY_16) return { kind: 'invalid-field', opcode };
      return { kind: 'read-capacity-16', allocation: bigEndian(cdb, at + 10, 4) };
    case SCSI_OP.REPORT_LUNS:
      return { kind: 'report-luns', allocation: bigEndian(cdb, at + 6, 4) };
    default:
      return { kind: 'unknown', opcode };
  }
}

function parseInquiry(cdb: Uint8Array, at: number): ScsiCommand {
  const evpd = (cdb[at + 1] & 1) !== 0;
  if (!evpd && cdb[at + 2] !== 0) return { kind: 'invalid-field', opcode: SCSI_OP.INQUIRY };
  return { kind: 'inquiry', vpdPage: evpd ? cdb[at + 2] : undefined, allocation: bigEndian(cdb, at + 3, 2) };
}
