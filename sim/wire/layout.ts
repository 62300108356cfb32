/**
 * The layout language: a structure on the wire is declared once, the way its C declaration reads, and everything else follows from
 * it: offsets, size, encoder, decoder, rows for the reference pages, accessors for hot paths.
 *
 * ```ts
 * export const openResult = struct('vmbus_channel_open_result', { source: HYPERV_H, packed: true, doc: 'Answer to an open.' }, {
 *   header: channelMessageHeader,
 *   child_relid: u32,
 *   openid: u32,
 *   status: field(u32, 'NTSTATUS, 0 for success'),
 * });
 * ```
 * Fields follow each other in order of declaration, each aligned as a C compiler for x86-64 would align it unless the structure is
 * packed. Bit-fields, anonymous unions and anonymous structures are spread into the list: `...bits(u32, { a: 1, b: 31 })`,
 * `...overlay({ as_uint64: u64, ...inline({ low: u32, high: u32 }) })`. Everything is little-endian.
 */

/** A whole number of 1, 2, 4 or 8 bytes. */
export interface ScalarType {
  readonly kind: 'scalar';
  readonly size: 1 | 2 | 4 | 8;
  readonly align: number;
  readonly open: false;
  readonly signed: boolean;
}

/** 16 bytes of a GUID, the first three groups little-endian. */
export interface GuidType {
  readonly kind: 'guid';
  readonly size: 16;
  readonly align: 1;
  readonly open: false;
}

/** How many elements an open array has, told from the fields of the structure that holds it. */
export type CountOf = (fields: FieldReader) => number;
/** Reads a number of the structure around an array, by name. Absent fields are 0. */
export type FieldReader = (name: string) => bigint;

/**
 * Elements in a row. An open array may have more or fewer elements on the wire than the C declaration says; `min` of them are always
 * there, and what follows it in the structure moves.
 */
export interface ArrayType {
  readonly kind: 'array';
  readonly of: Type;
  readonly count: number;
  readonly min: number;
  /** The number of elements varies. */
  readonly varies: boolean;
  readonly countOf: CountOf | undefined;
  /** Its size on the wire varies, because the number of elements or the size of one does. */
  readonly open: boolean;
  readonly size: number;
  readonly align: number;
}

/** A structure or union. */
export interface RecordType {
  readonly kind: 'record';
  readonly union: boolean;
  readonly members: readonly Member[];
  /** Its size on the wire varies. */
  readonly open: boolean;
  readonly size: number;
  readonly align: number;
}

/** Everything a field can be. */
export type Type = ScalarType | GuidType | ArrayType | RecordType;

/** Position inside a storage unit, counted from its least significant bit. */
export interface BitRange {
  readonly offset: number;
  readonly size: number;
}

/** One named member of a record, placed. */
export interface Member {
  readonly name: string;
  readonly type: Type;
  readonly offset: number;
  readonly bits: BitRange | undefined;
  readonly doc: string;
}

/** Members that share one place: a bit-field's unit, an anonymous union or structure. */
interface Group {
  size: number;
  align: number;
}

/** A declared field before it is placed. */
export interface Field {
  readonly kind: 'field';
  readonly type: Type;
  readonly doc: string;
  readonly bits?: BitRange;
  /** The group it belongs to and its offset there. */
  readonly group?: Group;
  readonly within?: number;
}

/** What a declaration lists: a type, or a type with a doc. */
export type Fields = { readonly [name: string]: Type | Field };

const scalar = (size: 1 | 2 | 4 | 8, signed = false): ScalarType => ({
  kind: 'scalar',
  size,
  align: size,
  open: false,
  signed,
});
/** Unsigned, 1 byte. */
export const u8: ScalarType = scalar(1);
/** Unsigned, 2 bytes, little-endian. */
export const u16: ScalarType = scalar(2);
/** Unsigned, 4 bytes, little-endian. */
export const u32: ScalarType = scalar(4);
/** Unsigned, 8 bytes, little-endian; what a number cannot hold exactly is read as "0x…" text. */
export const u64: ScalarType = scalar(8);
/** Signed, 1 byte. */
export const i8: ScalarType = scalar(1, true);
/** Signed, 2 bytes, little-endian. */
export const i16: ScalarType = scalar(2, true);
/** Signed, 4 bytes, little-endian. */
export const i32: ScalarType = scalar(4, true);
/** Signed, 8 bytes, little-endian. */
export const i64: ScalarType = scalar(8, true);
/** A GUID in the byte order of Windows: the first three groups little-endian. */
export const guid: GuidType = { kind: 'guid', size: 16, align: 1, open: false };

