import { describe, expect, it } from 'vitest';
import { GuestMemory } from '../../machine/memory.ts';
import { GPADL_LIMITS, GpadlTable, parseRanges } from './gpadl.ts';

const memory = new GuestMemory(64 * 4096);

function list(byteCount: number, byteOffset: number, pfns: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + pfns.length * 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, byteCount, true);
  view.setUint32(4, byteOffset, true);
  pfns.forEach((pfn, i) => {
    view.setBigUint64(8 + i * 8, BigInt(pfn), true);
  });
  return bytes;
}

function count(from: number, pages: number): number[] {
  return Array.from({ length: pages }, (_, i) => from + i);
}

describe('a page list', () => {
  it('is complete with its header when it fits', () => {
    const table = new GpadlTable(memory);
    const bytes = list(3 * 4096, 0, [7, 3, 9]);
    const answer = table.header(1, 0xe1e10, bytes.length, 1, bytes);
    expect(answer).toMatchObject({ kind: 'accepted', gpadl: { id: 0xe1e10, relid: 1, bytes: 3 * 4096 } });
    expect(table.get(0xe1e10)?.ranges).toEqual([
      { byteCount: 3 * 4096, byteOffset: 0, pages: [7 * 4096, 3 * 4096, 9 * 4096] },
    ]);
  });

  it('is assembled from a header and bodies of any size', () => {
    const table = new GpadlTable(memory);
    const bytes = list(60 * 4096, 0, count(1, 60));
    expect(table.header(1, 5, bytes.length, 1, bytes.subarray(0, 216))).toEqual({ kind: 'more' });
    expect(table.unfinishedCount).toBe(1);
    expect(table.body(5, bytes.subarray(216, 440))).toEqual({ kind: 'more' });
    const padded = new Uint8Array(224);
    padded.set(bytes.subarray(440));
    expect(table.body(5, padded)).toMatchObject({ kind: 'accepted' });
    expect(table.get(5)?.ranges[0]?.pages).toEqual(count(1, 60).map((pfn) => pfn * 4096));
    expect(table.bytesNamed).toBe(60 * 4096);
    expect(table.unfinishedCount).toBe(0);
  });

  it('covers a buffer that begins and ends within a page', () => {
    expect(parseRanges(list(2, 4095, [1, 2]), 1)?.[0]?.pages).toHaveLength(2);
    expect(parseRanges(list(1, 4095, [1]), 1)?.[0]?.pages).toHaveLength(1);
  });

  it('is given back only when nobody holds it', () => {
    const table = new GpadlTable(memory);
    const bytes = list(4096, 0, [1]);
    table.header(1, 5, bytes.length, 1, bytes);
    table.hold(5);
    expect(table.teardown(1, 5)).toEqual({ kind: 'waiting' });
    expect(table.teardown(1, 5)).toMatchObject({ kind: 'refused', reason: 'not-accepted' });
    expect(table.drop(5)?.id).toBe(5);
    expect(table.size).toBe(0);
    expect(table.bytesNamed).toBe(0);
  });
});

describe('a wrong page list leaves nothing behind', () => {
  const wrong: readonly [string, Uint8Array, number, string][] = [
    ['no ranges', list(4096, 0, [1]), 0, 'bad-ranges'],
    ['more ranges than bytes', list(4096, 0, [1]), 2, 'bad-ranges'],
    ['an empty range', list(0, 0, [1]), 1, 'bad-ranges'],
    ['an offset beyond the first page', list(10, 4096, [1]), 1, 'bad-ranges'],
    ['fewer pages than bytes', list(8192, 1, [1, 2]), 1, 'bad-ranges'],
    ['more pages than bytes', list(4096, 0, [1, 2]), 1, 'bad-ranges'],
    ['a length that would overflow 32 bits', list(0xffff_ffff, 0xfff, [1]), 1, 'bad-ranges'],
    ['a page outside memory', list(4096, 0, [64]), 1, 'outside-memory'],
    ['a page number of 40 bits', list(4096, 0, [2 ** 40 - 1]), 1, 'outside-memory'],
    ['a page number of 52 bits', list(4096, 0, [2 ** 52 - 1]), 1, 'bad-ranges'],
  ];
  for (const [name, bytes, ranges, reason] of wrong) {
    it(name, () => {
      const table = new GpadlTable(memory);
      expect(table.header(1, 5, bytes.length, ranges, bytes)).toMatchObject({ kind: 'refused', reason });
      expect([table.size, table.unfinishedCount, table.bytesNamed]).toEqual([0, 0, 0]);
    });
  }

  it('a list length that is no multiple of 8', () => {
    const table = new GpadlTable(memory);
    expect(table.header(1, 5, 20, 1, new Uint8Array(20))).toMatchObject({ reason: 'bad-ranges' });
  });
});

describe('bounds', () => {
  it('keeps a bounded number of unfinished lists', () => {
    const table = new GpadlTable(memory);
    const answers = count(0, 1000).map((id) => table.header(1, id, 65_528, 1, new Uint8Array(216)).kind);
    expect(answers.filter((kind) => kind === 'more')).toHaveLength(GPADL_LIMITS.unfinished);
    expect(table.size).toBe(GPADL_LIMITS.unfinished);
  });

  it('keeps bounded guest memory pinned', () => {
    const table = new GpadlTable(memory, { ...GPADL_LIMITS, bytes: 3 * 4096 });
    const bytes = list(2 * 4096, 0, [1, 2]);
    expect(table.header(1, 1, bytes.length, 1, bytes).kind).toBe('accepted');
    expect(table.header(1, 2, bytes.length, 1, bytes)).toMatchObject({
      kind: 'refused',
      reason: 'too-much-memory',
    });
    expect(table.teardown(1, 1).kind).toBe('torn-down');
    expect(table.header(1, 2, bytes.length, 1, bytes).kind).toBe('accepted');
  });
});
