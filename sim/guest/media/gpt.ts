/** The GUID partition table: the header in sector 1, and the copy in the last sector when that one does not hold. */
import { crc32 } from '../../wire/crc.ts';
import {
  GPT_HEADER_BYTES,
  GPT_REVISION,
  GPT_SIGNATURE,
  GPT_TYPE,
  gptEntry,
  gptHeader,
} from '../../wire/gpt.ts';
import { guidText } from '../../wire/layout-values.ts';
import { fieldsReader, latin1, utf16 } from './fields.ts';
import { checkPartitions, type Partition, type PartitionTable } from './partitions.ts';
import {
  bad,
  damaged,
  type Failure,
  good,
  type Problem,
  type Reading,
  type Result,
  readSectors,
  SECTOR,
} from './reads.ts';

/** Bytes of entries that are read at most: eight times what tools write. */
export const MAX_GPT_ENTRY_BYTES = 131_072;
/** Attribute bit 2: a legacy BIOS may start it. */
const LEGACY_BIOS_BOOTABLE = 4;

const headerFields = fieldsReader(
  gptHeader,
  'revision',
  'header_size',
  'header_crc32',
  'my_lba',
  'alternate_lba',
  'first_usable_lba',
  'last_usable_lba',
  'partition_entry_lba',
  'number_of_partition_entries',
  'size_of_partition_entry',
  'partition_entry_array_crc32',
);
const entryFields = fieldsReader(gptEntry, 'starting_lba', 'ending_lba', 'attributes');
const { header_crc32: CRC_AT, disk_guid: DISK_GUID_AT } = gptHeader.offsets;
const { unique_partition_guid: UNIQUE_AT, partition_name: NAME_AT } = gptEntry.offsets;

type Header = ReturnType<typeof headerFields> & { readonly diskId: string };
/** A header with entries, all checked. */
interface GptCopy {
  readonly header: Header;
  readonly entries: Uint8Array;
}

/** The partitions of a disk whose first sector says that it has a GPT. */
export function* readGpt(totalSectors: number): Reading<Result<PartitionTable>> {
  const primary = yield* readCopy(1, totalSectors);
  if (primary.ok) return good(tableOf(primary.value, totalSectors, []));
  const backup = yield* readCopy(totalSectors - 1, totalSectors);
  if (backup.ok) return good(tableOf(backup.value, totalSectors, [fellBack(primary.problem)]));
  return damaged(`${primary.problem.message} The copy at the end of the disk: ${backup.problem.message}`);
}

const fellBack = (problem: Problem): Problem => ({
  kind: 'recovered',
  message: `${problem.message} The copy at the end of the disk was used.`,
  hint: 'Write the good copy back, for example with sgdisk --load-backup or gdisk, recovery menu, b.',
});

function* readCopy(lba: number, totalSectors: number): Reading<Result<GptCopy>> {
  if (lba < 1 || lba >= totalSectors)
    return bad(
      'beyond-disk',
      `A disk of ${totalSectors} sectors has no room for a GPT.`,
      'Make the disk larger.',
    );
  const read = yield* readSectors(lba, 1);
  if (!read.ok) return read;
  const header = checkHeader(read.value, lba, totalSectors);
  if (!header.ok) return header;
  return yield* readEntries(header.value, lba, totalSectors);
}

function checkHeader(sector: Uint8Array, lba: number, totalSectors: number): Result<Header> {
  const where = `The GPT header in sector ${lba}`;
  if (latin1(sector.subarray(0, 8)) !== GPT_SIGNATURE) return damaged(`${where} has no signature.`);
  const header = headerFields(sector);
  const { revision, header_size: size } = header;
  if (revision !== GPT_REVISION)
    return bad(
      'unsupported',
      `${where} has revision 0x${revision.toString(16)}.`,
      'Only revision 1.0 is known.',
    );
  if (size < GPT_HEADER_BYTES || size > SECTOR) return damaged(`${where} says it has ${size} bytes.`);
  const summed = sector.slice(0, size);
  summed.fill(0, CRC_AT, CRC_AT + 4);
  if (crc32(summed) !== header.header_crc32) return damaged(`${where} does not match its checksum.`);
  const lie = headerLie(header, lba, totalSectors);
  return lie === undefined
    ? good({ ...header, diskId: guidText(sector, DISK_GUID_AT) })
    : damaged(`${where} ${lie}.`);
}

