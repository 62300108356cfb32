/** What every file system offers to a loader, and what is the same in all of them: walking a path and fetching a file's bytes. */
import {
  bad,
  type Failure,
  good,
  MAX_READ_SECTORS,
  type Problem,
  type Reading,
  type Result,
  SECTOR,
} from './reads.ts';
import type { Volume } from './volume.ts';

/** Names that a path may have, and symbolic links that it may pass (Linux: 40). */
export const MAX_PATH_NAMES = 256;
/** Symbolic links that one path may pass, as in Linux. */
export const MAX_LINKS = 40;
/** The largest file that is read in one piece. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** Entries of a directory that are listed at most. */
export const MAX_ENTRIES = 131_072;

/** A file or directory as found. Plain data: it can be kept, compared and handed back. */
export interface FileEntry {
  readonly name: string;
  /** From the root, with '/' between names; links are resolved. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Length of a file; what the file system says for others. */
  readonly bytes: number;
  /** FAT: first cluster; ext: inode number. */
  readonly id: number;
}

/** A run of a file's bytes on the disk. What no extent covers reads as zero. */
export interface FileExtent {
  /** Where in the file it starts, bytes. */
  readonly offset: number;
  /** First sector of the disk. */
  readonly lba: number;
  readonly sectors: number;
  /** Bytes of the file in it: less than its sectors hold at the end of the file. */
  readonly bytes: number;
}

/** What {@link FileSystem.read} is asked for. */
export interface ReadOptions {
  /** First byte, 0 when left out. */
  readonly offset?: number;
  /** At most so many bytes. */
  readonly maxBytes?: number;
}

/** An open file system. It reads and never writes. */
export interface FileSystem {
  readonly kind: 'fat12' | 'fat16' | 'fat32' | 'ext2' | 'ext3' | 'ext4' | 'iso9660';
  readonly label: string;
  /** Serial number or UUID, as `blkid` prints it. */
  readonly id: string;
  /** Bytes of an allocation unit: cluster or block. */
  readonly unitBytes: number;
  /** What was found wrong and survived: no clean unmount, a journal that waits for recovery. */
  readonly notes: readonly Problem[];
  /** The entry of a path from the root. FAT takes '\\' as well as '/' and ignores case; ext follows symbolic links. */
  find(path: string): Reading<Result<FileEntry>>;
  /** Entries of a directory without '.' and '..', in the order in which they lie there. */
  list(directory: FileEntry): Reading<Result<readonly FileEntry[]>>;
  /** Where a file lies. */
  extents(entry: FileEntry): Reading<Result<readonly FileExtent[]>>;
  /** Bytes of a file. */
  read(entry: FileEntry, options?: ReadOptions): Reading<Result<Uint8Array>>;
}

/** The path of `name` in the directory at `path`. */
export const joinPath = (path: string, name: string): string =>
  path === '/' ? `/${name}` : `${path}/${name}`;

/** The failure for a path that leads nowhere. */
export const notFound = (path: string): Failure =>
  bad(
    'not-found',
    `There is no ${path}.`,
    'Check the path: ringside disk IMAGE --list prints what is there.',
  );
/** The failure for a path that goes on behind a file. */
export const notADirectory = (path: string): Failure =>
  bad('not-a-directory', `${path} is no directory.`, 'Take a path whose names but the last are directories.');
/** The failure for reading what is no file. */
export const notAFile = ({ path, kind }: FileEntry): Failure =>
  bad(
    'not-a-file',
    `${path} is no file but ${kind === 'other' ? 'a special file' : `a ${kind}`}.`,
    'Take a file.',
  );

/** What {@link walk} needs to know of a file system. */
export interface Walkable {
  readonly root: FileEntry;
  /** Splits a path into names. */
  names(path: string): string[];
  lookup(directory: FileEntry, name: string): Reading<Result<FileEntry>>;
  /** Where a symbolic link leads. */
  target(link: FileEntry): Reading<Result<string>>;
}

/** The entry that `path` leads to. Bounded in names and links, so that no circle of links holds it. */
export function* walk(tree: Walkable, path: string): Reading<Result<FileEntry>> {
  const waiting = tree.names(path);
  const above: FileEntry[] = [tree.root];
  let links = 0;
  for (let names = 0; waiting.length > 0; names++) {
    if (names >= MAX_PATH_NAMES || waiting.length > MAX_PATH_NAMES) return tooLong(path);
    const name = waiting.shift() as string;
    const here = above[above.length - 1];
    if (here.kind !== 'directory') return notADirectory(here.path);
    if (name === '.') continue;
    if (name === '..') {
      if (above.length > 1) above.pop();
      continue;
    }
    const found = yield* tree.lookup(here, name);
    if (!found.ok) return found;
    if (found.value.kind !== 'link') {
      above.push(found.value);
      continue;
    }
    if (++links > MAX_LINKS)
      return bad(
        'loop',
        `${path} passes more than ${MAX_LINKS} symbolic links.`,
        'Two links lead to each other.',
      );
    const target = yield* tree.target(found.value);
    if (!target.ok) return target;
    if (target.value.startsWith('/')) above.length = 1;
    waiting.unshift(...tree.names(target.value));
  }
  return good(above[above.length - 1]);
}

const tooLong = (path: string): Failure =>
  bad('bad-path', `${path.slice(0, 80)}… has more than ${MAX_PATH_NAMES} names.`, 'Take a shorter path.');

/** The bytes of a file of `size` bytes that lies in `extents`; what they do not cover is zero. */
export function* fetch(
  volume: Volume,
  size: number,
  extents: readonly FileExtent[],
  { offset = 0, maxBytes = Number.MAX_SAFE_INTEGER }: ReadOptions,
): Reading<Result<Uint8Array>> {
  const start = Math.max(0, Math.min(size, offset));
  const length = Math.min(Math.max(0, maxBytes), size - start);
  if (length > MAX_FILE_BYTES)
    return bad(
      'too-large',
      `${length} bytes are more than are read at once.`,
      `Give maxBytes up to ${MAX_FILE_BYTES}.`,
    );
  const bytes = new Uint8Array(length);
  for (const extent of extents) {
    const done = yield* fetchExtent(volume, extent, bytes, start);
    if (!done.ok) return done;
  }
  return good(bytes);
}

/** Puts the part of an extent that `into` (bytes of the file from `start`) covers where it belongs. */
function* fetchExtent(
  volume: Volume,
  extent: FileExtent,
  into: Uint8Array,
  start: number,
): Reading<Result<true>> {
  const from = Math.max(extent.offset, start);
  const to = Math.min(extent.offset + extent.bytes, start + into.length);
  const step = MAX_READ_SECTORS * SECTOR;
  for (let at = from; at < to; at += step) {
    const inVolume = (extent.lba - volume.firstLba) * SECTOR + (at - extent.offset);
    const piece = yield* volume.content(inVolume, Math.min(step, to - at));
    if (!piece.ok) return piece;
    into.set(piece.value, at - start);
  }
  return good(true);
}
