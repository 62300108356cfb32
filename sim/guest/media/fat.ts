/** Reads FAT12, FAT16 and FAT32: what a UEFI system partition is, and the oldest thing that a boot loader can read. */
import { joined } from '../../core/bytes.ts';
import { FAT_ATTR, FAT_ENTRY_BYTES } from '../../wire/fat.ts';
import { type FatGeometry, readFatBoot } from './fat-boot.ts';
import { type FatEntry, fatEntries, fatLabel } from './fat-directory.ts';
import {
  type FileEntry,
  type FileExtent,
  type FileSystem,
  fetch,
  joinPath,
  notADirectory,
  notAFile,
  notFound,
  type ReadOptions,
  type Walkable,
  walk,
} from './file-system.ts';
import { bad, damaged, good, type Reading, type Result, SECTOR } from './reads.ts';
import type { Volume } from './volume.ts';

/** A directory has at most 65 536 entries (fatgen103: 2 MiB). */
const MAX_DIRECTORY_BYTES = 65_536 * FAT_ENTRY_BYTES;

/** Consecutive clusters. */
interface Run {
  readonly cluster: number;
  count: number;
}

/** Opens the FAT volume in `volume`. */
export function* openFat(volume: Volume): Reading<Result<FileSystem>> {
  const boot = yield* volume.meta(0, SECTOR);
  if (!boot.ok) return boot;
  const geometry = readFatBoot(boot.value, volume.bytes);
  if (!geometry.ok) return geometry;
  const system = new Fat(volume, geometry.value);
  const root = yield* system.directory(system.root);
  // A damaged root does not keep the volume from being opened: listing it says what is wrong.
  return good(root.ok ? new Fat(volume, geometry.value, fatLabel(root.value)) : system);
}

class Fat implements FileSystem, Walkable {
  readonly kind: FileSystem['kind'];
  readonly label: string;
  readonly id: string;
  readonly unitBytes: number;
  readonly notes: FileSystem['notes'];
  readonly root: FileEntry;
  readonly #volume: Volume;
  readonly #geometry: FatGeometry;
  /** Where the file lies that was asked for last: who reads it in pieces follows its chain of clusters once. */
  #last: { readonly id: number; readonly bytes: number; readonly extents: readonly FileExtent[] } | undefined;

  constructor(volume: Volume, geometry: FatGeometry, label?: string) {
    this.#volume = volume;
    this.#geometry = geometry;
    this.kind = geometry.kind;
    this.label = label ?? (geometry.label === 'NO NAME' ? '' : geometry.label);
    this.id = geometry.serial;
    this.unitBytes = geometry.clusterBytes;
    this.notes = geometry.notes;
    this.root = { name: '', path: '/', kind: 'directory', bytes: 0, id: geometry.rootCluster };
  }

  find(path: string): Reading<Result<FileEntry>> {
    return walk(this, path);
  }

  names(path: string): string[] {
    return path.split(/[\\/]+/).filter((name) => name !== '');
  }

  *lookup(directory: FileEntry, name: string): Reading<Result<FileEntry>> {
    const bytes = yield* this.directory(directory);
    if (!bytes.ok) return bytes;
    const wanted = name.toUpperCase();
    const found = fatEntries(bytes.value, this.#geometry.kind).find(
      (entry) => entry.name.toUpperCase() === wanted || entry.shortName.toUpperCase() === wanted,
    );
    return found === undefined ? notFound(joinPath(directory.path, name)) : good(entryIn(directory, found));
  }

  /** FAT has no links. */
  // biome-ignore lint/correctness/useYield: a generator by its interface
  *target(link: FileEntry): Reading<Result<string>> {
    return notADirectory(link.path);
  }

