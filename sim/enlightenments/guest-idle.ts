/**
 * Row 16: the idle state. A processor that has nothing to do reads a register, and goes on when an interrupt is pending, whether it may be
 * taken or not.
 *
 * Windows 7 and Server 2008 R2 use it to spare idle processors their ticks (intelligent timer tick distribution). Linux does not idle in
 * it; its spin locks wait by it: who is next in line sleeps, with interrupts off, until the holder of the lock sends an interrupt.
 *
 * Sources: TLFS, "Virtual Processor Idle Sleep State"; "Requirements for Implementing the Microsoft Hypervisor Interface"; Linux
 * `arch/x86/hyperv/hv_spinlock.c` (hv_qlock_wait, hv_qlock_kick).
 */
import type { Program } from '../core/program.ts';
import type { ApicMethod, Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { access, feature } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 16. */
export const GUEST_IDLE = defineEnlightenment({
  id: 'guest-idle',
  row: 16,
  title: 'Guest idle state',
  what: 'An idle processor reads a register and stands still until any interrupt is pending.',
  discovery: [
    access('GUEST_IDLE', 'HV_MSR_GUEST_IDLE_AVAILABLE'),
    feature('GUEST_IDLE_STATE', 'HV_X64_GUEST_IDLE_STATE_AVAILABLE'),
  ],
  mechanisms: ['msr'],
  msrs: [HV_X64_MSR.GUEST_IDLE],
  hypercalls: [],
  without: 'HLT, which is an exit as well, and which only an interrupt ends that the processor can take.',
  exits: ['1 (HLT)', '1 (the read)'],
  caution:
    'It spares no exit. It lets a processor sleep with interrupts off, as locks want to, and lets a system decide about ticks after it has been woken.',
  since: '2012',
  offered: (features) => features.hypervisorPresent && features.guestIdle,
  depth: 'functional',
  sources: [
    'TLFS: vp-properties, Virtual Processor Idle Sleep State',
    'Linux: arch/x86/hyperv/hv_spinlock.c',
  ],
});

/** How an idle processor waits. */
export type IdleMethod = 'hlt' | 'guest-idle';

/** Without it: interrupts on, and HLT. Returns when one has been taken. 1 exit. */
export function* idleByHalt(cpu: Cpu): Program {
  yield* cpu.hlt();
}

/** With it: the read. With interrupts on, one has been taken when it returns; with interrupts off one is pending. 1 exit. */
export function* idleByRegister(cpu: Cpu): Program {
  yield* cpu.rdmsr(HV_X64_MSR.GUEST_IDLE);
}

/**
 * Waits for a lock as Linux does: interrupts off, a last look at the word, and only if it still says so the read. The order matters: a
 * kick that comes between the look and the read stays pending, and the read returns at once. Interrupts are on afterwards.
 */
export function* waitForKick(cpu: Cpu, stillWaits: () => boolean): Program {
  cpu.cli();
  if (stillWaits()) yield* idleByRegister(cpu);
  cpu.sti();
  yield* cpu.compute(0);
}

/** The holder of a lock wakes the one that waits: an interrupt that does nothing but arrive. */
export function* kick(cpu: Cpu, processor: number, vector: number, method: ApicMethod = 'msr'): Program {
  yield* cpu.sendIpi(processor, vector, method);
}
