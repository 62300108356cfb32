/**
 * The FAT file system: the boot sector with its BIOS parameter block, FSInfo, directory entries and long names.
 *
 * Source: "Microsoft Extensible Firmware Initiative FAT32 File System Specification", version 1.03 (fatgen103). Field names are its own.
 */
import { codes } from './codes.ts';
import { array, bytes, field, u8, u16, u32 } from './layout.ts';
import { struct } from './struct.ts';

const FATGEN = 'Microsoft fatgen103';

const bpb = {
  BS_jmpBoot: field(bytes(3), 'jump to the boot code: EB xx 90 or E9 xx xx'),
  BS_OEMName: field(bytes(8), 'who formatted it; "NTFS    " and "EXFAT   " are other file systems'),
  BPB_BytsPerSec: field(u16, '512, 1024, 2048 or 4096'),
  BPB_SecPerClus: field(u8, 'sectors of an allocation unit, a power of two'),
  BPB_RsvdSecCnt: field(u16, 'sectors before the first FAT, at least 1'),
  BPB_NumFATs: field(u8, 'copies of the FAT, 2 as a rule'),
  BPB_RootEntCnt: field(u16, 'entries of the root directory; 0 for FAT32, where it is a file'),
  BPB_TotSec16: field(u16, 'sectors, or 0 when they are in BPB_TotSec32'),
  BPB_Media: field(u8, '0xF8 for a fixed disk'),
  BPB_FATSz16: field(u16, 'sectors of one FAT; 0 for FAT32'),
  BPB_SecPerTrk: u16,
  BPB_NumHeads: u16,
  BPB_HiddSec: field(u32, 'sectors before this partition'),
  BPB_TotSec32: field(u32, 'sectors'),
} as const;

/** The boot sector of a FAT12 or FAT16 volume. */
export const fat16BootSector = struct(
  'FAT16_BOOT_SECTOR',
  { source: FATGEN, packed: true, doc: 'First sector of a FAT12 or FAT16 volume.' },
  {
    ...bpb,
    BS_DrvNum: field(u8, 'drive number for INT 13h'),
    BS_Reserved1: u8,
    BS_BootSig: field(u8, '0x29: the next three fields are there'),
    BS_VolID: field(u32, 'serial number of the volume'),
    BS_VolLab: field(bytes(11), 'volume label, padded with blanks'),
    BS_FilSysType: field(bytes(8), 'text; the type is told from the number of clusters alone'),
    BS_BootCode: bytes(448),
    BS_Signature: field(u16, '0xAA55'),
  },
);

/** The boot sector of a FAT32 volume. */
export const fat32BootSector = struct(
  'FAT32_BOOT_SECTOR',
  { source: FATGEN, packed: true, doc: 'First sector of a FAT32 volume.' },
  {
    ...bpb,
    BPB_FATSz32: field(u32, 'sectors of one FAT'),
    BPB_ExtFlags: field(u16, 'bit 7: only the FAT in bits 3:0 is kept'),
    BPB_FSVer: field(u16, '0'),
    BPB_RootClus: field(u32, 'first cluster of the root directory, 2 as a rule'),
    BPB_FSInfo: field(u16, 'sector of FSInfo, 1 as a rule'),
    BPB_BkBootSec: field(u16, 'sector of a copy of this one, 6 or 0'),
    BPB_Reserved: bytes(12),
    BS_DrvNum: u8,
    BS_Reserved1: u8,
    BS_BootSig: u8,
    BS_VolID: field(u32, 'serial number of the volume'),
    BS_VolLab: field(bytes(11), 'volume label, padded with blanks'),
    BS_FilSysType: field(bytes(8), 'text; means nothing'),
    BS_BootCode: bytes(420),
    BS_Signature: field(u16, '0xAA55'),
  },
);

