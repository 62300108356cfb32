/** How a profiled guest starts: what its first processor does once, in the order of Linux (arch/x86/kernel/cpu/mshyperv.c, hv_init.c). */
import type { Program } from '../core/program.ts';
import type { Found } from '../enlightenments/discover.ts';
import { discover } from '../enlightenments/discover.ts';
import { calibrateByPit, readFrequencies } from '../enlightenments/frequency-msrs.ts';
import { establishHypercalls } from '../enlightenments/hypercall-page.ts';
import { ENLIGHTENMENTS } from '../enlightenments/index.ts';
import { readSpinCount, SPIN_NEVER } from '../enlightenments/long-spin-wait.ts';
import { watchTscChange } from '../enlightenments/reenlightenment.ts';
import { enableReferenceTsc } from '../enlightenments/reference-tsc.ts';
import { exposeInvariantTsc } from '../enlightenments/tsc-invariant-control.ts';
import type { SystemProfile } from '../guest/profiles/index.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_FEATURE, HYPERV_CPUID } from '../wire/cpuid.ts';
import type { ProfiledKernel } from './profiled-kernel.ts';

const REENLIGHTENMENT_VECTOR = 0xee;

/** What the first processor has set up. */
export interface Booted {
  /** Page of the clock; 0 where it has none. */
  readonly clockPage: number;
  /** How often it tries a lock before it says so. */
  readonly tries: number;
  /** Whether timers may raise a vector without a message. */
  readonly directTimers: boolean;
}

/** Looks what is offered, if there is anything that the system would do about it. */
export function* look(cpu: Cpu, system: SystemProfile): Program<Found | undefined> {
  const cares = ENLIGHTENMENTS.some(
    ({ id, discovery }) => discovery.length > 0 && system.uses[id].use === 'yes',
  );
  return cares ? yield* discover(cpu, ENLIGHTENMENTS) : undefined;
}

/** Sets up what is there once for the whole machine. */
export function* setUp(cpu: Cpu, kernel: ProfiledKernel, found: Found | undefined): Program<Booted> {
  const { pages } = kernel;
  if (kernel.has('frequency-msrs')) yield* readFrequencies(cpu);
  else yield* calibrateByPit(cpu);
  if (kernel.has('hypercall-page')) yield* establishHypercalls(cpu, pages.page(), LINUX_6_1.guestOsId);
  const clockPage = kernel.has('reference-tsc') ? pages.page() : 0;
  if (clockPage) yield* enableReferenceTsc(cpu, clockPage);
  if (kernel.has('tsc-invariant-control')) yield* exposeInvariantTsc(cpu);
  if (kernel.has('reenlightenment')) yield* watchTscChange(cpu, REENLIGHTENMENT_VECTOR);
  const tries = kernel.has('long-spin-wait') ? yield* readSpinCount(cpu) : SPIN_NEVER;
  const features = found?.leaves.get(HYPERV_CPUID.FEATURES)?.edx ?? 0;
  return { clockPage, tries, directTimers: (features & HV_FEATURE.STIMER_DIRECT_MODE) !== 0 };
}
