/** Which file system is in a volume? Told by the marks that each leaves, known here or not. */
import { BOOT_SIGNATURE } from '../../wire/mbr.ts';
import { latin1 } from './fields.ts';
import { good, type Reading, type Result } from './reads.ts';
import type { Volume } from './volume.ts';

/** File systems that are read, and those that are only called by their name. */
export type Recognised = 'fat' | 'ext' | 'iso' | { readonly foreign: string };

const ISO = 'ISO 9660';

/** Marks of file systems that are not read here: byte, text, name. */
const FOREIGN: readonly (readonly [at: number, mark: string, name: string])[] = [
  [3, 'NTFS    ', 'NTFS'],
  [3, 'EXFAT   ', 'exFAT'],
  [3, 'ReFS', 'ReFS'],
  [0, 'XFSB', 'XFS'],
  [0, 'hsqs', 'SquashFS'],
  [0, 'LUKS', 'an encrypted volume (LUKS)'],
  [536, 'LVM2 001', 'an LVM physical volume'],
  [4086, 'SWAPSPACE2', 'Linux swap space'],
  [32_769, 'CD001', ISO],
  [65_600, '_BHRfS_M', 'Btrfs'],
];
/** Where the ext superblock has its magic number, 0xEF53. */
const EXT_MAGIC_AT = 1080;

/** What the volume holds; `undefined` when it has no mark that is known here. */
export function* recognise(volume: Volume): Reading<Result<Recognised | undefined>> {
  const start = yield* volume.meta(0, Math.min(volume.bytes, 4096));
  if (!start.ok) return start;
  const bytes = start.value;
  for (const [at, mark, name] of FOREIGN) {
    const place = at + mark.length <= bytes.length ? good(bytes.subarray(at, at + mark.length)) : undefined;
    const read =
      place ?? (at + mark.length <= volume.bytes ? yield* volume.meta(at, mark.length) : good(EMPTY));
    if (!read.ok) return read;
    if (latin1(read.value) === mark) return good(name === ISO ? 'iso' : { foreign: name });
  }
  if (bytes[EXT_MAGIC_AT] === 0x53 && bytes[EXT_MAGIC_AT + 1] === 0xef) return good('ext');
  return good(looksLikeFat(bytes) ? 'fat' : undefined);
}

const EMPTY = new Uint8Array(0);

/** A boot signature, a jump, and a sector size that FAT knows. */
function looksLikeFat(bytes: Uint8Array): boolean {
  const signed = (bytes[510] | (bytes[511] << 8)) === BOOT_SIGNATURE;
  const jump = bytes[0] === 0xeb || bytes[0] === 0xe9;
  const sectorBytes = bytes[11] | (bytes[12] << 8);
  return signed && jump && [512, 1024, 2048, 4096].includes(sectorBytes);
}
