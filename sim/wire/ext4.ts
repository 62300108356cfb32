/**
 * The ext4 file system (and ext2 and ext3, which it contains): superblock, group descriptors, inodes, extents, directory entries.
 *
 * Source: Linux `Documentation/filesystems/ext4`; structure names as there, in `fs/ext4/ext4.h` and `fs/ext4/ext4_extents.h`.
 */
import { codes } from './codes.ts';
import { array, bytes, field, u8, u16, u32, u64 } from './layout.ts';
import { struct } from './struct.ts';

const DOC = 'Linux Documentation/filesystems/ext4';

/** The superblock, 1024 bytes into the volume whatever the block size. */
export const ext4SuperBlock = struct(
  'ext4_super_block',
  { source: `${DOC}/super.rst`, packed: true, doc: 'What an ext2, ext3 or ext4 volume says about itself.' },
  {
    s_inodes_count: u32,
    s_blocks_count_lo: u32,
    s_r_blocks_count_lo: field(u32, 'blocks that only the superuser gets'),
    s_free_blocks_count_lo: u32,
    s_free_inodes_count: u32,
    s_first_data_block: field(u32, '1 for blocks of 1 KiB, else 0'),
    s_log_block_size: field(u32, 'a block has 2^(10 + this) bytes'),
    s_log_cluster_size: field(u32, 'as s_log_block_size unless bigalloc is on'),
    s_blocks_per_group: u32,
    s_clusters_per_group: u32,
    s_inodes_per_group: u32,
    s_mtime: field(u32, 'last mount, seconds since 1970'),
    s_wtime: field(u32, 'last write'),
    s_mnt_count: u16,
    s_max_mnt_count: u16,
    s_magic: field(u16, '0xEF53'),
    s_state: field(u16, 'bit 0: unmounted cleanly; bit 1: errors were found'),
    s_errors: u16,
    s_minor_rev_level: u16,
    s_lastcheck: u32,
    s_checkinterval: u32,
    s_creator_os: u32,
    s_rev_level: field(u32, '0: no features, inodes of 128 bytes; 1: what follows counts'),
    s_def_resuid: u16,
    s_def_resgid: u16,
    s_first_ino: field(u32, 'first inode that is not reserved'),
    s_inode_size: u16,
    s_block_group_nr: field(u16, 'the group that this copy lies in'),
    s_feature_compat: u32,
    s_feature_incompat: field(u32, 'who does not know one of these must not touch the volume'),
    s_feature_ro_compat: field(u32, 'who does not know one of these may read'),
    s_uuid: bytes(16),
    s_volume_name: bytes(16),
    s_last_mounted: bytes(64),
    s_algorithm_usage_bitmap: u32,
    s_prealloc_blocks: u8,
    s_prealloc_dir_blocks: u8,
    s_reserved_gdt_blocks: u16,
    s_journal_uuid: bytes(16),
    s_journal_inum: u32,
    s_journal_dev: u32,
    s_last_orphan: u32,
    s_hash_seed: array(u32, 4),
    s_def_hash_version: u8,
    s_jnl_backup_type: u8,
    s_desc_size: field(u16, 'bytes of a group descriptor when 64bit is on'),
    s_default_mount_opts: u32,
    s_first_meta_bg: u32,
    s_mkfs_time: u32,
    s_jnl_blocks: array(u32, 17),
    s_blocks_count_hi: u32,
    s_r_blocks_count_hi: u32,
    s_free_blocks_count_hi: u32,
    s_min_extra_isize: u16,
    s_want_extra_isize: u16,
    s_flags: u32,
    s_raid_stride: u16,
    s_mmp_interval: u16,
    s_mmp_block: u64,
    s_raid_stripe_width: u32,
    s_log_groups_per_flex: u8,
    s_checksum_type: field(u8, '1: CRC-32C'),
    s_reserved_pad: u16,
    s_kbytes_written: u64,
    s_snapshot_inum: u32,
    s_snapshot_id: u32,
    s_snapshot_r_blocks_count: u64,
    s_snapshot_list: u32,
    s_error_count: u32,
    s_first_error_time: u32,
    s_first_error_ino: u32,
    s_first_error_block: u64,
    s_first_error_func: bytes(32),
    s_first_error_line: u32,
    s_last_error_time: u32,
    s_last_error_ino: u32,
    s_last_error_line: u32,
    s_last_error_block: u64,
    s_last_error_func: bytes(32),
    s_mount_opts: bytes(64),
    s_usr_quota_inum: u32,
    s_grp_quota_inum: u32,
    s_overhead_blocks: u32,
    s_backup_bgs: array(u32, 2),
    s_encrypt_algos: bytes(4),
    s_encrypt_pw_salt: bytes(16),
    s_lpf_ino: u32,
    s_prj_quota_inum: u32,
    s_checksum_seed: field(u32, 'CRC-32C of the UUID that the volume was made with'),
    s_time_hi: bytes(6),
    s_pad: bytes(2),
    s_encoding: u16,
    s_encoding_flags: u16,
    s_orphan_file_inum: u32,
    s_reserved: array(u32, 94),
    s_checksum: field(u32, 'CRC-32C of everything before'),
  },
);

