/**
 * Row 5: flushing the translations of other processors. No instruction does that: a guest interrupts them all and waits until each has
 * flushed and said so ("shoot-down"), also those that the hypervisor does not run at the moment. The hypercall leaves it to the
 * hypervisor, which knows who runs.
 *
 * Sources: TLFS "Virtual MMU"; Linux `arch/x86/mm/tlb.c` (`native_flush_tlb_multi`), `kernel/smp.c` (`smp_call_function_many`),
 * `arch/x86/hyperv/mmu.c`.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { ApicMethod } from '../machine/cpu-apic.ts';
import { HVCALL } from '../wire/hypercall.ts';
import { SMALL_PAGE } from '../wire/page-tables.ts';
import { hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';
import type { PageRun } from './flush-hypercall.ts';
import { flushByCr3, flushByInvlpg } from './local-tlb-flush.ts';

/** The contract of row 5. */
export const REMOTE_TLB_FLUSH = defineEnlightenment({
  id: 'remote-tlb-flush',
  row: 5,
  title: 'Remote TLB flush',
  what: 'One call flushes on any set of processors; who does not run is flushed before it runs again.',
  discovery: [hint('REMOTE_TLB_FLUSH', 'HV_X64_REMOTE_TLB_FLUSH_RECOMMENDED')],
  mechanisms: ['hypercall'],
  msrs: [],
  hypercalls: [
    HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE,
    HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST,
    HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE_EX,
    HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST_EX,
  ],
  without: 'An interrupt to each processor; each flushes and acknowledges; the sender spins until all have.',
  exits: ['N - 1 interrupt commands, N - 1 EOIs, and the flushes', '1'],
  caution:
    'Worth it on every hardware. The Ex forms, for more than 64 processors, have a hint of their own (bit 11).',
  since: '2008',
  offered: (features) => features.hypervisorPresent && features.hintRemoteFlush,
  depth: 'functional',
  sources: ['TLFS: virtual-mmu', 'Linux: arch/x86/hyperv/mmu.c', 'Linux: arch/x86/mm/tlb.c'],
});

/** Where processors leave each other requests: a page for each sender. */
export interface ShootDownArea {
  /** Linear address of the first sender's page; the one of VP n is n pages further. All of it mapped, and for every address space. */
  readonly gva: number;
  /** Processors. */
  readonly vps: number;
  /** Vector of the interrupt. */
  readonly vector: number;
  /** How the interrupt command register is written. */
  readonly method: ApicMethod;
}

/** What is asked of the others: pages one by one, or everything that is not global. */
export interface ShootDown {
  readonly cr3: number;
  readonly runs?: readonly PageRun[];
}

/** A sender's page: number of runs (0: everything), then the runs; from here on a word for each processor: 1 until it has flushed. */
const RUNS_AT = 16;
const PENDING_AT = 1024;
/** Runs that fit; more are flushed as a whole. */
export const MAX_RUNS = (PENDING_AT - RUNS_AT) / 16;
/** Cycles between two looks of a sender that waits, at first. The pause grows: a look more or less in a long wait changes nothing. */
const LOOK_CYCLES = 50;
const LONGEST_LOOK = 5000;

/** Without it, the sender: asks, interrupts, flushes its own and waits. `targets` are the others, by index and APIC id alike. */
export function* flushByInterrupts(
  cpu: Cpu,
  area: ShootDownArea,
  targets: readonly number[],
  what: ShootDown,
): Program {
  const page = area.gva + cpu.index * SMALL_PAGE;
  const runs = what.runs && what.runs.length <= MAX_RUNS ? what.runs : [];
  yield* cpu.write32(page, runs.length);
  for (const [index, { gva, pages }] of runs.entries()) {
    yield* cpu.write64(page + RUNS_AT + 16 * index, BigInt(gva));
    yield* cpu.write32(page + RUNS_AT + 16 * index + 8, pages);
  }
  for (const target of targets) yield* cpu.write32(page + PENDING_AT + 4 * target, 1);
  for (const target of targets) yield* cpu.sendIpi(target, area.vector, area.method);
  yield* flushOwn(cpu, what.cr3, runs);
  for (const target of targets) yield* waitFor(cpu, page + PENDING_AT + 4 * target);
}

function* waitFor(cpu: Cpu, word: number): Program {
  for (let pause = LOOK_CYCLES; (yield* cpu.read32(word)) !== 0; pause = Math.min(2 * pause, LONGEST_LOOK))
    yield* cpu.compute(pause);
}

/** Without it, the target: the handler of the vector. It does what every sender has asked of it. */
export function* answerShootDown(cpu: Cpu, area: ShootDownArea, cr3: () => number): Program {
  yield* cpu.eoi();
  for (let sender = 0; sender < area.vps; sender++) {
    const page = area.gva + sender * SMALL_PAGE;
    const pending = page + PENDING_AT + 4 * cpu.index;
    if ((yield* cpu.read32(pending)) === 0) continue;
    yield* flushOwn(cpu, cr3(), yield* readRuns(cpu, page));
    yield* cpu.write32(pending, 0);
  }
}

function* readRuns(cpu: Cpu, page: number): Program<PageRun[]> {
  const count = yield* cpu.read32(page);
  const runs: PageRun[] = [];
  for (let index = 0; index < count; index++) {
    const gva = Number(yield* cpu.read64(page + RUNS_AT + 16 * index));
    runs.push({ gva, pages: yield* cpu.read32(page + RUNS_AT + 16 * index + 8) });
  }
  return runs;
}

function* flushOwn(cpu: Cpu, cr3: number, runs: readonly PageRun[]): Program {
  if (runs.length > 0) yield* flushByInvlpg(cpu, runs);
  else yield* flushByCr3(cpu, cr3);
}
