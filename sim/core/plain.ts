/**
 * Plain data as bytes and back: objects, lists, strings, numbers, booleans, big integers, byte arrays. For what is saved in one machine and
 * read in another; the same data give the same bytes.
 */
import { invariant } from './errors.ts';

/** What can be written. Members that are `undefined` are left out. */
export type Plain =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

const BIG = '#n';
const BYTES = '#b';

function put(value: Plain): unknown {
  if (typeof value === 'bigint') return { [BIG]: value.toString(16) };
  if (value instanceof Uint8Array) return { [BYTES]: hexOf(value) };
  if (Array.isArray(value)) return value.map(put);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as { readonly [key: string]: Plain })
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, put(member)]));
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function get(value: unknown): Plain {
  if (Array.isArray(value)) return value.map(get);
  if (typeof value !== 'object' || value === null) return value as Plain;
  const members = value as Record<string, unknown>;
  if (typeof members[BIG] === 'string') return BigInt(`0x${members[BIG]}`);
  if (typeof members[BYTES] === 'string') return bytesOf(members[BYTES]);
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, get(member)]));
}

/** The bytes of `value`. Big integers must not be negative, strings must be ASCII. */
export function encodePlain(value: Plain): Uint8Array {
  const text = JSON.stringify(put(value));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    invariant(text.charCodeAt(i) < 0x80, 'strings of saved data are ASCII');
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}

/** The data in `bytes`. Byte arrays and lists are new ones. */
export function decodePlain(bytes: Uint8Array): Plain {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return get(JSON.parse(text));
}
