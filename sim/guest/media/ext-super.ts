/** The superblock of an ext2, ext3 or ext4 volume: how large everything is, and which features a reader must know. */
import { crc32c } from '../../wire/crc.ts';
import {
  EXT4_COMPAT,
  EXT4_GOOD_OLD_INODE,
  EXT4_INCOMPAT,
  EXT4_RO_COMPAT,
  EXT4_SUPER_AT,
  EXT4_SUPER_MAGIC,
  ext4HasSuper,
  ext4Incompat,
  ext4SuperBlock,
} from '../../wire/ext4.ts';
import { hexText } from '../../wire/layout-values.ts';
import { fieldsReader, latin1 } from './fields.ts';
import type { FileSystem } from './file-system.ts';
import { bad, damaged, good, type Problem, type Result } from './reads.ts';

/** What the reader needs to know of a volume, all of it checked. */
export interface ExtGeometry {
  readonly kind: FileSystem['kind'];
  readonly label: string;
  readonly uuid: string;
  readonly blockBytes: number;
  readonly blocks: number;
  /** Block at which the groups start. */
  readonly firstBlock: number;
  /** Block in which the superblock lies. */
  readonly superBlock: number;
  readonly blocksPerGroup: number;
  readonly groups: number;
  readonly inodes: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly descBytes: number;
  /** Group descriptor blocks before this number lie behind the superblock; those from it on near their groups (meta_bg). */
  readonly firstMetaGroup: number;
  /** True when a group has a copy of the superblock. */
  hasSuper(group: number): boolean;
  /** Directory entries have a type. */
  readonly fileType: boolean;
  /** Which checksum group descriptors have, if any. Inodes, extents and directories have theirs with 'crc32c' only. */
  readonly checksums: 'none' | 'crc16' | 'crc32c';
  /** What every CRC-32C starts with. */
  readonly seed: number;
  readonly uuidBytes: Uint8Array;
  readonly notes: readonly Problem[];
}

const superFields = fieldsReader(
  ext4SuperBlock,
  's_inodes_count',
  's_blocks_count_lo',
  's_first_data_block',
  's_log_block_size',
  's_log_cluster_size',
  's_blocks_per_group',
  's_inodes_per_group',
  's_magic',
  's_state',
  's_rev_level',
  's_inode_size',
  's_feature_compat',
  's_feature_incompat',
  's_feature_ro_compat',
  's_desc_size',
  's_first_meta_bg',
  's_blocks_count_hi',
  's_backup_bgs[0]',
  's_backup_bgs[1]',
  's_checksum_seed',
  's_checksum',
);
type Fields = ReturnType<typeof superFields>;

const { s_uuid: UUID_AT, s_volume_name: LABEL_AT, s_checksum: CHECKSUM_AT } = ext4SuperBlock.offsets;

/** Features that change nothing for a reader, or that this one knows. */
const KNOWN =
  EXT4_INCOMPAT.filetype |
  EXT4_INCOMPAT.needs_recovery |
  EXT4_INCOMPAT.meta_bg |
  EXT4_INCOMPAT.extent |
  EXT4_INCOMPAT['64bit'] |
  EXT4_INCOMPAT.mmp |
  EXT4_INCOMPAT.flex_bg |
  EXT4_INCOMPAT.ea_inode |
  EXT4_INCOMPAT.metadata_csum_seed |
  EXT4_INCOMPAT.large_dir;
const STATE_ERRORS = 2;
const E2FSCK = 'Check it with e2fsck; the copies of the superblock are found with mke2fs -n.';

/** What a superblock says, checked against a volume of `volumeBytes`. */
export function readExtSuper(block: Uint8Array, volumeBytes: number): Result<ExtGeometry> {
  const raw = superFields(block);
  if (raw.s_magic !== EXT4_SUPER_MAGIC) return damaged('The ext superblock has no magic number.', E2FSCK);
  const fields = raw.s_rev_level === 0 ? withoutFeatures(raw) : raw;
  const unknown = (fields.s_feature_incompat & ~KNOWN) >>> 0;
  if (unknown !== 0) return unsupported(unknown);
  const hasChecksum = (fields.s_feature_ro_compat & EXT4_RO_COMPAT.METADATA_CSUM) !== 0;
  if (hasChecksum && crc32c(block.subarray(0, CHECKSUM_AT)) !== fields.s_checksum)
    return damaged('The ext superblock does not match its checksum.', E2FSCK);
  const geometry = geometryOf(block, fields, hasChecksum);
  const lie = absurdity(fields, geometry, volumeBytes);
  return lie === undefined ? good(geometry) : damaged(`The ext superblock ${lie}.`, E2FSCK);
}

/** Revision 0 has none of the later fields. */
const withoutFeatures = (fields: Fields): Fields => ({
  ...fields,
  s_inode_size: EXT4_GOOD_OLD_INODE,
  s_feature_compat: 0,
  s_feature_incompat: 0,
  s_feature_ro_compat: 0,
});

function unsupported(features: number) {
  const known = ext4Incompat.flagsIn(features);
  const names = known.length > 0 ? known.join(', ') : `0x${features.toString(16)}`;
  return bad(
    'unsupported',
    `The ext4 volume uses a feature that is not read here: ${names}.`,
    'Make the volume without it (mke2fs -O ^feature), or copy the files to another one.',
  );
}

