/** Structures of disks against the sizes, offsets and sums that their specifications print. */
import { describe, expect, it } from 'vitest';
import { crc16, crc32, crc32c } from './crc.ts';
import * as ext4 from './ext4.ts';
import * as fat from './fat.ts';
import * as gpt from './gpt.ts';
import * as mbr from './mbr.ts';
import type { Struct } from './struct.ts';

const SIZES: readonly (readonly [Struct, number, Record<string, number>])[] = [
  [mbr.mbrPartitionRecord, 16, { os_type: 4, starting_lba: 8, size_in_lba: 12 }],
  [mbr.masterBootRecord, 512, { unique_mbr_signature: 440, partition_record: 446, signature: 510 }],
  [
    gpt.gptHeader,
    92,
    { header_crc32: 16, my_lba: 24, disk_guid: 56, partition_entry_lba: 72, partition_entry_array_crc32: 88 },
  ],
  [gpt.gptEntry, 128, { unique_partition_guid: 16, starting_lba: 32, attributes: 48, partition_name: 56 }],
  [
    fat.fat16BootSector,
    512,
    { BPB_BytsPerSec: 11, BPB_FATSz16: 22, BPB_TotSec32: 32, BS_VolID: 39, BS_VolLab: 43, BS_FilSysType: 54 },
  ],
  [
    fat.fat32BootSector,
    512,
    { BPB_FATSz32: 36, BPB_RootClus: 44, BPB_FSInfo: 48, BPB_BkBootSec: 50, BS_VolID: 67, BS_FilSysType: 82 },
  ],
  [fat.fatFsInfo, 512, { FSI_StrucSig: 484, FSI_Free_Count: 488, FSI_Nxt_Free: 492, FSI_TrailSig: 508 }],
  [fat.fatDirectoryEntry, 32, { DIR_Attr: 11, DIR_FstClusHI: 20, DIR_FstClusLO: 26, DIR_FileSize: 28 }],
  [
    fat.fatLongNameEntry,
    32,
    { LDIR_Attr: 11, LDIR_Chksum: 13, LDIR_Name2: 14, LDIR_FstClusLO: 26, LDIR_Name3: 28 },
  ],
  [
    ext4.ext4SuperBlock,
    1024,
    {
      s_magic: 0x38,
      s_first_ino: 0x54,
      s_feature_incompat: 0x60,
      s_uuid: 0x68,
      s_reserved_gdt_blocks: 0xce,
      s_hash_seed: 0xec,
      s_desc_size: 0xfe,
      s_jnl_blocks: 0x10c,
      s_blocks_count_hi: 0x150,
      s_mmp_block: 0x168,
      s_checksum_type: 0x175,
      s_error_count: 0x194,
      s_mount_opts: 0x200,
      s_backup_bgs: 0x24c,
      s_checksum_seed: 0x270,
      s_encoding: 0x27c,
      s_checksum: 0x3fc,
    },
  ],
  [
    ext4.ext4GroupDesc,
    64,
    { bg_inode_table_lo: 8, bg_flags: 0x12, bg_checksum: 0x1e, bg_inode_table_hi: 0x28 },
  ],
  [
    ext4.ext4Inode,
    160,
    {
      i_size_lo: 4,
      i_flags: 0x20,
      i_block: 0x28,
      i_generation: 0x64,
      i_size_high: 0x6c,
      l_i_checksum_lo: 0x7c,
      i_checksum_hi: 0x82,
      i_projid: 0x9c,
    },
  ],
  [ext4.ext4ExtentHeader, 12, { eh_entries: 2, eh_max: 4, eh_depth: 6 }],
  [ext4.ext4ExtentIdx, 12, { ei_leaf_lo: 4, ei_leaf_hi: 8 }],
  [ext4.ext4Extent, 12, { ee_len: 4, ee_start_hi: 6, ee_start_lo: 8 }],
  [ext4.ext4DirEntry2, 8, { rec_len: 4, name_len: 6, file_type: 7 }],
  [ext4.ext4DirEntryTail, 12, { det_reserved_ft: 7, det_checksum: 8 }],
];

describe('structures', () => {
  it.each(SIZES.map((row) => [row[0].name, ...row] as const))('%s', (_name, structure, size, offsets) => {
    expect(structure.size).toBe(size);
    for (const [field, offset] of Object.entries(offsets))
      expect(structure.offsets[field], field).toBe(offset);
  });
});

describe('sums', () => {
  const digits = new TextEncoder().encode('123456789');

  it('are those of the catalogue of CRC algorithms: CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-16/MODBUS', () => {
    expect(crc32(digits)).toBe(0xcbf43926);
    expect(~crc32c(digits) >>> 0).toBe(0xe3069283);
    expect(crc16(digits)).toBe(0x4b37);
  });

  it('of two pieces are the sum of the whole', () => {
    expect(crc32c(digits.subarray(4), crc32c(digits.subarray(0, 4)))).toBe(crc32c(digits));
    expect(crc16(digits.subarray(4), crc16(digits.subarray(0, 4)))).toBe(crc16(digits));
  });

  it('of a short name is that of fatgen103', () => {
    // Rotate right and add, by hand, over "AB" and nine blanks.
    const name = new TextEncoder().encode('AB         ');
    let sum = 0;
    for (const byte of name) sum = (((sum >> 1) | (sum << 7)) + byte) & 0xff;
    expect(fat.fatNameChecksum(name)).toBe(sum);
  });

  it('copies of a superblock lie in groups 0, 1 and powers of 3, 5 and 7', () => {
    const groups = Array.from({ length: 130 }, (_, group) => group).filter(ext4.ext4HasSuper);
    expect(groups).toEqual([0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125]);
  });
});
