/** What partitions does a disk have? Told from its first sector. */
import { MBR_TYPE } from '../../wire/mbr.ts';
import { readGpt } from './gpt.ts';
import { mbrRecords, readMbr } from './mbr.ts';
import { type Partition, type PartitionTable, wholeDisk } from './partitions.ts';
import { bad, good, type Reading, type Result, readSectors } from './reads.ts';
import { recognise } from './recognise.ts';
import { Volume } from './volume.ts';

/** The partition table of a disk of `totalSectors` sectors. A disk that is one file system has the table 'none'. */
export function* openPartitionTable(totalSectors: number): Reading<Result<PartitionTable>> {
  if (!Number.isSafeInteger(totalSectors) || totalSectors < 1)
    return bad('empty', `A disk of ${totalSectors} sectors has no table.`, 'Give the disk a size.');
  const first = yield* readSectors(0, 1);
  if (!first.ok) return first;
  const records = mbrRecords(first.value);
  if (records?.some(({ type }) => type === MBR_TYPE.GPT_PROTECTIVE)) return yield* readGpt(totalSectors);
  const named = records?.every(({ validIndicator }) => validIndicator) ? records : [];
  const used = named.filter(({ type }) => type !== MBR_TYPE.EMPTY);
  // The boot sector of a FAT volume ends like a table, and its four records are zero or code.
  if (used.length > 0 && records) return good(yield* readMbr(first.value, records, totalSectors));
  return yield* withoutTable(totalSectors, named.length > 0);
}

function* withoutTable(totalSectors: number, emptyTable: boolean): Reading<Result<PartitionTable>> {
  const volume = new Volume(0, totalSectors);
  const kind = yield* recognise(volume);
  if (kind.ok && kind.value !== undefined)
    return good({ kind: 'none', diskId: '', partitions: [wholeDisk(totalSectors)], notes: [] });
  if (!kind.ok) return kind;
  return emptyTable
    ? bad(
        'no-table',
        'The partition table is empty.',
        'Make a partition: nothing can be read from this disk yet.',
      )
    : bad(
        'no-table',
        'The disk has no partition table and starts with no known file system.',
        'It is blank, or no disk image: check which file was attached.',
      );
}

/** The partitions of a disk of `totalSectors` sectors; those with a `problem` are not to be read. */
export function* openPartitions(totalSectors: number): Reading<Result<readonly Partition[]>> {
  const table = yield* openPartitionTable(totalSectors);
  return table.ok ? good(table.value.partitions) : table;
}
