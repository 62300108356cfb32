/** All enlightenments, in the order of their rows. */
import { ADDRESS_SPACE_SWITCH } from './address-space-switch.ts';
import { APIC_MSRS } from './apic-msrs.ts';
import { CLUSTER_IPI } from './cluster-ipi.ts';
import { CRASH_MSRS } from './crash-msrs.ts';
import { DEPRECATE_AUTO_EOI } from './deprecate-auto-eoi.ts';
import { ENLIGHTENED_VMCS } from './enlightened-vmcs.ts';
import type { Enlightenment } from './enlightenment.ts';
import { EOI_ASSIST } from './eoi-assist.ts';
import { FREQUENCY_MSRS } from './frequency-msrs.ts';
import { GUEST_IDLE } from './guest-idle.ts';
import { HYPERCALL_PAGE } from './hypercall-page.ts';
import { LAZY_TPR } from './lazy-tpr.ts';
import { LOCAL_TLB_FLUSH } from './local-tlb-flush.ts';
import { LONG_SPIN_WAIT } from './long-spin-wait.ts';
import { NESTED_DIRECT_FLUSH } from './nested-direct-flush.ts';
import { REENLIGHTENMENT } from './reenlightenment.ts';
import { REFERENCE_COUNTER } from './reference-counter.ts';
import { REFERENCE_TSC } from './reference-tsc.ts';
import { RELAXED_TIMING } from './relaxed-timing.ts';
import { REMOTE_TLB_FLUSH } from './remote-tlb-flush.ts';
import { RESET_MSR } from './reset-msr.ts';
import { SYNIC_VMBUS } from './synic-vmbus.ts';
import { SYNTHETIC_TIMERS } from './synthetic-timers.ts';
import { TSC_INVARIANT_CONTROL } from './tsc-invariant-control.ts';
import { VP_INDEX } from './vp-index.ts';

export * from './address-space-switch.ts';
export * from './apic-msrs.ts';
export * from './cluster-ipi.ts';
export * from './crash-msrs.ts';
export * from './deprecate-auto-eoi.ts';
export * from './discover.ts';
export * from './enlightened-vmcs.ts';
export * from './enlightenment.ts';
export * from './eoi-assist.ts';
export * from './flush-hypercall.ts';
export * from './frequency-msrs.ts';
export * from './guest-idle.ts';
export * from './hypercall-page.ts';
export * from './lazy-tpr.ts';
export * from './local-tlb-flush.ts';
export * from './long-spin-wait.ts';
export * from './nested-direct-flush.ts';
export * from './pc-clock-reads.ts';
export * from './reenlightenment.ts';
export * from './reference-counter.ts';
export * from './reference-tsc.ts';
export * from './relaxed-timing.ts';
export * from './remote-tlb-flush.ts';
export * from './reset-msr.ts';
export * from './spin-locks.ts';
export * from './synic-vmbus.ts';
export * from './synthetic-timers.ts';
export * from './system-call.ts';
export * from './tick-sources.ts';
export * from './tsc-invariant-control.ts';
export * from './vp-index.ts';

/** The contracts. */
export const ENLIGHTENMENTS: readonly Enlightenment[] = [
  HYPERCALL_PAGE, // 1
  VP_INDEX, // 2
  ADDRESS_SPACE_SWITCH, // 3
  LOCAL_TLB_FLUSH, // 4
  REMOTE_TLB_FLUSH, // 5
  APIC_MSRS, // 6
  EOI_ASSIST, // 7
  LAZY_TPR, // 8
  REFERENCE_COUNTER, // 9
  REFERENCE_TSC, // 10
  FREQUENCY_MSRS, // 11
  SYNTHETIC_TIMERS, // 12
  LONG_SPIN_WAIT, // 13
  CLUSTER_IPI, // 14
  RELAXED_TIMING, // 15
  GUEST_IDLE, // 16
  CRASH_MSRS, // 17
  RESET_MSR, // 18
  DEPRECATE_AUTO_EOI, // 19
  TSC_INVARIANT_CONTROL, // 20
  REENLIGHTENMENT, // 21
  ENLIGHTENED_VMCS, // 22
  NESTED_DIRECT_FLUSH, // 23
  SYNIC_VMBUS, // 24
];

/** The contract of a name, or undefined while there is none. */
export const enlightenment = (id: Enlightenment['id']): Enlightenment | undefined =>
  ENLIGHTENMENTS.find((one) => one.id === id);
