/**
 * Whatever the hypervisor does, a guest sees the architecture's translation: for random tables, broken ones included, shadow tables and
 * two-dimensional walks give the address or the error code of a plain walk; what is stale may be used until it is flushed, never after.
 */
import { describe, expect, it } from 'vitest';
import type { Rng } from '../core/rng.ts';
import { Streams } from '../core/rng.ts';
import { AddressSpace, DIRECT_MAP, KERNEL_PAGE } from '../guest/address-space.ts';
import { WALKED, Walk, walkTables } from '../machine/paging.ts';
import { LARGE_PAGE, PF, PTE, PTE_NX, pageTableEntry } from '../wire/page-tables.ts';
import { MIB, TranslatingMachine, WAYS } from './support/translating-machine.ts';

const RUNS = 16;
const below = (rng: Rng, count: number): number => rng.int(0, count - 1);

/** A few pages, in two tables of the last level, and one under a large page. */
const PAGES = [0x40_0000, 0x40_1000, 0x40_2000, 0x5f_f000, 0x60_0000, 0x8000_0000, 0x7fff_ffff_f000];

/** What a plain walk says: the address as a number, or the error code as a text. */
function reference(machine: TranslatingMachine, gva: number, access: number): string {
  const walk = new Walk();
  const code = walkTables(
    machine.partition.memory,
    machine.partition.mmu.cr3(machine.cpu.vp),
    gva,
    access,
    walk,
  );
  if (code !== WALKED) return `fault ${code}`;
  return `${walk.frame + (gva % (walk.large ? LARGE_PAGE : 0x1000))}`;
}

/** What the processor does: the page's own number, which is its address, or the fault. */
function access(machine: TranslatingMachine, gva: number, kind: number): string {
  const { cpu } = machine;
  machine.partition.setCpl(0, (kind & PF.USER) !== 0 ? 3 : 0);
  const found = kind & PF.WRITE ? write(machine, gva) : machine.do(cpu.read64(gva)).toString();
  machine.partition.setCpl(0, 0);
  if (!cpu.fault) return found;
  expect(cpu.pageFault?.address).toBe(gva);
  return `fault ${cpu.pageFault?.code}`;
}

/** A store of a mark, which is then looked for: the page that holds it is the one that was reached. Everything is put back. */
function write(machine: TranslatingMachine, gva: number): string {
  const { u32 } = machine.partition.memory;
  machine.do(machine.cpu.write32(gva, 0xdead_beef));
  if (machine.cpu.fault) return '';
  for (let page = 0; page < 4 * MIB; page += 0x1000) {
    if (u32[page / 4] !== 0xdead_beef) continue;
    u32[page / 4] = page;
    return `${page}`;
  }
  return 'nowhere';
}

function numberPages(machine: TranslatingMachine): void {
  for (let page = 0; page < 4 * MIB; page += 0x1000) machine.partition.memory.write64(page, BigInt(page));
}

/** Bits of an entry as a careless kernel sets them. */
function randomBits(rng: Rng): number {
  let bits = below(rng, 8) === 0 ? 0 : PTE.PRESENT;
  for (const bit of [PTE.WRITABLE, PTE.USER, PTE.ACCESSED, PTE.DIRTY, PTE.GLOBAL])
    if (below(rng, 3) > 0) bits |= bit;
  return bits;
}

/** An entry: mostly fine, sometimes with a reserved bit, sometimes for no memory. */
function randomEntry(rng: Rng, large: boolean): bigint {
  const size = large ? LARGE_PAGE : 0x1000;
  let entry = pageTableEntry(below(rng, (4 * MIB) / size) * size, randomBits(rng) | (large ? PTE.LARGE : 0));
  if (below(rng, 12) === 0) entry |= 1n << BigInt(36 + below(rng, 16));
  if (below(rng, 4) === 0) entry |= PTE_NX;
  if (large && below(rng, 8) === 0) entry |= 1n << BigInt(13 + below(rng, 8));
  return entry;
}

const KINDS = [0, PF.WRITE, PF.USER, PF.WRITE | PF.USER];

