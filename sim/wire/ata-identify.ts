/**
 * IDENTIFY DEVICE data: 256 words in which an ATA disk describes itself.
 *
 * Sources: ATA/ATAPI-6 §8.15; word numbers as in Linux `include/linux/ata.h` (`ATA_ID_*`).
 */

/** Word numbers that the builder and parser use. */
export const ATA_ID = {
  CONFIG: 0,
  CYLS: 1,
  HEADS: 3,
  SECTORS: 6,
  SERNO: 10,
  BUF_SIZE: 21,
  FW_REV: 23,
  PROD: 27,
  MAX_MULTSECT: 47,
  DWORD_IO: 48,
  CAPABILITY: 49,
  FIELD_VALID: 53,
  CUR_CYLS: 54,
  CUR_HEADS: 55,
  CUR_SECTORS: 56,
  MULTSECT: 59,
  LBA_CAPACITY: 60,
  MWDMA_MODES: 63,
  PIO_MODES: 64,
  EIDE_DMA_MIN: 65,
  EIDE_PIO: 67,
  MAJOR_VER: 80,
  COMMAND_SET_1: 82,
  COMMAND_SET_2: 83,
  CFS_ENABLE_1: 85,
  CFS_ENABLE_2: 86,
  CSF_DEFAULT: 87,
  UDMA_MODES: 88,
  LBA_CAPACITY_2: 100,
} as const;

/** What a disk says about itself. */
export interface AtaIdentity {
  /** Up to 40 ASCII characters. */
  readonly model: string;
  /** Up to 20 ASCII characters. */
  readonly serial: string;
  /** Up to 8 ASCII characters. */
  readonly firmware: string;
  /** Capacity in sectors of 512 bytes. */
  readonly sectors: number;
  /** Legacy geometry. */
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
  /** Most sectors per block of READ/WRITE MULTIPLE. */
  readonly maxMultiple: number;
  /** Current block size, 0 when SET MULTIPLE was not given. */
  readonly multiple: number;
  /** Highest supported multiword DMA and Ultra DMA mode, -1 for none. */
  readonly mwdmaMode: number;
  readonly udmaMode: number;
  /** The mode selected by SET FEATURES, -1 for none. */
  readonly udmaSelected: number;
  readonly lba48: boolean;
  readonly writeCache: boolean;
}

const MAX_LBA28 = 0x0fff_ffff;
const MAX_CHS = 16383 * 16 * 63;

/** The CHS geometry that an LBA disk of `sectors` reports: 16 heads, 63 sectors, at most 16 383 cylinders (ATA-6 annex B). */
export function ataGeometry(sectors: number): { cylinders: number; heads: number; sectorsPerTrack: number } {
  const cylinders = sectors >= MAX_CHS ? 16383 : Math.max(1, Math.floor(sectors / (16 * 63)));
  return { cylinders, heads: 16, sectorsPerTrack: 63 };
}

/** ASCII in an IDENTIFY string: the first character of each word is its high byte, padded with blanks. */
function putString(words: Uint16Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i++) {
    const first = i * 2 < text.length ? text.charCodeAt(i * 2) : 0x20;
    const second = i * 2 + 1 < text.length ? text.charCodeAt(i * 2 + 1) : 0x20;
    words[at + i] = ((first & 0x7f) << 8) | (second & 0x7f);
  }
}

function getString(words: Uint16Array, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(words[at + i] >> 8, words[at + i] & 0xff);
  return text.trimEnd();
}

const modesUpTo = (mode: number): number => (mode < 0 ? 0 : (1 << (mode + 1)) - 1);
const highestMode = (bits: number): number => 31 - Math.clz32(bits & 0xff);

function putCapacity(words: Uint16Array, identity: AtaIdentity): void {
  const lba28 = Math.min(identity.sectors, MAX_LBA28);
  words[ATA_ID.LBA_CAPACITY] = lba28 & 0xffff;
  words[ATA_ID.LBA_CAPACITY + 1] = lba28 >>> 16;
  if (!identity.lba48) return;
  let rest = identity.sectors;
  for (let i = 0; i < 4; i++, rest = Math.floor(rest / 0x1_0000))
    words[ATA_ID.LBA_CAPACITY_2 + i] = rest % 0x1_0000;
}

