/** `ringside disk FILE --list`: partitions, file systems and files of an image. */
import type { Issue } from '../core/errors.ts';
import { formatBytes } from '../core/units.ts';
import {
  type FileSystem,
  openFileSystem,
  openPartitionTable,
  type Partition,
  type PartitionTable,
  type Problem,
  type Reading,
  readTree,
  runReading,
  type TreeReport,
} from '../guest/media/index.ts';
import type { Disk } from '../host/backends/disk.ts';
import { table } from './output.ts';

/** Files and directories that are listed of each partition. */
const MAX_LISTED = 1000;

/** What one partition holds, or why that cannot be said. */
interface PartitionListing {
  readonly partition: Partition;
  readonly system?: FileSystem;
  readonly tree?: TreeReport;
  readonly problems: readonly Issue[];
}

/** What an image holds. */
export interface DiskListing {
  readonly table: PartitionTable;
  readonly partitions: readonly PartitionListing[];
  /** What was found wrong, in the order in which it was found. */
  readonly problems: readonly Issue[];
}

/** Lists an image, or says why its table cannot be read. Nothing is written to it. */
export function listDisk(disk: Disk): DiskListing | Issue[] {
  const run = <T>(reading: Reading<T>): T =>
    runReading(reading, (lba, sectors) => {
      const bytes = new Uint8Array(sectors * disk.sectorBytes);
      disk.read(lba, sectors, bytes);
      return bytes;
    });
  const read = run(openPartitionTable(disk.sectors));
  if (!read.ok) return [issue('table', read.problem)];
  const partitions = read.value.partitions.map((partition) => listPartition(partition, run));
  const notes = read.value.notes.map((note) => issue('table', note));
  return {
    table: read.value,
    partitions,
    problems: [...notes, ...partitions.flatMap(({ problems }) => problems)],
  };
}

const issue = (path: string, { kind, message, hint }: Problem): Issue => ({
  path,
  kind,
  message: safe(message),
  hint,
});

function listPartition(partition: Partition, run: <T>(reading: Reading<T>) => T): PartitionListing {
  const where = partition.kind === 'whole' ? 'disk' : `partition ${partition.index}`;
  if (partition.kind === 'extended' && !partition.problem) return { partition, problems: [] };
  const opened = run(openFileSystem(partition));
  if (!opened.ok) return { partition, problems: [issue(where, opened.problem)] };
  const system = opened.value;
  const notes = system.notes.map((note) => issue(where, note));
  const walked = run(readTree(system, { maxEntries: MAX_LISTED, checkBlocks: true }));
  if (!walked.ok) return { partition, system, problems: [...notes, issue(where, walked.problem)] };
  const found = walked.value.problems.map(({ problem }) => issue(where, problem));
  return { partition, system, tree: walked.value, problems: [...notes, ...found] };
}

/** A listing as text. */
export function listingText(path: string, bytes: number, { table: found, partitions }: DiskListing): string {
  const label = { mbr: 'MBR', gpt: 'GPT', none: 'no partition table' }[found.kind];
  const id = found.diskId === '' ? '' : `, disk ${found.diskId}`;
  const rows = partitions.map(({ partition, system }) => [
    `  ${partition.kind === 'whole' ? 'disk' : partition.index}`,
    String(partition.firstLba),
    String(partition.sectors),
    partition.typeName || partition.type,
    system ? `${system.kind} ${safe(system.label)}`.trim() : '',
    safe(partition.name),
  ]);
  const heads = ['  partition', 'first sector', 'sectors', 'type', 'file system', 'name'];
  const trees = partitions.flatMap((listing) => (listing.tree ? [treeText(listing, listing.tree)] : []));
  return [`${path}: ${label}${id}, ${formatBytes(bytes)}\n`, table([heads, ...rows], [1, 2]), ...trees].join(
    '\n',
  );
}

function treeText({ partition, system }: PartitionListing, { entries, cut }: TreeReport): string {
  const title = partition.kind === 'whole' ? 'The disk' : `Partition ${partition.index}`;
  const rows = entries.map(({ kind, bytes, path }) => [
    kind === 'file' ? String(bytes) : kind,
    kind === 'directory' ? `${safe(path)}/` : safe(path),
  ]);
  const more = cut ? `  … and more than ${MAX_LISTED}\n` : '';
  const body =
    rows.length === 0
      ? '  nothing\n'
      : table(
          rows.map(([size, name]) => [`  ${size}`, name]),
          [0],
        );
  return `${title} (${system?.kind}):\n${body}${more}`;
}

/** A listing as data. */
export function listingJson(
  path: string,
  bytes: number,
  { table: found, partitions, problems }: DiskListing,
): string {
  const { kind, diskId } = found;
  return JSON.stringify({
    file: path,
    bytes,
    table: kind,
    diskId,
    partitions: partitions.map(({ partition, system, tree }) => ({
      ...partition,
      ...(system && {
        fileSystem: { kind: system.kind, label: system.label, id: system.id, unitBytes: system.unitBytes },
      }),
      ...(tree && { entries: tree.entries, cut: tree.cut }),
    })),
    problems,
  });
}

/** A name from an image, without the control characters that would steer a terminal. */
const safe = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
