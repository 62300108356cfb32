/**
 * The master boot record: boot code, disk signature and four partition records in the first sector of a disk. An extended partition
 * holds a chain of further records, each in a sector of the same shape.
 *
 * Source: UEFI specification 2.10 §5.2 (legacy MBR, protective MBR, OS types 0xEE and 0xEF); other OS types as in
 * Linux `include/linux/msdos_partition.h`.
 */
import { codes } from './codes.ts';
import { array, bytes, field, u8, u16, u32 } from './layout.ts';
import { struct } from './struct.ts';

const UEFI_MBR = 'UEFI specification 2.10 §5.2.1';

/** A partition record. A record of type 0 is unused. */
export const mbrPartitionRecord = struct(
  'MBR_PARTITION_RECORD',
  { source: UEFI_MBR, packed: true, doc: 'One of the four partitions that a sector of the table can name.' },
  {
    boot_indicator: field(
      u8,
      '0x80: the boot code of this partition is started; 0: it is not. Nothing else is valid',
    ),
    start_head: field(u8, 'CHS address of the first sector, for a BIOS without LBA'),
    start_sector: field(u8, 'bits 5:0 sector, bits 7:6 the upper bits of the track'),
    start_track: u8,
    os_type: field(u8, 'what the partition is for; 0 for an unused record'),
    end_head: field(u8, 'CHS address of the last sector'),
    end_sector: u8,
    end_track: u8,
    starting_lba: field(u32, 'first sector; in an extended chain relative to this table or to the chain'),
    size_in_lba: field(u32, 'sectors'),
  },
);

/** The first sector of the disk, or a link of an extended chain. */
export const masterBootRecord = struct(
  'MASTER_BOOT_RECORD',
  { source: UEFI_MBR, packed: true, doc: 'Boot code and partition table in the first sector of a disk.' },
  {
    boot_code: field(bytes(440), 'what a BIOS loads to 0x7C00 and starts; UEFI does not'),
    unique_mbr_signature: field(u32, 'the name of this disk for an operating system'),
    unknown: u16,
    partition_record: array(mbrPartitionRecord, 4),
    signature: field(u16, '0xAA55'),
  },
);

/** The last two bytes of a boot sector, read as a number. */
export const BOOT_SIGNATURE = 0xaa55;
/** `boot_indicator` of the partition that is started. */
export const MBR_ACTIVE = 0x80;

/** `os_type`. */
export const mbrOsTypes = codes({
  EMPTY: [0x00, 'unused'],
  FAT12: [0x01, 'FAT12'],
  FAT16_SMALL: [0x04, 'FAT16 below 32 MiB'],
  EXTENDED: [0x05, 'extended partition, addressed by CHS'],
  FAT16: [0x06, 'FAT16'],
  NTFS: [0x07, 'NTFS or exFAT'],
  FAT32: [0x0b, 'FAT32, addressed by CHS'],
  FAT32_LBA: [0x0c, 'FAT32'],
  FAT16_LBA: [0x0e, 'FAT16'],
  EXTENDED_LBA: [0x0f, 'extended partition'],
  LINUX_SWAP: [0x82, 'Linux swap space'],
  LINUX: [0x83, 'Linux file system'],
  LINUX_EXTENDED: [0x85, 'extended partition of Linux'],
  FREEBSD: [0xa5, 'FreeBSD'],
  GPT_PROTECTIVE: [0xee, 'the disk has a GPT; this record keeps old tools away'],
  UEFI_SYSTEM: [0xef, 'UEFI system partition'],
});
/** The types by name. */
export const MBR_TYPE = mbrOsTypes.values;
