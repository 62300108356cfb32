/**
 * The data that SCSI commands return: INQUIRY, vital product data, LUN list, capacity, mode pages, sense; and the UNMAP list.
 *
 * Sources: SPC-4 §4.5.3 (fixed sense), §6.4 (INQUIRY), §6.33 (REPORT LUNS), §7.5 (mode), §7.8 (VPD); SBC-3 §5.16, §5.17 (capacity),
 * §5.28 (UNMAP), §6.6 (VPD pages B0h to B2h). Callers cut the result to the allocation length of the CDB.
 */

import { MODE_DPOFUA, MODE_PAGE, MODE_WRITE_PROTECT, SCSI_TYPE, VPD } from './scsi.ts';
import { bigEndian } from './scsi-cdb.ts';

/** Sense data in numbers. */
export interface Sense {
  readonly key: number;
  /** Additional sense code << 8 | qualifier. */
  readonly code: number;
}

/** Bytes of fixed-format sense data. */
export const FIXED_SENSE_SIZE = 18;

/** Fixed-format sense data of the current command (response code 70h). */
export function buildSense(sense: Sense): Uint8Array {
  const bytes = new Uint8Array(FIXED_SENSE_SIZE);
  bytes[0] = 0x70;
  bytes[2] = sense.key;
  bytes[7] = FIXED_SENSE_SIZE - 8;
  bytes[12] = sense.code >> 8;
  bytes[13] = sense.code & 0xff;
  return bytes;
}

/** Reads fixed-format sense data; `undefined` when the response code is another one or bytes are missing. */
export function parseSense(bytes: Uint8Array, at = 0): Sense | undefined {
  if (bytes.length < at + 14 || (bytes[at] & 0x7e) !== 0x70) return undefined;
  return { key: bytes[at + 2] & 0xf, code: (bytes[at + 12] << 8) | bytes[at + 13] };
}

/** What a logical unit says about itself. */
export interface ScsiIdentity {
  /** Up to 8, 16 and 4 ASCII characters. */
  readonly vendor: string;
  readonly product: string;
  readonly revision: string;
  readonly serial: string;
  /** 8 bytes of an NAA identifier, unique per disk. */
  readonly naa: Uint8Array;
  readonly readOnly: boolean;
  /** UNMAP is supported. */
  readonly thin: boolean;
  /** Longest transfer in blocks, 0 for no limit. */
  readonly maxTransferBlocks: number;
}

function putText(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i++) bytes[at + i] = i < text.length ? text.charCodeAt(i) & 0x7f : 0x20;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value >>> 0);
}

/** Standard INQUIRY data, 36 bytes. */
export function buildInquiry(identity: ScsiIdentity): Uint8Array {
  const bytes = new Uint8Array(36);
  bytes[0] = SCSI_TYPE.DISK;
  bytes[2] = 6; // SPC-4
  bytes[3] = 2; // response data format
  bytes[4] = 36 - 5;
  bytes[7] = 0x02; // command queuing
  putText(bytes, 8, 8, identity.vendor);
  putText(bytes, 16, 16, identity.product);
  putText(bytes, 32, 4, identity.revision);
  return bytes;
}

/** INQUIRY data of a logical unit that does not exist: success with type 7Fh, or Linux makes a ghost disk of it. */
export function buildAbsentInquiry(): Uint8Array {
  const bytes = new Uint8Array(36);
  bytes[0] = SCSI_TYPE.NO_LUN;
  bytes[2] = 6;
  bytes[3] = 2;
  bytes[4] = 36 - 5;
  return bytes;
}

const VPD_PAGES: readonly number[] = Object.values(VPD);

function vpdBody(page: number, identity: ScsiIdentity): Uint8Array | undefined {
  switch (page) {
    case VPD.SUPPORTED_PAGES:
      return Uint8Array.from(VPD_PAGES);
    case VPD.SERIAL_NUMBER:
      return Uint8Array.from(identity.serial, (c) => c.charCodeAt(0) & 0x7f);
    case VPD.DEVICE_IDENTIFICATION:
      return Uint8Array.of(0x01, 0x03, 0, 8, ...identity.naa.subarray(0, 8)); // binary, NAA, of the logical unit
    case VPD.BLOCK_LIMITS:
      return blockLimits(identity);
    case VPD.BLOCK_CHARACTERISTICS:
      return new Uint8Array(60); // rotation rate not reported
    case VPD.LOGICAL_BLOCK_PROVISIONING: {
      const body = new Uint8Array(4);
      if (identity.thin) body.set([0, 0x80, 0x02, 0]); // UNMAP, thin provisioned
      return body;
    }
    default:
      return undefined;
  }
}

function blockLimits(identity: ScsiIdentity): Uint8Array {
  const body = new Uint8Array(60);
  put32(body, 4, identity.maxTransferBlocks);
  if (identity.thin) {
    put32(body, 16, 0xffff_ffff); // UNMAP: any number of blocks
    put32(body, 20, 256); // UNMAP: descriptors
  }
  return body;
}

