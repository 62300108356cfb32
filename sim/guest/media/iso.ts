/**
 * Reads ISO 9660: the directory tree of a data disc, by its primary descriptor. No Joliet, no Rock Ridge: names are upper case, with a
 * version that is left out here.
 *
 * Sources: ECMA-119 (4th edition); what is accepted besides follows Linux `fs/isofs` (names without a version, a missing dot).
 */
import {
  ISO_DESCRIPTOR,
  ISO_DESCRIPTORS,
  ISO_FLAG,
  ISO_ID,
  ISO_PVD,
  ISO_RECORD,
  ISO_SECTOR_BYTES,
} from '../../wire/iso9660.ts';
import { latin1 } from './fields.ts';
import {
  type FileEntry,
  type FileExtent,
  type FileSystem,
  fetch,
  joinPath,
  MAX_ENTRIES,
  notADirectory,
  notAFile,
  notFound,
  type ReadOptions,
  type Walkable,
  walk,
} from './file-system.ts';
import { bad, damaged, good, type Reading, type Result, SECTOR } from './reads.ts';
import type { Volume } from './volume.ts';

/** Descriptors that are looked through for the primary one. */
const MOST_DESCRIPTORS = 32;
/** Bytes of a directory that are listed at most. */
const MOST_DIRECTORY_BYTES = 4 * 1024 * 1024;
const NO_DISC = 'Put a data disc into the drive.';

/** A record as a directory holds it. */
interface IsoRecord {
  readonly name: string;
  readonly extent: number;
  readonly bytes: number;
  readonly directory: boolean;
  readonly more: boolean;
}

/** Opens the disc in `volume`. */
export function* openIso(volume: Volume): Reading<Result<FileSystem>> {
  for (let i = 0; i < MOST_DESCRIPTORS; i++) {
    const read = yield* volume.meta((ISO_DESCRIPTORS + i) * ISO_SECTOR_BYTES, ISO_SECTOR_BYTES);
    if (!read.ok) return read;
    const bytes = read.value;
    if (latin1(bytes.subarray(1, 6)) !== ISO_ID)
      return i > 0
        ? damaged(`Descriptor ${i} of the disc is none.`)
        : bad('no-file-system', 'The disc holds no ISO 9660 file system.', NO_DISC);
    if (bytes[0] === ISO_DESCRIPTOR.TERMINATOR) break;
    if (bytes[0] === ISO_DESCRIPTOR.PRIMARY) return openPrimary(volume, bytes);
  }
  return damaged('The disc has no primary descriptor.');
}

function openPrimary(volume: Volume, bytes: Uint8Array): Result<FileSystem> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint16(ISO_PVD.LOGICAL_BLOCK_SIZE, true) !== ISO_SECTOR_BYTES)
    return bad('unsupported', 'The disc has blocks of another size than 2048 bytes.', NO_DISC);
  if (view.getUint32(ISO_PVD.VOLUME_SPACE_SIZE, true) * ISO_SECTOR_BYTES > volume.bytes)
    return bad(
      'beyond-disk',
      'The file system is larger than the disc.',
      'Copy the image again: its end is missing.',
    );
  const root = recordAt(bytes, ISO_PVD.ROOT_RECORD);
  if (!root?.directory) return damaged('The record of the root directory is none.');
  const label = latin1(bytes.subarray(ISO_PVD.VOLUME_ID, ISO_PVD.VOLUME_ID + 32)).trimEnd();
  return good(new Iso(volume, label, root));
}

