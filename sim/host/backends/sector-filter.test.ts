import { describe, expect, it } from 'vitest';
import { SectorFilter } from './sector-filter.ts';
import { random } from './testing.ts';

interface Range {
  readonly lba: number;
  readonly sectors: number;
  readonly changes: boolean;
}

const meet = (a: Range, b: Range) => a.lba < b.lba + b.sectors && b.lba < a.lba + a.sectors;

describe('a filter of sectors', () => {
  it.each([
    ['a small disk', 1000, 16],
    ['requests of up to 1 MiB', 2 ** 21, 2048],
    ['addresses across 2^32', 2 ** 32 + 200, 64],
  ])('never says no where a request lies: %s', (_what, capacity, longest) => {
    const next = random(11);
    const filter = new SectorFilter();
    const inside: Range[] = [];
    const lowest = Math.max(0, capacity - 2 ** 21);
    for (let round = 0; round < 4000; round++) {
      const sectors = 1 + next(longest);
      const lba = lowest + next(capacity - lowest - sectors);
      const range = { lba, sectors, changes: next(2) === 1 };
      const near = inside.filter((other) => meet(other, range));
      if (near.length > 0) expect(filter.perhaps(lba, sectors, false)).toBe(true);
      if (near.some((other) => other.changes)) expect(filter.perhaps(lba, sectors, true)).toBe(true);
      filter.count(lba, sectors, range.changes, 1);
      inside.push(range);
      if (inside.length < 32) continue;
      const [left] = inside.splice(next(inside.length), 1);
      filter.count(left.lba, left.sectors, left.changes, -1);
    }
    for (const { lba, sectors, changes } of inside) filter.count(lba, sectors, changes, -1);
    for (let lba = lowest; lba < lowest + 1000; lba++) expect(filter.perhaps(lba, 1, false)).toBe(false);
  });

  it('says no to most of what lies elsewhere', () => {
    const filter = new SectorFilter();
    for (let i = 0; i < 32; i++) filter.count(i * 1000, 8, i % 2 === 0, 1);
    const no = (changing: boolean) =>
      Array.from({ length: 1000 }, (_, i) => filter.perhaps(500_000 + i * 331, 8, changing)).filter(
        (p) => !p,
      );
    expect(no(false).length).toBeGreaterThan(900);
    expect(no(true).length).toBeGreaterThan(no(false).length);
    expect(filter.perhaps(1000, 8, true)).toBe(false);
  });
});
