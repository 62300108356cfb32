/** What each way to translate costs in exits, fills and references, counted through the processor's instructions. */
import { describe, expect, it } from 'vitest';
import { DIRECT_MAP, KERNEL_PAGE } from '../guest/address-space.ts';
import { PTE, pageTableEntry } from '../wire/page-tables.ts';
import type { Way } from './support/translating-machine.ts';
import { MIB, TranslatingMachine } from './support/translating-machine.ts';

const SHADOW: Way = { name: 'shadow', era: '2008', paging: 'shadow' };
const TRACED: Way = { ...SHADOW, options: { policy: 'traced' } };
const SLAT: Way = { name: 'slat', era: '2020', paging: 'slat' };
const SMALL_SLAT: Way = { ...SLAT, options: { largeSecondLevel: false } };
const FIRST = 0x40_0000;

/** A machine with `count` pages mapped from FIRST. */
function mapped(way: Way, count: number): TranslatingMachine {
  const machine = new TranslatingMachine(way);
  for (let page = 0; page < count; page++) machine.space.map(FIRST + page * 0x1000, page * 0x1000);
  return machine;
}

function touch(machine: TranslatingMachine, count: number): void {
  for (let page = 0; page < count; page++) machine.do(machine.cpu.read32(FIRST + page * 0x1000));
}

const exits = (machine: TranslatingMachine): number => machine.partition.counters.hypervisorExits;

describe('shadow tables', () => {
  it('exit once for each page touched first, and for each INVLPG and MOV CR3', () => {
    const machine = mapped(SHADOW, 64);
    const before = exits(machine);
    touch(machine, 64);
    touch(machine, 64);
    expect(exits(machine) - before).toBe(64);
    for (let page = 0; page < 10; page++) machine.do(machine.cpu.invlpg(FIRST + page * 0x1000));
    machine.do(machine.cpu.movCr3(machine.space.cr3));
    expect(exits(machine) - before).toBe(64 + 10 + 1);
    touch(machine, 64);
    expect(machine.partition.mmu.counts).toMatchObject({
      smallPageTlbFills: 128,
      pageInvalidations: 10,
      pageTableWriteIntercepts: 0,
      reflectedGuestPageFaults: 0,
    });
  });

  it('are larger than the hardware TLB: after an exit has emptied that, a walk is enough', () => {
    const machine = mapped(SHADOW, 400);
    touch(machine, 400);
    const before = exits(machine);
    touch(machine, 400);
    expect(exits(machine)).toBe(before);
    expect(machine.partition.mmu.counts.tlbMisses).toBeGreaterThan(400);
  });

  it('keep their entries over a switch by hypercall, where MOV CR3 drops them', () => {
    const machine = mapped(SHADOW, 8);
    touch(machine, 8);
    const { mmu } = machine.partition;
    const filled = mmu.counts.smallPageTlbFills;
    mmu.switchAddressSpace(machine.cpu.vp, 0x1000);
    mmu.switchAddressSpace(machine.cpu.vp, machine.space.cr3);
    touch(machine, 8);
    expect(mmu.counts.smallPageTlbFills).toBe(filled);
    machine.do(machine.cpu.movCr3(machine.space.cr3));
    touch(machine, 8);
    expect(mmu.counts.smallPageTlbFills).toBe(filled + 8);
  });

  it('give up the address space used longest ago when their pages run out', () => {
    const machine = new TranslatingMachine({ ...SHADOW, options: { shadowPages: 30 } });
    const { mmu } = machine.partition;
    for (let space = 1; space <= 40; space++) mmu.switchAddressSpace(machine.cpu.vp, space * 0x1000);
    expect(mmu.counts.virtualTlbPages).toBeLessThanOrEqual(30);
    expect(mmu.counts.addressSpaceEvictions).toBeGreaterThan(5);
    mmu.switchAddressSpace(machine.cpu.vp, machine.space.cr3);
    expect(machine.do(machine.cpu.read64(DIRECT_MAP))).toBe(0n);
  });

  it('take no more than their pages, however many addresses a guest touches', () => {
    const machine = new TranslatingMachine({ ...SHADOW, options: { shadowPages: 20 } });
    for (let i = 0; i < 60; i++) {
      const gva = i * 0x4000_0000;
      machine.space.map(gva, 0x1000);
      machine.do(machine.cpu.read32(gva));
      expect(machine.partition.mmu.counts.virtualTlbPages).toBeLessThanOrEqual(20);
    }
    expect(machine.partition.mmu.counts.addressSpaceEvictions).toBeGreaterThan(5);
  });

  it('hand on the guest’s own page fault after one exit', () => {
    const machine = new TranslatingMachine(SHADOW);
    const before = exits(machine);
    machine.do(machine.cpu.read32(FIRST));
    expect(machine.cpu.fault).toBe('#PF');
    expect(exits(machine) - before).toBe(1);
    expect(machine.partition.mmu.counts.reflectedGuestPageFaults).toBe(1);
  });
});