function putFeatures(words: Uint16Array, identity: AtaIdentity): void {
  const cache = identity.writeCache ? 0x20 : 0;
  const lba48 = identity.lba48 ? 0x2400 : 0x1000; // FLUSH CACHE (12), FLUSH CACHE EXT (13), 48-bit addresses (10)
  words[ATA_ID.MAJOR_VER] = 0x7e; // ATA-1 to ATA-6
  words[ATA_ID.COMMAND_SET_1] = 0x4000 | cache; // NOP
  words[ATA_ID.COMMAND_SET_2] = 0x4000 | 0x1000 | lba48;
  words[ATA_ID.COMMAND_SET_2 + 1] = 0x4000;
  words[ATA_ID.CFS_ENABLE_1] = 0x4000 | cache;
  words[ATA_ID.CFS_ENABLE_2] = 0x1000 | lba48;
  words[ATA_ID.CSF_DEFAULT] = 0x4000;
}

function putModes(words: Uint16Array, identity: AtaIdentity): void {
  words[ATA_ID.CAPABILITY] = 0x0300; // LBA and DMA
  words[ATA_ID.FIELD_VALID] = 0x7; // words 54-58, 64-70 and 88 are valid
  words[ATA_ID.MWDMA_MODES] = modesUpTo(identity.mwdmaMode);
  words[ATA_ID.PIO_MODES] = 0x3; // PIO 3 and 4
  for (let i = 0; i < 4; i++) words[ATA_ID.EIDE_DMA_MIN + i] = 120; // cycle times, ns
  const selected = identity.udmaSelected < 0 ? 0 : 0x100 << identity.udmaSelected;
  words[ATA_ID.UDMA_MODES] = modesUpTo(identity.udmaMode) | selected;
}

/** Builds the 512 bytes of IDENTIFY DEVICE data. */
export function buildIdentify(identity: AtaIdentity): Uint8Array {
  const words = new Uint16Array(256);
  const chs = identity.cylinders * identity.heads * identity.sectorsPerTrack;
  words[ATA_ID.CONFIG] = 0x0040; // fixed disk
  words[ATA_ID.CYLS] = words[ATA_ID.CUR_CYLS] = identity.cylinders;
  words[ATA_ID.HEADS] = words[ATA_ID.CUR_HEADS] = identity.heads;
  words[ATA_ID.SECTORS] = words[ATA_ID.CUR_SECTORS] = identity.sectorsPerTrack;
  words[57] = chs & 0xffff;
  words[58] = chs >>> 16;
  putString(words, ATA_ID.SERNO, 10, identity.serial);
  putString(words, ATA_ID.FW_REV, 4, identity.firmware);
  putString(words, ATA_ID.PROD, 20, identity.model);
  words[ATA_ID.MAX_MULTSECT] = 0x8000 | identity.maxMultiple;
  words[ATA_ID.DWORD_IO] = 1;
  words[ATA_ID.MULTSECT] = identity.multiple === 0 ? 0 : 0x100 | identity.multiple;
  putModes(words, identity);
  putCapacity(words, identity);
  putFeatures(words, identity);
  return new Uint8Array(words.buffer);
}

function capacityOf(words: Uint16Array, lba48: boolean): number {
  if (!lba48) return words[ATA_ID.LBA_CAPACITY] + words[ATA_ID.LBA_CAPACITY + 1] * 0x1_0000;
  let sectors = 0;
  for (let i = 3; i >= 0; i--) sectors = sectors * 0x1_0000 + words[ATA_ID.LBA_CAPACITY_2 + i];
  return sectors;
}

/** Reads IDENTIFY DEVICE data: 512 bytes at `offset`. */
export function parseIdentify(bytes: Uint8Array, offset = 0): AtaIdentity {
  const words = new Uint16Array(256);
  for (let i = 0; i < 256; i++) words[i] = bytes[offset + 2 * i] | (bytes[offset + 2 * i + 1] << 8);
  const lba48 = (words[ATA_ID.COMMAND_SET_2] & 0xc400) === 0x4400;
  return {
    model: getString(words, ATA_ID.PROD, 20),
    serial: getString(words, ATA_ID.SERNO, 10),
    firmware: getString(words, ATA_ID.FW_REV, 4),
    sectors: capacityOf(words, lba48),
    cylinders: words[ATA_ID.CYLS],
    heads: words[ATA_ID.HEADS],
    sectorsPerTrack: words[ATA_ID.SECTORS],
    maxMultiple: words[ATA_ID.MAX_MULTSECT] & 0xff,
    multiple: words[ATA_ID.MULTSECT] & 0x100 ? words[ATA_ID.MULTSECT] & 0xff : 0,
    mwdmaMode: highestMode(words[ATA_ID.MWDMA_MODES]),
    udmaMode: highestMode(words[ATA_ID.UDMA_MODES]),
    udmaSelected: highestMode(words[ATA_ID.UDMA_MODES] >> 8),
    lba48,
    writeCache: (words[ATA_ID.COMMAND_SET_1] & 0x20) !== 0,
  };
}