/** A vital product data page with its 4-byte header; `undefined` when the page does not exist. */
export function buildVpd(page: number, identity: ScsiIdentity): Uint8Array | undefined {
  const body = vpdBody(page, identity);
  if (body === undefined) return undefined;
  const bytes = new Uint8Array(4 + body.length);
  bytes.set([SCSI_TYPE.DISK, page, body.length >> 8, body.length & 0xff]);
  bytes.set(body, 4);
  return bytes;
}

/** REPORT LUNS data for LUNs below 256 (peripheral device addressing). */
export function buildReportLuns(luns: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + luns.length * 8);
  put32(bytes, 0, luns.length * 8);
  for (const [i, lun] of luns.entries()) bytes[8 + i * 8 + 1] = lun;
  return bytes;
}

/** LUNs of REPORT LUNS data, as far as the bytes go. */
export function parseReportLuns(bytes: Uint8Array): number[] {
  if (bytes.length < 8) return [];
  const count = Math.min(bigEndian(bytes, 0, 4), bytes.length - 8) >> 3;
  return Array.from({ length: count }, (_, i) => bytes[8 + i * 8 + 1]);
}

/** READ CAPACITY (10) data: the last block address, all ones when it does not fit, and the block length. */
export function buildCapacity10(blocks: number, blockBytes: number): Uint8Array {
  const bytes = new Uint8Array(8);
  put32(bytes, 0, Math.min(blocks - 1, 0xffff_ffff));
  put32(bytes, 4, blockBytes);
  return bytes;
}

/** READ CAPACITY (16) data. `physicalExponent` is log2 of logical blocks per physical block. */
export function buildCapacity16(
  blocks: number,
  blockBytes: number,
  physicalExponent = 0,
  thin = false,
): Uint8Array {
  const bytes = new Uint8Array(32);
  const last = blocks - 1;
  put32(bytes, 0, Math.floor(last / 0x1_0000_0000));
  put32(bytes, 4, last);
  put32(bytes, 8, blockBytes);
  bytes[13] = physicalExponent & 0xf;
  bytes[14] = thin ? 0x80 : 0;
  return bytes;
}

/** Block count and length of READ CAPACITY data of either size. */
export function parseCapacity(bytes: Uint8Array, form: 10 | 16): { blocks: number; blockBytes: number } {
  if (form === 10) return { blocks: bigEndian(bytes, 0, 4) + 1, blockBytes: bigEndian(bytes, 4, 4) };
  return { blocks: bigEndian(bytes, 0, 8) + 1, blockBytes: bigEndian(bytes, 8, 4) };
}

function cachingPage(writeCache: boolean): Uint8Array {
  const page = new Uint8Array(20);
  page.set([MODE_PAGE.CACHING, 18, writeCache ? 0x04 : 0]);
  return page;
}

/** MODE SENSE data without block descriptors; `undefined` when the page does not exist. */
export function buildModeSense(
  page: number,
  form: 6 | 10,
  options: { readOnly: boolean; writeCache: boolean },
): Uint8Array | undefined {
  if (page !== MODE_PAGE.ALL && page !== MODE_PAGE.CACHING) return undefined;
  const body = cachingPage(options.writeCache);
  const header = form === 6 ? 4 : 8;
  const bytes = new Uint8Array(header + body.length);
  const specific = (options.readOnly ? MODE_WRITE_PROTECT : 0) | MODE_DPOFUA;
  if (form === 6) bytes.set([bytes.length - 1, 0, specific, 0]);
  else bytes.set([0, bytes.length - 2, 0, specific]);
  bytes.set(body, header);
  return bytes;
}

/** One extent of an UNMAP list. */
export interface UnmapExtent {
  readonly lba: number;
  readonly blocks: number;
}

/** Builds an UNMAP parameter list. */
export function buildUnmapList(extents: readonly UnmapExtent[]): Uint8Array {
  const bytes = new Uint8Array(8 + extents.length * 16);
  bytes.set([
    (bytes.length - 2) >> 8,
    (bytes.length - 2) & 0xff,
    (extents.length * 16) >> 8,
    (extents.length * 16) & 0xff,
  ]);
  for (const [i, extent] of extents.entries()) {
    put32(bytes, 8 + i * 16, Math.floor(extent.lba / 0x1_0000_0000));
    put32(bytes, 12 + i * 16, extent.lba);
    put32(bytes, 16 + i * 16, extent.blocks);
  }
  return bytes;
}

/** Reads an UNMAP parameter list, as far as both its length field and the bytes go. */
export function parseUnmapList(bytes: Uint8Array): UnmapExtent[] {
  if (bytes.length < 8) return [];
  const count = Math.floor(Math.min(bigEndian(bytes, 2, 2), bytes.length - 8) / 16);
  return Array.from({ length: count }, (_, i) => ({
    lba: bigEndian(bytes, 8 + i * 16, 8),
    blocks: bigEndian(bytes, 16 + i * 16, 4),
  }));
}
