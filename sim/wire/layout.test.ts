import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import {
  array,
  bits,
  bytes,
  type CountOf,
  field,
  flexible,
  guid,
  i16,
  inline,
  oneOrMore,
  overlay,
  u8,
  u16,
  u32,
  u64,
  upTo,
} from './layout.ts';
import { hexText } from './layout-values.ts';
import { byGoldenName } from './registry.ts';
import { struct, union } from './struct.ts';

const meta = { doc: 'Made up.', source: 'this test' };

describe('placing fields', () => {
  it('aligns as a C compiler does, and not when packed', () => {
    const fields = { a: u8, b: u32, c: u16, d: u64 };
    expect(struct('natural', meta, fields).offsets).toEqual({ a: 0, b: 4, c: 8, d: 16 });
    expect(struct('natural', meta, fields).size).toBe(24);
    expect(struct('packed', { ...meta, packed: true }, fields).offsets).toEqual({ a: 0, b: 1, c: 5, d: 7 });
  });

  it('puts bit-fields of one declaration in one unit', () => {
    const flags = struct('flags', meta, { first: u8, ...bits(u16, { low: 4, high: 12 }), last: u8 });
    expect(flags.offsets).toEqual({ first: 0, low: 2, high: 2, last: 4 });
    expect(hexText(flags.encode({ low: 0xf, high: 0x123, last: 9 }))).toBe('00003f120900');
  });

  it('lets anonymous unions share a place', () => {
    const shared = struct('shared', meta, {
      head: u32,
      ...overlay({ whole: u64, ...inline({ low: u32, high: u32 }) }),
      tail: u8,
    });
    expect(shared.offsets).toEqual({ head: 0, whole: 8, low: 8, high: 12, tail: 16 });
    expect(shared.decode(shared.encode({ low: 1, high: 2 })).whole).toBe(0x2_0000_0001);
  });
});

describe('values', () => {
  const numbers = struct('numbers', meta, {
    big: u64,
    small: i16,
    id: guid,
    text: bytes(4),
    list: array(u32, 2),
    ...bits(u8, { flag: 3 }),
  });

  it('takes and gives the notation of the golden files', () => {
    const wire = numbers.encode({
      big: '0xffff888012345600',
      small: -2,
      id: 'guid:00000cde-facb-11e6-bd58-64006a7986d3',
      text: 'hex:0102',
      list: [7, 8],
    });
    expect(numbers.decode(wire)).toEqual({
      big: '0xffff888012345600',
      small: -2,
      id: 'guid:00000cde-facb-11e6-bd58-64006a7986d3',
      text: 'hex:01020000',
      'list[0]': 7,
      'list[1]': 8,
      flag: 0,
    });
  });

  it('gives single bytes and whole arrays when asked by name', () => {
    const fields = numbers.decode(numbers.encode({ 'text[3]': 9, 'list[1]': 5 }));
    expect(fields['text[3]']).toBe(9);
    expect(fields.list).toBe('hex:0000000005000000');
    expect(Object.keys(fields)).not.toContain('text[3]');
  });

  it('takes bytes for any field', () => {
    const outer = struct('outer', meta, { inner: numbers, last: u32 });
    const wire = outer.encode({ inner: 'hex:01020304', last: 'hex:ff' });
    expect(outer.decode(wire)).toMatchObject({ 'inner.big': 0x04030201, last: 255 });
    expect(() => outer.encode({ last: 'hex:0102030405' })).toThrow(UserError);
    expect(() => outer.encode({ inner: 5 })).toThrow(UserError);
  });

  it('takes a bigint and a nested object', () => {
    const outer = struct('outer', meta, { inner: numbers });
    expect(outer.decode(outer.encode({ inner: { big: 2n ** 63n, small: 3 } }))['inner.big']).toBe(
      '0x8000000000000000',
    );
  });

  it.each([
    ['unknown-field', { nothing: 1 }],
    ['bad-value', { small: 70000 }],
    ['bad-value', { small: 'many' }],
    ['bad-value', { id: 'guid:12' }],
    ['bad-value', { 'list[2]': 1 }],
    ['bad-value', { big: -1 }],
    ['bad-value', { big: 2 ** 64 }],
    ['bad-value', { big: 2n ** 64n }],
    ['bad-value', { big: 1.5 }],
    ['bad-value', { big: Number.NaN }],
    ['bad-value', { 'list[0]': -1 }],
    ['bad-value', { 'list[0]': 2 ** 32 }],
    ['bad-value', { small: -32_769 }],
    ['bad-value', { text: [256] }],
    ['bad-value', { flag: -1 }],
    ['bad-value', { flag: 8 }],
  ])('says what is wrong: %s', (kind, fields) => {
    try {
      numbers.encode(fields);
      expect.unreachable();
    } catch (error) {
      expect((error as UserError).issues[0].kind).toBe(kind);
    }
  });
});

