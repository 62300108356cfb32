/**
 * Loads, stores and control registers of a processor that translates addresses: what exits takes its route, is charged and traced, and is
 * executed again afterwards, as a real processor does.
 *
 * A store through the MMU is all a guest has to change its page tables; the hypervisor under shadow tables sees exactly those stores.
 * A device register is 32 bits wide: of a 64-bit access the upper half reads as ones and is not stored.
 */
import type { Trace, TraceKind } from '../core/trace.ts';
import { traceKind } from '../core/trace.ts';
import { addressSpaceId, PF, SMALL_PAGE, validCr3 } from '../wire/page-tables.ts';
import type { ExitPath } from './exit-path.ts';
import type { ControlInstruction, MemoryManagement } from './memory-management.ts';
import { AGAIN, FAULTED, INTERCEPTED, NO_EXIT } from './memory-management.ts';
import type { Partition } from './partition.ts';
import { ROUTE, ROUTE_IDS } from './routes.ts';
import type { Vp } from './vp.ts';

/** Trace kinds of memory management. */
export const MEMORY_KINDS = {
  fill: traceKind('shadow.fill', ['gva', 'fault'], 'first touch of a page under shadow tables'),
  reflect: traceKind(
    'shadow.reflect',
    ['gva', 'fault'],
    'a page fault that is the guest’s own; fault is its error code',
  ),
  write: traceKind('shadow.write', ['gva', 'fault'], 'a store to a page table that is shadowed'),
  invlpg: traceKind('shadow.invlpg', ['gva'], 'INVLPG exits'),
  cr3: traceKind('shadow.cr3', ['cr3'], 'MOV CR3 exits'),
  cr4: traceKind('shadow.cr4', [], 'MOV CR4 exits'),
  flush: traceKind('tlb.flush', ['value'], 'INVLPG, MOV CR3 or MOV CR4 where nothing of it exits'),
  violation: traceKind('slat.violation', ['gva', 'fault'], 'the walk met an address without memory'),
} as const;

/** A page fault as the guest gets it. */
export interface PageFault {
  /** CR2. */
  readonly address: number;
  /** Bits of PF. */
  readonly code: number;
}

/** What the instruction asks for. */
export type MemoryOp = 'read' | 'write' | 'cr3' | 'cr4' | 'invlpg';
export const MEMORY_OPS: readonly MemoryOp[] = ['read', 'write', 'cr3', 'cr4', 'invlpg'];
/** Numbers of the operations, for the instruction that carries them. */
export const MEMORY_OP = Object.fromEntries(MEMORY_OPS.map((op, index) => [op, index])) as Readonly<
  Record<MemoryOp, number>
>;

/** Outcome of {@link MemoryExits.execute}. */
export const MEMORY_OUTCOME = { DONE: 0, AGAIN: 1, GENERAL_PROTECTION: 2, PAGE_FAULT: 3 } as const;
const { DONE, AGAIN: REPEAT, GENERAL_PROTECTION, PAGE_FAULT } = MEMORY_OUTCOME;

const UPPER_ONES = 0xffff_ffff_0000_0000n;

export class MemoryExits {
  /** What the last load read. A device of 32 bits leaves ones in the upper half. */
  low = 0;
  wide = 0n;
  /** The last page fault. */
  pageFault: PageFault = { address: 0, code: 0 };
  private readonly partition: Partition;
  private readonly mmu: MemoryManagement;
  private readonly path: ExitPath;
  private readonly trace: Trace;
  private readonly kinds: Record<keyof typeof MEMORY_KINDS, number>;
  private readonly kindOfRoute: readonly number[];
  private readonly accessCycles: number;
  /** What an exit that waits for its turn had found, by VP: a route to serve, or the address of a device. */
  private readonly waiting: { route: number; gpa: number }[];

  constructor(partition: Partition, mmu: MemoryManagement, path: ExitPath) {
    this.partition = partition;
    this.mmu = mmu;
    this.path = path;
    this.trace = partition.trace;
    // Without translation nothing here is ever traced, and the kinds of a trace stay what they were.
    const number = (kind: TraceKind): number => (mmu.kind === 'none' ? 0 : this.trace.kind(kind));
    const entries = Object.entries(MEMORY_KINDS).map(([name, kind]) => [name, number(kind)]);
    this.kinds = Object.fromEntries(entries) as Record<keyof typeof MEMORY_KINDS, number>;
    this.kindOfRoute = ROUTE_IDS.map((id) => this.kindOf(ROUTE[id]));
    this.accessCycles = mmu.kind === 'none' ? 0 : partition.costs.cost('mem.access');
    this.waiting = partition.vps.map(() => ({ route: NO_EXIT, gpa: NO_EXIT }));
  }

