/** Numbers and texts of declared structures, read in place. */
import type { Struct } from '../../wire/struct.ts';

/** Reads the named numbers of the structure that starts at byte `at`; the bytes must reach that far. */
export type FieldsReader<N extends string> = (
  bytes: Uint8Array,
  at?: number,
) => { readonly [K in N]: number };

/** A reader of the numbers `names` of `structure`. Numbers of 8 bytes are exact below 2^53. */
export function fieldsReader<N extends string>(structure: Struct, ...names: readonly N[]): FieldsReader<N> {
  const readers = names.map((name) => [name, structure.accessor(name)] as const);
  return (bytes, at = 0) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const fields: Record<string, number> = {};
    for (const [name, number] of readers) fields[name] = number.get(view, at);
    return fields as { [K in N]: number };
  };
}

/** Bytes as text, one character for each, up to the first zero. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** UTF-16 text of little-endian pairs, up to the first zero. */
export function utf16(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const unit = bytes[i] | (bytes[i + 1] << 8);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}
