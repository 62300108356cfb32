/**
 * The VHD disk image format: footer, dynamic header, block allocation table, checksums, geometry.
 *
 * Source: "Virtual Hard Disk Image Format Specification", Microsoft, October 2006. All numbers in a VHD are big-endian.
 */

/** Kind of image. */
export const VHD_TYPE = { FIXED: 2, DYNAMIC: 3, DIFFERENCING: 4 } as const;
/** Bytes of a footer. A dynamic image starts with a copy of it. */
export const VHD_FOOTER_SIZE = 512;
/** Bytes of a dynamic disk header. */
export const VHD_DYNAMIC_HEADER_SIZE = 1024;
/** Bytes of a block's data unless chosen otherwise. */
export const VHD_DEFAULT_BLOCK_SIZE = 2 * 1024 * 1024;
/** Table entry of a block that was never written. */
export const VHD_UNUSED_BLOCK = 0xffff_ffff;
const FOOTER_COOKIE = 'conectix';
const HEADER_COOKIE = 'cxsparse';
const VERSION = 0x0001_0000;
const NO_OFFSET = 0xffff_ffff_ffff_ffffn;

/** Cylinders, heads, sectors per track. */
export interface ChsGeometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

/** The fields of a footer that matter to a reader. */
export interface VhdFooter {
  readonly type: number;
  /** Size of the disk in bytes. */
  readonly currentSize: number;
  readonly originalSize: number;
  /** File offset of the dynamic header, `undefined` for a fixed image. */
  readonly dataOffset: number | undefined;
  /** Seconds since 2000-01-01 UTC. */
  readonly timeStamp: number;
  readonly geometry: ChsGeometry;
  /** 16 bytes. */
  readonly uniqueId: Uint8Array;
  readonly savedState: boolean;
}

/** The fields of a dynamic disk header. */
export interface VhdDynamicHeader {
  /** File offset of the block allocation table. */
  readonly tableOffset: number;
  readonly maxTableEntries: number;
  /** Bytes of data per block, a power of two. */
  readonly blockSize: number;
}

/** One's complement of the sum of all bytes, leaving out the 4 checksum bytes at `checksumAt`. */
export function vhdChecksum(bytes: Uint8Array, checksumAt: number): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) if (i < checksumAt || i >= checksumAt + 4) sum += bytes[i];
  return ~sum >>> 0;
}

/** Offset of the checksum in a footer and in a dynamic header. */
export const VHD_FOOTER_CHECKSUM_AT = 64;
/** Where the checksum lies in the dynamic header, bytes. */
export const VHD_HEADER_CHECKSUM_AT = 36;

/** The CHS geometry for a disk of `totalSectors`, by the algorithm of the specification's appendix. */
export function vhdGeometry(totalSectors: number): ChsGeometry {
  const sectors = Math.min(totalSectors, 65535 * 16 * 255);
  if (sectors >= 65535 * 16 * 63) return withSpt(sectors, 255, 16);
  const first = withSpt(sectors, 17, Math.max(4, Math.floor((Math.floor(sectors / 17) + 1023) / 1024)));
  if (first.heads <= 16 && Math.floor(sectors / 17) < first.heads * 1024) return first;
  if (Math.floor(sectors / 31) < 16 * 1024) return withSpt(sectors, 31, 16);
  return withSpt(sectors, 63, 16);
}

function withSpt(sectors: number, sectorsPerTrack: number, heads: number): ChsGeometry {
  return { cylinders: Math.floor(Math.floor(sectors / sectorsPerTrack) / heads), heads, sectorsPerTrack };
}

function cookie(bytes: Uint8Array, text: string): void {
  for (let i = 0; i < 8; i++) bytes[i] = text.charCodeAt(i);
}

function hasCookie(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < 8; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

const viewOf = (bytes: Uint8Array, at: number, length: number): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset + at, length);

