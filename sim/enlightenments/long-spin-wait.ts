/**
 * Row 13: the long spin wait. A guest that has tried a lock often enough says so; the hypervisor may then run somebody else, and best the
 * one that holds the lock.
 *
 * Source: TLFS "Feature Discovery" (leaf 40000004 EBX), `hypercalls/HvCallNotifyLongSpinWait.md`. Windows calls it from its spin locks.
 * Linux does not: on Hyper-V its locks sleep in the guest-idle MSR (`arch/x86/hyperv/hv_spinlock.c`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { SpinSite } from '../machine/pause-loop.ts';
import { spin } from '../machine/spin.ts';
import { HYPERV_CPUID } from '../wire/cpuid.ts';
import { controlWord, HVCALL } from '../wire/hypercall.ts';
import { SPIN_RETRIES } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The value of 40000004 EBX that means: never call. */
export const SPIN_NEVER = 0xffff_ffff;

/** The contract of row 13. */
export const LONG_SPIN_WAIT = defineEnlightenment({
  id: 'long-spin-wait',
  row: 13,
  title: 'Long spin wait',
  what: 'A guest that has tried a lock many times tells the hypervisor that it only waits.',
  discovery: [SPIN_RETRIES],
  mechanisms: ['cpuid', 'hypercall'],
  msrs: [],
  hypercalls: [HVCALL.NOTIFY_LONG_SPIN_WAIT],
  without: 'It spins until its time slice is over, also when the holder of the lock cannot run meanwhile.',
  exits: ['none, or pause-loop exits where the processor has them', '1 for each so many tries'],
  caution:
    'It helps only where VPs wait for processors. With a processor for each VP the holder always runs, and the call is an exit for nothing.',
  since: '2008',
  offered: (features) => features.spinCount !== SPIN_NEVER,
  depth: 'functional',
  sources: ['TLFS: feature-discovery, HvCallNotifyLongSpinWait'],
});

/** How often to try before saying so, as this host recommends; {@link SPIN_NEVER} when it is not there or does not want to hear of it. */
export function* readSpinCount(cpu: Cpu): Program<number> {
  const { eax: highest } = yield* cpu.cpuid(HYPERV_CPUID.VENDOR_AND_MAX_FUNCTIONS);
  if (highest < HYPERV_CPUID.ENLIGHTMENT_INFO) return SPIN_NEVER;
  return (yield* cpu.cpuid(HYPERV_CPUID.ENLIGHTMENT_INFO)).ebx >>> 0;
}

const NOTIFY = controlWord({ code: HVCALL.NOTIFY_LONG_SPIN_WAIT, fast: 1 });
/** More turns than a loop without an end will ever take. */
const ENDLESS = 2 ** 31;

/** NOTIFY_LONG_SPIN_WAIT: `tries` so far. The host's answer is always SUCCESS. */
export function* notifyLongSpinWait(cpu: Cpu, tries: number): Program {
  yield* cpu.vmcall(NOTIFY, BigInt(tries >>> 0), 0n);
}

/**
 * Waits in a loop until `ready` holds. With `tries` below {@link SPIN_NEVER} it calls the hypervisor each time that many were in vain.
 * Returns how often it called.
 */
export function* waitFor(cpu: Cpu, site: SpinSite, ready: () => boolean, tries: number): Program<number> {
  const turns = tries === SPIN_NEVER ? ENDLESS : tries;
  for (let calls = 0; ; calls++) {
    if (yield* spin(cpu, site, ready, turns)) return calls;
    if (tries !== SPIN_NEVER) yield* notifyLongSpinWait(cpu, (calls + 1) * turns);
  }
}
