/**
 * Writes an archive as the kernel takes it for its initial file system: cpio, "new ASCII" format. Times, owners and inode numbers come from the
 * entries' order alone, so the same files give the same bytes.
 *
 * Source: Linux `Documentation/driver-api/early-userspace/buffer-format.rst`.
 */
import { joined } from '../core/bytes.ts';

/** A file, a folder or a symbolic link; the path has no leading slash. */
export type ArchiveEntry =
  | {
      readonly path: string;
      readonly kind: 'file';
      readonly bytes: Uint8Array;
      readonly executable?: boolean;
    }
  | { readonly path: string; readonly kind: 'folder' }
  | { readonly path: string; readonly kind: 'link'; readonly to: string }
  | { readonly path: string; readonly kind: 'console' };

const MODE = {
  FILE: 0o100644,
  EXECUTABLE: 0o100755,
  FOLDER: 0o040755,
  LINK: 0o120777,
  CONSOLE: 0o020600,
} as const;
const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
/** Everything is padded to this. */
const ALIGNMENT = 4;
/** Major and minor number of the console. */
const CONSOLE = [5, 1] as const;

/** The archive of these entries, in their order: a folder comes before what is in it. */
export function writeCpio(entries: readonly ArchiveEntry[]): Uint8Array {
  const parts = entries.map((entry, index) => record(entry.path, modeOf(entry), contentOf(entry), index + 1));
  parts.push(record(TRAILER, 0, new Uint8Array(0), 0));
  return joined(parts);
}

function modeOf(entry: ArchiveEntry): number {
  switch (entry.kind) {
    case 'file':
      return entry.executable ? MODE.EXECUTABLE : MODE.FILE;
    case 'folder':
      return MODE.FOLDER;
    case 'link':
      return MODE.LINK;
    case 'console':
      return MODE.CONSOLE;
  }
}

function contentOf(entry: ArchiveEntry): Uint8Array {
  if (entry.kind === 'file') return entry.bytes;
  return entry.kind === 'link' ? ascii(entry.to) : new Uint8Array(0);
}

/** Header of thirteen numbers in hexadecimal, the name with its zero, the content. */
function record(name: string, mode: number, content: Uint8Array, inode: number): Uint8Array {
  const [major, minor] = mode === MODE.CONSOLE ? CONSOLE : [0, 0];
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length + 1, 0];
  const header = MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join('') + name;
  const from = padded(header.length + 1);
  const bytes = new Uint8Array(padded(from + content.length));
  bytes.set(ascii(header));
  bytes.set(content, from);
  return bytes;
}

const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
