/**
 * The GUID partition table: a header in sector 1 and a copy in the last sector, each with a table of entries, all under CRC-32.
 *
 * Source: UEFI specification 2.10 §5.3; partition types of Windows and Linux as in Microsoft's `CREATE_PARTITION_PARAMETERS` and
 * the UAPI group's "Discoverable Partitions Specification".
 */
import { array, bytes, field, guid, u16, u32, u64 } from './layout.ts';
import { struct } from './struct.ts';

const UEFI_GPT = 'UEFI specification 2.10 §5.3';

/** The header. */
export const gptHeader = struct(
  'EFI_PARTITION_TABLE_HEADER',
  {
    source: `${UEFI_GPT}.2`,
    packed: true,
    doc: 'Where the entries of a GUID partition table are, and which sectors they may use.',
  },
  {
    signature: field(bytes(8), '"EFI PART"'),
    revision: field(u32, '0x00010000'),
    header_size: field(u32, 'bytes under the checksum: 92, at most a sector'),
    header_crc32: field(u32, 'CRC-32 of `header_size` bytes with this field zero'),
    reserved: u32,
    my_lba: field(u64, 'the sector of this header'),
    alternate_lba: field(u64, 'the sector of the other header'),
    first_usable_lba: u64,
    last_usable_lba: u64,
    disk_guid: guid,
    partition_entry_lba: field(u64, 'first sector of the entries'),
    number_of_partition_entries: u32,
    size_of_partition_entry: field(u32, '128 times a power of two'),
    partition_entry_array_crc32: field(u32, 'CRC-32 of all entries, used or not'),
  },
);

/** An entry. */
export const gptEntry = struct(
  'EFI_PARTITION_ENTRY',
  { source: `${UEFI_GPT}.3`, packed: true, doc: 'One partition of a GUID partition table.' },
  {
    partition_type_guid: field(guid, 'what it is for; all zero for an unused entry'),
    unique_partition_guid: guid,
    starting_lba: u64,
    ending_lba: field(u64, 'last sector, inclusive'),
    attributes: field(u64, 'bit 0: required by the platform; bit 2: a legacy BIOS may start it'),
    partition_name: field(array(u16, 36), 'UTF-16, ended by a zero or by the end of the field'),
  },
);

/** Text of the signature. */
export const GPT_SIGNATURE = 'EFI PART';
/** The one revision there is. */
export const GPT_REVISION = 0x0001_0000;
/** Bytes of a header that count, and the least that `header_size` may say. */
export const GPT_HEADER_BYTES = 92;
/** Bytes that the entries take at least, used or not. */
export const GPT_ENTRIES_BYTES = 16_384;

/** `partition_type_guid`. */
export const GPT_TYPE = {
  UNUSED: '00000000-0000-0000-0000-000000000000',
  EFI_SYSTEM: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  BIOS_BOOT: '21686148-6449-6e6f-744e-656564454649',
  MICROSOFT_RESERVED: 'e3c9e316-0b5c-4db8-817d-f92df00215ae',
  BASIC_DATA: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7',
  LINUX_DATA: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  LINUX_ROOT_X86_64: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  LINUX_SWAP: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
} as const;
