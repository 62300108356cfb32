/** The guest's two ways to flush, row by row: the same effect, and the exits that each takes. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { switchByHypercall, switchByMov } from '../enlightenments/address-space-switch.ts';
import type { PageRun } from '../enlightenments/flush-hypercall.ts';
import { flushByHypercall, gvaList } from '../enlightenments/flush-hypercall.ts';
import { establishHypercalls } from '../enlightenments/hypercall-page.ts';
import { flushByCr3, flushByInvlpg, flushLocalByHypercall } from '../enlightenments/local-tlb-flush.ts';
import { answerShootDown, flushByInterrupts } from '../enlightenments/remote-tlb-flush.ts';
import { AddressSpace, DIRECT_MAP, KERNEL_PAGE } from '../guest/address-space.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import { Cpu } from '../machine/cpu.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { HV_STATUS } from '../wire/hypercall.ts';
import { pageTableEntry } from '../wire/page-tables.ts';
import { MIB, TranslatingMachine, WAYS } from './support/translating-machine.ts';

const FIRST = 0x40_0000;
const VECTOR = 0xfd;
const SHADOW = WAYS[0];
const SLAT = WAYS[5];
const INPUT = 2 * MIB;
/** Not adjacent, so that a list needs an entry for each. */
const RUNS: PageRun[] = [0, 2, 4, 6].map((page) => ({ gva: FIRST + page * 0x1000, pages: 1 }));

class Guest extends TranslatingMachine {
  readonly area;

  constructor(way: (typeof WAYS)[number], vps: number) {
    super(way, { vps });
    this.area = { gva: DIRECT_MAP + 3 * MIB, vps, vector: VECTOR, method: 'mmio' } as const;
    this.cpu.finish(establishHypercalls(this.cpu, MIB, 0x8100_0000_0000_0000n));
    for (let page = 0; page < 16; page++) this.partition.memory.write64(page * 0x1000, BigInt(page));
    for (let page = 0; page < 8; page++) this.space.map(FIRST + page * 0x1000, page * 0x1000);
    for (const cpu of this.cpus) {
      cpu.onVector(VECTOR, () => answerShootDown(cpu, this.area, () => this.space.cr3));
      for (let page = 0; page < 8; page++) this.read(page, cpu);
    }
  }

  read(page: number, cpu: Cpu): number {
    return Number(this.do(cpu.read64(FIRST + page * 0x1000), cpu));
  }

  remap(): void {
    for (let page = 0; page < 8; page++)
      this.setEntry(
        this.space.entryAddress(FIRST + page * 0x1000),
        pageTableEntry((page + 8) * 0x1000, KERNEL_PAGE),
      );
  }

  fresh(cpu: Cpu): number[] {
    return [0, 1, 2, 3, 4, 5, 6, 7].filter((page) => this.read(page, cpu) === page + 8);
  }

  /** Exits of a program on processor 0, with the others waiting for interrupts. */
  exits(program: Program<unknown>): number {
    const before = this.partition.counters.hypervisorExits;
    this.cpu.finish(program);
    return this.partition.counters.hypervisorExits - before;
  }
}

function* idle(cpu: Cpu): Program {
  for (;;) yield* cpu.hlt();
}

describe('a list of addresses', () => {
  it('says in 12 bits how many pages follow, and needs more entries for more', () => {
    expect(gvaList([{ gva: FIRST, pages: 1 }])).toEqual([BigInt(FIRST)]);
    expect(gvaList([{ gva: FIRST, pages: 6 }])).toEqual([BigInt(FIRST) | 5n]);
    expect(gvaList([{ gva: 0, pages: 4097 }])).toEqual([0xfffn, 0x100_0000n]);
    expect(gvaList([{ gva: DIRECT_MAP, pages: 1 }])).toEqual([0xffff_8880_0000_0000n]);
  });
});

describe('a local flush', () => {
  it.each([
    ['shadow tables', SHADOW, 4, 1, 1],
    ['a second level', SLAT, 0, 0, 1],
  ] as const)('under %s: exits of INVLPG, MOV CR3 and the hypercall', (_what, way, invlpg, cr3, call) => {
    const request = (guest: Guest) => ({ cr3: guest.space.cr3, runs: RUNS, input: INPUT });
    const by = [
      (guest: Guest) => flushByInvlpg(guest.cpu, RUNS),
      (guest: Guest) => flushByCr3(guest.cpu, guest.space.cr3),
      (guest: Guest) => flushLocalByHypercall(guest.cpu, request(guest)),
    ];
    const exits = by.map((flush) => {
      const guest = new Guest(way, 1);
      guest.remap();
      const counted = guest.exits(flush(guest));
      for (const page of [0, 2, 4, 6]) expect(guest.fresh(guest.cpu)).toContain(page);
      return counted;
    });
    expect(exits).toEqual([invlpg, cr3, call]);
  });
});

