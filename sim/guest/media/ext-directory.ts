/**
 * Entries of an ext directory. A hashed directory is read as a linear one: its index blocks look like unused entries to whoever does
 * not know them.
 */
import { crc32c } from '../../wire/crc.ts';
import { EXT4_DIR_TAIL_TYPE, EXT4_FT, ext4DirEntry2, ext4DirEntryTail } from '../../wire/ext4.ts';
import type { ExtGeometry } from './ext-super.ts';
import { fieldsReader } from './fields.ts';
import { type FileEntry, MAX_ENTRIES } from './file-system.ts';
import { bad, damaged, good, type Result } from './reads.ts';
import { utf8Text } from './utf8.ts';

/** A name in a directory. */
export interface ExtName {
  readonly name: string;
  readonly inode: number;
  /** What the entry says the inode is; 'other' when it does not say. */
  readonly kind: FileEntry['kind'];
}

const entry = fieldsReader(ext4DirEntry2, 'inode', 'rec_len', 'name_len', 'file_type');
const tail = fieldsReader(
  ext4DirEntryTail,
  'det_reserved_zero1',
  'det_rec_len',
  'det_reserved_ft',
  'det_checksum',
);
const HEAD = ext4DirEntry2.size;

/** The names in the blocks of a directory, without '.' and '..'. `seed` starts the checksums of its blocks. */
export function extNames(
  path: string,
  bytes: Uint8Array,
  geometry: ExtGeometry,
  seed: number,
): Result<ExtName[]> {
  const names: ExtName[] = [];
  for (let at = 0; at < bytes.length; at += geometry.blockBytes) {
    const block = bytes.subarray(at, at + geometry.blockBytes);
    if (geometry.checksums === 'crc32c' && !matches(block, seed))
      return damaged(
        `Block ${at / geometry.blockBytes} of the directory ${path} does not match its checksum.`,
      );
    const wrong = addNames(names, block, geometry);
    if (wrong !== '') return damaged(`The directory ${path} has an entry that ${wrong}.`);
    if (names.length > MAX_ENTRIES)
      return bad('too-large', `${path} has more than ${MAX_ENTRIES} entries.`, 'Take a smaller directory.');
  }
  return good(names);
}

/** Adds the names of a block; returns what is wrong with it, '' for nothing. */
function addNames(names: ExtName[], block: Uint8Array, geometry: ExtGeometry): string {
  for (let at = 0; at < block.length; ) {
    if (at + HEAD > block.length) return 'leaves its block';
    const { inode, rec_len, name_len: low, file_type } = entry(block, at);
    // A length of 64 KiB does not fit into 16 bits and is written as 0 or 0xFFFF.
    const length = block.length === 65_536 && (rec_len === 0 || rec_len === 0xffff) ? block.length : rec_len;
    const nameLength = geometry.fileType ? low : low | (file_type << 8);
    if (length < HEAD || length % 4 !== 0 || at + length > block.length) return `is ${length} bytes long`;
    if (inode !== 0) {
      if (nameLength === 0 || HEAD + nameLength > length) return `has a name of ${nameLength} bytes`;
      if (inode > geometry.inodes) return `names inode ${inode} of ${geometry.inodes}`;
      const name = utf8Text(block.subarray(at + HEAD, at + HEAD + nameLength));
      if (name.includes('/') || name.includes('\0')) return 'has a name with a slash or a zero';
      if (name !== '.' && name !== '..') names.push({ name, inode, kind: typeName(geometry, file_type) });
    }
    at += length;
  }
  return '';
}

function typeName(geometry: ExtGeometry, type: number): FileEntry['kind'] {
  if (!geometry.fileType) return 'other';
  return type === EXT4_FT.FILE
    ? 'file'
    : type === EXT4_FT.DIRECTORY
      ? 'directory'
      : type === EXT4_FT.LINK
        ? 'link'
        : 'other';
}

/** True for a leaf that matches its checksum, and for an index block: those are not used here. */
function matches(block: Uint8Array, seed: number): boolean {
  const at = block.length - ext4DirEntryTail.size;
  const { det_reserved_zero1, det_rec_len, det_reserved_ft, det_checksum } = tail(block, at);
  const isTail =
    det_reserved_zero1 === 0 &&
    det_rec_len === ext4DirEntryTail.size &&
    det_reserved_ft === EXT4_DIR_TAIL_TYPE;
  return !isTail || crc32c(block.subarray(0, at), seed) === det_checksum;
}
