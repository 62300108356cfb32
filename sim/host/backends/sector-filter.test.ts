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
      const near = inside.filter((other) => meet(other, range) && (other.changes || range.changes));
      const perhaps = filter.enter(lba, sectors, range.changes);
      if (near.length > 0) expect(perhaps).toBe(true);
      inside.push(range);
      if (inside.length < 32) continue;
      const [left] = inside.splice(next(inside.length), 1);
      filter.leave(left.lba, left.sectors, left.changes);
    }
    for (const { lba, sectors, changes } of inside) filter.leave(lba, sectors, changes);
    for (let lba = lowest; lba < lowest + 1000; lba += 4) expect(filter.enter(lba, 1, true)).toBe(false);
  });

  it('says no to most of what lies elsewhere', () => {
    const filter = new SectorFilter();
    for (let i = 0; i < 32; i++) filter.enter(i * 1000, 8, i % 2 === 0);
    const answers = Array.from({ length: 1000 }, (_, i) => {
      const lba = 500_000 + i * 331;
      const perhaps = filter.enter(lba, 8, i % 3 === 0);
      filter.leave(lba, 8, i % 3 === 0);
      return perhaps;
    });
    expect(answers.filter((perhaps) => !perhaps).length).toBeGreaterThan(900);
    // Two reads of the same sectors are in nobody's way.
    expect(filter.enter(1000, 8, false)).toBe(false);
    expect(filter.enter(2000, 8, false)).toBe(true);
  });
});
