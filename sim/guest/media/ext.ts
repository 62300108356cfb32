/** Reads ext2, ext3 and ext4: what most Linux guests boot from. The journal is not replayed: a note says when it waits. */
import { EXT4_ROOT_INO } from '../../wire/ext4.ts';
import { type BlockRun, BlockWalk } from './ext-blocks.ts';
import { type ExtName, extNames } from './ext-directory.ts';
import { type ExtInode, readInode } from './ext-inode.ts';
import { EXT_SUPER, type ExtGeometry, readExtSuper } from './ext-super.ts';
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
import { utf8Text } from './utf8.ts';
import type { Volume } from './volume.ts';

/** A directory of more bytes is not listed. */
const MAX_DIRECTORY_BYTES = 32 * 1024 * 1024;
/** Bytes of a symbolic link's target (Linux: one page). */
const MAX_TARGET_BYTES = 4096;

/** Opens the ext volume in `volume`. */
export function* openExt(volume: Volume): Reading<Result<FileSystem>> {
  const block = yield* volume.meta(EXT_SUPER.at, EXT_SUPER.bytes);
  if (!block.ok) return block;
  const geometry = readExtSuper(block.value, volume.bytes);
  return geometry.ok ? good(new Ext(volume, geometry.value)) : geometry;
}

class Ext implements FileSystem, Walkable {
  readonly kind: FileSystem['kind'];
  readonly label: string;
  readonly id: string;
  readonly unitBytes: number;
  readonly notes: FileSystem['notes'];
  readonly root: FileEntry = { name: '', path: '/', kind: 'directory', bytes: 0, id: EXT4_ROOT_INO };
  readonly #volume: Volume;
  readonly #geometry: ExtGeometry;

  constructor(volume: Volume, geometry: ExtGeometry) {
    this.#volume = volume;
    this.#geometry = geometry;
    this.kind = geometry.kind;
    this.label = geometry.label;
    this.id = geometry.uuid;
    this.unitBytes = geometry.blockBytes;
    this.notes = geometry.notes;
  }

  find(path: string): Reading<Result<FileEntry>> {
    return walk(this, path);
  }

  names(path: string): string[] {
    return path.split('/').filter((name) => name !== '');
  }

  *lookup(directory: FileEntry, name: string): Reading<Result<FileEntry>> {
    const names = yield* this.#names(directory);
    if (!names.ok) return names;
    const found = names.value.find((entry) => entry.name === name);
    if (found === undefined) return notFound(joinPath(directory.path, name));
    const inode = yield* readInode(this.#volume, this.#geometry, found.inode);
    return inode.ok ? good(entryIn(directory, found, inode.value)) : inode;
  }

  *target(link: FileEntry): Reading<Result<string>> {
    const inode = yield* this.#inode(link);
    if (!inode.ok) return inode;
    const { bytes, short, map } = inode.value;
    if (bytes === 0 || bytes > MAX_TARGET_BYTES || (short && bytes >= map.length))
      return damaged(`The symbolic link ${link.path} has a target of ${bytes} bytes.`);
    if (short) return good(utf8Text(map.subarray(0, bytes)));
    const target = yield* this.#content(inode.value, link.path, {});
    return target.ok ? good(utf8Text(target.value)) : target;
  }

  *list(directory: FileEntry): Reading<Result<readonly FileEntry[]>> {
    const names = yield* this.#names(directory);
    if (!names.ok) return names;
    const entries: FileEntry[] = [];
    for (const name of names.value) {
      const inode = yield* readInode(this.#volume, this.#geometry, name.inode);
      // What is wrong with an inode is said when it is read: the rest of the directory can still be listed.
      entries.push(entryIn(directory, name, inode.ok ? inode.value : undefined));
    }
    return good(entries);
  }

  *extents(entry: FileEntry): Reading<Result<readonly FileExtent[]>> {
    const inode = yield* this.#inode(entry);
    if (!inode.ok) return inode;
    if (inode.value.kind !== 'file') return notAFile({ ...entry, kind: inode.value.kind });
    return yield* this.#extentsOf(inode.value, entry.path);
  }

  *read(entry: FileEntry, options: ReadOptions = {}): Reading<Result<Uint8Array>> {
    const inode = yield* this.#inode(entry);
    if (!inode.ok) return inode;
    if (inode.value.kind !== 'file') return notAFile({ ...entry, kind: inode.value.kind });
    return yield* this.#content(inode.value, entry.path, options);
  }

  #inode(entry: FileEntry): Reading<Result<ExtInode>> {
    return readInode(this.#volume, this.#geometry, entry.id);
  }

  *#names(directory: FileEntry): Reading<Result<ExtName[]>> {
    const inode = yield* this.#inode(directory);
    if (!inode.ok) return inode;
    const { kind, bytes, seed } = inode.value;
    if (kind !== 'directory') return notADirectory(directory.path);
    if (bytes % this.unitBytes !== 0 || bytes === 0)
      return damaged(`The directory ${directory.path} has ${bytes} bytes, no whole number of blocks.`);
    if (bytes > MAX_DIRECTORY_BYTES)
      return bad('too-large', `The directory ${directory.path} has ${bytes} bytes.`, 'Take a smaller one.');
    const extents = yield* this.#extentsOf(inode.value, directory.path);
    if (!extents.ok) return extents;
    const content = yield* this.#directoryBytes(extents.value);
    return content.ok ? extNames(directory.path, content.value, this.#geometry, seed) : content;
  }

  /** The blocks of a directory one behind the other, without holes. */
  *#directoryBytes(extents: readonly FileExtent[]): Reading<Result<Uint8Array>> {
    const all = new Uint8Array(extents.reduce((sum, { bytes }) => sum + bytes, 0));
    let done = 0;
    for (const { lba, bytes } of extents) {
      const part = yield* this.#volume.meta((lba - this.#volume.firstLba) * SECTOR, bytes);
      if (!part.ok) return part;
      all.set(part.value, done);
      done += bytes;
    }
    return good(all);
  }

  *#content(inode: ExtInode, path: string, options: ReadOptions): Reading<Result<Uint8Array>> {
    const extents = yield* this.#extentsOf(inode, path);
    return extents.ok ? yield* fetch(this.#volume, inode.bytes, extents.value, options) : extents;
  }

  *#extentsOf(inode: ExtInode, name: string): Reading<Result<readonly FileExtent[]>> {
    const { map, seed } = inode;
    const blocks = Math.ceil(inode.bytes / this.unitBytes);
    const walker = new BlockWalk(this.#volume, this.#geometry, { name, map, blocks, seed });
    const runs = yield* inode.extents ? walker.extents() : walker.map();
    return runs.ok ? good(runs.value.flatMap((run) => this.#extentOf(run, inode.bytes))) : runs;
  }

  /** A run as far as the length of the file goes: blocks may be kept behind it. */
  #extentOf({ logical, physical, count }: BlockRun, size: number): FileExtent[] {
    const offset = logical * this.unitBytes;
    const bytes = Math.min(count * this.unitBytes, size - offset);
    if (bytes <= 0) return [];
    const lba = this.#volume.firstLba + (physical * this.unitBytes) / SECTOR;
    return [{ offset, lba, sectors: Math.ceil(bytes / SECTOR), bytes }];
  }
}

function entryIn(
  directory: FileEntry,
  { name, inode, kind }: ExtName,
  found: ExtInode | undefined,
): FileEntry {
  const path = joinPath(directory.path, name);
  return { name, path, kind: found?.kind ?? kind, bytes: found?.bytes ?? 0, id: inode };
}
