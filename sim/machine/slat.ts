/**
 * Second-level address translation (EPT, NPT): the processor walks the guest's tables, and for each address that it finds there the
 * hypervisor's own, in one go. The guest's INVLPG, MOV CR3 and page faults are its own business; only an address behind which there is
 * no memory exits.
 *
 * A walk makes up to 24 references: four entries of the guest, each found by four of the second level, and four more for the page itself.
 * Where the second level maps 2 MiB at once it has three steps instead of four.
 */
import { LARGE_PAGE, PF, PTE, SMALL_PAGE } from '../wire/page-tables.ts';
import type { CostProfile } from './costs.ts';
import type { GuestMemory } from './memory.ts';
import { newMemoryCounts } from './memory-counts.ts';
import type { ControlInstruction, MemoryManagement, PagingOptions } from './memory-management.ts';
import { FAULTED, INTERCEPTED, NO_EXIT } from './memory-management.ts';
import { markWalk, WALKED, Walk, walkTables } from './paging.ts';
import type { ProcessorTlbs } from './processor-tlbs.ts';
import { ROUTE } from './routes.ts';
import { TLB_FLAG } from './tlb.ts';
import type { Vp } from './vp.ts';

/** References of a full two-dimensional walk: what its cost is quoted for. */
const FULL_WALK = 24;
/** More pages than this in a range: the hypervisor flushes the guest's whole tag (Linux: `tlb_single_page_flush_ceiling`). Assumed. */
const SINGLE_PAGES = 33;

/** Steps of a walk of the second level to the memory behind a guest-physical address. */
class SecondLevel {
  private readonly largeEnd: number;

  constructor(memory: GuestMemory, large: boolean) {
    this.largeEnd = large ? memory.size - (memory.size % LARGE_PAGE) : 0;
  }

  isLarge(gpa: number): boolean {
    return gpa < this.largeEnd;
  }

  steps(gpa: number): number {
    return gpa < this.largeEnd ? 3 : 4;
  }
}

export class Slat implements MemoryManagement {
  readonly kind = 'slat';
  readonly counts = newMemoryCounts();
  faultCode = 0;
  readonly intercept = ROUTE['slat-violation'];
  private readonly memory: GuestMemory;
  private readonly tlbs: ProcessorTlbs;
  private readonly second: SecondLevel;
  private readonly roots: number[];
  private readonly walk = new Walk();
  private readonly invlpgCycles: number;
  private readonly flushCycles: number;

  constructor(
    memory: GuestMemory,
    costs: CostProfile,
    tlbs: ProcessorTlbs,
    vps: number,
    options: PagingOptions,
  ) {
    this.memory = memory;
    this.tlbs = tlbs;
    this.second = new SecondLevel(memory, options.largeSecondLevel ?? true);
    this.roots = new Array(vps).fill(0);
    this.invlpgCycles = costs.cost('tlb.invlpg');
    this.flushCycles = costs.cost('tlb.cr3');
  }

  translate(vp: Vp, gva: number, access: number): number {
    this.counts.accesses++;
    const cached = this.tlbs.of(vp).lookup(gva, this.tlbs.tag, access);
    return cached >= 0 ? cached : this.miss(vp, gva, access);
  }

  private miss(vp: Vp, gva: number, access: number): number {
    const { walk, memory } = this;
    const code = walkTables(memory, this.roots[vp.index], gva, access, walk);
    this.charge(vp, code === WALKED);
    if (code !== WALKED) {
      this.faultCode = code;
      return this.walkLeftMemory() ? INTERCEPTED : FAULTED;
    }
    markWalk(memory, walk, access);
    const gpa = walk.frame + (gva % (walk.large ? LARGE_PAGE : SMALL_PAGE));
    if (gpa >= memory.size) this.counts.nestedPageFaultIntercepts++;
    else this.fill(vp, gva, gpa);
    return gpa;
  }

  /** References of the walk in the guest's tables, and for each the steps of the second level; then those for the page. */
  private charge(vp: Vp, found: boolean): void {
    const { walk, second, counts } = this;
    let nested = found ? second.steps(walk.frame) : 0;
    for (let step = 0; step < walk.references; step++) nested += second.steps(walk.entries[step]);
    counts.tlbMisses++;
    counts.walkReferences += walk.references;
    counts.nestedReferences += nested;
    vp.spend('walk.2d', (walk.references + nested) / FULL_WALK);
  }

  /** The last table read is no memory: the second level has no entry for it. */
  private walkLeftMemory(): boolean {
    return this.walk.entries[this.walk.references - 1] >= this.memory.size;
  }

  /** A large page stays one only where the second level maps it as one. */
  private fill(vp: Vp, gva: number, gpa: number): void {
    const { walk } = this;
    const large = walk.large && this.second.isLarge(walk.frame);
    const frame = large ? walk.frame : gpa - (gpa % SMALL_PAGE);
    const piece = walk.large && !large ? TLB_FLAG.FRAGMENT : 0;
    this.tlbs.of(vp).insert(gva, large, this.tlbs.tag, frame, tlbFlags(walk) | piece);
  }

  /** The hypervisor finds nothing there either: the guest reads all ones, and its page fault says that a reserved bit was set. */
  serve(): number {
    this.counts.nestedPageFaultIntercepts++;
    return FAULTED;
  }

  exitOf(_instruction: ControlInstruction): number {
    return NO_EXIT;
  }

  cr3(vp: Vp): number {
    return this.roots[vp.index];
  }

  loadCr3(vp: Vp, cr3: number): void {
    vp.elapse(this.flushCycles);
    this.switchAddressSpace(vp, cr3);
  }

  /** Entries of two address spaces would have the same tag. So this flushes what the TLFS would let stay: the call buys nothing here. */
  switchAddressSpace(vp: Vp, cr3: number): void {
    this.counts.addressSpaceSwitches++;
    this.roots[vp.index] = cr3;
    this.tlbs.of(vp).dropTag(this.tlbs.tag, false);
  }

  invalidate(vp: Vp, gva: number): void {
    vp.elapse(this.invlpgCycles);
    this.tlbs.of(vp).drop(gva, this.tlbs.tag);
  }

  flushAll(vp: Vp): void {
    vp.elapse(this.flushCycles);
    this.tlbs.of(vp).dropTag(this.tlbs.tag, true);
  }

  /** The TLB holds one address space at a time: with another one there is nothing to do but for global pages. */
  flushSpace(vp: Vp, _cr3: number | undefined, globals: boolean): number {
    this.tlbs.of(vp).dropTag(this.tlbs.tag, globals);
    return this.flushCycles;
  }

  flushRange(vp: Vp, cr3: number | undefined, gva: number, pages: number): number {
    if (pages > SINGLE_PAGES) return this.flushSpace(vp, cr3, true);
    const tlb = this.tlbs.of(vp);
    for (let page = 0; page < pages; page++) tlb.drop(gva + page * SMALL_PAGE, this.tlbs.tag);
    return pages * this.invlpgCycles;
  }
}

/** What a walk found, as flags of a TLB entry. */
export function tlbFlags(walk: Walk): number {
  const dirty = walk.dirty ? TLB_FLAG.DIRTY : 0;
  const noExecute = walk.executable ? 0 : TLB_FLAG.NO_EXECUTE;
  return (walk.bits & (PTE.WRITABLE | PTE.USER | PTE.GLOBAL)) | dirty | noExecute;
}

/** The kinds of access that translation tells apart. */
export const ACCESS = { read: 0, write: PF.WRITE, fetch: PF.FETCH, user: PF.USER } as const;