/** The record at byte `at`; `undefined` when it does not fit. */
function recordAt(bytes: Uint8Array, at: number): IsoRecord | undefined {
  const length = bytes[at];
  const nameLength = bytes[at + ISO_RECORD.NAME_LENGTH];
  if (length < ISO_RECORD.NAME + nameLength || at + length > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  const flags = bytes[at + ISO_RECORD.FLAGS];
  const name = latin1(bytes.subarray(at + ISO_RECORD.NAME, at + ISO_RECORD.NAME + nameLength));
  return {
    name,
    extent: view.getUint32(ISO_RECORD.EXTENT, true) + bytes[at + ISO_RECORD.EXTENDED],
    bytes: view.getUint32(ISO_RECORD.DATA_LENGTH, true),
    directory: (flags & ISO_FLAG.DIRECTORY) !== 0,
    more: (flags & ISO_FLAG.MULTI_EXTENT) !== 0,
  };
}

/** A reader that has its answer without reading. */
// biome-ignore lint/correctness/useYield: some answers need no read
function* known<T>(value: T): Reading<T> {
  return value;
}

/** A name as people say it: without version, without the dot of a name that has no ending. */
const plainName = (name: string): string => name.replace(/;\d+$/, '').replace(/\.$/, '');

class Iso implements FileSystem, Walkable {
  readonly kind = 'iso9660';
  readonly label: string;
  readonly id = '';
  readonly unitBytes = ISO_SECTOR_BYTES;
  readonly notes: FileSystem['notes'] = [];
  readonly root: FileEntry;
  readonly #volume: Volume;

  constructor(volume: Volume, label: string, root: IsoRecord) {
    this.#volume = volume;
    this.label = label;
    this.root = { name: '', path: '/', kind: 'directory', bytes: root.bytes, id: root.extent };
  }

  names(path: string): string[] {
    return path.split('/').filter((name) => name !== '');
  }

  find(path: string): Reading<Result<FileEntry>> {
    return walk(this, path);
  }

  *lookup(directory: FileEntry, name: string): Reading<Result<FileEntry>> {
    const entries = yield* this.list(directory);
    if (!entries.ok) return entries;
    const wanted = name.toUpperCase();
    const found = entries.value.find((entry) => entry.name.toUpperCase() === wanted);
    return found ? good(found) : notFound(joinPath(directory.path, name));
  }

  /** There are no links on such a disc. */
  target(link: FileEntry): Reading<Result<string>> {
    return known(notAFile(link));
  }

  *list(directory: FileEntry): Reading<Result<readonly FileEntry[]>> {
    if (directory.kind !== 'directory') return notADirectory(directory.path);
    if (directory.bytes > MOST_DIRECTORY_BYTES)
      return damaged(`${directory.path} is longer than a directory can be.`);
    const read = yield* this.#volume.meta(directory.id * ISO_SECTOR_BYTES, directory.bytes);
    if (!read.ok) return read;
    const entries: FileEntry[] = [];
    let skipping = false;
    for (let at = 0; at < read.value.length && entries.length < MAX_ENTRIES; ) {
      // A record does not cross sectors: what is left of one is zero.
      if (read.value[at] === 0) {
        at = (Math.floor(at / ISO_SECTOR_BYTES) + 1) * ISO_SECTOR_BYTES;
        continue;
      }
      const record = recordAt(read.value, at);
      if (!record) return damaged(`A record of ${directory.path} does not fit where it lies.`);
      at += read.value[at];
      if (record.name === '' || record.name === '\u0001') continue;
      if (record.more || skipping) {
        skipping = record.more;
        continue;
      }
      entries.push(entryOf(directory, record));
    }
    return good(entries);
  }

  extents(entry: FileEntry): Reading<Result<readonly FileExtent[]>> {
    return known(this.#extentsOf(entry));
  }

  *read(entry: FileEntry, options: ReadOptions = {}): Reading<Result<Uint8Array>> {
    const extents = this.#extentsOf(entry);
    return extents.ok ? yield* fetch(this.#volume, entry.bytes, extents.value, options) : extents;
  }

  /** A file is one run of sectors, which its record names. */
  #extentsOf(entry: FileEntry): Result<readonly FileExtent[]> {
    if (entry.kind !== 'file') return notAFile(entry);
    if (entry.bytes === 0) return good([]);
    const lba = this.#volume.firstLba + (entry.id * ISO_SECTOR_BYTES) / SECTOR;
    return good([{ offset: 0, lba, sectors: Math.ceil(entry.bytes / SECTOR), bytes: entry.bytes }]);
  }
}

function entryOf(directory: FileEntry, record: IsoRecord): FileEntry {
  const name = plainName(record.name);
  const kind = record.directory ? 'directory' : 'file';
  return { name, path: joinPath(directory.path, name), kind, bytes: record.bytes, id: record.extent };
}
