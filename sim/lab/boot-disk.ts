/**
 * The disk that a guest starts from: a real partition table, a real file system, and in it the files that the system's start reads, made
 * so many times smaller; and the ways in which such a disk can be broken.
 */
import { freebsdDevice, LINUX_MODULES } from '../guest/boot/boot-drivers.ts';
import type { BootDriver, BootFile, BootProfile } from '../guest/boot/boot-files.ts';
import { scaledBytes } from '../guest/boot/boot-files.ts';
import { packInitrd } from '../guest/boot/initrd.ts';
import type { Disk } from '../host/backends/disk.ts';
import { SECTOR_BYTES } from '../host/backends/disk.ts';
import { type BootDisc, makeBootDisc } from './boot-disc.ts';
import type { ImageFile, MadeFileSystem } from './media/index.ts';
import { makeBootImage, seededBytes } from './media/index.ts';
import { WrittenDisk } from './written-disk.ts';

/** What is wrong with the disk. */
export type BootDamage = 'none' | 'signature' | 'table' | 'file-system' | 'kernel';

/** Which disk to make. */
export interface BootDiskPlan {
  readonly profile: BootProfile;
  readonly fileSystem: MadeFileSystem;
  /** How many times smaller than real the files are. */
  readonly divisor: number;
  /** Drivers for VMBus are where the system looks for them. */
  readonly drivers: boolean;
  readonly damage: BootDamage;
  readonly seed: number;
}

/** A made disk. */
export interface BootDisk {
  /** What the machine gets: whatever it writes lies beside the image. */
  readonly disk: WrittenDisk;
  /** The image, which nobody writes to. */
  readonly before: Disk;
  /** The files that loader and kernel will ask for. */
  readonly files: readonly BootFile[];
  /** Bytes of each file as it was put on the disk. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** The disc in the CD drive. */
  readonly disc: BootDisc;
}

/** The disk after a machine was turned off, for another one to start from. */
export function startAgain({ disk, files, contents, disc }: BootDisk): BootDisk {
  return { disk: new WrittenDisk(disk, disk.identity), before: disk, files, contents, disc };
}

/** The same disk as it was when that machine was turned on. */
export function startFresh({ disk, before, files, contents, disc }: BootDisk): BootDisk {
  return { disk: new WrittenDisk(before, disk.identity), before, files, contents, disc };
}

/** Sectors in it take what programs write and what a crash dumps. */
export const SCRATCH = '/pagefile.sys';
const SCRATCH_BYTES = 256 * 1024;
const SYNTHETIC: readonly BootDriver[] = ['vmbus', 'storvsc', 'filter'];
const BOOT_CODE_BYTES = 440;

/** Makes the disk. The same plan gives the same bytes. */
export function makeBootDisk(plan: BootDiskPlan): BootDisk {
  const files = filesOf(plan);
  const inVolume = files.filter(({ role }) => role !== 'boot-code');
  const contents = new Map(inVolume.map((file, i) => [file.path, contentOf(plan, file, i + 1)]));
  const image: ImageFile[] = [...contents]
    .filter(([path]) => plan.damage !== 'kernel' || path !== kernelOf(files))
    .map(([path, bytes]) => ({ path, bytes }));
  const gap = files.find(({ role, lba }) => role === 'boot-code' && lba === 1);
  const { disk, partitions } = makeBootImage({
    table: 'mbr',
    fileSystem: plan.fileSystem,
    files: [...image, { path: SCRATCH, size: SCRATCH_BYTES, seed: plan.seed }],
    seed: plan.seed,
    bootCode: seededBytes(BOOT_CODE_BYTES, plan.seed),
    ...(gap ? { gap: seededBytes(gap.bytes, plan.seed + 1) } : {}),
  });
  damage(disk, plan, partitions[0].firstLba);
  return {
    disk: new WrittenDisk(disk, identityOf(plan.seed)),
    before: disk,
    files,
    contents,
    disc: makeBootDisc(plan.seed),
  };
}