describe('what is given in the place of fields or bytes', () => {
  const codecs = [struct('one', meta, { a: u32 }), byGoldenName('hyperv_event_flags_page')];

  it.each([[null], [undefined], ['hex:00'], [7], [[1, 2]], [new Uint8Array(4)]])('is no %j', (fields) => {
    for (const codec of codecs)
      expect(() => codec.encode(fields as never)).toThrow(/fields: .* has no fields.*Give an object/s);
  });

  it.each([[null], [undefined], ['hex:00'], [7], [[1, 2]], [{}], [new ArrayBuffer(4)], [new Uint16Array(2)]])(
    'is not the bytes %j',
    (bytes) => {
      for (const codec of codecs)
        expect(() => codec.decode(bytes as never)).toThrow(/bytes: .* cannot be decoded.*Give a Uint8Array/s);
    },
  );

  it('may come from another context, as in a notebook', () => {
    const foreign = runInNewContext('new Uint8Array([7, 0, 0, 0])');
    expect(foreign instanceof Uint8Array).toBe(false);
    expect(codecs[0].decode(foreign)).toEqual({ a: 7 });
  });

  it('has no flags or lengths that do not exist', () => {
    const [one, page] = codecs;
    expect(() => page.encode({ sint: 16 })).toThrow(/sint: 16 does not exist.*0 to 15/s);
    expect(() => page.encode({ sint: 2, bits_set: [2048] })).toThrow(/bits_set\[0\].*0 to 2047/s);
    expect(() => one.encode({}, { length: -1 })).toThrow(/length: -1 is no length/);
  });
});

describe('messages whose length varies', () => {
  const countOf: CountOf = (fields) => Number(fields('count'));
  const range = struct('range', meta, { count: u32, offset: u32, pages: flexible(u64, countOf) });
  const list = struct(
    'list',
    { ...meta, packed: true },
    { ranges: u32, range: oneOrMore(range, (f) => Number(f('ranges'))) },
  );

  it('places what follows a list behind the elements that are there', () => {
    const both = struct('both', { ...meta, packed: true }, { first: range, tail: flexible(u8) });
    const wire = both.encode({ 'first.count': 2, 'first.pages[1]': 5, tail: 'hex:aa' });
    expect(wire.length).toBe(8 + 16 + 1);
    expect(both.decode(wire)).toMatchObject({ 'first.pages[0]': 0, 'first.pages[1]': 5, tail: 'hex:aa' });
  });

  it('nests lists in lists', () => {
    const fields = {
      ranges: 2,
      'range[0].count': 1,
      'range[0].pages[0]': 10,
      'range[1].count': 2,
      'range[1].pages': [20, 30],
    };
    const wire = list.encode(fields);
    expect(wire.length).toBe(4 + 16 + 24);
    expect(list.decode(wire)).toMatchObject({
      'range[0].pages[0]': 10,
      'range[1].pages[0]': 20,
      'range[1].pages[1]': 30,
    });
  });

  it('sends only the used part of a room', () => {
    const room = struct('room', meta, { used: u32, items: upTo(u32, 100) });
    expect(room.size).toBe(404);
    expect(room.encode({ items: [1, 2, 3] }).length).toBe(16);
    expect(room.encode({ items: [1] }, { length: 404 }).length).toBe(404);
    expect(() => room.encode({ 'items[100]': 1 })).toThrow(UserError);
  });

  it('leaves out what was cut off', () => {
    expect(Object.keys(list.decode(new Uint8Array(7)))).toEqual(['ranges']);
    expect(Object.keys(list.decode(new Uint8Array(0)))).toEqual([]);
  });
});

describe('accessors', () => {
  const record = struct(
    'record',
    { ...meta, packed: true },
    {
      head: u8,
      ...bits(u32, { low: 4, mid: 24, high: 4 }),
      signed: i16,
      address: u64,
      rows: array(struct('row', meta, { key: u16, value: u16 }), 3),
    },
  );
  const view = new DataView(new ArrayBuffer(64));

  it.each([
    ['head', 0xab],
    ['low', 0xf],
    ['mid', 0xabcdef],
    ['high', 0x9],
    ['signed', -2],
    ['address', 0x1f_ffff_ffff_ffff],
    ['rows[2].value', 0x1234],
  ])('%s reads back what was written, as the decoder does', (path, value) => {
    const accessor = record.accessor(path);
    accessor.set(view, 3, value);
    expect(accessor.get(view, 3)).toBe(value);
    expect(record.decode(new Uint8Array(view.buffer, 3))[path]).toBe(value);
  });

  it('knows unions', () => {
    const either = union('either', meta, { whole: u32, parts: array(u16, 2) });
    expect(either.accessor('parts[1]').offset).toBe(2);
  });

  it('keeps the docs of fields for tables', () => {
    const documented = struct('documented', meta, { size: field(u32, 'bytes') });
    expect(documented.fields[0]).toEqual({ name: 'size', offset: 0, size: 4, doc: 'bytes' });
  });
});