/** FSInfo: hints for whoever allocates. A reader has no use for it. */
export const fatFsInfo = struct(
  'FSINFO',
  { source: FATGEN, packed: true, doc: 'Hints for the allocation of clusters on a FAT32 volume.' },
  {
    FSI_LeadSig: field(u32, '0x41615252'),
    FSI_Reserved1: bytes(480),
    FSI_StrucSig: field(u32, '0x61417272'),
    FSI_Free_Count: field(u32, 'free clusters, or 0xFFFFFFFF for unknown'),
    FSI_Nxt_Free: field(u32, 'where to look for a free cluster'),
    FSI_Reserved2: bytes(12),
    FSI_TrailSig: field(u32, '0xAA550000'),
  },
);

/** A directory entry with a short name. */
export const fatDirectoryEntry = struct(
  'FAT_DIRECTORY_ENTRY',
  { source: FATGEN, packed: true, doc: 'A file or directory: 8.3 name, first cluster, size.' },
  {
    DIR_Name: field(bytes(11), 'first byte 0: no entry from here on; 0xE5: deleted; 0x05 stands for 0xE5'),
    DIR_Attr: u8,
    DIR_NTRes: field(u8, 'bit 3: show the base name in lower case; bit 4: the extension'),
    DIR_CrtTimeTenth: u8,
    DIR_CrtTime: u16,
    DIR_CrtDate: u16,
    DIR_LstAccDate: u16,
    DIR_FstClusHI: field(u16, 'upper half of the first cluster; FAT32 only'),
    DIR_WrtTime: u16,
    DIR_WrtDate: u16,
    DIR_FstClusLO: u16,
    DIR_FileSize: field(u32, 'bytes; 0 for a directory'),
  },
);

/** A piece of a long name. The pieces lie before the short entry, last piece first. */
export const fatLongNameEntry = struct(
  'FAT_LONG_NAME_ENTRY',
  { source: FATGEN, packed: true, doc: 'Up to 13 UTF-16 characters of a long name.' },
  {
    LDIR_Ord: field(u8, 'number of the piece from 1; bit 6 marks the last one, which comes first'),
    LDIR_Name1: array(u16, 5),
    LDIR_Attr: field(u8, '0x0F'),
    LDIR_Type: u8,
    LDIR_Chksum: field(u8, 'checksum of the short name that it belongs to'),
    LDIR_Name2: array(u16, 6),
    LDIR_FstClusLO: field(u16, '0'),
    LDIR_Name3: array(u16, 2),
  },
);

/** `DIR_Attr`. */
export const fatAttributes = codes({
  READ_ONLY: [0x01, 'not to be written'],
  HIDDEN: [0x02, 'not shown by default'],
  SYSTEM: [0x04, 'belongs to the operating system'],
  VOLUME_ID: [0x08, 'the label of the volume, no file'],
  DIRECTORY: [0x10, 'a directory'],
  ARCHIVE: [0x20, 'changed since the last backup'],
});
/** The attributes by name. */
export const FAT_ATTR = fatAttributes.values;
/** `DIR_Attr` of a piece of a long name: four attributes that no file has together. */
export const FAT_ATTR_LONG_NAME = 0x0f;
/** Mask under which {@link FAT_ATTR_LONG_NAME} is told. */
export const FAT_ATTR_LONG_NAME_MASK = 0x3f;
/** Bytes of a directory entry. */
export const FAT_ENTRY_BYTES = 32;
/** First byte of a deleted entry. */
export const FAT_DELETED = 0xe5;
/** Bit of `LDIR_Ord`: the last piece. */
export const FAT_LAST_LONG_ENTRY = 0x40;
/** UTF-16 characters in a piece of a long name. */
export const FAT_LONG_NAME_CHARS = 13;
/** A volume with fewer clusters than this is FAT12, whatever its boot sector says. */
export const FAT16_MIN_CLUSTERS = 4085;
/** A volume with fewer clusters than this is FAT12 or FAT16. */
export const FAT32_MIN_CLUSTERS = 65_525;

/** The checksum by which a long name knows its short entry: over the 11 bytes of the short name. */
export function fatNameChecksum(shortName: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < 11; i++) sum = (((sum & 1) << 7) + (sum >> 1) + shortName[i]) & 0xff;
  return sum;
}