  *list(directory: FileEntry): Reading<Result<readonly FileEntry[]>> {
    if (directory.kind !== 'directory') return notADirectory(directory.path);
    const bytes = yield* this.directory(directory);
    if (!bytes.ok) return bytes;
    return good(fatEntries(bytes.value, this.#geometry.kind).map((entry) => entryIn(directory, entry)));
  }

  *extents(entry: FileEntry): Reading<Result<readonly FileExtent[]>> {
    if (entry.kind !== 'file') return notAFile(entry);
    const last = this.#last;
    if (last && last.id === entry.id && last.bytes === entry.bytes) return good(last.extents);
    const runs = yield* this.#chain(entry, Math.ceil(entry.bytes / this.unitBytes));
    if (!runs.ok) return runs;
    const extents = this.#extentsOf(runs.value, entry.bytes);
    this.#last = { id: entry.id, bytes: entry.bytes, extents };
    return good(extents);
  }

  *read(entry: FileEntry, options: ReadOptions = {}): Reading<Result<Uint8Array>> {
    const extents = yield* this.extents(entry);
    return extents.ok ? yield* fetch(this.#volume, entry.bytes, extents.value, options) : extents;
  }

  /** All bytes of a directory. */
  *directory(directory: FileEntry): Reading<Result<Uint8Array>> {
    const { rootAt, rootBytes, kind } = this.#geometry;
    if (directory.id === 0 && kind !== 'fat32') return yield* this.#volume.meta(rootAt, rootBytes);
    const runs = yield* this.#chain(directory);
    if (!runs.ok) return runs;
    const parts: Uint8Array[] = [];
    for (const { cluster, count } of runs.value) {
      const part = yield* this.#volume.meta(this.#byteOf(cluster), count * this.unitBytes);
      if (!part.ok) return part;
      parts.push(part.value);
    }
    return good(joined(parts));
  }

  #byteOf(cluster: number): number {
    return this.#geometry.dataAt + (cluster - 2) * this.unitBytes;
  }

  #extentsOf(runs: readonly Run[], bytes: number): FileExtent[] {
    let offset = 0;
    return runs.map(({ cluster, count }) => {
      const length = Math.min(count * this.unitBytes, bytes - offset);
      const lba = this.#volume.firstLba + this.#byteOf(cluster) / SECTOR;
      const extent = { offset, lba, sectors: Math.ceil(length / SECTOR), bytes: length };
      offset += length;
      return extent;
    });
  }

  /**
   * The clusters of a file or directory: `wanted` of them, or all of a directory's. No cluster may come twice, so that a chain ends
   * after as many steps as there are clusters.
   */
  *#chain(entry: FileEntry, wanted?: number): Reading<Result<Run[]>> {
    const limit = wanted ?? Math.ceil(MAX_DIRECTORY_BYTES / this.unitBytes);
    if (limit > this.#geometry.clusters && wanted !== undefined)
      return damaged(`${entry.path} says it has ${entry.bytes} bytes, more than the volume.`);
    const runs: Run[] = [];
    const seen = new Set<number>();
    for (let cluster = entry.id; seen.size < limit; ) {
      const wrong = this.#wrong(entry, cluster, seen, wanted);
      if (wrong !== undefined) return wrong;
      seen.add(cluster);
      addTo(runs, cluster);
      if (seen.size === wanted) break;
      const next = yield* this.#next(cluster);
      if (!next.ok) return next;
      if (wanted === undefined && next.value >= this.#endMark) return good(runs);
      cluster = next.value;
    }
    if (wanted !== undefined) return good(runs);
    return bad(
      'too-large',
      `${entry.path} has more than 65536 entries.`,
      'No FAT directory may: the volume is damaged.',
    );
  }

  /** Why `cluster` cannot be the next one of a chain. */
  #wrong(entry: FileEntry, cluster: number, seen: ReadonlySet<number>, wanted: number | undefined) {
    const place = seen.size === 0 ? 'starts' : 'goes on';
    if (seen.has(cluster))
      return bad(
        'loop',
        `The clusters of ${entry.path} come back to cluster ${cluster}.`,
        'Check the volume with fsck.fat or chkdsk.',
      );
    if (cluster >= this.#endMark && wanted !== undefined)
      return damaged(
        `${entry.path} says it has ${entry.bytes} bytes; its clusters end after ${seen.size * this.unitBytes}.`,
      );
    if (cluster < 2 || cluster > this.#geometry.clusters + 1)
      return damaged(
        `${entry.path} ${place} at cluster ${cluster}; the volume has 2 to ${this.#geometry.clusters + 1}.`,
      );
    return undefined;
  }

  /** From this value up an entry of the FAT ends a chain. */
  get #endMark(): number {
    return { fat12: 0xff8, fat16: 0xfff8, fat32: 0x0fff_fff8 }[this.#geometry.kind];
  }

  /** What the FAT says behind `cluster`. */
  *#next(cluster: number): Reading<Result<number>> {
    const { kind, fatAt } = this.#geometry;
    const at = kind === 'fat32' ? cluster * 4 : kind === 'fat16' ? cluster * 2 : cluster + (cluster >> 1);
    const read = yield* this.#volume.meta(fatAt + at, kind === 'fat32' ? 4 : 2);
    if (!read.ok) return read;
    const [b0, b1, b2 = 0, b3 = 0] = read.value;
    // The upper four bits of a FAT32 entry are reserved and kept as they are.
    if (kind === 'fat32') return good(b0 | (b1 << 8) | (b2 << 16) | ((b3 & 0x0f) << 24));
    const word = b0 | (b1 << 8);
    if (kind === 'fat16') return good(word);
    return good(cluster & 1 ? word >> 4 : word & 0xfff);
  }
}

function entryIn(directory: FileEntry, { name, attributes, bytes, cluster }: FatEntry): FileEntry {
  const kind = attributes & FAT_ATTR.DIRECTORY ? 'directory' : 'file';
  return { name, path: joinPath(directory.path, name), kind, bytes, id: cluster };
}

function addTo(runs: Run[], cluster: number): void {
  const last = runs[runs.length - 1];
  if (last !== undefined && last.cluster + last.count === cluster) last.count++;
  else runs.push({ cluster, count: 1 });
}
