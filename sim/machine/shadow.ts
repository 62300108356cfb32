/**
 * Shadow page tables, for processors without second-level translation: the hypervisor keeps tables of its own for each address space of
 * the guest, from linear addresses straight to memory, and the processor walks those. They are a large TLB in software: filled at the
 * first touch of a page (a page fault that exits), flushed when the guest flushes (INVLPG and MOV CR3 exit), limited in size.
 *
 * Source: TLFS 2.0 chapter 12 ("virtual TLB") and its counters in appendix J. How Hyper-V of 2008 arranged its tables was never
 * published. Its counters tell that it intercepted stores to page tables, the TLFS tells that the switch by hypercall flushes nothing;
 * both policies are here.
 */
import { LARGE_PAGE, PF, SMALL_PAGE } from '../wire/page-tables.ts';
import type { CostProfile } from './costs.ts';
import type { GuestMemory } from './memory.ts';
import { newMemoryCounts } from './memory-counts.ts';
import type { ControlInstruction, MemoryManagement, PagingOptions } from './memory-management.ts';
import { AGAIN, FAULTED, INTERCEPTED } from './memory-management.ts';
import { markWalk, WALKED, Walk, walkTables } from './paging.ts';
import type { ProcessorTlbs } from './processor-tlbs.ts';
import { ROUTE } from './routes.ts';
import type { ShadowEntry } from './shadow-space.ts';
import { ShadowSpace } from './shadow-space.ts';
import { tlbFlags } from './slat.ts';
import { allows, TLB_FLAG } from './tlb.ts';
import { TracedTables } from './traced-tables.ts';
import type { Vp } from './vp.ts';

/** Pages for shadow tables unless told otherwise: 16 MiB. Assumed; the property exists ("Virtual TLB page count"), its default is not known. */
const SHADOW_PAGES = 4096;
const EXITS: Readonly<Record<ControlInstruction, number>> = {
  cr3: ROUTE['shadow-cr'],
  cr4: ROUTE['shadow-cr'],
  invlpg: ROUTE['shadow-invlpg'],
};

/** A root and three tables beneath it: without room for one entry a guest would never get on. */
const ROOM_FOR_ONE = 4;

/** What the hypervisor keeps for one VP: its address spaces by CR3, and the translations that all of them share. */
interface Shadowed {
  cr3: number;
  readonly spaces: Map<number, ShadowSpace>;
  readonly globals: ShadowSpace;
}

export class Shadow implements MemoryManagement {
  readonly kind = 'shadow';
  readonly counts = newMemoryCounts();
  faultCode = 0;
  intercept: number = ROUTE['shadow-fill'];
  private readonly memory: GuestMemory;
  private readonly tlbs: ProcessorTlbs;
  private readonly vps: readonly Shadowed[];
  private readonly traced: TracedTables | undefined;
  private readonly limit: number;
  private readonly dropCycles: number;
  private readonly walk = new Walk();
  private uses = 0;

  constructor(
    memory: GuestMemory,
    costs: CostProfile,
    tlbs: ProcessorTlbs,
    vps: number,
    options: PagingOptions,
  ) {
    this.memory = memory;
    this.tlbs = tlbs;
    this.traced = options.policy === 'traced' ? new TracedTables() : undefined;
    this.limit = Math.max(options.shadowPages ?? SHADOW_PAGES, 2 * vps + ROOM_FOR_ONE);
    this.dropCycles = costs.cost('shadow.drop');
    this.vps = Array.from({ length: vps }, () => ({
      cr3: 0,
      spaces: new Map([[0, new ShadowSpace()]]),
      globals: new ShadowSpace(),
    }));
    this.counts.virtualTlbPages = 2 * vps;
  }

  translate(vp: Vp, gva: number, access: number): number {
    this.counts.accesses++;
    const cached = this.tlbs.of(vp).lookup(gva, this.tlbs.tag, access);
    return cached >= 0 ? cached : this.miss(vp, gva, access);
  }

  /** The processor walks the shadow tables; without a usable entry it is a page fault, which exits. */
  private miss(vp: Vp, gva: number, access: number): number {
    const entry = this.find(vp, gva);
    const references = entry?.large ? 3 : 4;
    this.counts.tlbMisses++;
    this.counts.walkReferences += references;
    vp.spend('walk.1d', references / 4);
    if (entry) {
      const gpa = entry.frame + (gva % (entry.large ? LARGE_PAGE : SMALL_PAGE));
      const flags = this.traced?.has(gpa) ? entry.flags & ~TLB_FLAG.WRITABLE : entry.flags;
      if (allows(flags, access)) {
        this.cache(vp, gva, gpa, entry, flags);
        return gpa;
      }
    }
    return this.pageFault(vp, gva, access);
  }

