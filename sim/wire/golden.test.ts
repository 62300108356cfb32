/**
 * Every declaration against the golden files: layouts read out of compiled kernels, and messages that the real drivers made. The
 * files here are copies of the facts that this folder uses.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FieldRow } from './layout-rows.ts';
import { hexText } from './layout-values.ts';
import { allCodecs, byGoldenName, decodeParts, encodeParts, type MessagePart } from './registry.ts';
import { Struct } from './struct.ts';

interface GoldenField {
  name: string;
  offset: number;
  size: number;
  bit_offset?: number;
  bit_size?: number;
  signed?: boolean;
  count?: number;
  elem_size?: number;
  dims?: number[];
  flexible?: boolean;
  stride?: number;
}
interface GoldenStruct {
  name: string;
  family: string;
  size: number;
  fields: GoldenField[];
}
interface Vector {
  name: string;
  family: string;
  length: number;
  hex: string;
  struct?: string;
  fields?: Record<string, unknown>;
  parts?: MessagePart[];
}

const load = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(`./golden/${file}`, import.meta.url), 'utf8'));
const { structs } = load<{ structs: GoldenStruct[] }>('layouts.json');
const { vectors } = load<{ vectors: Vector[] }>('vectors.json');

/** A row in the terms of the golden file, without what only one side has. */
function golden(row: FieldRow): GoldenField {
  const { name, offset, size } = row;
  const field: GoldenField = { name, offset, size };
  if (row.bitSize !== undefined) Object.assign(field, { bit_offset: row.bitOffset, bit_size: row.bitSize });
  if (row.count !== undefined) Object.assign(field, { count: row.count, elem_size: row.elemSize });
  if (row.signed) field.signed = true;
  if (row.dims) field.dims = [...row.dims];
  if (row.flexible) field.flexible = true;
  if (row.stride !== undefined) field.stride = row.stride;
  return field;
}

const byName = (a: GoldenField, b: GoldenField): number => (a.name < b.name ? -1 : 1);

describe('layouts', () => {
  it('declares every structure of the golden file', () => {
    const declared = new Set(allCodecs().map((codec) => codec.name));
    expect(structs.map((s) => s.name).filter((name) => !declared.has(name))).toEqual([]);
    expect(structs.length).toBeGreaterThan(300);
  });

  it.each(structs.map((s) => [s.name, s] as const))(
    '%s has the size and the offsets of the compiler',
    (name, layout) => {
      const codec = byGoldenName(name);
      expect(codec.size).toBe(layout.size);
      if (!(codec instanceof Struct)) return;
      const rows = codec.fields.map(golden).sort(byName);
      expect(rows).toEqual([...layout.fields].sort(byName));
    },
  );
});

/** The notation of golden values: "hex:" text stands for the first bytes of a field. */
function expectField(decoded: Record<string, unknown>, name: string, value: unknown): void {
  if (typeof value === 'string' && value.startsWith('hex:'))
    expect(decoded[name]).toMatch(new RegExp(`^${value}`));
  else expect(decoded[name], name).toEqual(value);
}

describe('vectors', () => {
  it.each(vectors.map((v) => [v.family, v.name, v] as const))(
    '%s: %s is encoded and decoded',
    (_family, _name, vector) => {
      const bytes = Buffer.from(vector.hex, 'hex');
      if (vector.parts) {
        expect(hexText(encodeParts(vector.length, vector.parts))).toBe(vector.hex);
        for (const [i, fields] of decodeParts(bytes, vector.parts).entries()) {
          for (const [name, value] of Object.entries(vector.parts[i].fields ?? {}))
            expectField(fields, name, value);
        }
        return;
      }
      const codec = byGoldenName(vector.struct as string);
      expect(hexText(codec.encode(vector.fields ?? {}, { length: vector.length }))).toBe(vector.hex);
      const fields = codec.decode(bytes);
      for (const [name, value] of Object.entries(vector.fields ?? {})) expectField(fields, name, value);
      expect(hexText(codec.encode(fields, { length: vector.length }))).toBe(vector.hex);
    },
  );

  it('finds the natural length of a message without being told', () => {
    const wrong = vectors.filter(
      (v) => v.struct && byGoldenName(v.struct).encode(v.fields ?? {}).length !== v.length,
    );
    expect(wrong.map((v) => v.name)).toEqual([]);
  });
});

describe('robustness', () => {
  it('decodes any truncation of any structure without throwing', () => {
    let decoded = 0;
    for (const codec of allCodecs()) {
      const bytes = new Uint8Array(Math.min(codec.size + 24, 300)).fill(0xff);
      for (let length = 0; length <= bytes.length; length += 1 + (length >> 3)) {
        codec.decode(bytes.subarray(0, length));
        decoded++;
      }
    }
    expect(decoded).toBeGreaterThan(3000);
  });

  it('rebuilds every structure from its decoded random bytes', () => {
    for (const codec of allCodecs()) {
      if (!(codec instanceof Struct) || codec.open) continue;
      const bytes = Uint8Array.from({ length: codec.size }, (_, i) => (i * 37 + 11) & 0xff);
      const again = codec.encode(codec.decode(bytes));
      expect(codec.decode(again), codec.name).toEqual(codec.decode(bytes));
    }
  });
});