  /**
   * One go at an instruction. `a` is the address, or the value of a control register; `width` 4 or 8 bytes; `low` and `high` what is stored.
   * After REPEAT it is to be executed again once it is its turn; with `vp.arriving` set nothing has happened yet.
   */
  execute(vp: Vp, op: number, a: number, width: number, low: number, high: number): number {
    switch (op) {
      case MEMORY_OP.read:
        return this.access(vp, a, width, 0, low, high);
      case MEMORY_OP.write:
        return this.access(vp, a, width, PF.WRITE, low, high);
      default:
        return this.control(vp, op, a);
    }
  }

  private access(vp: Vp, gva: number, width: number, write: number, low: number, high: number): number {
    // An access that crosses a page is two on real processors; here it is the guest's mistake.
    if ((gva % SMALL_PAGE) + width > SMALL_PAGE) return GENERAL_PROTECTION;
    const access = write | (vp.cpl === 3 ? PF.USER : 0);
    const waiting = this.waiting[vp.index];
    let gpa = waiting.gpa;
    if (!vp.arriving) {
      vp.elapse(this.accessCycles);
      gpa = this.mmu.translate(vp, gva, access);
      waiting.route = gpa === INTERCEPTED ? this.mmu.intercept : NO_EXIT;
      waiting.gpa = gpa;
      if (gpa === FAULTED) return this.fault(gva);
    }
    if (gpa !== INTERCEPTED) return this.reach(vp, gpa, width, write, low, high);
    if (!this.path.enter(vp, waiting.route)) return REPEAT;
    const served = this.mmu.serve(vp, gva, access);
    const code = served === FAULTED ? this.mmu.faultCode : 0;
    const outcome = served >= 0 ? this.reach(vp, served, width, write, low, high) : DONE;
    this.path.leave(vp, waiting.route, this.kindOfRoute[waiting.route], gva, code);
    if (served === FAULTED) return this.fault(gva);
    return served === AGAIN ? REPEAT : outcome;
  }

  /** The bytes at a guest-physical address: memory, or a device. */
  private reach(vp: Vp, gpa: number, width: number, write: number, low: number, high: number): number {
    const { memory } = this.partition;
    if (gpa + width > memory.size) {
      if (write) this.partition.mmioWrite(vp.index, gpa, 4, low >>> 0);
      else this.low = this.partition.mmioRead(vp.index, gpa, 4);
      this.wide = UPPER_ONES | BigInt(this.low);
      return vp.arriving ? REPEAT : DONE;
    }
    if (!write) {
      if (width === 8) this.wide = memory.view.getBigUint64(gpa, true);
      else this.low = memory.view.getUint32(gpa, true);
      return DONE;
    }
    // The one page that a guest may not write is the hypercall page (TLFS, "Establishing the hypercall interface": #GP).
    if (!memory.writable(gpa, width)) return GENERAL_PROTECTION;
    memory.view.setUint32(gpa, low, true);
    if (width === 8) memory.view.setUint32(gpa + 4, high, true);
    return DONE;
  }

  private control(vp: Vp, op: number, value: number): number {
    const name = MEMORY_OPS[op] as ControlInstruction;
    if (name === 'cr3' && !validCr3(value)) return GENERAL_PROTECTION;
    const route = this.mmu.exitOf(name);
    if (route === NO_EXIT) this.withoutExit(vp, name, value);
    else {
      if (!this.path.enter(vp, route)) return REPEAT;
      this.apply(vp, name, value);
      this.path.leave(vp, route, this.kinds[name], value, 0);
    }
    return DONE;
  }

  private withoutExit(vp: Vp, name: ControlInstruction, value: number): void {
    const from = vp.now;
    this.apply(vp, name, value);
    if (this.mmu.kind !== 'none') this.trace.span(this.kinds.flush, from, vp.now, vp.who, value, 0);
  }

  private apply(vp: Vp, name: ControlInstruction, value: number): void {
    if (name === 'cr3') this.mmu.loadCr3(vp, addressSpaceId(value));
    else if (name === 'cr4') this.mmu.flushAll(vp);
    else this.mmu.invalidate(vp, value);
  }

  private fault(address: number): number {
    this.pageFault = { address, code: this.mmu.faultCode };
    this.partition.counters.tally('faults');
    return PAGE_FAULT;
  }

  private kindOf(route: number): number {
    if (route === ROUTE['shadow-reflect']) return this.kinds.reflect;
    if (route === ROUTE['shadow-write']) return this.kinds.write;
    return route === ROUTE['slat-violation'] ? this.kinds.violation : this.kinds.fill;
  }
}