  /** What the page fault will turn out to be, which decides its route. Nothing is changed before the exit is served. */
  private pageFault(vp: Vp, gva: number, access: number): number {
    const { walk } = this;
    const code = walkTables(this.memory, this.vps[vp.index].cr3, gva, access, walk);
    if (code !== WALKED) {
      this.intercept = ROUTE['shadow-reflect'];
      return INTERCEPTED;
    }
    const gpa = addressIn(walk, gva);
    if (gpa >= this.memory.size) {
      markWalk(this.memory, walk, access);
      this.counts.pageFaultIntercepts++;
      return gpa;
    }
    const toTable = (access & PF.WRITE) !== 0 && this.traced?.has(gpa);
    this.intercept = toTable ? ROUTE['shadow-write'] : ROUTE['shadow-fill'];
    return INTERCEPTED;
  }

  serve(vp: Vp, gva: number, access: number): number {
    const { walk, counts, memory } = this;
    counts.pageFaultIntercepts++;
    const code = walkTables(memory, this.vps[vp.index].cr3, gva, access, walk);
    if (code !== WALKED) {
      counts.reflectedGuestPageFaults++;
      this.faultCode = code;
      return FAULTED;
    }
    markWalk(memory, walk, access);
    const gpa = addressIn(walk, gva);
    if (gpa >= memory.size) return gpa;
    if ((access & PF.WRITE) !== 0 && this.traced?.has(gpa)) {
      counts.pageTableWriteIntercepts++;
      this.traced.stored(gpa, (owner, space, first, count) => this.dropIn(owner, space, first, count));
      return gpa;
    }
    this.fill(vp, gva);
    return AGAIN;
  }

  exitOf(instruction: ControlInstruction): number {
    return EXITS[instruction];
  }

  cr3(vp: Vp): number {
    return this.vps[vp.index].cr3;
  }

  loadCr3(vp: Vp, cr3: number): void {
    this.counts.controlRegisterAccesses++;
    if (!this.traced) this.dropSpaces(vp);
    this.switchAddressSpace(vp, cr3);
  }

  switchAddressSpace(vp: Vp, cr3: number): void {
    const mine = this.vps[vp.index];
    this.counts.addressSpaceSwitches++;
    mine.cr3 = cr3;
    let space = mine.spaces.get(cr3);
    if (space) mine.spaces.delete(cr3);
    else {
      space = new ShadowSpace();
      this.grow(1);
    }
    // Behind all others: the map is in the order of last use.
    mine.spaces.set(cr3, space);
    space.used = ++this.uses;
    this.tlbs.of(vp).dropAll();
  }

  invalidate(vp: Vp, gva: number): void {
    this.counts.pageInvalidations++;
    const { cr3 } = this.vps[vp.index];
    this.flushRange(vp, cr3, gva, 1);
  }

  flushAll(vp: Vp): void {
    this.counts.controlRegisterAccesses++;
    this.flushSpace(vp, undefined, true);
  }

  flushSpace(vp: Vp, cr3: number | undefined, globals: boolean): number {
    const mine = this.vps[vp.index];
    if (cr3 === undefined) this.dropSpaces(vp);
    else this.clear(mine.spaces.get(cr3));
    if (globals) this.clear(mine.globals);
    if (cr3 === undefined && globals) this.counts.addressDomainFlushes++;
    else this.counts.addressSpaceFlushes++;
    if (globals || cr3 === undefined || cr3 === mine.cr3) this.tlbs.of(vp).dropAll();
    return this.dropCycles;
  }

  flushRange(vp: Vp, cr3: number | undefined, gva: number, pages: number): number {
    const { spaces, globals } = this.vps[vp.index];
    const named = cr3 === undefined ? [...spaces.values()] : [spaces.get(cr3)];
    let dropped = 0;
    for (const space of [...named, globals])
      if (space) dropped += this.dropIn(vp.index, space, Math.floor(gva / SMALL_PAGE), pages);
    return (1 + dropped) * this.dropCycles;
  }