/** A group descriptor: 32 bytes, or 64 and more with the feature 64bit. */
export const ext4GroupDesc = struct(
  'ext4_group_desc',
  {
    source: `${DOC}/group_descr.rst`,
    packed: true,
    doc: 'Where the bitmaps and the inode table of a block group lie.',
  },
  {
    bg_block_bitmap_lo: u32,
    bg_inode_bitmap_lo: u32,
    bg_inode_table_lo: u32,
    bg_free_blocks_count_lo: u16,
    bg_free_inodes_count_lo: u16,
    bg_used_dirs_count_lo: u16,
    bg_flags: u16,
    bg_exclude_bitmap_lo: u32,
    bg_block_bitmap_csum_lo: u16,
    bg_inode_bitmap_csum_lo: u16,
    bg_itable_unused_lo: u16,
    bg_checksum: field(u16, 'CRC-16 (gdt_csum) or the low half of CRC-32C (metadata_csum)'),
    bg_block_bitmap_hi: u32,
    bg_inode_bitmap_hi: u32,
    bg_inode_table_hi: u32,
    bg_free_blocks_count_hi: u16,
    bg_free_inodes_count_hi: u16,
    bg_used_dirs_count_hi: u16,
    bg_itable_unused_hi: u16,
    bg_exclude_bitmap_hi: u32,
    bg_block_bitmap_csum_hi: u16,
    bg_inode_bitmap_csum_hi: u16,
    bg_reserved: u32,
  },
);

/** An inode as Linux writes it. */
export const ext4Inode = struct(
  'ext4_inode',
  { source: `${DOC}/inodes.rst`, packed: true, doc: 'A file: kind, length, and where its blocks are.' },
  {
    i_mode: field(u16, 'bits 15:12 say what it is, the rest who may do what'),
    i_uid: u16,
    i_size_lo: u32,
    i_atime: u32,
    i_ctime: u32,
    i_mtime: u32,
    i_dtime: u32,
    i_gid: u16,
    i_links_count: u16,
    i_blocks_lo: field(u32, 'sectors of 512 bytes, tables included'),
    i_flags: u32,
    l_i_version: u32,
    i_block: field(bytes(60), 'extent tree, block map, or the target of a short symbolic link'),
    i_generation: u32,
    i_file_acl_lo: u32,
    i_size_high: u32,
    i_obso_faddr: u32,
    l_i_blocks_high: u16,
    l_i_file_acl_high: u16,
    l_i_uid_high: u16,
    l_i_gid_high: u16,
    l_i_checksum_lo: u16,
    l_i_reserved: u16,
    i_extra_isize: field(u16, 'bytes from here that count, in inodes of more than 128 bytes'),
    i_checksum_hi: u16,
    i_ctime_extra: u32,
    i_mtime_extra: u32,
    i_atime_extra: u32,
    i_crtime: u32,
    i_crtime_extra: u32,
    i_version_hi: u32,
    i_projid: u32,
  },
);

/** Starts a node of an extent tree, in an inode or in a block. */
export const ext4ExtentHeader = struct(
  'ext4_extent_header',
  { source: `${DOC}/ifork.rst`, packed: true, doc: 'What a node of an extent tree holds.' },
  {
    eh_magic: field(u16, '0xF30A'),
    eh_entries: u16,
    eh_max: field(u16, 'entries that fit; behind them a block has its checksum'),
    eh_depth: field(u16, '0: the entries are extents; else they name nodes of the level below'),
    eh_generation: u32,
  },
);

/** An entry of an upper node. */
export const ext4ExtentIdx = struct(
  'ext4_extent_idx',
  { source: `${DOC}/ifork.rst`, packed: true, doc: 'A node of the level below.' },
  {
    ei_block: field(u32, 'first block of the file that it covers'),
    ei_leaf_lo: u32,
    ei_leaf_hi: u16,
    ei_unused: u16,
  },
);

/** An entry of a leaf. */
export const ext4Extent = struct(
  'ext4_extent',
  { source: `${DOC}/ifork.rst`, packed: true, doc: 'A run of blocks of a file.' },
  {
    ee_block: field(u32, 'first block of the file'),
    ee_len: field(u16, 'blocks; above 32768 they were never written and read as zero'),
    ee_start_hi: u16,
    ee_start_lo: u32,
  },
);

/** A directory entry; its name follows. */
export const ext4DirEntry2 = struct(
  'ext4_dir_entry_2',
  { source: `${DOC}/directory.rst`, packed: true, doc: 'A name in a directory.' },
  {
    inode: field(u32, '0: unused'),
    rec_len: field(u16, 'bytes to the next entry, which never leaves the block'),
    name_len: u8,
    file_type: field(u8, 'what the inode is; without the feature filetype the upper half of name_len'),
  },
);

