/**
 * The initial RAM disk of a Linux kernel: a cpio archive in the form "newc", in which the drivers lie that the kernel needs before it can
 * read its disk itself.
 *
 * Source: Linux `Documentation/driver-api/early-userspace/buffer-format.rst`. Not compressed here; real ones are.
 */

const MAGIC = '070701';
const HEADER = 110;
const NAME_SIZE = 94;
const FILE_SIZE = 54;
const TRAILER = 'TRAILER!!!';

const padded = (length: number): number => Math.ceil(length / 4) * 4;
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function entry(name: string, bytes: Uint8Array, inode: number): Uint8Array {
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  const numbers = [inode, 0o100644, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0];
  const head = ascii(`${MAGIC}${numbers.map(hex).join('')}${name}\0`);
  const whole = new Uint8Array(padded(head.length) + padded(bytes.length));
  whole.set(head);
  whole.set(bytes, padded(head.length));
  return whole;
}

/** Packs files into an archive of `bytes` bytes at least; what is over is zero. */
export function packInitrd(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  bytes = 0,
): Uint8Array {
  const entries = files.map(({ name, bytes: content }, i) => entry(name, content, i + 1));
  entries.push(entry(TRAILER, new Uint8Array(0), 0));
  const length = entries.reduce((sum, one) => sum + one.length, 0);
  const archive = new Uint8Array(Math.max(length, bytes));
  let at = 0;
  for (const one of entries) {
    archive.set(one, at);
    at += one.length;
  }
  return archive;
}

/** Names of the files in an archive, up to where it ends or makes no sense any more. */
export function listInitrd(archive: Uint8Array): string[] {
  const names: string[] = [];
  const number = (at: number): number => Number.parseInt(text(archive, at, 8), 16);
  for (let at = 0; at + HEADER <= archive.length && text(archive, at, 6) === MAGIC; ) {
    const nameSize = number(at + NAME_SIZE);
    const fileSize = number(at + FILE_SIZE);
    if (!(nameSize > 0 && fileSize >= 0)) break;
    const name = text(archive, at + HEADER, nameSize - 1);
    if (name === TRAILER) break;
    names.push(name);
    at += padded(HEADER + nameSize) + padded(fileSize);
  }
  return names;
}

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