/** What the system's lists name: without the drivers that nobody has installed. */
function filesOf({ profile, drivers }: BootDiskPlan): BootFile[] {
  return profile.files.bios.filter(({ driver }) => drivers || !driver || !SYNTHETIC.includes(driver));
}

const kernelOf = (files: readonly BootFile[]): string =>
  files.find(({ role }) => role === 'kernel')?.path ?? '';

function contentOf(
  { profile, divisor, drivers, seed }: BootDiskPlan,
  file: BootFile,
  number: number,
): Uint8Array {
  const size = scaledBytes(file, divisor);
  const bytes = seededBytes(size, seed + number);
  if (file.role === 'initrd') return packInitrd(modules(drivers), size);
  if (profile.id === 'freebsd' && file.role === 'kernel') {
    const list = (['ata', ...(drivers ? (['vmbus', 'storvsc'] as const) : [])] as const).map(freebsdDevice);
    bytes.fill(0, 0, SECTOR_BYTES);
    bytes.set(Uint8Array.from(list.join(''), (letter) => letter.charCodeAt(0)));
  }
  return bytes;
}

const MODULE_BYTES = 1024;

/** The modules of an initial RAM disk. */
function modules(drivers: boolean): { name: string; bytes: Uint8Array }[] {
  const present = Object.entries(LINUX_MODULES).filter(([driver]) => drivers || driver === 'ata');
  return present.map(([, file], i) => ({
    name: `usr/lib/modules/6.1.0/kernel/drivers/${file}`,
    bytes: seededBytes(MODULE_BYTES, i),
  }));
}

/** A name for the disk's life, which its SCSI serial number is made from. */
const identityOf = (seed: number): Uint8Array => seededBytes(16, seed ^ 0x5eed);

const SIGNATURE_AT = 510;
/** Sector count of the first partition in its table. */
const COUNT_AT = 446 + 12;

function damage(disk: Disk, plan: BootDiskPlan, firstLba: number): void {
  const change = (lba: number, edit: (bytes: Uint8Array, view: DataView) => void): void => {
    const sector = new Uint8Array(SECTOR_BYTES);
    disk.read(lba, 1, sector);
    edit(sector, new DataView(sector.buffer));
    disk.write(lba, 1, sector);
  };
  if (plan.damage === 'signature') change(0, (bytes) => bytes.fill(0, SIGNATURE_AT));
  if (plan.damage === 'table') change(0, (_, view) => view.setUint32(COUNT_AT, 0xf000_0000, true));
  if (plan.damage !== 'file-system') return;
  if (plan.fileSystem === 'fat32') damageFat(change, disk, firstLba);
  else damageExt(change, firstLba);
}

type Change = (lba: number, edit: (bytes: Uint8Array, view: DataView) => void) => void;

/** The chain of the root directory leads back to its own beginning, and its last entry is not marked. */
function damageFat(change: Change, disk: Disk, firstLba: number): void {
  const boot = new Uint8Array(SECTOR_BYTES);
  disk.read(firstLba, 1, boot);
  const view = new DataView(boot.buffer);
  const reserved = view.getUint16(14, true);
  const tables = boot[16];
  const perTable = view.getUint32(36, true);
  const root = view.getUint32(44, true);
  for (let i = 0; i < tables; i++) {
    change(firstLba + reserved + i * perTable, (_, entries) => entries.setUint32(4 * root, root, true));
  }
  const data = firstLba + reserved + tables * perTable;
  for (let i = 0; i < boot[13]; i++)
    change(data + (root - 2) * boot[13] + i, (bytes) => fillEmptyEntries(bytes));
}

const DIRECTORY_ENTRY = 32;
const DELETED = 0xe5;

/** Free entries look like deleted ones: a reader must go on to the next cluster. */
function fillEmptyEntries(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += DIRECTORY_ENTRY) bytes[at] = DELETED;
}

/** The first group's table of inodes lies beyond the disk. The descriptor follows the superblock, in block 1 of blocks of 4 KiB. */
function damageExt(change: Change, firstLba: number): void {
  change(firstLba + 8, (_, view) => view.setUint32(8, 0x0fff_ffff, true));
}