/** The last entry of a directory block under checksum: looks unused. */
export const ext4DirEntryTail = struct(
  'ext4_dir_entry_tail',
  { source: `${DOC}/directory.rst`, packed: true, doc: 'The checksum of a directory block.' },
  {
    det_reserved_zero1: u32,
    det_rec_len: field(u16, '12'),
    det_reserved_zero2: u8,
    det_reserved_ft: field(u8, '0xDE'),
    det_checksum: u32,
  },
);

/** Where the superblock starts, bytes. */
export const EXT4_SUPER_AT = 1024;
/** `s_magic`. */
export const EXT4_SUPER_MAGIC = 0xef53;
/** `eh_magic`. */
export const EXT4_EXTENT_MAGIC = 0xf30a;
/** `det_reserved_ft`. */
export const EXT4_DIR_TAIL_TYPE = 0xde;
/** Extents above this length were never written. */
export const EXT4_MAX_EXTENT = 32_768;
/** The inode of the root directory. */
export const EXT4_ROOT_INO = 2;
/** Inodes below this one are reserved in revision 0. */
export const EXT4_FIRST_INO = 11;
/** Bytes of an inode of revision 0, and the least there is. */
export const EXT4_GOOD_OLD_INODE = 128;

/** `s_feature_compat`. */
export const ext4Compat = codes({
  DIR_PREALLOC: [0x1, 'directories get blocks in advance'],
  HAS_JOURNAL: [0x4, 'there is a journal'],
  EXT_ATTR: [0x8, 'extended attributes'],
  RESIZE_INODE: [0x10, 'room for more group descriptors'],
  DIR_INDEX: [0x20, 'hashed directories'],
  SPARSE_SUPER2: [0x200, 'two copies of the superblock'],
});
/** The features by name. */
export const EXT4_COMPAT = ext4Compat.values;

/** `s_feature_incompat`. */
export const ext4Incompat = codes({
  compression: [0x1, 'compressed files'],
  filetype: [0x2, 'directory entries say what they name'],
  needs_recovery: [0x4, 'the journal has changes that are not in place yet'],
  journal_dev: [0x8, 'this is a journal of another volume'],
  meta_bg: [0x10, 'group descriptors lie near their groups'],
  extent: [0x40, 'files may have extent trees'],
  '64bit': [0x80, 'more than 2^32 blocks'],
  mmp: [0x100, 'protection against being mounted twice'],
  flex_bg: [0x200, 'bitmaps and inode tables of several groups lie together'],
  ea_inode: [0x400, 'large extended attributes in inodes'],
  dirdata: [0x1000, 'data in directory entries'],
  metadata_csum_seed: [0x2000, 'the seed of the checksums is in the superblock'],
  large_dir: [0x4000, 'directories above 2 GiB'],
  inline_data: [0x8000, 'short files lie in their inodes'],
  encrypt: [0x1_0000, 'encrypted files'],
  casefold: [0x2_0000, 'directories that ignore case'],
});
/** The features by name. */
export const EXT4_INCOMPAT = ext4Incompat.values;

/** `s_feature_ro_compat`. */
export const ext4RoCompat = codes({
  SPARSE_SUPER: [0x1, 'copies of the superblock in few groups only'],
  LARGE_FILE: [0x2, 'files above 2 GiB'],
  BTREE_DIR: [0x4, 'never used'],
  HUGE_FILE: [0x8, 'i_blocks may count blocks'],
  GDT_CSUM: [0x10, 'CRC-16 over group descriptors'],
  DIR_NLINK: [0x20, 'more than 65000 subdirectories'],
  EXTRA_ISIZE: [0x40, 'inodes above 128 bytes'],
  BIGALLOC: [0x200, 'allocation in clusters of blocks'],
  METADATA_CSUM: [0x400, 'CRC-32C over all metadata'],
});
/** The features by name. */
export const EXT4_RO_COMPAT = ext4RoCompat.values;

/** `i_flags` that change how an inode is read. */
export const EXT4_INODE_FLAG = {
  INDEX: 0x1000,
  EXTENTS: 0x8_0000,
  INLINE_DATA: 0x1000_0000,
  ENCRYPT: 0x800,
} as const;

/** `i_mode`, bits 15:12. */
export const EXT4_MODE = { DIRECTORY: 0x4000, FILE: 0x8000, LINK: 0xa000, MASK: 0xf000 } as const;

/** `file_type` of a directory entry. */
export const EXT4_FT = { FILE: 1, DIRECTORY: 2, LINK: 7 } as const;

/** True when group `group` has a copy of the superblock and of the descriptors under `sparse_super`: 0, 1 and powers of 3, 5, 7. */
export function ext4HasSuper(group: number): boolean {
  if (group <= 1) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}
