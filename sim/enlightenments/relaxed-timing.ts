/**
 * Row 15: relaxed timing. A guest that watches its processors for missed clock ticks takes a processor for dead that only has none to run
 * on. The hint says: do not.
 *
 * Windows' watchdog is bug check 101h, CLOCK_WATCHDOG_TIMEOUT: a secondary processor has not had its clock interrupt within so many
 * nominal ticks. Its parameters are that interval, 0, the address of the processor's control block, and the processor's number.
 *
 * Sources: TLFS, leaf 0x40000004 EAX bit 5 ("the VM should disable any watchdog timeouts that rely on the timely delivery of external
 * interrupts"); "Requirements for Implementing the Microsoft Hypervisor Interface"; Windows debugger reference, bug check 0x101.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_HINT, HV_INTERFACE_SIGNATURE, HYPERV_CPUID, HYPERVISOR_PRESENT_BIT } from '../wire/cpuid.ts';
import type { CrashParameters } from './crash-msrs.ts';
import { hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 15. */
export const RELAXED_TIMING = defineEnlightenment({
  id: 'relaxed-timing',
  row: 15,
  title: 'Relaxed timing',
  what: 'The hypervisor advises against watchdogs that expect interrupts in time.',
  discovery: [hint('RELAXED_TIMING', 'HV_X64_RELAXED_TIMING_RECOMMENDED')],
  mechanisms: ['cpuid', 'guest-only'],
  msrs: [],
  hypercalls: [],
  without: 'Stops with bug check 101h when one of its processors had nothing to run on for too long.',
  exits: ['none', 'none, but for the CPUID at start'],
  caution: 'A processor that really hangs is not noticed any more. The hypervisor cannot tell either.',
  since: '2008',
  offered: (features) => features.hypervisorPresent && features.relaxedTiming,
  depth: 'functional',
  sources: [
    'TLFS: feature-discovery, Implementation Recommendations',
    'Requirements for Implementing the Microsoft Hypervisor Interface',
    'Windows debugger reference: bug check 0x101',
  ],
});

/** Bug check CLOCK_WATCHDOG_TIMEOUT. */
export const CLOCK_WATCHDOG_TIMEOUT = 0x101n;

/** Whether this host advises against watchdogs. 3 or 4 exits, once in the life of a guest. */
export function* readRelaxedTiming(cpu: Cpu): Program<boolean> {
  const { ecx } = yield* cpu.cpuid(1);
  if ((ecx & HYPERVISOR_PRESENT_BIT) === 0) return false;
  const { eax: signature } = yield* cpu.cpuid(HYPERV_CPUID.INTERFACE);
  if (signature !== HV_INTERFACE_SIGNATURE) return false;
  return ((yield* cpu.cpuid(HYPERV_CPUID.ENLIGHTMENT_INFO)).eax & HV_HINT.RELAXED_TIMING) !== 0;
}

/**
 * Watches the clock interrupts of a guest's processors: each counts its own, and the first looks at the others at every tick of its own.
 * It counts its own ticks, not time: while it has no processor itself it accuses nobody.
 */
export class ClockWatchdog {
  /** Processors that were found dead and had only been away: the first one ends a real guest. */
  readonly expired: number[] = [];
  /** Ticks of each processor, and what they were when the watcher looked last. */
  private readonly ticks: Float64Array;
  private readonly seen: Float64Array;
  /** Ticks of the watcher without one of the other. */
  private readonly missing: Float64Array;
  private readonly patience: number;

  /** `patience`: nominal ticks without one of another processor that it bears. */
  constructor(processors: number, patience: number) {
    this.patience = patience;
    this.ticks = new Float64Array(processors);
    this.seen = new Float64Array(processors);
    this.missing = new Float64Array(processors);
  }

  /** A processor has a clock interrupt. The parameters of the bug check when this is one tick too many without another processor's. */
  tick(processor: number): CrashParameters | undefined {
    this.ticks[processor]++;
    if (processor !== 0) return undefined;
    for (let other = 1; other < this.ticks.length; other++) {
      if (this.alive(other)) continue;
      this.expired.push(other);
      this.missing[other] = 0;
      return [CLOCK_WATCHDOG_TIMEOUT, BigInt(this.patience), 0n, 0n, BigInt(other)];
    }
    return undefined;
  }

  private alive(processor: number): boolean {
    const moved = this.ticks[processor] !== this.seen[processor];
    this.seen[processor] = this.ticks[processor];
    this.missing[processor] = moved ? 0 : this.missing[processor] + 1;
    return this.missing[processor] < this.patience;
  }
}
