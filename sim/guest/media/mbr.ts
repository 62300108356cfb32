/** The partition table of a PC since 1983: four records in the first sector, and a chain of sectors for more. */
import {
  BOOT_SIGNATURE,
  MBR_ACTIVE,
  MBR_TYPE,
  masterBootRecord,
  mbrOsTypes,
  mbrPartitionRecord,
} from '../../wire/mbr.ts';
import { fieldsReader } from './fields.ts';
import { checkPartitions, type Partition, type PartitionTable } from './partitions.ts';
import { type Problem, RESTORE, type Reading, readSectors } from './reads.ts';

/** Logical partitions that are looked for: more than any tool makes, and an end for a chain that has none. */
export const MAX_LOGICAL = 128;

/** A record of the table as it lies there. */
export interface MbrRecord {
  readonly slot: number;
  readonly active: boolean;
  readonly validIndicator: boolean;
  readonly type: number;
  readonly start: number;
  readonly sectors: number;
}

const head = fieldsReader(masterBootRecord, 'unique_mbr_signature', 'signature');
const record = fieldsReader(mbrPartitionRecord, 'boot_indicator', 'os_type', 'starting_lba', 'size_in_lba');
const RECORDS_AT = masterBootRecord.offsets.partition_record;

/** The four records of a boot sector, or `undefined` when it does not end with the boot signature. */
export function mbrRecords(sector: Uint8Array): MbrRecord[] | undefined {
  if (head(sector).signature !== BOOT_SIGNATURE) return undefined;
  return [0, 1, 2, 3].map((slot) => {
    const fields = record(sector, RECORDS_AT + slot * mbrPartitionRecord.size);
    return {
      slot,
      active: fields.boot_indicator === MBR_ACTIVE,
      validIndicator: (fields.boot_indicator & 0x7f) === 0,
      type: fields.os_type,
      start: fields.starting_lba,
      sectors: fields.size_in_lba,
    };
  });
}

/** True for the types of a partition that only holds others. */
export const isExtended = (type: number): boolean =>
  type === MBR_TYPE.EXTENDED || type === MBR_TYPE.EXTENDED_LBA || type === MBR_TYPE.LINUX_EXTENDED;

/** The partitions of a disk whose first sector was read and has a table. */
export function* readMbr(
  sector: Uint8Array,
  records: readonly MbrRecord[],
  totalSectors: number,
): Reading<PartitionTable> {
  const diskId = head(sector).unique_mbr_signature.toString(16).padStart(8, '0');
  const used = records.filter(({ type }) => type !== MBR_TYPE.EMPTY);
  const partitions = used.map((entry) =>
    partition(diskId, entry.slot + 1, isExtended(entry.type) ? 'extended' : 'primary', entry, 0),
  );
  const notes: Problem[] = [];
  const extended = used.filter(({ type }) => isExtended(type));
  if (extended.length > 1)
    notes.push({
      kind: 'damaged',
      message: 'There are several extended partitions; the first is followed.',
      hint: RESTORE,
    });
  if (extended.length > 0) {
    const chain = yield* readChain(extended[0], totalSectors);
    notes.push(...chain.notes);
    for (const { entry, base } of chain.logical)
      partitions.push(partition(diskId, partitions.length - used.length + 5, 'logical', entry, base));
  }
  return { kind: 'mbr', diskId, partitions: checkPartitions(partitions, totalSectors), notes };
}

function partition(
  diskId: string,
  index: number,
  kind: Partition['kind'],
  { type, start, sectors, active }: MbrRecord,
  base: number,
): Partition {
  return {
    index,
    kind,
    firstLba: base + start,
    sectors,
    type: `0x${type.toString(16).padStart(2, '0')}`,
    typeName: mbrOsTypes.docOf(type),
    name: '',
    id: `${diskId}-${index.toString(16).padStart(2, '0')}`,
    active,
  };
}

/** A logical partition's record and the sector that its start counts from. */
interface Logical {
  readonly entry: MbrRecord;
  readonly base: number;
}

/** Follows the chain of an extended partition: each link names one partition, relative to itself, and the next link, relative to the chain. */
function* readChain(
  extended: MbrRecord,
  totalSectors: number,
): Reading<{ readonly logical: Logical[]; readonly notes: Problem[] }> {
  const logical: Logical[] = [];
  const seen = new Set<number>();
  const stop = (kind: Problem['kind'], message: string) => ({
    logical,
    notes: [{ kind, message, hint: RESTORE }],
  });
  for (let at: number | undefined = extended.start; at !== undefined; ) {
    if (seen.has(at)) return stop('loop', `The chain of logical partitions comes back to sector ${at}.`);
    if (seen.size >= MAX_LOGICAL) return stop('too-large', `The chain has more than ${MAX_LOGICAL} links.`);
    if (at >= totalSectors || at < extended.start || at >= extended.start + extended.sectors)
      return stop(
        'beyond-disk',
        `A link of the chain of logical partitions lies at sector ${at}, outside of it.`,
      );
    seen.add(at);
    const read = yield* readSectors(at, 1);
    if (!read.ok) return { logical, notes: [read.problem] };
    const records = mbrRecords(read.value);
    if (records === undefined)
      return stop('damaged', `Sector ${at} is no link of the chain: its signature is missing.`);
    const link = links(records, at, extended);
    logical.push(...link.logical);
    at = link.next;
  }
  return { logical, notes: [] };
}

function links(records: readonly MbrRecord[], at: number, extended: MbrRecord) {
  const entry = records.find(
    ({ type, sectors }) => type !== MBR_TYPE.EMPTY && !isExtended(type) && sectors > 0,
  );
  const next = records.find(({ type, sectors }) => isExtended(type) && sectors > 0);
  return {
    logical: entry === undefined ? [] : [{ entry, base: at }],
    next: next === undefined ? undefined : extended.start + next.start,
  };
}