/** Builds a footer with its checksum. */
export function buildVhdFooter(footer: VhdFooter): Uint8Array {
  const bytes = new Uint8Array(VHD_FOOTER_SIZE);
  const view = viewOf(bytes, 0, VHD_FOOTER_SIZE);
  cookie(bytes, FOOTER_COOKIE);
  view.setUint32(8, 2); // features: the reserved bit is always set
  view.setUint32(12, VERSION);
  view.setBigUint64(16, footer.dataOffset === undefined ? NO_OFFSET : BigInt(footer.dataOffset));
  view.setUint32(24, footer.timeStamp);
  view.setUint32(28, 0x7769_6e20); // creator application "win "
  view.setUint32(32, 0x0006_0001);
  view.setUint32(36, 0x5769_326b); // creator host "Wi2k"
  view.setBigUint64(40, BigInt(footer.originalSize));
  view.setBigUint64(48, BigInt(footer.currentSize));
  view.setUint16(56, footer.geometry.cylinders);
  view.setUint8(58, footer.geometry.heads);
  view.setUint8(59, footer.geometry.sectorsPerTrack);
  view.setUint32(60, footer.type);
  bytes.set(footer.uniqueId.subarray(0, 16), 68);
  bytes[84] = footer.savedState ? 1 : 0;
  view.setUint32(VHD_FOOTER_CHECKSUM_AT, vhdChecksum(bytes, VHD_FOOTER_CHECKSUM_AT));
  return bytes;
}

/** Reads a footer at `at`; `undefined` when the cookie or the checksum is wrong or bytes are missing. */
export function parseVhdFooter(file: Uint8Array, at = 0): VhdFooter | undefined {
  if (file.length < at + VHD_FOOTER_SIZE || !hasCookie(file, at, FOOTER_COOKIE)) return undefined;
  const view = viewOf(file, at, VHD_FOOTER_SIZE);
  const sum = vhdChecksum(file.subarray(at, at + VHD_FOOTER_SIZE), VHD_FOOTER_CHECKSUM_AT);
  if (view.getUint32(VHD_FOOTER_CHECKSUM_AT) !== sum) return undefined;
  const dataOffset = view.getBigUint64(16);
  return {
    type: view.getUint32(60),
    currentSize: Number(view.getBigUint64(48)),
    originalSize: Number(view.getBigUint64(40)),
    dataOffset: dataOffset === NO_OFFSET ? undefined : Number(dataOffset),
    timeStamp: view.getUint32(24),
    geometry: { cylinders: view.getUint16(56), heads: view.getUint8(58), sectorsPerTrack: view.getUint8(59) },
    uniqueId: file.slice(at + 68, at + 84),
    savedState: file[at + 84] !== 0,
  };
}

/** Builds a dynamic disk header without parent. */
export function buildVhdDynamicHeader(header: VhdDynamicHeader): Uint8Array {
  const bytes = new Uint8Array(VHD_DYNAMIC_HEADER_SIZE);
  const view = viewOf(bytes, 0, VHD_DYNAMIC_HEADER_SIZE);
  cookie(bytes, HEADER_COOKIE);
  view.setBigUint64(8, NO_OFFSET);
  view.setBigUint64(16, BigInt(header.tableOffset));
  view.setUint32(24, VERSION);
  view.setUint32(28, header.maxTableEntries);
  view.setUint32(32, header.blockSize);
  view.setUint32(VHD_HEADER_CHECKSUM_AT, vhdChecksum(bytes, VHD_HEADER_CHECKSUM_AT));
  return bytes;
}

/** Reads a dynamic disk header at `at`; `undefined` when cookie or checksum is wrong or bytes are missing. */
export function parseVhdDynamicHeader(file: Uint8Array, at = 0): VhdDynamicHeader | undefined {
  if (file.length < at + VHD_DYNAMIC_HEADER_SIZE || !hasCookie(file, at, HEADER_COOKIE)) return undefined;
  const view = viewOf(file, at, VHD_DYNAMIC_HEADER_SIZE);
  const sum = vhdChecksum(file.subarray(at, at + VHD_DYNAMIC_HEADER_SIZE), VHD_HEADER_CHECKSUM_AT);
  if (view.getUint32(VHD_HEADER_CHECKSUM_AT) !== sum) return undefined;
  return {
    tableOffset: Number(view.getBigUint64(16)),
    maxTableEntries: view.getUint32(28),
    blockSize: view.getUint32(32),
  };
}

/** Bytes of the sector bitmap in front of a block's data: one bit per sector, rounded up to sectors. */
export function vhdBitmapSize(blockSize: number): number {
  return Math.ceil(blockSize / 512 / 8 / 512) * 512;
}

/** Bytes of a block allocation table in the file: 4 per entry, rounded up to sectors. */
export function vhdTableSize(entries: number): number {
  return Math.ceil((entries * 4) / 512) * 512;
}
