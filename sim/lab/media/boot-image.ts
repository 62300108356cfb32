/** Makes disk images that a machine can boot from: a partition table, file systems, files; the same bytes every time. */
import { type Disk, MemoryDisk, SECTOR_BYTES } from '../../host/backends/disk.ts';
import { type ImageFile, sizeOf } from './content.ts';
import { makeExt4 } from './ext-maker.ts';
import { makeFat32 } from './fat-maker.ts';
import { GPT_TAIL_SECTORS, makeGpt, makeMbr, type TableEntry } from './table-maker.ts';
import { MediaTarget } from './target.ts';
import { imageMistake } from './tree.ts';

/** File systems that can be made. */
export type MadeFileSystem = 'fat32' | 'ext4';

/** One partition of an image. */
export interface PartitionPlan {
  readonly fileSystem: MadeFileSystem;
  readonly files: readonly ImageFile[];
  /** Bytes; when left out, what the files need and room to spare. */
  readonly bytes?: number;
  readonly label?: string;
  /** What it is for; 'efi-system' for a FAT32 volume of a GPT that firmware boots from. */
  readonly use?: 'efi-system' | 'data';
}

/** A disk to be made. */
export interface DiskPlan {
  readonly table: 'mbr' | 'gpt';
  readonly partitions: readonly PartitionPlan[];
  /** Bytes of the disk; when left out, what the partitions need. */
  readonly bytes?: number;
  /** Seed of the names (GUIDs, signatures) that tell one disk from another. */
  readonly seed?: number;
  /** MBR: up to 440 bytes that a BIOS starts. */
  readonly bootCode?: Uint8Array;
  /** MBR: what lies in the sectors between the table and the first partition, such as the second stage of a loader. */
  readonly gap?: Uint8Array;
  /** Where to make it, for example a VHD: a blank disk. A disk in memory when left out. */
  readonly disk?: Disk;
}

/** A made image. */
export interface BootImage {
  readonly disk: Disk;
  readonly partitions: readonly {
    readonly firstLba: number;
    readonly sectors: number;
    readonly plan: PartitionPlan;
  }[];
}

/** Partitions start at multiples of 1 MiB, as every tool since 2008 makes them. */
const ALIGN_SECTORS = 2048;
const MIB = 1024 * 1024;
/** The least that is made of each: FAT32 needs 65 525 clusters. */
const LEAST = { fat32: 48 * MIB, ext4: 16 * MIB } as const;

/**
 * Makes an image by `plan`.
 * @throws UserError when something does not fit or a name is none.
 */
export function makeDiskImage(plan: DiskPlan): BootImage {
  const sizes = plan.partitions.map((partition) =>
    roundUp((partition.bytes ?? enough(partition)) / SECTOR_BYTES),
  );
  const end = sizes.reduce((sum, size) => sum + size, ALIGN_SECTORS);
  const needed = plan.table === 'gpt' ? roundUp(end + GPT_TAIL_SECTORS) : end;
  const disk = plan.disk ?? new MemoryDisk(Math.max(needed, Math.floor((plan.bytes ?? 0) / SECTOR_BYTES)));
  check(plan, needed, disk);
  let next = ALIGN_SECTORS;
  const partitions = plan.partitions.map((partition, i) => {
    const made = { firstLba: next, sectors: sizes[i], plan: partition };
    next += sizes[i];
    return made;
  });
  const whole = new MediaTarget(disk, 0, disk.sectors);
  const entries = partitions.map((partition, i) => entryOf(partition, i));
  if (plan.table === 'gpt') makeGpt(whole, entries, plan.seed ?? 1);
  else makeMbr(whole, entries, plan.seed ?? 1, plan.bootCode);
  if (plan.gap) whole.put(SECTOR_BYTES, plan.gap);
  for (const { firstLba, sectors, plan: partition } of partitions)
    format(new MediaTarget(disk, firstLba, sectors), partition);
  return { disk, partitions };
}

/** What {@link makeBootImage} takes: one partition and its table. */
export type BootImagePlan = Omit<DiskPlan, 'partitions'> & Omit<PartitionPlan, 'bytes'>;

/**
 * Makes an image with one partition that holds `files`.
 * @throws UserError when something does not fit or a name is none.
 */
export function makeBootImage({ fileSystem, files, label, use, ...disk }: BootImagePlan): BootImage {
  const room = disk.bytes === undefined ? {} : { bytes: roomIn(disk.table, disk.bytes) };
  const partition = { fileSystem, files, ...(label && { label }), ...(use && { use }), ...room };
  return makeDiskImage({ ...disk, partitions: [partition] });
}

/** Bytes of the one partition of a disk of `bytes`. */
const roomIn = (table: 'mbr' | 'gpt', bytes: number): number => {
  const sectors = Math.floor(bytes / SECTOR_BYTES) - ALIGN_SECTORS - (table === 'gpt' ? ALIGN_SECTORS : 0);
  return Math.floor(sectors / ALIGN_SECTORS) * ALIGN_SECTORS * SECTOR_BYTES;
};

const roundUp = (sectors: number): number => Math.ceil(sectors / ALIGN_SECTORS) * ALIGN_SECTORS;

/** Bytes for the files, a quarter more, and the tables of the file system. */
function enough({ fileSystem, files }: PartitionPlan): number {
  const bytes = files.reduce((sum, file) => sum + Math.ceil(sizeOf(file) / 4096) * 4096 + 4096, 0);
  return Math.max(LEAST[fileSystem], bytes * 1.25 + 4 * MIB);
}

function check(plan: DiskPlan, needed: number, disk: Disk): void {
  if (plan.partitions.length < 1 || plan.partitions.length > 4)
    throw imageMistake(
      'partitions',
      'out-of-range',
      `${plan.partitions.length} partitions cannot be made.`,
      'Give one to four.',
    );
  if (needed > disk.sectors)
    throw imageMistake(
      'bytes',
      'too-small',
      `The partitions need ${needed * SECTOR_BYTES} bytes.`,
      'Give the disk so many.',
    );
  const gapSectors = Math.ceil((plan.gap?.length ?? 0) / SECTOR_BYTES);
  if (gapSectors >= ALIGN_SECTORS || (gapSectors > 0 && plan.table === 'gpt'))
    throw imageMistake(
      'gap',
      'too-large',
      'The gap before the first partition does not take it.',
      'Give less than 1 MiB, and only with an MBR.',
    );
}

function entryOf({ firstLba, sectors, plan }: BootImage['partitions'][number], i: number): TableEntry {
  const use = plan.use === 'efi-system' ? 'efi-system' : plan.fileSystem === 'fat32' ? 'fat' : 'linux';
  return { firstLba, sectors, use, name: plan.label ?? '', active: i === 0 };
}

function format(target: MediaTarget, { fileSystem, files, label }: PartitionPlan): void {
  const named = label === undefined ? {} : { label };
  if (fileSystem === 'fat32') makeFat32(target, files, named);
  else makeExt4(target, files, { ...named, seed: target.firstLba });
}
