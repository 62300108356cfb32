/**
 * Values of single fields, in the notation of the golden files: a number below 2^53, `"0x…"` text for larger ones, `"guid:…"` text,
 * `"hex:…"` for bytes from the start of a field. `bigint` is taken as well.
 */
import { UserError } from '../core/errors.ts';
import type { BitRange, ScalarType } from './layout.ts';

/** A number as it appears in a decoded record: `number` when it is exact, else hexadecimal text. */
export type NumberValue = number | string;

const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** Complains about a value that a field cannot take. */
export function badValue(path: string, message: string, hint: string): UserError {
  return new UserError([{ path, kind: 'bad-value', message, hint }]);
}

/** Any accepted notation of a whole number. */
export function toBigInt(value: unknown, path: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (Number.isSafeInteger(value)) return BigInt(value);
    throw badValue(path, `${value} is more than a number holds exactly.`, 'Give a bigint or "0x…" text.');
  }
  if (typeof value === 'string' && /^-?(0x[0-9a-f]+|\d+)$/i.test(value)) {
    return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
  }
  throw badValue(path, `${shown(value)} is not a whole number.`, 'Give a number, a bigint or "0x…" text.');
}

/** Golden notation of a whole number. */
export function fromBigInt(value: bigint): NumberValue {
  if (value >= -EXACT && value <= EXACT) return Number(value);
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** A value as a message shows it; JSON has no word for some of them. */
const shown = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : (JSON.stringify(value) ?? typeof value);

/** The bits of `value` in `width` bits, two's complement where the field is signed; complains when it does not fit. */
function fit(value: bigint, width: number, signed: boolean, path: string): bigint {
  const span = 1n << BigInt(width);
  const least = signed ? -(span >> 1n) : 0n;
  // The unsigned notation of a signed field is taken too: debuggers show it so.
  if (value >= least && value < span) return BigInt.asUintN(width, value);
  const negative = value < 0n && !signed;
  throw badValue(
    path,
    negative ? `${fromBigInt(value)} is negative.` : `${fromBigInt(value)} does not fit in ${width} bits.`,
    `Give a whole number from ${fromBigInt(least)} to ${fromBigInt((signed ? span >> 1n : span) - 1n)}.`,
  );
}

/** True for bytes, whichever window or context they were made in: a notebook's `Uint8Array` is not this module's. */
export const isBytes = (value: unknown): value is Uint8Array =>
  Object.prototype.toString.call(value) === '[object Uint8Array]';

/**
 * Complains about what is given in the place of bytes.
 * @throws UserError unless it is a Uint8Array.
 */
export function checkBytes(bytes: unknown): void {
  if (isBytes(bytes)) return;
  throw badValue('bytes', `${kindOf(bytes)} cannot be decoded.`, 'Give a Uint8Array.');
}

/**
 * Complains about what is given in the place of fields.
 * @throws UserError unless it is an object of names and values.
 */
export function checkFields(fields: unknown): void {
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields) && !isBytes(fields)) return;
  throw badValue(
    'fields',
    `${kindOf(fields)} has no fields.`,
    'Give an object of names and values; {} leaves all at zero.',
  );
}

const kindOf = (value: unknown): string =>
  Object.prototype.toString
    .call(value)
    .slice(8, -1)
    .replace(/^(Null|Undefined)$/, (name) => name.toLowerCase());

/** Reads the storage unit at `at`. */
export function readUnit(view: DataView, at: number, size: number): bigint {
  if (size === 8) return view.getBigUint64(at, true);
  return BigInt(
    size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at),
  );
}

function writeUnit(view: DataView, at: number, size: number, value: bigint): void {
  if (size === 8) view.setBigUint64(at, value, true);
  else if (size === 4) view.setUint32(at, Number(value), true);
  else if (size === 2) view.setUint16(at, Number(value), true);
  else view.setUint8(at, Number(value));
}

/** Writes a scalar or a bit-field. The other bits of a unit stay. */
export function writeScalar(
  view: DataView,
  at: number,
  type: ScalarType,
  range: BitRange | undefined,
  value: unknown,
  path: string,
): void {
  const number = toBigInt(value, path);
  if (range === undefined) {
    writeUnit(view, at, type.size, fit(number, type.size * 8, type.signed, path));
    return;
  }
  const shift = BigInt(range.offset);
  const mask = ((1n << BigInt(range.size)) - 1n) << shift;
  const others = readUnit(view, at, type.size) & ~mask;
  writeUnit(view, at, type.size, others | (fit(number, range.size, false, path) << shift));
}

/** Reads a scalar or a bit-field as a bigint. */
export function readScalar(
  view: DataView,
  at: number,
  type: ScalarType,
  range: BitRange | undefined,
): bigint {
  const unit = readUnit(view, at, type.size);
  if (range !== undefined) return (unit >> BigInt(range.offset)) & ((1n << BigInt(range.size)) - 1n);
  return type.signed ? BigInt.asIntN(type.size * 8, unit) : unit;
}

/** Wire order of the 32 hexadecimal digits of a GUID's text: the first three groups are little-endian numbers. */
const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** The 16 wire bytes of a GUID's text. Braces and the prefix "guid:" may be there. */
export function guidBytes(text: string, path = 'guid'): Uint8Array {
  const digits = text.replace(/^guid:/, '').replace(/[{}-]/g, '');
  if (!/^[0-9a-f]{32}$/i.test(digits))
    throw badValue(path, `${JSON.stringify(text)} is not a GUID.`, 'Write it with 32 digits.');
  return Uint8Array.from(GUID_ORDER, (i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

/** The text of the 16 wire bytes at `at`, lower case with hyphens. */
export function guidText(wire: Uint8Array, at = 0): string {
  const digits = GUID_ORDER.map((i) => wire[at + i].toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Bytes of hexadecimal text, with or without "hex:". */
export function hexBytes(text: string, path = 'hex'): Uint8Array {
  const digits = text.replace(/^hex:/, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits))
    throw badValue(path, `${JSON.stringify(text)} is not hexadecimal.`, 'Write "hex:0a1b…".');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  );
}

/** Hexadecimal text of bytes, without prefix. */
export function hexText(wire: Uint8Array): string {
  let text = '';
  for (const byte of wire) text += byte.toString(16).padStart(2, '0');
  return text;
}
