/**
 * Row 9: the reference counter. One register holds the time since the partition was made, in units of 100 ns. It is the base of all
 * other times of the interface.
 *
 * Source: TLFS "Timers", "Reference Counter"; Linux `drivers/clocksource/hyperv_timer.c` (`read_hv_clock_msr`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 9. What a guest does without it is in `pc-clock-reads.ts`. */
export const REFERENCE_COUNTER = defineEnlightenment({
  id: 'reference-counter',
  row: 9,
  title: 'Reference counter',
  what: 'One register tells the time since the partition was made, in units of 100 ns.',
  discovery: [access('TIME_REF_COUNT', 'HV_MSR_TIME_REF_COUNT_AVAILABLE')],
  mechanisms: ['msr'],
  msrs: [HV_X64_MSR.TIME_REF_COUNT],
  hypercalls: [],
  without:
    'It reads ports of emulated clocks: the timer/counter, the power management timer, the real-time clock.',
  exits: ['1 to 16 exits to a device model for each reading', '1 exit to the hypervisor for each reading'],
  caution: 'Still an exit for each reading, and a program in user mode needs a system call besides.',
  since: '2008',
  offered: (features) => features.timeRefCount,
  depth: 'functional',
  sources: ['TLFS: timers, reference counter', 'Linux: drivers/clocksource/hyperv_timer.c'],
});

/** With it: the time in units of 100 ns, 1 exit. 0 and `cpu.fault` where it is not offered. */
export function* readReferenceCounter(cpu: Cpu): Program<bigint> {
  return yield* cpu.rdmsr(HV_X64_MSR.TIME_REF_COUNT);
}
