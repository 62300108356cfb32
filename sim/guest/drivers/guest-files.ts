/**
 * The files of a guest, as far as the daemon of the file copy is concerned: directories, files, and room that ends. Paths are absolute
 * and use slashes.
 */

/** How a write to an open file ended. */
export type FileWrite = 'written' | 'disk-full' | 'not-open';

/** Most bytes of one file: whoever names an offset beyond has no room for it either. */
const LARGEST_FILE = 2 ** 32;

/** Files in directories, on a disk of so many bytes. */
export class GuestFiles {
  /** Bytes that the disk has room for. */
  readonly capacity: number;
  private readonly directories = new Set<string>(['']);
  private readonly files = new Map<string, Uint8Array>();

  constructor(capacity: number, directories: readonly string[] = ['/srv']) {
    this.capacity = capacity;
    for (const directory of directories) this.directories.add(directory);
  }

  /** A directory or file of that path is there. */
  exists(path: string): boolean {
    return this.directories.has(path) || this.files.has(path);
  }

  /** Makes one directory; false when its parent is missing or the name is taken. */
  makeDirectory(path: string): boolean {
    if (this.exists(path) || !this.directories.has(parentOf(path))) return false;
    this.directories.add(path);
    return true;
  }

  /** Opens a file for writing and empties it, as O_CREAT with O_TRUNC; false when that cannot be. */
  create(path: string): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name === '' || this.directories.has(path) || !this.directories.has(parentOf(path))) return false;
    this.files.set(path, new Uint8Array(0));
    return true;
  }

  /** Writes at an offset; a gap before it reads as zero. What does not fit leaves the file as it was. */
  write(path: string, offset: number, data: Uint8Array): FileWrite {
    const file = this.files.get(path);
    if (!file) return 'not-open';
    const size = Math.max(file.length, offset + data.length);
    if (size > LARGEST_FILE || this.used - file.length + size > this.capacity) return 'disk-full';
    const grown = size > file.length ? new Uint8Array(size) : file;
    if (grown !== file) grown.set(file);
    grown.set(data, offset);
    this.files.set(path, grown);
    return 'written';
  }

  /** Takes a file away; nothing happens when there is none. */
  remove(path: string): void {
    this.files.delete(path);
  }

  /** The bytes of a file. */
  read(path: string): Uint8Array | undefined {
    return this.files.get(path);
  }

  /** Bytes in all files. */
  get used(): number {
    let sum = 0;
    for (const file of this.files.values()) sum += file.length;
    return sum;
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
