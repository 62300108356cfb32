/**
 * Answers what a reader of partitions and file systems asks for, by a driver of the guest; and what a loader asks such readers: the file
 * system to start from, files by their path, where one lies.
 */
import type { Program } from '../../core/program.ts';
import type { BlockDriver } from '../drivers/block.ts';
import type { FileSystem, Partition, Reading, Result } from '../media/index.ts';
import { openFileSystem, openPartitionTable } from '../media/index.ts';
import { bad, type Failure, good, SECTOR } from '../media/reads.ts';
import type { BootSite } from './boot-site.ts';

const NOTHING = new Uint8Array(0);

/** Runs a reader: each of its reads is a request to `driver`, whose bytes go through the site's buffer. A failed one has no bytes. */
export function* answerReads<T>(site: BootSite, driver: BlockDriver, reading: Reading<T>): Program<T> {
  const { cpu, buffer } = site;
  let step = reading.next();
  while (!step.done) {
    const { lba, sectors } = step.value;
    const { kind } = yield* driver.read(lba, sectors, buffer);
    step = reading.next(kind === 'ok' ? cpu.memory.read(buffer, sectors * SECTOR) : NOTHING);
  }
  return step.value;
}

/** What a system starts from. */
export interface BootVolume {
  readonly system: FileSystem;
  /**
   * How a system knows it again whatever the disk is called: the partition's PARTUUID, which of an MBR is disk signature and number, and the
   * file system's own UUID or serial number. Windows remembers drive letters by the former, Linux' boot loaders write either into `root=`.
   */
  readonly key: string;
}

/** The volume that a machine starts from: that of the active partition, else of the first that has a file system. */
export function* openBootVolume(totalSectors: number): Reading<Result<BootVolume>> {
  const table = yield* openPartitionTable(totalSectors);
  if (!table.ok) return table;
  let first: Failure | undefined;
  for (const partition of activeFirst(table.value.partitions)) {
    const opened = yield* openFileSystem(partition);
    if (opened.ok) return good({ system: opened.value, key: `${partition.id} ${opened.value.id}` });
    first ??= opened;
  }
  return first ?? bad('no-table', 'The disk has no partition to start from.', 'Install a system on it.');
}

const activeFirst = (partitions: readonly Partition[]): Partition[] => [
  ...partitions.filter(({ active }) => active),
  ...partitions.filter(({ active }) => !active),
];

/** All bytes of the file at `path`. */
export function* readPath(system: FileSystem, path: string): Reading<Result<Uint8Array>> {
  const found = yield* system.find(path);
  return found.ok ? yield* system.read(found.value) : found;
}

/** A run of sectors. */
export interface SectorRun {
  readonly lba: number;
  readonly sectors: number;
}

/** Where the file at `path` lies: the longest run of sectors that it has. */
export function* longestRun(system: FileSystem, path: string): Reading<Result<SectorRun>> {
  const found = yield* system.find(path);
  if (!found.ok) return found;
  const extents = yield* system.extents(found.value);
  if (!extents.ok) return extents;
  const [longest] = [...extents.value].sort((a, b) => b.sectors - a.sectors);
  return longest ? good(longest) : bad('empty', `${path} has no sectors.`, 'Make it larger.');
}
