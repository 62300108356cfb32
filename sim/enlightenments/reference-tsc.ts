/**
 * Row 10: the reference TSC page. Hypervisor and guest share a page that says how the processor's own counter becomes reference time, so
 * that reading the clock is a few loads and a multiplication.
 *
 * Source: TLFS "Timers", "Partition Reference Time Enlightenment"; Linux `include/clocksource/hyperv_timer.h`
 * (`hv_read_tsc_page_tsc`), `Documentation/virt/hyperv/clocks.rst`.
 */

import type { Program } from '../core/program.ts';
import { traceKind } from '../core/trace.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE, MSR_PAGE_MASK } from '../wire/msr.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';
import { readReferenceCounter } from './reference-counter.ts';
import type { ClockReader } from './system-call.ts';
import { inKernel } from './system-call.ts';

/** The contract of row 10. */
export const REFERENCE_TSC = defineEnlightenment({
  id: 'reference-tsc',
  row: 10,
  title: 'Reference TSC page',
  what: 'A shared page says how the TSC becomes reference time: a program can read the clock by itself.',
  discovery: [access('REFERENCE_TSC', 'HV_MSR_REFERENCE_TSC_AVAILABLE')],
  mechanisms: ['msr', 'shared-page'],
  msrs: [HV_X64_MSR.REFERENCE_TSC],
  hypercalls: [],
  without: 'It reads the reference counter, or the ports of an emulated clock.',
  exits: ['1 for each reading, or several', 'none, but for 1 at start-up'],
  caution:
    'While the sequence is 0 the counter must be read instead; a reader that does not look jumps in time after a move.',
  since: '2012',
  offered: (features) => features.referenceTsc,
  depth: 'functional',
  sources: [
    'TLFS: timers, partition reference time enlightenment',
    'Linux: include/clocksource/hyperv_timer.h',
  ],
});

const FIELD = { SEQUENCE: 0, SCALE: 8, OFFSET: 16 } as const;
/** "Not available now", in the specification of today and in early ones; the second is also what a page without memory reads as. */
const UNAVAILABLE: readonly number[] = [0, 0xffff_ffff];

const PAGE = traceKind('clock.page', ['sequence', 'time'], 'the kernel reads the reference TSC page');
const PAGE_USER = traceKind(
  'clock.page.user',
  ['sequence', 'time'],
  'a program reads the reference TSC page',
);

/** Places the page: 1 exit, and as a polite guest keeps bits 1 to 11 another one. False where the register is not offered. */
export function* enableReferenceTsc(cpu: Cpu, gpa: number): Program<boolean> {
  const before = yield* cpu.rdmsr(HV_X64_MSR.REFERENCE_TSC);
  if (cpu.fault) return false;
  yield* cpu.wrmsr(HV_X64_MSR.REFERENCE_TSC, (before & ~MSR_PAGE_MASK) | BigInt(gpa) | MSR_PAGE_ENABLE);
  return !cpu.fault;
}

/** Reads the clock through a page that has been placed, from the kernel or from a program. */
export class ReferenceTscClock {
  /** Readings for which the page was not available. */
  fallbacks = 0;
  /** Readings that began anew because the page had changed under them. */
  retries = 0;
  private readonly cpu: Cpu;
  private readonly gpa: number;
  private readonly reader: ClockReader;

  constructor(cpu: Cpu, gpa: number, reader: ClockReader = 'kernel') {
    this.cpu = cpu;
    this.gpa = gpa;
    this.reader = reader;
  }

  /** Reference time in units of 100 ns: no exit, or that of the counter while the page is not available. */
  *read(): Program<bigint> {
    const { cpu, gpa } = this;
    const started = cpu.now;
    for (;;) {
      const sequence = yield* this.look(FIELD.SEQUENCE);
      if (UNAVAILABLE.includes(sequence)) {
        this.fallbacks++;
        return yield* inKernel(cpu, this.reader, () => readReferenceCounter(cpu));
      }
      const scale = cpu.memory.read64(gpa + FIELD.SCALE);
      const offset = BigInt.asIntN(64, cpu.memory.read64(gpa + FIELD.OFFSET));
      yield* this.spend();
      const tsc = yield* cpu.rdtsc();
      if ((yield* this.look(FIELD.SEQUENCE)) === sequence) {
        const time = ((BigInt(tsc) * scale) >> 64n) + offset;
        noteReading(cpu, this.reader, started, sequence, time);
        return time;
      }
      this.retries++;
    }
  }

  /** What the whole reading costs is charged between its two looks: it is known for all of it only. */
  private spend() {
    const name = this.reader === 'user' ? 'clock.tsc-page-user' : 'clock.tsc-page';
    return this.cpu.serve((vp) => vp.spend(name));
  }

  private look(field: number) {
    return this.cpu.serve(() => this.cpu.memory.read32(this.gpa + field));
  }
}

/** Leaves the row of a reading that began at `started`. */
export function noteReading(
  cpu: Cpu,
  reader: ClockReader,
  started: number,
  sequence: number,
  time: bigint,
): void {
  const { trace } = cpu.partition;
  const kind = trace.kind(reader === 'user' ? PAGE_USER : PAGE);
  trace.span(kind, started, cpu.now, cpu.vp.who, sequence, Number(time));
}
