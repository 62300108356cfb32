/**
 * The guest of `tlb-flush`: a kernel that changes page table entries, flushes, and uses the pages again, on one processor or with
 * threads of the same process on all of them.
 *
 * Every changed page has three frames of memory in turn, each filled with the number of the round before it is mapped. So whoever reads
 * an older number after a flush has used a stale translation; the run counts that.
 */
import type { Program } from '../core/program.ts';
import { switchByHypercall, switchByMov } from '../enlightenments/address-space-switch.ts';
import type { PageRun } from '../enlightenments/flush-hypercall.ts';
import { flushByHypercall } from '../enlightenments/flush-hypercall.ts';
import { establishHypercalls } from '../enlightenments/hypercall-page.ts';
import { flushByCr3, flushByInvlpg, flushLocalByHypercall } from '../enlightenments/local-tlb-flush.ts';
import type { ShootDownArea } from '../enlightenments/remote-tlb-flush.ts';
import { answerShootDown, flushByInterrupts } from '../enlightenments/remote-tlb-flush.ts';
import { AddressSpace, DIRECT_MAP, KERNEL_PAGE } from '../guest/address-space.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Cpu } from '../machine/cpu.ts';
import { LARGE_PAGE, pageTableEntry, SMALL_PAGE, SMALL_PER_LARGE } from '../wire/page-tables.ts';
import type { FlushParams } from './tlb-flush-run.ts';

const MIB = 0x10_0000;
/** Pages of the kernel in the first two megabytes. */
const HYPERCALL_PAGE = 0x1000;
const REQUESTS = MIB;
const INPUT = 1.5 * MIB;
/** Word that holds the last round whose flush is through. */
const ROUND = 1.75 * MIB;
/** Working set, then the changed pages' frames, then page tables. */
const DATA = 2 * MIB;
/** Linear addresses of the changed pages and of the working set. */
const CHANGED = 0x4000_0000;
const WORKING_SET = 0x8000_0000;
const FRAMES = 3;
const VECTOR = 0xfd;
const GUEST_OS_ID = 0x8100_0000_0000_0000n;
/** A thread on another processor looks at a few pages and then computes for so long; longer where it waits for its turn anyway. */
const THREAD_LOOKS = 8;
const THREAD_COMPUTES = 60_000;
const SHARED_THREAD_COMPUTES = 300_000;

/** Bytes of memory that the guest needs. */
export function memoryFor({ changed, touched, large }: FlushParams): number {
  const working = large ? Math.ceil(touched / SMALL_PER_LARGE) * LARGE_PAGE : touched * SMALL_PAGE;
  const all = DATA + working + FRAMES * changed * SMALL_PAGE + 2 * MIB;
  return Math.ceil(all / LARGE_PAGE) * LARGE_PAGE;
}

/** One process and its kernel. */
export class FlushGuest {
  /** Cycles that each flush, or switch, took; and those of the first use of everything after it. */
  readonly flushes: number[] = [];
  readonly uses: number[] = [];
  /** Reads after a flush that saw what the page was before. */
  stale = 0;
  /** Threads on other processors that have used all pages once. */
  private ready = 0;
  private readonly params: FlushParams;
  private readonly cpus: readonly Cpu[];
  private readonly space: AddressSpace;
  private readonly other: AddressSpace;
  private readonly area: ShootDownArea;
  private readonly frames: number;
  /** Linear addresses of the changed pages. */
  private readonly pages: readonly number[];
  private readonly runs: readonly PageRun[];
  /** Where the entry of each changed page is, as the kernel reaches it. */
  private readonly entries: readonly number[];

  constructor(machine: SmpMachine, params: FlushParams) {
    this.params = params;
    [this.cpus] = machine.cpus;
    const { memory } = this.cpus[0];
    const pages = new PageAllocator(memory, memory.size - 2 * MIB);
    this.frames = memory.size - 2 * MIB - FRAMES * params.changed * SMALL_PAGE;
    this.space = this.newSpace(pages);
    this.other = params.job === 'switch' ? this.newSpace(pages) : this.space;
    this.area = { gva: DIRECT_MAP + REQUESTS, vps: params.vps, vector: VECTOR, method: 'msr' };
    this.pages = this.changedPages();
    this.entries = this.pages.map((gva) => DIRECT_MAP + this.space.entryAddress(gva));
    this.runs = this.changedRuns();
  }

  /** The first processor: brings everything up, waits until the threads have used all pages once, then does the rounds. */
  *main(measure: () => void): Program {
    const [cpu, ...others] = this.cpus;
    yield* establishHypercalls(cpu, HYPERCALL_PAGE, GUEST_OS_ID);
    yield* cpu.movCr3(this.other.cr3);
    yield* this.touch(cpu);
    yield* cpu.movCr3(this.space.cr3);
    yield* this.change(cpu, 0);
    yield* this.use(cpu, 0);
    if (this.params.reach === 'remote') {
      for (const other of others) other.run(this.thread(other));
      while (this.ready < others.length) yield* cpu.compute(THREAD_COMPUTES);
    }
    measure();
    yield* this.rounds();
  }