function arrayOf(of: Type, count: number, min: number, varies: boolean, countOf?: CountOf): ArrayType {
  return {
    kind: 'array',
    of,
    count,
    min,
    varies,
    countOf,
    open: varies || of.open,
    size: of.size * count,
    align: of.align,
  };
}

/** Exactly `count` elements. */
export const array = (of: Type, count: number): ArrayType => arrayOf(of, count, count, false);
/** Exactly `count` bytes. */
export const bytes = (count: number): ArrayType => array(u8, count);
/** A tail of any number of elements, none in `sizeof`. `countOf` is needed where something follows it. */
export const flexible = (of: Type, countOf?: CountOf): ArrayType => arrayOf(of, 0, 0, true, countOf);
/** Declared with one element, as in old C; more may follow. */
export const oneOrMore = (of: Type, countOf?: CountOf): ArrayType => arrayOf(of, 1, 1, true, countOf);
/** Room for `count` elements, of which a message carries those that are used. */
export const upTo = (of: Type, count: number): ArrayType => arrayOf(of, count, 0, true);

/** A type with its meaning. */
export function field(type: Type, doc: string): Field {
  return { kind: 'field', type, doc };
}

const asField = (declared: Type | Field): Field =>
  declared.kind === 'field' ? declared : field(declared, '');
const alignUp = (offset: number, align: number): number => Math.ceil(offset / align) * align;

/** What `...bits()` takes: the width of each bit-field, or width and meaning. */
export type BitFields = { readonly [name: string]: number | readonly [width: number, doc: string] };

/** Bit-fields that share one storage unit of type `unit`, from the least significant bit up. Spread the result into a declaration. */
export function bits<B extends BitFields>(unit: ScalarType, declared: B): { readonly [K in keyof B]: Field } {
  const group: Group = { size: unit.size, align: unit.align };
  const placed: Record<string, Field> = {};
  let offset = 0;
  for (const [name, entry] of Object.entries(declared)) {
    const [size, doc] = typeof entry === 'number' ? [entry, ''] : entry;
    placed[name] = { kind: 'field', type: unit, doc, bits: { offset, size }, group, within: 0 };
    offset += size;
  }
  return placed as { readonly [K in keyof B]: Field };
}

function spread<F extends Fields>(declared: F, union: boolean): { readonly [K in keyof F]: Field } {
  const record = place(declared, union, false);
  const group: Group = { size: record.size, align: record.align };
  const placed: Record<string, Field> = {};
  for (const member of record.members) {
    placed[member.name] = {
      kind: 'field',
      type: member.type,
      doc: member.doc,
      bits: member.bits,
      group,
      within: member.offset,
    };
  }
  return placed as { readonly [K in keyof F]: Field };
}

/** An anonymous union: the members share their first byte. Spread the result into a declaration. */
export function overlay<F extends Fields>(declared: F): { readonly [K in keyof F]: Field } {
  return spread(declared, true);
}

/** An anonymous structure, for use inside an `overlay`. Spread the result into a declaration. */
export function inline<F extends Fields>(declared: F): { readonly [K in keyof F]: Field } {
  return spread(declared, false);
}

/** Gives every declared field its offset. */
export function place(declared: Fields, union: boolean, packed: boolean): RecordType {
  const members: Member[] = [];
  let end = 0;
  let size = 0;
  let align = 1;
  let group: Group | undefined;
  let groupAt = 0;
  for (const [name, entry] of Object.entries(declared)) {
    const { type, doc, bits: range, group: own, within } = asField(entry);
    const unit = own ?? type;
    const step = packed ? 1 : unit.align;
    align = Math.max(align, step);
    if (own === undefined || own !== group) {
      groupAt = union ? 0 : alignUp(end, step);
      end = groupAt + unit.size;
      size = Math.max(size, end);
    }
    group = own;
    members.push({ name, type, offset: groupAt + (within ?? 0), bits: range, doc });
  }
  const open = members.some((member) => member.type.open);
  return { kind: 'record', union, members, open, size: alignUp(size, align), align };
}

/** A nested structure that has no name of its own in C. */
export const members = (declared: Fields): RecordType => place(declared, false, false);
/** The same without gaps between its fields. */
export const packedMembers = (declared: Fields): RecordType => place(declared, false, true);
/** A nested union that has no name of its own in C. */
export const either = (declared: Fields): RecordType => place(declared, true, false);
