/**
 * Row 11: the frequency registers. How fast do the TSC and the timer of the APIC count? A PC does not say: its system measures them
 * against a clock whose rate it knows.
 *
 * Source: TLFS "Timers"; Linux `arch/x86/kernel/cpu/mshyperv.c` (`hv_get_tsc_khz`), `arch/x86/kernel/tsc.c` (`pit_calibrate_tsc`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { PIT_HZ, PIT_PORT, SPEAKER } from '../wire/pc-clocks.ts';
import { access, feature } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 11. */
export const FREQUENCY_MSRS = defineEnlightenment({
  id: 'frequency-msrs',
  row: 11,
  title: 'Frequency registers',
  what: 'Two registers tell how fast the TSC and the timer of the APIC count.',
  discovery: [
    access('FREQUENCY_MSRS', 'HV_ACCESS_FREQUENCY_MSRS'),
    feature('FREQUENCY_MSRS', 'HV_FEATURE_FREQUENCY_MSRS_AVAILABLE'),
  ],
  mechanisms: ['msr'],
  msrs: [HV_X64_MSR.TSC_FREQUENCY, HV_X64_MSR.APIC_FREQUENCY],
  hypercalls: [],
  without:
    'It measures the TSC against the timer/counter: ten milliseconds in which it looks at a port again and again.',
  exits: ['hundreds, or thousands where an exit is short; once at start-up', '2, once at start-up'],
  caution:
    'What it saves is a part of one second in the life of a guest. What it buys is a rate that is exact.',
  since: '2012',
  offered: (features) => features.frequencyMsrs,
  depth: 'functional',
  sources: ['TLFS: timers', 'Linux: arch/x86/kernel/tsc.c', 'Linux: arch/x86/kernel/cpu/mshyperv.c'],
});

/** Counter 2, both bytes, mode 0. */
const COUNTER_2_MODE_0 = 0xb0;
/** How long the measurement takes, in milliseconds. */
const MEASURED_MS = 10;

/** What a guest has found out. */
export interface Calibration {
  /** Counts of the TSC per second. */
  readonly tscHz: number;
  /** Port accesses that it took. */
  readonly accesses: number;
}

/** Without it: gates counter 2 for ten milliseconds and looks at its output until it rises, as Linux does. */
export function* calibrateByPit(cpu: Cpu): Program<Calibration> {
  const count = Math.floor((PIT_HZ * MEASURED_MS) / 1000);
  const speaker = yield* cpu.in8(PIT_PORT.SPEAKER);
  yield* cpu.out8(PIT_PORT.SPEAKER, (speaker & ~SPEAKER.DATA & SPEAKER.WRITABLE) | SPEAKER.GATE_2);
  yield* cpu.out8(PIT_PORT.CONTROL, COUNTER_2_MODE_0);
  yield* cpu.out8(PIT_PORT.COUNTER_2, count & 0xff);
  yield* cpu.out8(PIT_PORT.COUNTER_2, count >> 8);
  const start = yield* cpu.rdtsc();
  let end = start;
  let accesses = 5;
  for (;;) {
    const seen = yield* cpu.in8(PIT_PORT.SPEAKER);
    accesses++;
    end = yield* cpu.rdtsc();
    if (seen & SPEAKER.OUT_2) break;
  }
  return { tscHz: Math.round(((end - start) * PIT_HZ) / count), accesses };
}

/** With it: two exits. `undefined` where it is not offered. */
export function* readFrequencies(
  cpu: Cpu,
): Program<{ readonly tscHz: number; readonly apicHz: number } | undefined> {
  const tscHz = Number(yield* cpu.rdmsr(HV_X64_MSR.TSC_FREQUENCY));
  if (cpu.fault) return undefined;
  return { tscHz, apicHz: Number(yield* cpu.rdmsr(HV_X64_MSR.APIC_FREQUENCY)) };
}