describe('an address-space switch', () => {
  it.each([
    ['MOV CR3', switchByMov],
    ['the hypercall', switchByHypercall],
  ] as const)('by %s shows the other space', (_how, go) => {
    const guest = new Guest(SHADOW, 1);
    const other = new AddressSpace(guest.partition.memory, guest.pages);
    other.mapMemory();
    other.map(FIRST, 0x5000);
    expect(guest.exits(go(guest.cpu, other.cr3))).toBe(1);
    expect(guest.read(0, guest.cpu)).toBe(5);
    guest.cpu.finish<unknown>(go(guest.cpu, guest.space.cr3));
    expect(guest.read(0, guest.cpu)).toBe(0);
  });
});

describe.each([SHADOW, SLAT])('a remote flush, $name', (way) => {
  it.each([2, 5, 80])('reaches all of %i processors either way', (vps) => {
    const targets = Array.from({ length: vps - 1 }, (_, index) => index + 1);
    const call = new Guest(way, vps);
    call.remap();
    const request = { cr3: call.space.cr3, runs: RUNS, vps: [0, ...targets], input: INPUT };
    // More than 64 need the Ex form, which a host of 2008 does not have.
    const ex = vps > 64 && way.era === '2008';
    expect(call.cpu.finish(flushByHypercall(call.cpu, request))).toBe(
      ex ? HV_STATUS.ACCESS_DENIED : HV_STATUS.SUCCESS,
    );
    if (!ex) for (const cpu of call.cpus) expect(call.fresh(cpu)).toEqual([0, 2, 4, 6]);

    const ipi = new Guest(way, vps);
    ipi.remap();
    for (const cpu of ipi.cpus.slice(1)) cpu.run(idle(cpu));
    ipi.hypervisor.engine.run();
    const shootDown = { cr3: ipi.space.cr3, runs: RUNS };
    const exits = ipi.exits(flushByInterrupts(ipi.cpu, ipi.area, targets, shootDown));
    expect(exits).toBeGreaterThanOrEqual(2 * (vps - 1));
    for (const cpu of ipi.cpus) {
      const seen = RUNS.map(({ gva }) => ipi.partition.mmu.translate(cpu.vp, gva, 0));
      // The shadow has nothing left, the walk of both levels finds what the tables say now.
      expect(seen).toEqual(way === SLAT ? [0x8000, 0xa000, 0xc000, 0xe000] : [-2, -2, -2, -2]);
    }
  });

  it('waits for a processor that is not run, unless it is by hypercall', () => {
    const [byInterrupts, byCall] = (['ipi', 'call'] as const).map((how) => timeOfFlush(way, how));
    expect(byInterrupts).toBeGreaterThan(20 * byCall);
  });
});

/** Cycles of one flush of two processors that share one with a third, which computes for ever. */
function timeOfFlush(way: (typeof WAYS)[number], how: 'ipi' | 'call'): number {
  const hypervisor = new Hypervisor({ era: way.era, logicalProcessors: 2, timeSlice: 1_000_000 });
  const partition = hypervisor.createPartition({
    vps: 3,
    memory: 8 * MIB,
    paging: way.paging,
    affinity: (vp) => [vp === 0 ? 0 : 1],
  });
  const cpus = partition.vps.map((vp) => new Cpu(partition, vp.index));
  const space = new AddressSpace(partition.memory, new PageAllocator(partition.memory, 4 * MIB));
  space.mapMemory();
  const area = { gva: DIRECT_MAP + 3 * MIB, vps: 3, vector: VECTOR, method: 'mmio' } as const;
  for (const cpu of cpus) cpu.onVector(VECTOR, () => answerShootDown(cpu, area, () => space.cr3));
  for (const cpu of cpus.slice(1)) cpu.run(busy(cpu, space.cr3));
  const [first] = cpus;
  function* sender(): Program<number> {
    yield* first.movCr3(space.cr3);
    yield* establishHypercalls(first, MIB, 0x8100_0000_0000_0000n);
    yield* first.compute(5_000_000);
    const from = first.now;
    const what = { cr3: space.cr3, runs: [{ gva: FIRST, pages: 1 }] };
    if (how === 'ipi') yield* flushByInterrupts(first, area, [1, 2], what);
    else yield* flushByHypercall(first, { ...what, vps: [0, 1, 2], input: INPUT });
    return first.now - from;
  }
  return first.finish(sender());
}

function* busy(cpu: Cpu, cr3: number): Program {
  yield* cpu.movCr3(cr3);
  for (;;) yield* cpu.compute(100_000);
}
