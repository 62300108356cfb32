/**
 * The boot manager and what it starts: finds the file that the boot entry names, and then the loader reads, by the firmware's own disk
 * driver, what the kernel needs. Nothing here knows whether that driver goes through ports or through a ring.
 *
 * Sources: UEFI specification 2.10, chapters "Boot Manager" and "EFI System Partition" (13.3). Left out: images are not executed,
 * signatures are not checked, and there is one boot entry.
 */
import type { Program } from '../../core/program.ts';
import { GPT_TYPE } from '../../wire/gpt.ts';
import type { BOOT_DEVICE_STATUS } from '../../wire/uefi-device.ts';
import type { BlockDriver } from '../drivers/block.ts';
import type { FileExtent, FileSystem, Partition, Problem, Result } from '../media/index.ts';
import { MAX_READ_SECTORS, openFileSystem, openPartitionTable } from '../media/index.ts';
import type { BootSite } from './boot-site.ts';
import { NotedDriver } from './boot-site.ts';
import { readMedia } from './media-driver.ts';

/** How an attempt to boot ended, by the words of the boot log. */
export type BootEnding = keyof typeof BOOT_DEVICE_STATUS;

/** What came of looking for a system. */
export interface BootAttempt {
  readonly ending: BootEnding;
  /** Why it did not go on, where a reader of the disk can say so; or what was wrong and survived. */
  readonly problem?: Problem;
  /** The disk that it starts from, and where its files are. */
  readonly disk?: BlockDriver;
  readonly files?: FileSystem;
}

/** Tries the disks in turn until one gives the loader at `entry`. What the last one lacked is the answer otherwise. */
export function* findLoader(
  site: BootSite,
  disks: readonly BlockDriver[],
  entry: string,
): Program<BootAttempt> {
  let attempt: BootAttempt = { ending: 'NO_DEVICES' };
  for (const driver of disks) {
    site.claim('firmware');
    attempt = yield* tryDisk(site, new NotedDriver(site, 'firmware', driver), entry);
    if (attempt.files) return attempt;
    site.release('firmware');
  }
  return attempt;
}

function* tryDisk(site: BootSite, disk: BlockDriver, entry: string): Program<BootAttempt> {
  const media = { cpu: site.cpu, buffer: site.buffer, disk };
  const table = yield* readMedia(media, openPartitionTable(disk.sectors));
  if (!table.ok) return { ending: 'NO_FILESYSTEM', problem: table.problem };
  const { partitions, notes } = table.value;
  const partition = systemPartition(partitions);
  if (!partition) return { ending: 'NO_FILESYSTEM' };
  const opened = yield* readMedia(media, openFileSystem(partition));
  if (!opened.ok) return { ending: 'NO_FILESYSTEM', problem: opened.problem };
  const loader = yield* readFile(site, disk, opened.value, entry);
  if (!loader.ok) return { ending: 'NO_LOADER', problem: loader.problem };
  const [problem] = notes;
  return { ending: 'OS_LOADED', disk, files: opened.value, ...(problem ? { problem } : {}) };
}

/** The EFI system partition; under an old table the one that is marked active. */
const systemPartition = (partitions: readonly Partition[]): Partition | undefined =>
  partitions.find(({ type }) => type === GPT_TYPE.EFI_SYSTEM) ??
  partitions.find(({ kind, active }) => kind !== 'gpt' && active);

/** The loader reads files from the disk that it was started from. The ending is that of the first one that is missing. */
export function* loadFiles(
  site: BootSite,
  attempt: BootAttempt,
  paths: readonly string[],
): Program<BootAttempt> {
  const { disk, files } = attempt;
  if (!disk || !files) return attempt;
  for (const path of paths) {
    const read = yield* readFile(site, disk, files, path);
    if (!read.ok) return { ending: 'OS_NOT_LOADED', problem: read.problem };
  }
  return attempt;
}

/** Reads a file whole. */
export function* readFile(
  site: BootSite,
  disk: BlockDriver,
  files: FileSystem,
  path: string,
): Program<Result<number>> {
  const extents = yield* locateFile(site, disk, files, path);
  return extents.ok ? yield* readExtents(site, disk, extents.value) : extents;
}

/** Where a file lies. */
export function* locateFile(
  { cpu, buffer }: BootSite,
  disk: BlockDriver,
  files: FileSystem,
  path: string,
): Program<Result<readonly FileExtent[]>> {
  const media = { cpu, buffer, disk };
  const found = yield* readMedia(media, files.find(path));
  return found.ok ? yield* readMedia(media, files.extents(found.value)) : found;
}

/** Reads what lies there, 64 KiB at a time, through the site's buffer; returns how many bytes. */
export function* readExtents(
  { buffer }: BootSite,
  disk: BlockDriver,
  extents: readonly FileExtent[],
): Program<Result<number>> {
  let bytes = 0;
  for (const { lba, sectors, bytes: held } of extents) {
    for (let done = 0; done < sectors; done += MAX_READ_SECTORS) {
      const count = Math.min(MAX_READ_SECTORS, sectors - done);
      const { kind } = yield* disk.read(lba + done, count, buffer);
      if (kind !== 'ok') return unreadable(lba + done);
    }
    bytes += held;
  }
  return { ok: true, value: bytes };
}

const unreadable = (lba: number): Result<number> => ({
  ok: false,
  problem: {
    kind: 'unreadable',
    message: `The disk did not give the sectors from ${lba}.`,
    hint: 'Look at the disk and at its driver.',
  },
});
