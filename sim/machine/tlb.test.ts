import { describe, expect, it } from 'vitest';
import { PF } from '../wire/page-tables.ts';
import { TLB_FLAG, Tlb } from './tlb.ts';

const ALL = TLB_FLAG.WRITABLE | TLB_FLAG.USER | TLB_FLAG.DIRTY;
const PAGE = 0x1000;
const LARGE = 0x20_0000;

describe('the TLB', () => {
  it('holds as many entries as it has, and forgets the one used longest ago in a set', () => {
    const tlb = new Tlb(16, 4);
    expect(tlb.capacity).toEqual([16, 4]);
    // Four sets: pages 0, 4, 8, 12 and 16 share one.
    for (const page of [0, 4, 8, 12]) tlb.insert(page * PAGE, false, 1, page * PAGE, ALL);
    expect(tlb.lookup(0, 1, 0)).toBe(0);
    tlb.insert(16 * PAGE, false, 1, 16 * PAGE, ALL);
    expect(tlb.used).toBe(4);
    expect([0, 4, 8, 12, 16].map((page) => tlb.lookup(page * PAGE, 1, 0) >= 0)).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  it('never holds more than its capacity, whatever is put in', () => {
    const tlb = new Tlb(64, 4);
    for (let page = 0; page < 1000; page++) tlb.insert(page * PAGE, false, page % 3, 0, ALL);
    expect(tlb.used).toBe(64);
  });

  it('tells guests apart by their tag', () => {
    const tlb = new Tlb(16, 4);
    tlb.insert(PAGE, false, 1, 0x5000, ALL);
    expect(tlb.lookup(PAGE + 7, 1, 0)).toBe(0x5007);
    expect(tlb.lookup(PAGE + 7, 2, 0)).toBe(-1);
    tlb.insert(PAGE, false, 2, 0x6000, ALL);
    tlb.dropTag(1, true);
    expect([tlb.lookup(PAGE, 1, 0), tlb.lookup(PAGE, 2, 0)]).toEqual([-1, 0x6000]);
  });

  it('keeps global entries when only the others of a tag are dropped', () => {
    const tlb = new Tlb(16, 4);
    tlb.insert(0, false, 1, 0x1000, ALL | TLB_FLAG.GLOBAL);
    tlb.insert(PAGE, false, 1, 0x2000, ALL);
    tlb.dropTag(1, false);
    expect([tlb.lookup(0, 1, 0), tlb.lookup(PAGE, 1, 0)]).toEqual([0x1000, -1]);
    tlb.drop(0, 1);
    expect(tlb.used).toBe(0);
  });

  it('has large pages in an array of their own, dropped by any address in them', () => {
    const tlb = new Tlb(16, 4);
    tlb.insert(LARGE + 5 * PAGE, true, 1, 4 * LARGE, ALL);
    expect(tlb.lookup(LARGE + 0x1_2345, 1, 0)).toBe(4 * LARGE + 0x1_2345);
    tlb.drop(LARGE + 300 * PAGE, 1);
    expect(tlb.lookup(LARGE, 1, 0)).toBe(-1);
  });

  it('drops all pieces of a large page together', () => {
    const tlb = new Tlb(16, 4);
    for (const page of [1, 300]) tlb.insert(page * PAGE, false, 1, page * PAGE, ALL | TLB_FLAG.FRAGMENT);
    tlb.insert(2 * PAGE, false, 1, 0, ALL);
    tlb.drop(0, 1);
    expect([1, 2, 300].map((page) => tlb.lookup(page * PAGE, 1, 0) >= 0)).toEqual([false, true, false]);
  });

  it.each([
    ['a load of the kernel', 0, 0, true],
    ['a store to a read-only page', PF.WRITE, TLB_FLAG.USER, false],
    ['a first store', PF.WRITE, TLB_FLAG.WRITABLE, false],
    ['a store', PF.WRITE, TLB_FLAG.WRITABLE | TLB_FLAG.DIRTY, true],
    ['a user’s load of a kernel page', PF.USER, 0, false],
    ['a fetch where nothing may be executed', PF.FETCH, TLB_FLAG.NO_EXECUTE, false],
  ])('allows %s or not', (_what, access, flags, allowed) => {
    const tlb = new Tlb(16, 4);
    tlb.insert(0, false, 1, 0x3000, flags);
    expect(tlb.lookup(0, 1, access)).toBe(allowed ? 0x3000 : -1);
  });
});
