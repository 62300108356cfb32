/**
 * Makes ISO 9660 images of level 1: one primary descriptor, path tables, directories of one level, files one behind the other. As the disc
 * of the integration components was, as far as a reader of its files is concerned.
 *
 * Source: ECMA-119 (4th edition). `isoinfo` and Linux' isofs read the result.
 */
import { type Disk, MemoryDisk, SECTOR_BYTES } from '../../host/backends/disk.ts';
import {
  ISO_DESCRIPTOR,
  ISO_DESCRIPTORS,
  ISO_FLAG,
  ISO_ID,
  ISO_PVD,
  ISO_RECORD,
  ISO_SECTOR_BYTES,
  putBoth,
} from '../../wire/iso9660.ts';
import { contentOf, type ImageFile } from './content.ts';
import { MediaTarget } from './target.ts';
import { imageMistake } from './tree.ts';

const SECTORS = ISO_SECTOR_BYTES / SECTOR_BYTES;
/** Where things lie: descriptors, the two path tables, the root, the other directories, the files. */
const L_PATH_TABLE = ISO_DESCRIPTORS + 2;
const M_PATH_TABLE = L_PATH_TABLE + 1;
const ROOT = M_PATH_TABLE + 1;
/** Level 1: eight characters, a dot, three. */
const NAME = /^[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?$/;
const DIRECTORY_NAME = /^[A-Z0-9_]{1,8}$/;

/** A directory or file on its way to the disc. */
interface Placed {
  readonly name: string;
  readonly extent: number;
  readonly bytes: number;
  readonly directory: boolean;
}

/** A disc to be made. */
export interface IsoPlan {
  /** Up to 32 characters. */
  readonly label: string;
  /** Files in the root or in directories of it: '/README.TXT', '/AMD64/SETUP.EXE'. */
  readonly files: readonly ImageFile[];
}

/**
 * Makes the disc, which cannot be written to afterwards.
 * @throws UserError when a name is none of level 1.
 */
export function makeIso({ label, files }: IsoPlan): Disk {
  const folders = [...new Set(files.map(({ path }) => folderOf(path)).filter((name) => name !== ''))].sort();
  let next = ROOT + 1 + folders.length;
  const placed = files.map((file) => {
    const bytes = contentOf(file);
    const at = { folder: folderOf(file.path), name: nameOf(file.path), extent: next, bytes };
    next += Math.max(1, Math.ceil(bytes.length / ISO_SECTOR_BYTES));
    return at;
  });
  const disk = new MemoryDisk(next * SECTORS);
  const target = new MediaTarget(disk, 0, disk.sectors);
  const put = (sector: number, bytes: Uint8Array): void => target.put(sector * ISO_SECTOR_BYTES, bytes);
  put(ISO_DESCRIPTORS, primary(label, next, folders));
  put(ISO_DESCRIPTORS + 1, descriptor(ISO_DESCRIPTOR.TERMINATOR));
  put(L_PATH_TABLE, pathTable(folders, true));
  put(M_PATH_TABLE, pathTable(folders, false));
  const inFolder = (folder: string): Placed[] =>
    placed
      .filter((file) => file.folder === folder)
      .map(({ name, extent, bytes }) => ({
        name: `${name};1`,
        extent,
        bytes: bytes.length,
        directory: false,
      }));
  const directories = folders.map((name, i) => ({
    name,
    extent: ROOT + 1 + i,
    bytes: ISO_SECTOR_BYTES,
    directory: true,
  }));
  put(ROOT, directory(ROOT, ROOT, [...directories, ...inFolder('')]));
  for (const { name, extent } of directories) put(extent, directory(extent, ROOT, inFolder(name)));
  for (const { extent, bytes } of placed) put(extent, bytes);
  return new MemoryDiscView(disk);
}

/** The same bytes, and nobody writes them. */
class MemoryDiscView implements Disk {
  readonly sectorBytes = SECTOR_BYTES;
  readonly readOnly = true;
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  get sectors(): number {
    return this.#disk.sectors;
  }

  read(lba: number, count: number, into: Uint8Array, offset?: number): void {
    this.#disk.read(lba, count, into, offset);
  }

  write(): boolean {
    return false;
  }

  flush(): void {}

  unmap(): void {}
}

function folderOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  const [folder] = parts.length > 1 ? parts : [''];
  if (parts.length > 2 || (folder !== '' && !DIRECTORY_NAME.test(folder)))
    throw imageMistake(
      path,
      'name',
      'A disc has directories of one level here, with up to 8 capitals.',
      'Rename it.',
    );
  return folder;
}

function nameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!NAME.test(name))
    throw imageMistake(path, 'name', `${name} is no name of ISO 9660 level 1.`, 'Take 8.3 capitals.');
  return name.includes('.') ? name : `${name}.`;
}

function descriptor(type: number): Uint8Array {
  const bytes = new Uint8Array(ISO_SECTOR_BYTES);
  bytes[0] = type;
  bytes[6] = 1;
  text(bytes, 1, ISO_ID.length, ISO_ID);
  return bytes;
}

function text(bytes: Uint8Array, at: number, length: number, value: string): void {
  for (let i = 0; i < length; i++) bytes[at + i] = i < value.length ? value.charCodeAt(i) : 0x20;
}

function primary(label: string, sectors: number, folders: readonly string[]): Uint8Array {
  const bytes = descriptor(ISO_DESCRIPTOR.PRIMARY);
  const view = new DataView(bytes.buffer);
  text(bytes, ISO_PVD.SYSTEM_ID, 32, '');
  text(bytes, ISO_PVD.VOLUME_ID, 32, label);
  putBoth(view, ISO_PVD.VOLUME_SPACE_SIZE, sectors, 4);
  putBoth(view, ISO_PVD.VOLUME_SET_SIZE, 1, 2);
  putBoth(view, ISO_PVD.VOLUME_SEQUENCE_NUMBER, 1, 2);
  putBoth(view, ISO_PVD.LOGICAL_BLOCK_SIZE, ISO_SECTOR_BYTES, 2);
  putBoth(view, ISO_PVD.PATH_TABLE_SIZE, pathTable(folders, true).length, 4);
  view.setUint32(ISO_PVD.L_PATH_TABLE, L_PATH_TABLE, true);
  view.setUint32(ISO_PVD.M_PATH_TABLE, M_PATH_TABLE, false);
  bytes.set(record('\0', { extent: ROOT, bytes: ISO_SECTOR_BYTES, directory: true }), ISO_PVD.ROOT_RECORD);
  // Names of volume set, publisher, preparer, application and three files; then four dates, which are not said.
  bytes.fill(0x20, ISO_PVD.VOLUME_SET_ID, 813);
  for (let at = 813; at < 881; at += 17) bytes.fill(0x30, at, at + 16);
  bytes[ISO_PVD.FILE_STRUCTURE_VERSION] = 1;
  return bytes;
}

function pathTable(folders: readonly string[], little: boolean): Uint8Array {
  const rows = ['\0', ...folders].map((name, i) => {
    const row = new Uint8Array(8 + name.length + (name.length % 2));
    const view = new DataView(row.buffer);
    row[0] = name.length;
    view.setUint32(2, ROOT + i, little);
    view.setUint16(6, 1, little);
    text(row, 8, name.length, name);
    return [...row];
  });
  return Uint8Array.from(rows.flat());
}

function record(name: string, { extent, bytes, directory: isDirectory }: Omit<Placed, 'name'>): Uint8Array {
  const length = ISO_RECORD.NAME + name.length + (name.length % 2 === 0 ? 1 : 0);
  const row = new Uint8Array(length);
  const view = new DataView(row.buffer);
  row[ISO_RECORD.LENGTH] = length;
  putBoth(view, ISO_RECORD.EXTENT, extent, 4);
  putBoth(view, ISO_RECORD.DATA_LENGTH, bytes, 4);
  row[ISO_RECORD.FLAGS] = isDirectory ? ISO_FLAG.DIRECTORY : 0;
  putBoth(view, ISO_RECORD.SEQUENCE, 1, 2);
  row[ISO_RECORD.NAME_LENGTH] = name.length;
  text(row, ISO_RECORD.NAME, name.length, name);
  return row;
}

/** A directory of one sector: itself, the one above, then all entries by name. */
function directory(self: number, above: number, entries: readonly Placed[]): Uint8Array {
  const bytes = new Uint8Array(ISO_SECTOR_BYTES);
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = [
    record('\0', { extent: self, bytes: ISO_SECTOR_BYTES, directory: true }),
    record('\u0001', { extent: above, bytes: ISO_SECTOR_BYTES, directory: true }),
    ...sorted.map((entry) => record(entry.name, entry)),
  ];
  let at = 0;
  for (const row of rows) {
    if (at + row.length > bytes.length)
      throw imageMistake(
        'files',
        'too-many',
        'A directory has room for some fifty names here.',
        'Use a second one.',
      );
    bytes.set(row, at);
    at += row.length;
  }
  return bytes;
}
