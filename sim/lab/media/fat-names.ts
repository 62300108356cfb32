/** Names on a FAT volume: the 8.3 name that every file has, and the pieces of its long name. */
import {
  FAT_ATTR_LONG_NAME,
  FAT_LAST_LONG_ENTRY,
  FAT_LONG_NAME_CHARS,
  fatLongNameEntry,
  fatNameChecksum,
} from '../../wire/fat.ts';

const SHORT = /^[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?$/;
const FORBIDDEN = /["*/:<>?\\|]/;

/** Why FAT does not take `name`, '' when it does. */
export function wrongFatName(name: string): string {
  if (name === '.' || name === '..') return `${name} is no name.`;
  if (name.length > 255) return `${name.slice(0, 20)}… is longer than 255 characters.`;
  if (FORBIDDEN.test(name) || [...name].some((character) => character < ' '))
    return `${name} has a character that FAT forbids.`;
  return /[. ]$/.test(name) ? `${name} ends with a dot or a blank.` : '';
}

/** The 11 bytes of a short name, and the name itself when it is not one. */
export interface FatNames {
  readonly short: Uint8Array;
  readonly long: string | undefined;
}

/** Names for `name` in a directory whose short names are `taken` (and which takes this one). */
export function fatNames(name: string, taken: Set<string>): FatNames {
  const upper = name.toUpperCase();
  const short = SHORT.test(upper) && !taken.has(upper) ? upper : numbered(upper, taken);
  taken.add(short);
  return { short: padded(short), long: short === name ? undefined : name };
}

/** The first of NAME~1, NAME~2 … that is free. */
function numbered(upper: string, taken: ReadonlySet<string>): string {
  const dot = upper.lastIndexOf('.');
  const clean = (text: string) => text.replace(/[^A-Z0-9_-]/g, '');
  const base = clean(dot > 0 ? upper.slice(0, dot) : upper) || 'FILE';
  const extension = dot > 0 ? clean(upper.slice(dot + 1)).slice(0, 3) : '';
  for (let number = 1; ; number++) {
    const tail = `~${number}`;
    const short = base.slice(0, 8 - tail.length) + tail + (extension === '' ? '' : `.${extension}`);
    if (!taken.has(short)) return short;
  }
}

function padded(short: string): Uint8Array {
  const [base, extension = ''] = short.split('.');
  return Uint8Array.from(base.padEnd(8) + extension.padEnd(3), (character) => character.charCodeAt(0));
}

/** The entries of a long name, in the order in which they lie before the short entry. */
export function longNameEntries(long: string, short: Uint8Array): Uint8Array[] {
  const count = Math.ceil(long.length / FAT_LONG_NAME_CHARS);
  const checksum = fatNameChecksum(short);
  // The name ends with a zero when its last piece has room for one; behind that the piece is filled with all ones.
  const unit = (at: number) => (at < long.length ? long.charCodeAt(at) : at === long.length ? 0 : 0xffff);
  return Array.from({ length: count }, (_, i) => {
    const order = count - i;
    const from = (order - 1) * FAT_LONG_NAME_CHARS;
    const units = (start: number, length: number) =>
      Array.from({ length }, (_u, k) => unit(from + start + k));
    return fatLongNameEntry.encode({
      LDIR_Ord: order | (i === 0 ? FAT_LAST_LONG_ENTRY : 0),
      LDIR_Attr: FAT_ATTR_LONG_NAME,
      LDIR_Chksum: checksum,
      ...spread('LDIR_Name1', units(0, 5)),
      ...spread('LDIR_Name2', units(5, 6)),
      ...spread('LDIR_Name3', units(11, 2)),
    });
  });
}

const spread = (name: string, values: readonly number[]): Record<string, number> =>
  Object.fromEntries(values.map((value, i) => [`${name}[${i}]`, value]));