/** What a header that matches its checksum says wrongly. */
function headerLie(
  header: Header | ReturnType<typeof headerFields>,
  lba: number,
  totalSectors: number,
): string | undefined {
  const { my_lba, first_usable_lba: first, last_usable_lba: last, size_of_partition_entry: size } = header;
  if (my_lba !== lba) return `says that it lies in sector ${my_lba}`;
  if (first > last || last >= totalSectors)
    return `allows sectors ${first} to ${last} of a disk of ${totalSectors}`;
  if (size < 128 || size > 4096 || (size & (size - 1)) !== 0) return `has entries of ${size} bytes`;
  const bytes = size * header.number_of_partition_entries;
  if (bytes > MAX_GPT_ENTRY_BYTES) return `has ${header.number_of_partition_entries} entries`;
  const at = header.partition_entry_lba;
  if (at < 2 || at + Math.ceil(bytes / SECTOR) > totalSectors) return `has its entries at sector ${at}`;
  return undefined;
}

function* readEntries(header: Header, lba: number, totalSectors: number): Reading<Result<GptCopy>> {
  const bytes = header.number_of_partition_entries * header.size_of_partition_entry;
  if (bytes === 0) return good({ header, entries: new Uint8Array(0) });
  const read = yield* readSectors(header.partition_entry_lba, Math.ceil(bytes / SECTOR));
  if (!read.ok) return read;
  const entries = read.value.subarray(0, bytes);
  if (crc32(entries) === header.partition_entry_array_crc32) return good({ header, entries });
  return noEntries(lba, totalSectors);
}

const noEntries = (lba: number, totalSectors: number): Failure =>
  damaged(`The entries of the GPT header in sector ${lba} of ${totalSectors} do not match their checksum.`);

function tableOf(
  { header, entries }: GptCopy,
  totalSectors: number,
  notes: readonly Problem[],
): PartitionTable {
  const partitions: Partition[] = [];
  for (let slot = 0; slot < header.number_of_partition_entries; slot++) {
    const at = slot * header.size_of_partition_entry;
    const type = guidText(entries, at);
    if (type !== GPT_TYPE.UNUSED) partitions.push(partition(entries, at, slot, type, header));
  }
  return { kind: 'gpt', diskId: header.diskId, partitions: checkPartitions(partitions, totalSectors), notes };
}

function partition(entries: Uint8Array, at: number, slot: number, type: string, header: Header): Partition {
  const { starting_lba: firstLba, ending_lba: last, attributes } = entryFields(entries, at);
  const found: Partition = {
    index: slot + 1,
    kind: 'gpt',
    firstLba,
    sectors: Math.max(0, last - firstLba + 1),
    type,
    typeName: typeName(type),
    name: utf16(entries.subarray(at + NAME_AT, at + gptEntry.size)),
    id: guidText(entries, at + UNIQUE_AT),
    active: (attributes & LEGACY_BIOS_BOOTABLE) !== 0,
  };
  if (last < firstLba || (firstLba >= header.first_usable_lba && last <= header.last_usable_lba))
    return found;
  const message = `Partition ${slot + 1} (sectors ${firstLba} to ${last}) leaves the usable sectors.`;
  return {
    ...found,
    problem: {
      kind: 'beyond-disk',
      message,
      hint: 'The table belongs to another disk: copy the image again.',
    },
  };
}

/** The types by GUID. */
const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  [GPT_TYPE.EFI_SYSTEM, 'EFI system partition'],
  [GPT_TYPE.BIOS_BOOT, 'BIOS boot partition'],
  [GPT_TYPE.MICROSOFT_RESERVED, 'Microsoft reserved'],
  [GPT_TYPE.BASIC_DATA, 'basic data'],
  [GPT_TYPE.LINUX_DATA, 'Linux file system'],
  [GPT_TYPE.LINUX_ROOT_X86_64, 'Linux root, x86-64'],
  [GPT_TYPE.LINUX_SWAP, 'Linux swap space'],
]);
const typeName = (type: string): string => TYPE_NAMES.get(type) ?? '';
