/**
 * Processes of a profiled guest: two address spaces that all its processors run in, pages that change, and the flushes that this takes.
 */
import type { Program } from '../core/program.ts';
import { switchByHypercall, switchByMov } from '../enlightenments/address-space-switch.ts';
import type { PageRun } from '../enlightenments/flush-hypercall.ts';
import { flushByHypercall } from '../enlightenments/flush-hypercall.ts';
import { flushByInvlpg, flushLocalByHypercall } from '../enlightenments/local-tlb-flush.ts';
import type { ShootDownArea } from '../enlightenments/remote-tlb-flush.ts';
import { answerShootDown, flushByInterrupts } from '../enlightenments/remote-tlb-flush.ts';
import { AddressSpace, DIRECT_MAP, KERNEL_PAGE } from '../guest/address-space.ts';
import type { Cpu } from '../machine/cpu.ts';
import { pageTableEntry, SMALL_PAGE } from '../wire/page-tables.ts';
import type { ProfiledKernel } from './profiled-kernel.ts';

/** Pages that a flush concerns, and pages that a process touches when it is switched to. Both assumed. */
export const CHANGED_PAGES = 8;
export const TOUCHED_PAGES = 16;

const CHANGED = 0x4000_0000;
const WORKING_SET = 0x8000_0000;
const SPACES = 2;
const FLUSH_VECTOR = 0xfd;

/** The changing pages of one processor in one space. */
interface Pages {
  readonly run: PageRun;
  /** Addresses of their entries as the kernel reaches them. */
  readonly entries: readonly number[];
}

export class ProfiledMemory {
  private readonly kernel: ProfiledKernel;
  private readonly spaces: readonly AddressSpace[];
  /** By space and processor. */
  private readonly changing: readonly (readonly Pages[])[];
  /** Two frames for each changing page, in turn. */
  private readonly frames: number;
  private readonly area: ShootDownArea;
  /** Space of each processor, and how often its pages have changed. */
  private readonly current: number[];
  private readonly round: number[];

  constructor(kernel: ProfiledKernel) {
    const { pages, cpus } = kernel;
    this.kernel = kernel;
    this.current = cpus.map(() => 0);
    this.round = cpus.map(() => 0);
    this.frames = pages.block(2 * CHANGED_PAGES * cpus.length);
    const requests = pages.block(cpus.length);
    const working = pages.block(TOUCHED_PAGES);
    this.spaces = Array.from({ length: SPACES }, () => this.newSpace(working));
    this.changing = this.spaces.map((space) => cpus.map((cpu) => this.pagesOf(space, cpu.index)));
    const method = kernel.has('apic-msrs') ? 'msr' : 'mmio';
    this.area = { gva: DIRECT_MAP + requests, vps: cpus.length, vector: FLUSH_VECTOR, method };
  }

  /** First thing on a processor: its page tables, and the handler by which others ask it to flush. */
  *start(cpu: Cpu): Program {
    const { kernel } = this;
    const answer = () => answerShootDown(cpu, this.area, () => this.cr3(cpu));
    cpu.onVector(FLUSH_VECTOR, () => kernel.during(cpu, 'remote-flush', answer));
    yield* cpu.movCr3(this.cr3(cpu));
    yield* this.touch(cpu);
  }

  /** Another process: its address space, and the first look at its pages. */
  *switch(cpu: Cpu): Program {
    this.current[cpu.index] = (this.current[cpu.index] + 1) % SPACES;
    const cr3 = this.cr3(cpu);
    if (this.kernel.has('address-space-switch')) yield* switchByHypercall(cpu, cr3);
    else yield* switchByMov(cpu, cr3);
    yield* this.touch(cpu);
  }

  /** Changes pages that only this processor uses, flushes them here, and uses them again. */
  *flushLocal(cpu: Cpu): Program {
    const run = yield* this.change(cpu);
    const request = { cr3: this.cr3(cpu), runs: [run], input: this.kernel.inputs[cpu.index] };
    if (this.kernel.has('local-tlb-flush')) yield* flushLocalByHypercall(cpu, request);
    else yield* flushByInvlpg(cpu, [run]);
    yield* this.use(cpu, run);
  }

  /** Changes pages that threads on all processors may use, and flushes them everywhere. */
  *flushRemote(cpu: Cpu): Program {
    const { kernel, area } = this;
    const run = yield* this.change(cpu);
    const cr3 = this.cr3(cpu);
    const all = kernel.cpus.map(({ index }) => index);
    if (kernel.has('remote-tlb-flush'))
      yield* flushByHypercall(cpu, { cr3, runs: [run], vps: all, input: kernel.inputs[cpu.index] });
    else {
      const others = all.filter((index) => index !== cpu.index);
      yield* flushByInterrupts(cpu, area, others, { cr3, runs: [run] });
    }
    yield* this.use(cpu, run);
  }

  private cr3(cpu: Cpu): number {
    return this.spaces[this.current[cpu.index]].cr3;
  }

  /** Maps the other frame of each page. */
  private *change(cpu: Cpu): Program<PageRun> {
    const { run, entries } = this.changing[this.current[cpu.index]][cpu.index];
    const round = ++this.round[cpu.index] % 2;
    for (const [page, entry] of entries.entries())
      yield* cpu.write64(entry, pageTableEntry(this.frame(cpu.index, page, round), KERNEL_PAGE));
    return run;
  }

  private *use(cpu: Cpu, { gva, pages }: PageRun): Program {
    for (let page = 0; page < pages; page++) yield* cpu.read32(gva + page * SMALL_PAGE);
  }

  private *touch(cpu: Cpu): Program {
    yield* this.use(cpu, { gva: WORKING_SET, pages: TOUCHED_PAGES });
  }

  private frame(vp: number, page: number, round: number): number {
    return this.frames + (2 * (vp * CHANGED_PAGES + page) + round) * SMALL_PAGE;
  }

  private newSpace(working: number): AddressSpace {
    const { cpus, pages } = this.kernel;
    const space = new AddressSpace(cpus[0].memory, pages);
    space.mapMemory();
    for (let page = 0; page < TOUCHED_PAGES; page++)
      space.map(WORKING_SET + page * SMALL_PAGE, working + page * SMALL_PAGE);
    return space;
  }

  private pagesOf(space: AddressSpace, vp: number): Pages {
    const gva = CHANGED + vp * CHANGED_PAGES * SMALL_PAGE;
    const entries = Array.from({ length: CHANGED_PAGES }, (_, page) => {
      space.map(gva + page * SMALL_PAGE, this.frame(vp, page, 0));
      return DIRECT_MAP + space.entryAddress(gva + page * SMALL_PAGE);
    });
    return { run: { gva, pages: CHANGED_PAGES }, entries };
  }
}
