/** Finds inodes: the group descriptor says where a group's table is, the number says where in it. */
import { crc16, crc32c } from '../../wire/crc.ts';
import {
  EXT4_GOOD_OLD_INODE,
  EXT4_INODE_FLAG,
  EXT4_MODE,
  ext4GroupDesc,
  ext4Inode,
} from '../../wire/ext4.ts';
import type { ExtGeometry } from './ext-super.ts';
import { fieldsReader } from './fields.ts';
import type { FileEntry } from './file-system.ts';
import { bad, damaged, type Failure, good, type Reading, type Result } from './reads.ts';
import type { Volume } from './volume.ts';

/** What the reader needs to know of an inode. */
export interface ExtInode {
  readonly number: number;
  readonly kind: FileEntry['kind'];
  readonly bytes: number;
  readonly extents: boolean;
  /** A symbolic link whose target is in `map` itself. */
  readonly short: boolean;
  readonly map: Uint8Array;
  /** What the checksums of its blocks start with. */
  readonly seed: number;
}

const desc = fieldsReader(ext4GroupDesc, 'bg_inode_table_lo', 'bg_checksum');
const descHigh = fieldsReader(ext4GroupDesc, 'bg_inode_table_hi');
const inodeFields = fieldsReader(
  ext4Inode,
  'i_mode',
  'i_size_lo',
  'i_blocks_lo',
  'i_flags',
  'i_generation',
  'i_file_acl_lo',
  'i_size_high',
  'l_i_checksum_lo',
);
const extraFields = fieldsReader(ext4Inode, 'i_extra_isize', 'i_checksum_hi');
const { i_block: MAP_AT, l_i_checksum_lo: LOW_AT, i_checksum_hi: HIGH_AT } = ext4Inode.offsets;
const DESC_CHECKSUM_AT = ext4GroupDesc.offsets.bg_checksum;
const MAP_BYTES = 60;

/** Inode `number`. */
export function* readInode(volume: Volume, geometry: ExtGeometry, number: number): Reading<Result<ExtInode>> {
  if (number < 1 || number > geometry.inodes)
    return damaged(`Something names inode ${number}; the volume has 1 to ${geometry.inodes}.`);
  const place = number - 1;
  const table = yield* inodeTable(volume, geometry, Math.floor(place / geometry.inodesPerGroup));
  if (!table.ok) return table;
  const at = table.value * geometry.blockBytes + (place % geometry.inodesPerGroup) * geometry.inodeBytes;
  const raw = yield* volume.meta(at, geometry.inodeBytes);
  return raw.ok ? parse(geometry, number, raw.value) : raw;
}

/** First block of the inode table of a group. */
function* inodeTable(volume: Volume, geometry: ExtGeometry, group: number): Reading<Result<number>> {
  const raw = yield* volume.meta(descriptorAt(geometry, group), geometry.descBytes);
  if (!raw.ok) return raw;
  const { bg_inode_table_lo, bg_checksum } = desc(raw.value);
  if (geometry.checksums !== 'none' && bg_checksum !== descChecksum(geometry, group, raw.value))
    return damaged(`The descriptor of group ${group} does not match its checksum.`);
  const high = geometry.descBytes >= ext4GroupDesc.size ? descHigh(raw.value).bg_inode_table_hi : 0;
  const first = bg_inode_table_lo + high * 2 ** 32;
  const blocks = Math.ceil((geometry.inodesPerGroup * geometry.inodeBytes) / geometry.blockBytes);
  if (first > geometry.firstBlock && first + blocks <= geometry.blocks) return good(first);
  return damaged(`The inode table of group ${group} is said to lie at block ${first} of ${geometry.blocks}.`);
}