function geometryOf(block: Uint8Array, fields: Fields, hasChecksum: boolean): ExtGeometry {
  const incompat = fields.s_feature_incompat;
  const has = (feature: number) => (incompat & feature) !== 0;
  const blockBytes = 1024 * 2 ** Math.min(fields.s_log_block_size, 10);
  const blocks =
    fields.s_blocks_count_lo + (has(EXT4_INCOMPAT['64bit']) ? fields.s_blocks_count_hi * 2 ** 32 : 0);
  const groups = Math.ceil((blocks - fields.s_first_data_block) / fields.s_blocks_per_group);
  const uuidBytes = block.slice(UUID_AT, UUID_AT + 16);
  const gdtChecksum = (fields.s_feature_ro_compat & EXT4_RO_COMPAT.GDT_CSUM) !== 0;
  return {
    kind: kindOf(fields),
    label: latin1(block.subarray(LABEL_AT, LABEL_AT + 16)),
    uuid: hexText(uuidBytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    blockBytes,
    blocks,
    firstBlock: fields.s_first_data_block,
    superBlock: blockBytes === 1024 ? 1 : 0,
    blocksPerGroup: fields.s_blocks_per_group,
    groups,
    inodes: fields.s_inodes_count,
    inodesPerGroup: fields.s_inodes_per_group,
    inodeBytes: fields.s_inode_size,
    descBytes: has(EXT4_INCOMPAT['64bit']) ? fields.s_desc_size : 32,
    firstMetaGroup: has(EXT4_INCOMPAT.meta_bg) ? fields.s_first_meta_bg : Number.MAX_SAFE_INTEGER,
    hasSuper: superPlaces(fields),
    fileType: has(EXT4_INCOMPAT.filetype),
    checksums: hasChecksum ? 'crc32c' : gdtChecksum ? 'crc16' : 'none',
    seed: has(EXT4_INCOMPAT.metadata_csum_seed) ? fields.s_checksum_seed : crc32c(uuidBytes),
    uuidBytes,
    notes: notesOf(fields),
  };
}

function superPlaces(fields: Fields): (group: number) => boolean {
  if (fields.s_feature_compat & EXT4_COMPAT.SPARSE_SUPER2)
    return (group) =>
      group === 0 || group === fields['s_backup_bgs[0]'] || group === fields['s_backup_bgs[1]'];
  return fields.s_feature_ro_compat & EXT4_RO_COMPAT.SPARSE_SUPER ? ext4HasSuper : () => true;
}

/** As `blkid` tells them apart: by features that came with ext4, then by the journal. */
function kindOf({ s_feature_compat, s_feature_incompat, s_feature_ro_compat }: Fields): FileSystem['kind'] {
  const ext3 = EXT4_INCOMPAT.filetype | EXT4_INCOMPAT.needs_recovery | EXT4_INCOMPAT.meta_bg;
  const ext3Ro = EXT4_RO_COMPAT.SPARSE_SUPER | EXT4_RO_COMPAT.LARGE_FILE | EXT4_RO_COMPAT.BTREE_DIR;
  if ((s_feature_incompat & ~ext3) !== 0 || (s_feature_ro_compat & ~ext3Ro) !== 0) return 'ext4';
  return s_feature_compat & EXT4_COMPAT.HAS_JOURNAL ? 'ext3' : 'ext2';
}

function notesOf(fields: Fields): Problem[] {
  const notes: Problem[] = [];
  if (fields.s_feature_incompat & EXT4_INCOMPAT.needs_recovery)
    notes.push({
      kind: 'needs-recovery',
      message:
        'The journal has changes that are not in their places: the volume was not unmounted. It is read as it lies.',
      hint: 'Files may be older than what was acknowledged. Mount the volume once, or run e2fsck, to replay the journal.',
    });
  if (fields.s_state & STATE_ERRORS)
    notes.push({
      kind: 'damaged',
      message: 'The volume is marked as having errors.',
      hint: 'Check it with e2fsck.',
    });
  return notes;
}

/** What a superblock says that cannot be. */
function absurdity(fields: Fields, geometry: ExtGeometry, volumeBytes: number): string | undefined {
  const { blockBytes, blocks, groups, inodes, inodeBytes, descBytes } = geometry;
  const bigalloc = (fields.s_feature_ro_compat & EXT4_RO_COMPAT.BIGALLOC) !== 0;
  if (fields.s_log_block_size > 6) return `has blocks of 2^${10 + fields.s_log_block_size} bytes`;
  if (blocks * blockBytes > volumeBytes) return `has ${blocks} blocks; its partition holds fewer`;
  // With bigalloc the groups start at block 0 even when the superblock is block 1.
  if (geometry.firstBlock !== (bigalloc ? 0 : geometry.superBlock))
    return `starts at block ${geometry.firstBlock}`;
  if (blocks <= geometry.firstBlock) return `has ${blocks} blocks`;
  const most = blockBytes * 8;
  const clusterBlocks = bigalloc ? 2 ** Math.min(16, fields.s_log_cluster_size - fields.s_log_block_size) : 1;
  if (!within(geometry.blocksPerGroup, 1, most * clusterBlocks))
    return `has ${geometry.blocksPerGroup} blocks in a group`;
  if (!within(geometry.inodesPerGroup, 1, most)) return `has ${geometry.inodesPerGroup} inodes in a group`;
  if (!within(inodes, 1, groups * geometry.inodesPerGroup)) return `has ${inodes} inodes in ${groups} groups`;
  if (!isPower(inodeBytes) || !within(inodeBytes, EXT4_GOOD_OLD_INODE, blockBytes))
    return `has inodes of ${inodeBytes} bytes`;
  if (!isPower(descBytes) || !within(descBytes, 32, blockBytes))
    return `has group descriptors of ${descBytes} bytes`;
  return undefined;
}

const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;
const isPower = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

/** Bytes that a superblock takes, and where they start. */
export const EXT_SUPER = { at: EXT4_SUPER_AT, bytes: ext4SuperBlock.size } as const;
