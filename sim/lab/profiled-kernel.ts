/**
 * What a profiled guest keeps: its processors, its pages, what it uses of the interface, and the book of its exits. The parts of the guest
 * (`profiled-memory.ts`, `profiled-interrupts.ts`) do each job by the program that fits.
 */
import type { Program } from '../core/program.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import type { SystemProfile } from '../guest/profiles/index.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import { Ledger } from './ledger.ts';
import type { Uses } from './uses.ts';

/** What a guest does: the names under which its exits are put down. `work` is computing, and what the lock is held for. */
export const JOBS = {
  work: 'Computing',
  boot: 'Starting up',
  clock: 'Reading the clock',
  tick: 'Timer tick',
  switch: 'Switching processes',
  'local-flush': 'Flushing its own TLB',
  'remote-flush': 'Flushing all TLBs',
  ipi: 'Interrupting all others',
  level: 'Interrupt level',
  eoi: 'Ends of interrupts',
  lock: 'A lock',
  disk: 'Disk requests',
  idle: 'Idling',
} as const;

export type Job = keyof typeof JOBS;

/** How a kernel keeps its interrupt level: in the APIC's task priority, in CR8, or not at all. */
export type LevelKeeping = 'apic' | 'cr8' | 'none';

const FIRST_PAGE = 0x10_0000;

/**
 * Windows has interrupt levels, on 32-bit x86 in the task priority of the APIC, on 64-bit in CR8; the others have none. Which edition of a
 * Windows is meant: 32-bit up to Vista and Server 2008, where both were common, 64-bit after it. NT 4 stands for the unmodified systems.
 */
const LEVELS: Readonly<Record<string, LevelKeeping>> = {
  unmodified: 'apic',
  'windows-2000': 'apic',
  'windows-xp': 'apic',
  'windows-2003-sp2': 'apic',
  'windows-2008': 'apic',
  'windows-7': 'cr8',
  'windows-8': 'cr8',
  'windows-10': 'cr8',
};

/** How a system keeps its interrupt level. */
export const levelsOf = ({ id }: SystemProfile): LevelKeeping => LEVELS[id] ?? 'none';

/** One guest kernel. */
export class ProfiledKernel {
  readonly cpus: readonly Cpu[];
  readonly pages: PageAllocator;
  readonly ledger: Ledger<Job>;
  readonly levels: LevelKeeping;
  /** Page for the input of hypercalls, by processor. */
  readonly inputs: readonly number[];
  readonly uses: Uses;
  /** Times that a shared page told what would have been an exit. */
  sharedPage = 0;

  constructor(cpus: readonly Cpu[], levels: LevelKeeping, uses: Uses) {
    this.cpus = cpus;
    this.levels = levels;
    this.uses = uses;
    this.pages = new PageAllocator(cpus[0].memory, FIRST_PAGE);
    this.ledger = new Ledger<Job>(cpus, 'boot');
    this.inputs = this.pages.pages(cpus.length);
  }

  /** Whether it uses an enlightenment. */
  has(id: EnlightenmentId): boolean {
    return this.uses[id] === 'in use';
  }

  /** Runs a part under a name. */
  during<R>(cpu: Cpu, job: Job, part: () => Program<R>): Program<R> {
    return this.ledger.during(cpu, job, part);
  }
}