describe.each(WAYS)('$name', (way) => {
  it('gives the result of a plain walk for random tables', () => {
    let faults = 0;
    let reached = 0;
    for (let run = 0; run < RUNS; run++) {
      const rng = new Streams(run).stream('tables');
      const machine = new TranslatingMachine(way);
      numberPages(machine);
      for (const gva of PAGES) {
        const large = gva === 0x8000_0000;
        machine.setEntry(machine.space.entryAddress(gva, large ? 2 : 1), randomEntry(rng, large));
        // Rights of the tables above count, too.
        const above = machine.space.entryAddress(gva, 3);
        if (below(rng, 3) === 0)
          machine.setEntry(
            above,
            machine.partition.memory.read64(above) & ~BigInt(below(rng, 2) ? PTE.WRITABLE : PTE.USER),
          );
      }
      machine.do(machine.cpu.toggleGlobal());
      for (let i = 0; i < 30; i++) {
        const gva = PAGES[below(rng, PAGES.length)];
        const kind = KINDS[below(rng, KINDS.length)];
        const want = reference(machine, gva, kind);
        expect(access(machine, gva, kind), `run ${run} access ${i} at ${gva.toString(16)} kind ${kind}`).toBe(
          want,
        );
        if (want.startsWith('fault')) faults++;
        else reached++;
      }
    }
    expect(faults).toBeGreaterThan(60);
    expect(reached).toBeGreaterThan(60);
  });

  it('marks pages as the architecture does', () => {
    const machine = new TranslatingMachine(way);
    const at = machine.space.entryAddress(0x40_0000);
    const entry = (): number => Number(machine.partition.memory.read64(at) & 0xfffn);
    machine.setEntry(at, pageTableEntry(0x1000, PTE.PRESENT | PTE.WRITABLE));
    machine.do(machine.cpu.read32(0x40_0000));
    expect(entry()).toBe(PTE.PRESENT | PTE.WRITABLE | PTE.ACCESSED);
    machine.do(machine.cpu.write32(0x40_0000, 1));
    expect(entry()).toBe(PTE.PRESENT | PTE.WRITABLE | PTE.ACCESSED | PTE.DIRTY);
  });

  it('uses stale translations at most until they are flushed', () => {
    let stale = 0;
    for (let run = 0; run < RUNS; run++) {
      const rng = new Streams(run).stream('stale');
      const machine = new TranslatingMachine(way);
      numberPages(machine);
      const allowed = new Map<number, Set<string>>();
      const gvas = PAGES.filter((gva) => gva !== 0x8000_0000);
      const now = (gva: number): string => reference(machine, gva, 0);
      const flushed = (gva: number): unknown => allowed.set(gva, new Set([now(gva)]));
      for (const gva of gvas) flushed(gva);
      for (let step = 0; step < 60; step++) {
        const gva = gvas[below(rng, gvas.length)];
        const global =
          (machine.partition.memory.read64(machine.space.entryAddress(gva)) & BigInt(PTE.GLOBAL)) !== 0n;
        switch (below(rng, 6)) {
          case 0:
          case 1: {
            // No global pages among those that CR3 is to flush: what was global once may stay.
            const entry = randomEntry(rng, false) & ~BigInt(PTE.GLOBAL);
            machine.setEntry(machine.space.entryAddress(gva), entry);
            // A fault is never cached: only translations that worked may come back.
            const kept = [...(allowed.get(gva) ?? [])].filter((one) => !one.startsWith('fault'));
            allowed.set(gva, new Set([...kept, now(gva)]));
            break;
          }
          case 2:
            machine.do(machine.cpu.invlpg(gva));
            flushed(gva);
            break;
          case 3:
            if (below(rng, 2)) machine.do(machine.cpu.movCr3(machine.space.cr3));
            else machine.do(machine.cpu.toggleGlobal());
            for (const page of gvas) flushed(page);
            break;
          default: {
            const got = access(machine, gva, 0);
            expect([...(allowed.get(gva) ?? [])], `run ${run} step ${step} at ${gva.toString(16)}`).toContain(
              got,
            );
            if (got !== now(gva)) stale++;
            expect(global).toBe(false);
          }
        }
      }
    }
    // A shadow that follows every store has nothing stale; all others show that the test can tell.
    if (way.options?.policy === 'traced') expect(stale).toBe(0);
    else expect(stale).toBeGreaterThan(0);
  });

  it('keeps global pages over MOV CR3, and not over INVLPG or a toggle of CR4.PGE', () => {
    const machine = new TranslatingMachine(way);
    numberPages(machine);
    const at = machine.space.entryAddress(0x40_0000);
    const map = (gpa: number): void => machine.setEntry(at, pageTableEntry(gpa, KERNEL_PAGE | PTE.GLOBAL));
    const read = (): number => Number(machine.do(machine.cpu.read64(0x40_0000)));
    map(0x1000);
    expect(read()).toBe(0x1000);
    map(0x2000);
    machine.do(machine.cpu.movCr3(machine.space.cr3));
    // It may be gone: tables that are traced follow the store, and a full shadow forgets.
    expect([0x1000, 0x2000]).toContain(read());
    machine.do(machine.cpu.invlpg(0x40_0000));
    expect(read()).toBe(0x2000);
    map(0x3000);
    machine.do(machine.cpu.toggleGlobal());
    expect(read()).toBe(0x3000);
  });

  it('flushes the whole of a large page by INVLPG of any address in it', () => {
    const machine = new TranslatingMachine(way);
    numberPages(machine);
    const at = machine.space.entryAddress(0x8000_0000, 2);
    const map = (gpa: number): void => machine.setEntry(at, pageTableEntry(gpa, KERNEL_PAGE | PTE.LARGE));
    const read = (gva: number): number => Number(machine.do(machine.cpu.read64(gva)));
    map(0);
    expect(read(0x8000_1000)).toBe(0x1000);
    expect(read(0x8000_5000)).toBe(0x5000);
    map(LARGE_PAGE);
    machine.do(machine.cpu.invlpg(0x8010_0000));
    expect(read(0x8000_1000)).toBe(LARGE_PAGE + 0x1000);
    expect(read(0x8000_5000)).toBe(LARGE_PAGE + 0x5000);
  });

  it('answers tables that loop, or lie where no memory is, and goes on', () => {
    const machine = new TranslatingMachine(way);
    const { memory } = machine.partition;
    const root = machine.space.cr3;
    // Every level is the root itself: a legal page that shows the root, and ends at its fourth entry.
    memory.write64(root, pageTableEntry(root, KERNEL_PAGE));
    expect(machine.do(machine.cpu.read64(0))).toBe(memory.read64(root));
    // The table of the next level is beyond memory: all ones, so a reserved bit is set.
    memory.write64(root + 8, pageTableEntry(0xf_0000_0000, KERNEL_PAGE));
    expect(access(machine, 0x80_0000_0000, 0)).toBe(`fault ${PF.PRESENT | PF.RESERVED}`);
    expect(access(machine, 0x80_0000_0000, PF.WRITE)).toBe(`fault ${PF.PRESENT | PF.RESERVED | PF.WRITE}`);
    // The root itself is beyond memory.
    const lost = new TranslatingMachine(way);
    lost.do(lost.cpu.movCr3(0xf_0000_0000));
    expect(access(lost, DIRECT_MAP, 0)).toBe(`fault ${PF.PRESENT | PF.RESERVED}`);
    lost.do(lost.cpu.movCr3(lost.space.cr3));
    expect(lost.do(lost.cpu.read64(DIRECT_MAP))).toBe(0n);
  });

  it('refuses a CR3 with reserved bits', () => {
    const machine = new TranslatingMachine(way);
    for (const bad of [0x1, 0x80, 2 ** 36, 2 ** 40]) {
      machine.do(machine.cpu.movCr3(bad));
      expect(machine.cpu.fault).toBe('#GP');
    }
    machine.do(machine.cpu.movCr3(machine.space.cr3 | PTE.CACHE_DISABLE));
    expect(machine.cpu.fault).toBeUndefined();
    expect(machine.partition.mmu.cr3(machine.cpu.vp)).toBe(machine.space.cr3);
  });

  it('reaches a device behind a page by one exit to it', () => {
    const machine = new TranslatingMachine(way);
    const written: number[] = [];
    machine.partition.io.claimMmio(0xd000_0000, 0x1000, 'mmio-worker', {
      read: (gpa) => gpa & 0xfff,
      write: (gpa, _width, value) => written.push(gpa & 0xfff, value),
    });
    machine.space.map(0x40_0000, 0xd000_0000);
    expect(machine.do(machine.cpu.read32(0x40_0010))).toBe(0x10);
    machine.do(machine.cpu.write32(0x40_0020, 7));
    expect(written).toEqual([0x20, 7]);
    expect(machine.partition.counters.passed('mmio-worker')).toBe(2);
  });

  it('lets a program on another processor find what the first has stored', () => {
    const machine = new TranslatingMachine(way, { vps: 2 });
    const other = new AddressSpace(machine.partition.memory, machine.pages);
    other.mapMemory();
    other.map(0x1234_5000, 0x3000);
    machine.space.map(0x40_0000, 0x3000);
    const [first, second] = machine.cpus;
    machine.do(second.movCr3(other.cr3), second);
    machine.do(first.write64(0x40_0008, 0x1122_3344_5566_7788n));
    expect(machine.do(second.read64(0x1234_5008), second)).toBe(0x1122_3344_5566_7788n);
  });
});