  private find(vp: Vp, gva: number): ShadowEntry | undefined {
    const { spaces, cr3, globals } = this.vps[vp.index];
    return spaces.get(cr3)?.find(gva) ?? globals.find(gva);
  }

  /** Into the hardware TLB. A large page with a protected page in it goes there in pieces, each with its own rights. */
  private cache(vp: Vp, gva: number, gpa: number, entry: ShadowEntry, flags: number): void {
    const whole = entry.large && !this.traced?.hasWithin(entry.frame);
    const frame = whole ? entry.frame : gpa - (gpa % SMALL_PAGE);
    const piece = entry.large && !whole ? TLB_FLAG.FRAGMENT : 0;
    this.tlbs.of(vp).insert(gva, whole, this.tlbs.tag, frame, flags | piece);
  }

  private fill(vp: Vp, gva: number): void {
    const { walk, counts } = this;
    const mine = this.vps[vp.index];
    const flags = tlbFlags(walk);
    const { large, frame } = walk;
    const space = (flags & TLB_FLAG.GLOBAL) !== 0 ? mine.globals : (mine.spaces.get(mine.cr3) as ShadowSpace);
    if (this.traced?.walked(walk, gva, vp.index, space)) this.tlbs.dropAll();
    if (large) counts.largePageTlbFills++;
    else counts.smallPageTlbFills++;
    this.grow(space.insert(gva, { frame, flags, large }));
  }

  /** Accounts for new pages. When there are too many, the space that was current longest ago is given up; at the very last, all entries. */
  private grow(pages: number): void {
    this.counts.virtualTlbPages += pages;
    while (this.counts.virtualTlbPages > this.limit) {
      this.counts.addressSpaceEvictions++;
      if (this.evict()) continue;
      for (const { globals, spaces } of this.vps)
        for (const space of [globals, ...spaces.values()]) this.clear(space);
      this.tlbs.dropAll();
      return;
    }
  }

  /** Gives up one space that is current nowhere. False when there is none. */
  private evict(): boolean {
    let owner: Shadowed | undefined;
    let victim: number | undefined;
    let oldest = Infinity;
    for (const shadowed of this.vps) {
      const cr3 = firstOther(shadowed.spaces, shadowed.cr3);
      const used = cr3 === undefined ? Infinity : (shadowed.spaces.get(cr3)?.used ?? Infinity);
      if (used < oldest) [owner, victim, oldest] = [shadowed, cr3, used];
    }
    if (!owner || victim === undefined) return false;
    this.remove(owner, victim);
    return true;
  }

  private remove(owner: Shadowed, cr3: number): void {
    this.clear(owner.spaces.get(cr3));
    owner.spaces.delete(cr3);
    this.counts.virtualTlbPages--;
  }

  /** Forgets every address space of a processor but the current one, which it empties. */
  private dropSpaces(vp: Vp): void {
    const mine = this.vps[vp.index];
    for (const cr3 of mine.spaces.keys()) {
      if (cr3 !== mine.cr3) this.remove(mine, cr3);
      else this.clear(mine.spaces.get(cr3));
    }
  }

  private clear(space: ShadowSpace | undefined): void {
    if (!space) return;
    this.traced?.forget(space);
    this.counts.virtualTlbPages -= space.clear();
  }

  /** Drops small pages of a space, and what the processor's TLB holds of them. How many shadow entries there were. */
  private dropIn(vp: number, space: ShadowSpace, first: number, count: number): number {
    const tlb = this.tlbs.at(vp);
    if (count > PAGES_ONE_BY_ONE) tlb.dropAll();
    else for (let page = first; page < first + count; page++) tlb.drop(page * SMALL_PAGE, this.tlbs.tag);
    return space.drop(first, count);
  }
}

/** The space used longest ago that is not the current one. */
function firstOther(spaces: ReadonlyMap<number, ShadowSpace>, current: number): number | undefined {
  for (const cr3 of spaces.keys()) if (cr3 !== current) return cr3;
  return undefined;
}

/** More pages than this: the whole hardware TLB is dropped. */
const PAGES_ONE_BY_ONE = 32;

/** Guest-physical address that a walk found for `gva`. */
const addressIn = (walk: Walk, gva: number): number =>
  walk.frame + (gva % (walk.large ? LARGE_PAGE : SMALL_PAGE));
