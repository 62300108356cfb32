/** Makes partition tables: the four records of an MBR, or a GPT with its protective MBR and its copy at the end of the disk. */
import { joined } from '../../core/bytes.ts';
import { crc32 } from '../../wire/crc.ts';
import {
  GPT_HEADER_BYTES,
  GPT_REVISION,
  GPT_SIGNATURE,
  GPT_TYPE,
  gptEntry,
  gptHeader,
} from '../../wire/gpt.ts';
import { guidText, hexText } from '../../wire/layout-values.ts';
import { BOOT_SIGNATURE, MBR_ACTIVE, MBR_TYPE, masterBootRecord } from '../../wire/mbr.ts';
import { seededBytes } from './content.ts';
import type { MediaTarget } from './target.ts';

/** A partition for a table. */
export interface TableEntry {
  readonly firstLba: number;
  readonly sectors: number;
  readonly use: 'efi-system' | 'fat' | 'linux';
  readonly name: string;
  readonly active: boolean;
}

const SECTOR = 512;
/** Entries that every tool writes, and the sectors that they take. */
const GPT_ENTRIES = 128;
const GPT_ENTRY_SECTORS = 32;
/** Sectors at the start and at the end of a disk that a GPT takes. */
export const GPT_HEAD_SECTORS = 2 + GPT_ENTRY_SECTORS;
/** Sectors of the copy at the end of the disk. */
export const GPT_TAIL_SECTORS = 1 + GPT_ENTRY_SECTORS;

const MBR_TYPES = {
  'efi-system': MBR_TYPE.UEFI_SYSTEM,
  fat: MBR_TYPE.FAT32_LBA,
  linux: MBR_TYPE.LINUX,
} as const;
const GPT_TYPES = {
  'efi-system': GPT_TYPE.EFI_SYSTEM,
  fat: GPT_TYPE.BASIC_DATA,
  linux: GPT_TYPE.LINUX_DATA,
} as const;

/** Cylinder, head and sector of `lba` for 255 heads and 63 sectors; what lies beyond is the last address that there is. */
function chs(lba: number): readonly [head: number, sector: number, track: number] {
  const cylinder = Math.floor(lba / (255 * 63));
  if (cylinder > 1023) return [254, 0xff, 0xff];
  const head = Math.floor(lba / 63) % 255;
  return [head, (lba % 63) + 1 + ((cylinder >> 2) & 0xc0), cylinder & 0xff];
}

function record(
  slot: number,
  type: number,
  firstLba: number,
  sectors: number,
  active: boolean,
): Record<string, number> {
  const [startHead, startSector, startTrack] = chs(firstLba);
  const [endHead, endSector, endTrack] = chs(firstLba + sectors - 1);
  const fields = {
    boot_indicator: active ? MBR_ACTIVE : 0,
    start_head: startHead,
    start_sector: startSector,
    start_track: startTrack,
    os_type: type,
    end_head: endHead,
    end_sector: endSector,
    end_track: endTrack,
    starting_lba: firstLba,
    size_in_lba: sectors,
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`partition_record[${slot}].${name}`, value]),
  );
}

/** Writes an MBR with up to four primary partitions. */
export function makeMbr(
  disk: MediaTarget,
  entries: readonly TableEntry[],
  seed: number,
  bootCode?: Uint8Array,
): void {
  const records = entries.map(({ use, firstLba, sectors, active }, slot) =>
    record(slot, MBR_TYPES[use], firstLba, sectors, active),
  );
  disk.put(0, bootSector(Object.assign({}, ...records), seed, bootCode));
}

const bootSector = (
  records: Record<string, number>,
  seed: number,
  bootCode: Uint8Array = new Uint8Array(0),
): Uint8Array =>
  masterBootRecord.encode({
    boot_code: `hex:${hexText(bootCode.subarray(0, 440))}`,
    unique_mbr_signature: new DataView(seededBytes(4, seed).buffer).getUint32(0, true),
    ...records,
    signature: BOOT_SIGNATURE,
  });

/** A GUID that `seed` gives, marked as a random one (RFC 9562, version 4). */
export function seededGuid(seed: number): string {
  const bytes = seededBytes(16, seed).slice();
  bytes[7] = (bytes[7] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return guidText(bytes);
}

/** Writes a protective MBR, the GPT and its copy. */
export function makeGpt(disk: MediaTarget, entries: readonly TableEntry[], seed: number): void {
  const last = disk.sectors - 1;
  const table = joined(entries.map((entry, i) => gptEntryBytes(entry, seededGuid(seed + 100 + i))));
  const all = new Uint8Array(GPT_ENTRIES * gptEntry.size);
  all.set(table);
  const protective = record(0, MBR_TYPE.GPT_PROTECTIVE, 1, Math.min(last, 0xffff_ffff), false);
  disk.put(0, masterBootRecord.encode({ ...protective, signature: BOOT_SIGNATURE }));
  const guid = seededGuid(seed);
  disk.put(SECTOR, header({ my: 1, other: last, entriesAt: 2, last, guid }, all));
  disk.put(2 * SECTOR, all);
  disk.put((last - GPT_ENTRY_SECTORS) * SECTOR, all);
  disk.put(
    last * SECTOR,
    header({ my: last, other: 1, entriesAt: last - GPT_ENTRY_SECTORS, last, guid }, all),
  );
}

const gptEntryBytes = ({ use, firstLba, sectors, name, active }: TableEntry, guid: string): Uint8Array =>
  gptEntry.encode({
    partition_type_guid: GPT_TYPES[use],
    unique_partition_guid: guid,
    starting_lba: firstLba,
    ending_lba: firstLba + sectors - 1,
    attributes: active ? 4 : 0,
    ...Object.fromEntries([...name.slice(0, 36)].map((c, i) => [`partition_name[${i}]`, c.charCodeAt(0)])),
  });

interface HeaderPlace {
  readonly my: number;
  readonly other: number;
  readonly entriesAt: number;
  /** Last sector of the disk. */
  readonly last: number;
  readonly guid: string;
}

function header({ my, other, entriesAt, last, guid }: HeaderPlace, entries: Uint8Array): Uint8Array {
  const bytes = gptHeader.encode({
    signature: `hex:${hexText(Uint8Array.from(GPT_SIGNATURE, (c) => c.charCodeAt(0)))}`,
    revision: GPT_REVISION,
    header_size: GPT_HEADER_BYTES,
    my_lba: my,
    alternate_lba: other,
    first_usable_lba: GPT_HEAD_SECTORS,
    last_usable_lba: last - GPT_TAIL_SECTORS,
    disk_guid: guid,
    partition_entry_lba: entriesAt,
    number_of_partition_entries: GPT_ENTRIES,
    size_of_partition_entry: gptEntry.size,
    partition_entry_array_crc32: crc32(entries),
  });
  new DataView(bytes.buffer).setUint32(gptHeader.offsets.header_crc32, crc32(bytes), true);
  return bytes;
}