describe('traced shadow tables', () => {
  const change = (machine: TranslatingMachine, gpa: number): void =>
    machine.setEntry(machine.space.entryAddress(FIRST), pageTableEntry(gpa, KERNEL_PAGE));

  it('exit for each store to a table, follow it without a flush, and survive MOV CR3', () => {
    const machine = mapped(TRACED, 4);
    for (let page = 1; page < 4; page++) machine.partition.memory.write32(page * 0x1000, page);
    touch(machine, 4);
    const { counts } = machine.partition.mmu;
    change(machine, 0x3000);
    expect(counts.pageTableWriteIntercepts).toBe(1);
    expect(machine.do(machine.cpu.read32(FIRST))).toBe(3);
    const filled = counts.smallPageTlbFills;
    machine.do(machine.cpu.movCr3(machine.space.cr3));
    touch(machine, 4);
    expect(counts.smallPageTlbFills).toBe(filled);
  });

  it('let a page go that is stored to and never walked', () => {
    const machine = mapped(TRACED, 4);
    touch(machine, 4);
    for (let i = 0; i < 10; i++) change(machine, 0x1000 * (i % 3));
    expect(machine.partition.mmu.counts.pageTableWriteIntercepts).toBe(3);
    expect(machine.do(machine.cpu.read64(FIRST))).toBe(machine.partition.memory.read64(0));
  });
});

describe('second-level translation', () => {
  it('exits for no load, no INVLPG and no MOV CR3', () => {
    const machine = mapped(SLAT, 64);
    touch(machine, 64);
    machine.do(machine.cpu.invlpg(FIRST));
    machine.do(machine.cpu.movCr3(machine.space.cr3));
    machine.do(machine.cpu.toggleGlobal());
    machine.do(machine.cpu.read32(0x7000_0000));
    expect(machine.cpu.fault).toBe('#PF');
    expect(exits(machine)).toBe(0);
  });

  it.each([
    ['small pages in both', SMALL_SLAT, FIRST, 24],
    ['large pages in the second level', SLAT, FIRST, 19],
    ['large pages in the guest’s tables', SMALL_SLAT, DIRECT_MAP, 19],
    ['large pages in both', SLAT, DIRECT_MAP, 15],
  ])('reads as many entries as the architecture says: %s', (_what, way, gva, references) => {
    const machine = mapped(way, 1);
    const { counts } = machine.partition.mmu;
    const before = counts.walkReferences + counts.nestedReferences;
    machine.do(machine.cpu.read32(gva));
    expect(counts.walkReferences + counts.nestedReferences - before).toBe(references);
    machine.do(machine.cpu.read32(gva));
    expect(counts.walkReferences + counts.nestedReferences - before).toBe(references);
  });

  it('exits where the walk leaves memory', () => {
    const machine = new TranslatingMachine(SLAT);
    machine.partition.memory.write64(machine.space.cr3 + 8, pageTableEntry(16 * MIB, KERNEL_PAGE | PTE.USER));
    machine.do(machine.cpu.read32(0x80_0000_0000));
    expect(machine.cpu.fault).toBe('#PF');
    expect(machine.partition.counters.passed('slat-violation')).toBe(1);
  });

  it('loses its TLB at an exit only on processors without tags', () => {
    const misses = ['2008', '2020'].map((era) => {
      const machine = mapped({ ...SLAT, era: era as '2008' | '2020' }, 1);
      touch(machine, 1);
      const before = machine.partition.mmu.counts.tlbMisses;
      machine.do(machine.cpu.cpuid(0));
      touch(machine, 1);
      return machine.partition.mmu.counts.tlbMisses - before;
    });
    expect(misses).toEqual([1, 0]);
  });
});

describe('a partition without translation', () => {
  it('takes addresses for places, at no cost', () => {
    const machine = mapped({ ...SLAT, paging: 'none' as never }, 1);
    const before = machine.cpu.now;
    machine.do(machine.cpu.write64(0x1000, 5n));
    machine.do(machine.cpu.invlpg(0x1000));
    expect(machine.partition.memory.read64(0x1000)).toBe(5n);
    expect(machine.cpu.now).toBe(before);
  });
});
