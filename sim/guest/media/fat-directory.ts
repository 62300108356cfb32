/** Entries of a FAT directory, with the long names that are spread over the entries before them. */
import {
  FAT_ATTR,
  FAT_ATTR_LONG_NAME,
  FAT_ATTR_LONG_NAME_MASK,
  FAT_DELETED,
  FAT_ENTRY_BYTES,
  FAT_LAST_LONG_ENTRY,
  FAT_LONG_NAME_CHARS,
  fatDirectoryEntry,
  fatNameChecksum,
} from '../../wire/fat.ts';
import { fieldsReader, utf16 } from './fields.ts';

/** An entry of a directory. */
export interface FatEntry {
  readonly name: string;
  /** The 8.3 name; the same as `name` when there is no long one. */
  readonly shortName: string;
  readonly attributes: number;
  readonly cluster: number;
  readonly bytes: number;
}

const fields = fieldsReader(
  fatDirectoryEntry,
  'DIR_Attr',
  'DIR_NTRes',
  'DIR_FstClusHI',
  'DIR_FstClusLO',
  'DIR_FileSize',
);
const LOWER_BASE = 0x08;
const LOWER_EXTENSION = 0x10;
/** `DIR_Name[0]` of a name that really starts with the byte of a deleted entry. */
const ESCAPED_E5 = 0x05;

/** A long name on its way: pieces come last first. */
interface Pieces {
  readonly next: number;
  readonly checksum: number;
  readonly text: string;
}

/** The entries of a directory, up to its end mark. Labels, deleted entries and '.' and '..' are left out. */
export function fatEntries(directory: Uint8Array, kind: 'fat12' | 'fat16' | 'fat32'): FatEntry[] {
  const entries: FatEntry[] = [];
  let pieces: Pieces | undefined;
  for (let at = 0; at + FAT_ENTRY_BYTES <= directory.length; at += FAT_ENTRY_BYTES) {
    const raw = directory.subarray(at, at + FAT_ENTRY_BYTES);
    if (raw[0] === 0) break;
    const attributes = raw[11];
    if (raw[0] === FAT_DELETED) pieces = undefined;
    else if ((attributes & FAT_ATTR_LONG_NAME_MASK) === FAT_ATTR_LONG_NAME) pieces = addPiece(raw, pieces);
    else {
      if ((attributes & FAT_ATTR.VOLUME_ID) === 0 && raw[0] !== DOT) entries.push(entryOf(raw, pieces, kind));
      pieces = undefined;
    }
  }
  return entries;
}

/** The label in the root directory, which counts more than the boot sector's. */
export function fatLabel(directory: Uint8Array): string | undefined {
  for (let at = 0; at + FAT_ENTRY_BYTES <= directory.length && directory[at] !== 0; at += FAT_ENTRY_BYTES) {
    const attributes = directory[at + 11];
    const long = (attributes & FAT_ATTR_LONG_NAME_MASK) === FAT_ATTR_LONG_NAME;
    if (long || directory[at] === FAT_DELETED || (attributes & FAT_ATTR.VOLUME_ID) === 0) continue;
    return text(directory.subarray(at, at + 11));
  }
  return undefined;
}

const DOT = 0x2e;

/** Joins a piece to those before it; `undefined` when it does not fit to them, and then the short name has to do. */
function addPiece(raw: Uint8Array, pieces: Pieces | undefined): Pieces | undefined {
  const order = raw[0] & ~FAT_LAST_LONG_ENTRY;
  const checksum = raw[13];
  if (order < 1 || order > 20) return undefined;
  const units = new Uint8Array(FAT_LONG_NAME_CHARS * 2);
  units.set(raw.subarray(1, 11), 0);
  units.set(raw.subarray(14, 26), 10);
  units.set(raw.subarray(28, 32), 22);
  const piece = utf16(units);
  if (raw[0] & FAT_LAST_LONG_ENTRY) return { next: order - 1, checksum, text: piece };
  if (pieces === undefined || pieces.next !== order || pieces.checksum !== checksum) return undefined;
  return { next: order - 1, checksum, text: piece + pieces.text };
}

function entryOf(raw: Uint8Array, pieces: Pieces | undefined, kind: 'fat12' | 'fat16' | 'fat32'): FatEntry {
  const { DIR_Attr, DIR_NTRes, DIR_FstClusHI, DIR_FstClusLO, DIR_FileSize } = fields(raw);
  const shortName = shortNameOf(raw, DIR_NTRes);
  const long = pieces?.next === 0 && pieces.checksum === fatNameChecksum(raw) ? pieces.text : '';
  return {
    name: long === '' ? shortName : long,
    shortName,
    attributes: DIR_Attr,
    // Outside FAT32 the upper half belongs to others (extended attributes of OS/2).
    cluster: kind === 'fat32' ? ((DIR_FstClusHI << 16) | DIR_FstClusLO) >>> 0 : DIR_FstClusLO,
    bytes: DIR_FileSize,
  };
}

function shortNameOf(raw: Uint8Array, flags: number): string {
  const bytes = raw.slice(0, 11);
  if (bytes[0] === ESCAPED_E5) bytes[0] = FAT_DELETED;
  const base = text(bytes.subarray(0, 8));
  const extension = text(bytes.subarray(8, 11));
  const shownBase = flags & LOWER_BASE ? base.toLowerCase() : base;
  if (extension === '') return shownBase;
  return `${shownBase}.${flags & LOWER_EXTENSION ? extension.toLowerCase() : extension}`;
}

/** Blank-padded text. The code page is not known: bytes above 127 are shown as Latin-1. */
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes).trimEnd();
