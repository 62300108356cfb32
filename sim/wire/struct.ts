/**
 * A declared structure: its name, size and docs, and the codec, rows and accessors that follow from the declaration.
 */
import { accessorAt, type NumberAccessor } from './accessors.ts';
import { type Fields, type Member, place, type RecordType } from './layout.ts';
import { decodeRecord } from './layout-decode.ts';
import { encodeRecord, type FieldValues } from './layout-encode.ts';
import { type FieldRow, rowsOf } from './layout-rows.ts';
import { badValue } from './layout-values.ts';

/** What a declaration says about the structure as a whole. */
export interface StructMeta {
  /** What it is for, a sentence. */
  readonly doc: string;
  /** Where its layout was taken from. */
  readonly source: string;
  /** No gaps between fields. */
  readonly packed?: boolean;
}

/** What every structure can do, whether declared field by field or specially. */
export interface Codec {
  readonly name: string;
  /** `sizeof` in C; a message may be shorter (room not used) or longer (tail). */
  readonly size: number;
  readonly doc: string;
  readonly source: string;
  /**
   * Bytes of the fields; what is not given is zero. `length` cuts the message or extends it with zeros.
   * @throws UserError for what is no object of fields, for unknown names, and for values that do not fit: negative ones of an unsigned
   * field among them.
   */
  encode(fields: FieldValues, options?: { readonly length?: number }): Uint8Array;
  /**
   * Fields of the bytes; those that are cut off are absent.
   * @throws UserError when `bytes` is no Uint8Array. Whatever the bytes are, they are decoded.
   */
  decode(bytes: Uint8Array): Record<string, unknown>;
}

export class Struct<F extends Fields = Fields> implements Codec, RecordType {
  readonly kind = 'record' as const;
  readonly name: string;
  /** The same as `name`: the name in Linux, QEMU or TLFS. */
  readonly goldenName: string;
  readonly doc: string;
  readonly source: string;
  readonly union: boolean;
  readonly open: boolean;
  readonly members: readonly Member[];
  readonly size: number;
  readonly align: number;
  /** Byte offsets of the direct fields. */
  readonly offsets: { readonly [K in keyof F]: number };

  constructor(name: string, meta: StructMeta, fields: F, union: boolean) {
    const record = place(fields, union, meta.packed ?? false);
    this.name = this.goldenName = name;
    this.doc = meta.doc;
    this.source = meta.source;
    this.union = union;
    this.open = record.open;
    this.members = record.members;
    this.size = record.size;
    this.align = record.align;
    this.offsets = Object.fromEntries(record.members.map((member) => [member.name, member.offset])) as {
      readonly [K in keyof F]: number;
    };
  }

  encode(fields: FieldValues, options: { readonly length?: number } = {}): Uint8Array {
    return withLength(encodeRecord(this, fields), options.length);
  }

  decode(bytes: Uint8Array): Record<string, unknown> {
    return decodeRecord(this, bytes);
  }

  /** The fields as rows of a table, nested ones flattened. */
  get fields(): readonly FieldRow[] {
    return rowsOf(this);
  }

  /** A fast accessor for one number: keep it, then call `get(view, at)` and `set(view, at, value)`. */
  accessor(path: string): NumberAccessor {
    return accessorAt(this, path);
  }
}

/** Cuts a message or extends it with zeros. */
export function withLength(bytes: Uint8Array, length: number | undefined): Uint8Array {
  if (length === undefined || length === bytes.length) return bytes;
  if (!Number.isSafeInteger(length) || length < 0)
    throw badValue('length', `${String(length)} is no length.`, 'Give a whole number of bytes, 0 or more.');
  const sized = new Uint8Array(length);
  sized.set(bytes.subarray(0, length));
  return sized;
}

/** Declares a structure. */
export function struct<F extends Fields>(name: string, meta: StructMeta, fields: F): Struct<F> {
  return new Struct(name, meta, fields, false);
}

/** Declares a union: all fields start at the first byte. */
export function union<F extends Fields>(name: string, meta: StructMeta, fields: F): Struct<F> {
  return new Struct(name, meta, fields, true);
}
