/**
 * Bytes to fields. A decoded record is flat, in the notation of the golden files: `header.msgtype: 14`, `offer.if_type: "guid:…"`,
 * `range[0].pfn_array[5]: 4097`; arrays of bytes come as one `"hex:…"`. Fields that the bytes do not reach are absent: no bytes
 * make decoding throw. Single bytes of byte arrays (`userdata[119]`) and arrays of numbers as a whole (`"hex:…"`) can be read from the result as well, but
 * are not listed in it.
 */
import type { ArrayType, FieldReader, Member, RecordType, ScalarType, Type } from './layout.ts';
import { checkBytes, fromBigInt, guidText, hexText, readScalar } from './layout-values.ts';

/** Byte arrays up to this long can be read byte by byte from a decoded record. */
const BYTE_ACCESS_LIMIT = 4096;

/** What is read into: listed fields, and fields that can be read but are not listed. */
interface Reading {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly fields: Record<string, unknown>;
  readonly hidden: Record<string, unknown>;
}

/**
 * Decodes the fields of a record from the start of `bytes`.
 * @throws UserError when `bytes` is no Uint8Array; whatever the bytes are, they are decoded.
 */
export function decodeRecord(record: RecordType, bytes: Uint8Array): Record<string, unknown> {
  checkBytes(bytes);
  const hidden: Record<string, unknown> = Object.create(null);
  const fields: Record<string, unknown> = Object.create(hidden);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  readRecord({ bytes, view, fields, hidden }, record, 0, '', true);
  return fields;
}

/** Reads one value at `at`; returns how many bytes it takes. */
function read(
  into: Reading,
  type: Type,
  at: number,
  path: string,
  last: boolean,
  outer: FieldReader,
): number {
  switch (type.kind) {
    case 'record':
      return readRecord(into, type, at, path === '' ? '' : `${path}.`, last);
    case 'array':
      return readArray(into, type, at, path, last, outer);
    case 'guid':
      if (at + 16 <= into.bytes.length) into.fields[path] = `guid:${guidText(into.bytes, at)}`;
      return 16;
    case 'scalar':
      readNumber(into, type, undefined, at, path);
      return type.size;
  }
}

function readNumber(into: Reading, type: ScalarType, range: Member['bits'], at: number, path: string): void {
  if (at + type.size > into.bytes.length) return;
  into.fields[path] = fromBigInt(readScalar(into.view, at, type, range));
}

function readRecord(into: Reading, record: RecordType, at: number, prefix: string, last: boolean): number {
  let shift = 0;
  let size = record.size;
  const sibling: FieldReader = (name) => {
    const member = record.members.find((other) => other.name === name);
    if (member?.type.kind !== 'scalar' || at + member.offset + member.type.size > into.bytes.length)
      return 0n;
    return readScalar(into.view, at + member.offset, member.type, member.bits);
  };
  for (const [i, member] of record.members.entries()) {
    const memberAt = at + member.offset + shift;
    const path = prefix + member.name;
    if (member.bits !== undefined && member.type.kind === 'scalar') {
      readNumber(into, member.type, member.bits, memberAt, path);
      continue;
    }
    const isLast = last && (record.union || i === record.members.length - 1);
    const taken = read(into, member.type, memberAt, path, isLast, sibling);
    if (record.union) size = Math.max(size, taken);
    else shift += taken - member.type.size;
  }
  return record.union ? size : record.size + shift;
}

function readArray(
  into: Reading,
  type: ArrayType,
  at: number,
  path: string,
  last: boolean,
  outer: FieldReader,
): number {
  const room = Math.max(0, into.bytes.length - at);
  const count = elementCount(type, room, last, outer);
  if (type.of.kind === 'scalar' && type.of.size === 1) {
    readBytes(into, at, Math.min(count, room), path);
    return count;
  }
  let size = 0;
  let i = 0;
  for (; i < count && size < room; i++) {
    size += read(into, type.of, at + size, `${path}[${i}]`, last && i === count - 1, outer);
  }
  if (type.of.kind === 'scalar') remember(into, type.of, at, Math.min(count * type.of.size, room), path);
  return type.open ? size + (count - i) * type.of.size : type.size;
}

/** A tail takes all the bytes there are; an array that something follows has as many elements as the structure says. */
function elementCount(type: ArrayType, room: number, last: boolean, outer: FieldReader): number {
  if (!type.varies) return type.count;
  const promised =
    type.countOf === undefined
      ? type.min
      : Math.min(type.countOf(outer), Math.ceil(room / Math.max(1, type.of.size)));
  if (!last || type.of.open) return Math.max(type.min, promised);
  const fitting = Math.floor(room / type.of.size);
  return type.count > 1 ? Math.min(type.count, fitting) : Math.max(type.min, fitting);
}

/** An array of numbers as a whole, to be read though not listed. */
function remember(into: Reading, of: ScalarType, at: number, length: number, path: string): void {
  const whole = length - (length % of.size);
  if (whole > 0) into.hidden[path] = `hex:${hexText(into.bytes.subarray(at, at + whole))}`;
}

function readBytes(into: Reading, at: number, length: number, path: string): void {
  if (length <= 0) return;
  into.fields[path] = `hex:${hexText(into.bytes.subarray(at, at + length))}`;
  if (length <= BYTE_ACCESS_LIMIT)
    for (let i = 0; i < length; i++) into.hidden[`${path}[${i}]`] = into.bytes[at + i];
}
