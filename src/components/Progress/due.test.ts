import { describe, expect, it } from 'vitest';
import { asked, dueDay, dueOn, type Standing, WAITS } from './due.ts';

describe('asking again', () => {
  it('begins the day after a page was read', () => {
    expect(dueDay(100, undefined)).toBe(101);
    expect(dueOn(100, { a: 100 }, {})).toEqual([]);
    expect(dueOn(101, { a: 100 }, {})).toEqual(['a']);
  });

  it('waits longer each time it was known, and from the beginning when it was not', () => {
    let standing: Standing | undefined;
    let day = dueDay(0, undefined);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      standing = asked(standing, true, day);
      waits.push(dueDay(0, standing) - day);
      day = dueDay(0, standing);
    }
    expect(waits).toEqual([...WAITS.slice(1), 90, 90, 90]);
    expect(dueDay(0, asked(standing, false, day))).toBe(day + 1);
  });

  it('puts the longest overdue first, and asks of nothing that was not read', () => {
    const read = { new: 10, old: 1, known: 1 };
    const standings = { known: { known: 2, day: 9 }, unread: { known: 0, day: 0 } };
    expect(dueOn(12, read, standings)).toEqual(['old', 'new']);
    expect(dueOn(16, read, standings)).toEqual(['old', 'new', 'known']);
  });
});
