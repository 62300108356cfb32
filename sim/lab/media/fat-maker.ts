/** Makes a FAT32 volume: deterministic, files one behind the other, the parameters that fatgen103 gives for the size. */
import { joined } from '../../core/bytes.ts';
import {
  FAT_ATTR,
  FAT32_MIN_CLUSTERS,
  fat32BootSector,
  fatDirectoryEntry,
  fatFsInfo,
} from '../../wire/fat.ts';
import { hexText } from '../../wire/layout-values.ts';
import { BOOT_SIGNATURE } from '../../wire/mbr.ts';
import { contentOf, type ImageFile, sizeOf } from './content.ts';
import { fatNames, longNameEntries, wrongFatName } from './fat-names.ts';
import type { MediaTarget } from './target.ts';
import { type Folder, imageMistake, treeOf } from './tree.ts';

/** What may be chosen of a volume. */
export interface FatOptions {
  /** Up to 11 characters. */
  readonly label?: string;
  /** Serial number; 0x20081120 when left out. */
  readonly volumeId?: number;
  /** Up to 420 bytes that a boot sector before it starts. */
  readonly bootCode?: Uint8Array;
}

const SECTOR = 512;
const RESERVED = 32;
const FATS = 2;
const BACKUP_BOOT = 6;
const END_OF_CHAIN = 0x0fff_ffff;
const ROOT_CLUSTER = 2;
/** 26 June 2008, 12:00: images are the same whenever they are made. */
const DATE = ((2008 - 1980) << 9) | (6 << 5) | 26;
const TIME = 12 << 11;

/** Sectors per cluster for a volume of so many sectors (fatgen103, table `DskTableFAT32`). */
const CLUSTER_TABLE: readonly (readonly [sectors: number, perCluster: number])[] = [
  [532_480, 1],
  [16_777_216, 8],
  [33_554_432, 16],
  [67_108_864, 32],
  [0xffff_ffff, 64],
];

/**
 * Writes a FAT32 volume with `files` to all of `target`.
 * @throws UserError when a name is none, when the files do not fit or when the volume is too small for FAT32.
 */
export function makeFat32(target: MediaTarget, files: readonly ImageFile[], options: FatOptions = {}): void {
  new FatMaker(target, options).make(treeOf(files, wrongFatName, (name) => name.toUpperCase()));
}

class FatMaker {
  readonly #target: MediaTarget;
  readonly #options: FatOptions;
  readonly #perCluster: number;
  readonly #fatSectors: number;
  readonly #dataAt: number;
  readonly #clusters: number;
  /** The FAT as far as it is used. */
  readonly #fat: number[] = [0x0fff_fff8, END_OF_CHAIN];

  constructor(target: MediaTarget, options: FatOptions) {
    this.#target = target;
    this.#options = options;
    this.#perCluster = CLUSTER_TABLE.find(([sectors]) => target.sectors <= sectors)?.[1] ?? 64;
    this.#fatSectors = Math.ceil((target.sectors - RESERVED) / ((256 * this.#perCluster + FATS) / 2));
    this.#dataAt = (RESERVED + FATS * this.#fatSectors) * SECTOR;
    this.#clusters = Math.floor((target.sectors - this.#dataAt / SECTOR) / this.#perCluster);
    if (this.#clusters < FAT32_MIN_CLUSTERS)
      throw imageMistake(
        'size',
        'too-small',
        `${this.#clusters} clusters are too few for FAT32.`,
        'Give the partition 34 MiB or more.',
      );
  }

  make(root: Folder): void {
    const label = this.#options.label;
    this.#folder(root, undefined, label ? [labelEntry(label)] : []);
    this.#writeFats();
    this.#writeReserved();
  }

  get #clusterBytes(): number {
    return this.#perCluster * SECTOR;
  }

  /** Takes clusters for `bytes` bytes, one behind the other, and returns the first; 0 for none. */
  #take(bytes: number): number {
    const count = Math.ceil(bytes / this.#clusterBytes);
    if (count === 0) return 0;
    const first = this.#fat.length;
    if (first + count > this.#clusters + 2)
      throw imageMistake(
        'files',
        'too-large',
        `The files do not fit into ${this.#clusters} clusters.`,
        'Make the partition larger.',
      );
    for (let i = 1; i < count; i++) this.#fat.push(first + i);
    this.#fat.push(END_OF_CHAIN);
    return first;
  }

  #put(cluster: number, bytes: Uint8Array): void {
    this.#target.put(this.#dataAt + (cluster - 2) * this.#clusterBytes, bytes);
  }