  /** A thread of the process on another processor: it looks at the pages again and again. */
  private *thread(cpu: Cpu): Program {
    cpu.eoiMethod = 'msr';
    cpu.onVector(VECTOR, () => answerShootDown(cpu, this.area, () => this.space.cr3));
    yield* cpu.movCr3(this.space.cr3);
    yield* this.use(cpu, 0);
    this.ready++;
    const { share, changed } = this.params;
    for (let from = 0; ; from = (from + THREAD_LOOKS) % Math.max(1, changed)) {
      const round = yield* cpu.read32(DIRECT_MAP + ROUND);
      yield* this.look(cpu, round, this.pages.slice(from, from + THREAD_LOOKS));
      yield* cpu.compute(share > 1 ? SHARED_THREAD_COMPUTES : THREAD_COMPUTES);
    }
  }

  /** The rounds, on the first processor. */
  private *rounds(): Program {
    const [cpu] = this.cpus;
    for (let round = 1; round <= this.params.rounds; round++) {
      if (this.params.job === 'switch') yield* this.switchRound(cpu);
      else yield* this.unmapRound(cpu, round);
    }
  }

  private *unmapRound(cpu: Cpu, round: number): Program {
    yield* this.change(cpu, round);
    const from = cpu.now;
    if (this.params.changed > 0 && this.params.how !== 'none') yield* this.flush(cpu);
    const until = cpu.now;
    yield* cpu.write32(DIRECT_MAP + ROUND, round);
    yield* this.use(cpu, round);
    this.flushes.push(until - from);
    this.uses.push(cpu.now - until);
  }

  /** To the other process and back; both use their pages. */
  private *switchRound(cpu: Cpu): Program {
    for (const space of [this.other, this.space]) {
      const from = cpu.now;
      if (this.params.how === 'hypercall') yield* switchByHypercall(cpu, space.cr3);
      else yield* switchByMov(cpu, space.cr3);
      const until = cpu.now;
      yield* this.touch(cpu);
      this.flushes.push(until - from);
      this.uses.push(cpu.now - until);
    }
  }

  /** Another frame behind every changed page, by stores of the processor. */
  private *change(cpu: Cpu, round: number): Program {
    for (let page = 0; page < this.params.changed; page++) {
      const frame = this.frames + (FRAMES * page + (round % FRAMES)) * SMALL_PAGE;
      yield* cpu.write32(DIRECT_MAP + frame, round);
      yield* cpu.write64(this.entries[page], pageTableEntry(frame, KERNEL_PAGE));
    }
  }

  private *flush(cpu: Cpu): Program {
    const { how, reach, vps } = this.params;
    const { cr3 } = this.space;
    if (reach === 'remote' && vps > 1) yield* this.flushAll(cpu);
    else if (how === 'invlpg') yield* flushByInvlpg(cpu, this.runs);
    else if (how === 'cr3') yield* flushByCr3(cpu, cr3);
    else yield* flushLocalByHypercall(cpu, { cr3, runs: this.runs, input: INPUT });
  }

  private *flushAll(cpu: Cpu): Program {
    const { how, vps } = this.params;
    const { cr3 } = this.space;
    const all = Array.from({ length: vps }, (_, vp) => vp);
    if (how === 'hypercall') yield* flushByHypercall(cpu, { cr3, runs: this.runs, vps: all, input: INPUT });
    else {
      const what = how === 'invlpg' ? { cr3, runs: this.runs } : { cr3 };
      yield* flushByInterrupts(cpu, this.area, all.slice(1), what);
    }
  }

  /** Everything that the process has: the changed pages, which must be those of this round, and the working set. */
  private *use(cpu: Cpu, round: number): Program {
    yield* this.look(cpu, round, this.pages);
    yield* this.touch(cpu);
  }

  private *look(cpu: Cpu, round: number, pages: readonly number[]): Program {
    for (const gva of pages) if ((yield* cpu.read32(gva)) < round) this.stale++;
  }

  private *touch(cpu: Cpu): Program {
    for (let page = 0; page < this.params.touched; page++) yield* cpu.read32(WORKING_SET + page * SMALL_PAGE);
  }

  private changedPages(): number[] {
    const apart = this.params.scattered ? 2 : 1;
    return Array.from({ length: this.params.changed }, (_, page) => CHANGED + page * apart * SMALL_PAGE);
  }

  private changedRuns(): PageRun[] {
    const { scattered, changed } = this.params;
    if (scattered) return this.pages.map((gva) => ({ gva, pages: 1 }));
    return changed > 0 ? [{ gva: CHANGED, pages: changed }] : [];
  }

  /** The kernel's view of memory, and the working set; the changed pages come with the first round. */
  private newSpace(pages: PageAllocator): AddressSpace {
    const { touched, large } = this.params;
    const space = new AddressSpace(this.cpus[0].memory, pages);
    space.mapMemory();
    const size = large ? LARGE_PAGE : SMALL_PAGE;
    for (let at = 0; at < touched * SMALL_PAGE; at += size) {
      if (large) space.mapLarge(WORKING_SET + at, DATA + at);
      else space.map(WORKING_SET + at, DATA + at);
    }
    return space;
  }
}