/** Byte of the volume at which the descriptor of a group starts. */
function descriptorAt(geometry: ExtGeometry, group: number): number {
  const { blockBytes, descBytes, firstBlock, superBlock, blocksPerGroup } = geometry;
  const perBlock = blockBytes / descBytes;
  const block = Math.floor(group / perBlock);
  const inBlock = (group % perBlock) * descBytes;
  if (block < geometry.firstMetaGroup) return (superBlock + 1 + block) * blockBytes + inBlock;
  const first = block * perBlock;
  // The first group of bigalloc with blocks of 1 KiB has an unused block before its superblock.
  const before = (geometry.hasSuper(first) ? 1 : 0) + (block === 0 ? superBlock - firstBlock : 0);
  return (firstBlock + first * blocksPerGroup + before) * blockBytes + inBlock;
}

const le32 = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

function descChecksum(geometry: ExtGeometry, group: number, raw: Uint8Array): number {
  if (geometry.checksums === 'crc16') {
    const start = crc16(le32(group), crc16(geometry.uuidBytes));
    return crc16(raw.subarray(DESC_CHECKSUM_AT + 2), crc16(raw.subarray(0, DESC_CHECKSUM_AT), start));
  }
  const zeroed = raw.slice();
  zeroed.fill(0, DESC_CHECKSUM_AT, DESC_CHECKSUM_AT + 2);
  return crc32c(zeroed, crc32c(le32(group), geometry.seed)) & 0xffff;
}

function parse(geometry: ExtGeometry, number: number, raw: Uint8Array): Result<ExtInode> {
  const fields = inodeFields(raw);
  const seed = crc32c(le32(fields.i_generation), crc32c(le32(number), geometry.seed));
  if (geometry.checksums === 'crc32c' && !matches(raw, seed))
    return damaged(`Inode ${number} does not match its checksum.`);
  if (fields.i_mode === 0) return damaged(`Inode ${number} is named but not in use.`);
  const special = unsupported(number, fields.i_flags);
  if (special !== undefined) return special;
  const kind = kindOf(fields.i_mode);
  const attributeSectors = fields.i_file_acl_lo === 0 ? 0 : geometry.blockBytes / 512;
  return good({
    number,
    kind,
    bytes: fields.i_size_lo + (kind === 'file' ? fields.i_size_high * 2 ** 32 : 0),
    extents: (fields.i_flags & EXT4_INODE_FLAG.EXTENTS) !== 0,
    short: kind === 'link' && fields.i_blocks_lo === attributeSectors,
    map: raw.slice(MAP_AT, MAP_AT + MAP_BYTES),
    seed,
  });
}

/** True when an inode matches its checksum, of which the upper half is there in inodes that have room for it. */
function matches(raw: Uint8Array, seed: number): boolean {
  const zeroed = raw.slice();
  zeroed.fill(0, LOW_AT, LOW_AT + 2);
  const large = raw.length > EXT4_GOOD_OLD_INODE ? extraFields(raw) : undefined;
  const hasHigh = large !== undefined && large.i_extra_isize >= 4;
  if (hasHigh) zeroed.fill(0, HIGH_AT, HIGH_AT + 2);
  const sum = crc32c(zeroed, seed);
  const { l_i_checksum_lo: low } = inodeFields(raw);
  return (sum & 0xffff) === low && (!hasHigh || sum >>> 16 === large.i_checksum_hi);
}

function unsupported(number: number, flags: number): Failure | undefined {
  const what =
    flags & EXT4_INODE_FLAG.INLINE_DATA ? 'inline data' : flags & EXT4_INODE_FLAG.ENCRYPT ? 'encryption' : '';
  if (what === '') return undefined;
  return bad(
    'unsupported',
    `Inode ${number} uses ${what}, which is not read here.`,
    'Copy the file to a plain volume.',
  );
}

/** What the upper bits of a mode say. */
export function kindOf(mode: number): FileEntry['kind'] {
  const kinds = {
    [EXT4_MODE.FILE]: 'file',
    [EXT4_MODE.DIRECTORY]: 'directory',
    [EXT4_MODE.LINK]: 'link',
  } as const;
  return kinds[(mode & EXT4_MODE.MASK) as keyof typeof kinds] ?? 'other';
}