  /** Writes a directory and all below it; returns its first cluster. */
  #folder(folder: Folder, parent: number | undefined, before: readonly Uint8Array[]): number {
    const names = new Set<string>();
    const named = [...folder.folders, ...folder.files].map((child) => ({
      child,
      ...fatNames(child.name, names),
    }));
    const long = named.map(({ short, long: name }) =>
      name === undefined ? [] : longNameEntries(name, short),
    );
    const own =
      before.length + (parent === undefined ? 0 : 2) + long.reduce((sum, list) => sum + list.length + 1, 0);
    const cluster = this.#take(own * fatDirectoryEntry.size || 1);
    // '..' of a directory in the root says 0, whichever cluster the root has.
    const dots =
      parent === undefined
        ? []
        : [dotEntry('.', cluster), dotEntry('..', parent === ROOT_CLUSTER ? 0 : parent)];
    const entries = named.map(({ child, short }, i) => {
      const isFolder = 'folders' in child;
      const first = isFolder ? this.#folder(child, cluster, []) : this.#file(child.file);
      const size = isFolder ? 0 : sizeOf(child.file);
      return joined([
        ...long[i],
        entry(short, isFolder ? FAT_ATTR.DIRECTORY : FAT_ATTR.ARCHIVE, first, size),
      ]);
    });
    this.#put(cluster, joined([...before, ...dots, ...entries]));
    return cluster;
  }

  #file(file: ImageFile): number {
    const cluster = this.#take(sizeOf(file));
    if (cluster !== 0) this.#put(cluster, contentOf(file));
    return cluster;
  }

  #writeFats(): void {
    const bytes = new Uint8Array(Uint32Array.from(this.#fat).buffer);
    for (let copy = 0; copy < FATS; copy++)
      this.#target.put((RESERVED + copy * this.#fatSectors) * SECTOR, bytes);
  }

  #writeReserved(): void {
    const boot = this.#bootSector();
    const info = fatFsInfo.encode({
      FSI_LeadSig: 0x4161_5252,
      FSI_StrucSig: 0x6141_7272,
      FSI_Free_Count: this.#clusters + 2 - this.#fat.length,
      FSI_Nxt_Free: this.#fat.length - 1,
      FSI_TrailSig: 0xaa55_0000,
    });
    for (const at of [0, BACKUP_BOOT]) {
      this.#target.put(at * SECTOR, boot);
      this.#target.put((at + 1) * SECTOR, info);
    }
  }

  #bootSector(): Uint8Array {
    const { label = 'NO NAME', volumeId = 0x2008_1120, bootCode = new Uint8Array(0) } = this.#options;
    return fat32BootSector.encode({
      BS_jmpBoot: 'hex:eb5890',
      BS_OEMName: `hex:${hexText(ascii('RINGSIDE', 8))}`,
      BPB_BytsPerSec: SECTOR,
      BPB_SecPerClus: this.#perCluster,
      BPB_RsvdSecCnt: RESERVED,
      BPB_NumFATs: FATS,
      BPB_Media: 0xf8,
      BPB_SecPerTrk: 63,
      BPB_NumHeads: 255,
      BPB_HiddSec: this.#target.firstLba,
      BPB_TotSec32: this.#target.sectors,
      BPB_FATSz32: this.#fatSectors,
      BPB_RootClus: ROOT_CLUSTER,
      BPB_FSInfo: 1,
      BPB_BkBootSec: BACKUP_BOOT,
      BS_DrvNum: 0x80,
      BS_BootSig: 0x29,
      BS_VolID: volumeId,
      BS_VolLab: `hex:${hexText(ascii(label.toUpperCase(), 11))}`,
      BS_FilSysType: `hex:${hexText(ascii('FAT32', 8))}`,
      BS_BootCode: `hex:${hexText(bootCode.subarray(0, 420))}`,
      BS_Signature: BOOT_SIGNATURE,
    });
  }
}

const ascii = (text: string, length: number): Uint8Array =>
  Uint8Array.from(text.slice(0, length).padEnd(length), (character) => character.charCodeAt(0));

const labelEntry = (label: string): Uint8Array =>
  entry(ascii(label.toUpperCase(), 11), FAT_ATTR.VOLUME_ID, 0, 0);
const dotEntry = (name: string, cluster: number): Uint8Array =>
  entry(ascii(name, 11), FAT_ATTR.DIRECTORY, cluster, 0);

const entry = (name: Uint8Array, attributes: number, cluster: number, size: number): Uint8Array =>
  fatDirectoryEntry.encode({
    DIR_Name: `hex:${hexText(name)}`,
    DIR_Attr: attributes,
    DIR_CrtTime: TIME,
    DIR_CrtDate: DATE,
    DIR_LstAccDate: DATE,
    DIR_WrtTime: TIME,
    DIR_WrtDate: DATE,
    DIR_FstClusHI: cluster >>> 16,
    DIR_FstClusLO: cluster & 0xffff,
    DIR_FileSize: size,
  });
