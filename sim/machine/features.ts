/**
 * What a partition is offered: the switches behind the bits of the CPUID leaves 0x40000003, 0x40000004 and 0x4000000A. Every one that is
 * on is implemented; what is not implemented is never advertised. A privilege says that the partition may; a hint says that it should.
 */
import type { Era } from './costs.ts';

export interface Features {
  /** CPUID.1 ECX bit 31. Off: the guest sees a plain PC and no synthetic register exists. */
  readonly hypervisorPresent: boolean;
  /** Reference counter, MSR 0x40000020. */
  readonly timeRefCount: boolean;
  /** SynIC registers. */
  readonly synic: boolean;
  /** Synthetic timers. */
  readonly syntheticTimers: boolean;
  /** Timers may raise a vector without a message. */
  readonly directTimers: boolean;
  /** EOI, ICR and TPR as MSRs, and the assist page register. */
  readonly apicMsrs: boolean;
  /** CPUID.1 ECX bit 21: the local APIC has an x2APIC mode. Off unless asked for: the guests that are recorded do not use it. */
  readonly x2apic: boolean;
  /** CPUID.1 ECX bit 24: the timer of the local APIC can wait for a value of the TSC. */
  readonly tscDeadline: boolean;
  /** The processor serves the task priority of the APIC page without an exit (Intel FlexPriority). No bit: a guest only sees time. */
  readonly flexPriority: boolean;
  /** The processor serves EOI, task priority and self-IPI without an exit, and takes posted interrupts (APICv, AVIC). */
  readonly apicv: boolean;
  /** VP_RUNTIME. */
  readonly vpRuntime: boolean;
  /** RESET. */
  readonly reset: boolean;
  /** Reference TSC page. */
  readonly referenceTsc: boolean;
  /** The page is valid (sequence 1). Off: sequence 0, the guest falls back to the counter. For guests whose TSC is not ours. */
  readonly referenceTscValid: boolean;
  /** TSC and APIC frequency registers. */
  readonly frequencyMsrs: boolean;
  /** Crash parameter registers. */
  readonly crashMsrs: boolean;
  /** HYPERCALL may be locked. */
  readonly hypercallLock: boolean;
  /** A SINT may be polled. */
  readonly sintPolling: boolean;
  /** POST_MESSAGE is allowed. */
  readonly postMessages: boolean;
  /** SIGNAL_EVENT is allowed. */
  readonly signalEvents: boolean;
  /** GET_PARTITION_ID is allowed: a privilege of roots. */
  readonly accessPartitionId: boolean;
  /** GET_VP_INDEX_FROM_APIC_ID is allowed. */
  readonly accessVpRegisters: boolean;
  /** GUEST_IDLE: reading it suspends the VP until an interrupt is pending. */
  readonly guestIdle: boolean;
  /** Re-enlightenment and TSC emulation controls. */
  readonly reenlightenment: boolean;
  /** TSC_INVARIANT_CONTROL. */
  readonly tscInvariant: boolean;
  /** Fast hypercalls take up to 112 bytes, in XMM0 to XMM5. */
  readonly hypercallXmmInput: boolean;
  /** Fast hypercalls return in the same registers. */
  readonly hypercallXmmOutput: boolean;
  /** Flush hypercalls take ranges of large pages. */
  readonly extendedGvaRanges: boolean;
  /** Hint: switch address spaces by hypercall (shadow paging). */
  readonly hintAddressSpaceSwitch: boolean;
  /** Hint: flush one's own translations by hypercall (shadow paging). */
  readonly hintLocalFlush: boolean;
  /** Hint: flush those of other processors by hypercall. */
  readonly hintRemoteFlush: boolean;
  /** Hint: toggle CR4.PGE to flush one's own translations. */
  readonly hintDirectLocalFlush: boolean;
  /** Hint: reset by MSR. */
  readonly hintSystemReset: boolean;
  /** Hint: x2APIC registers. */
  readonly hintX2apic: boolean;
  /** Hint: IPIs by hypercall. */
  readonly hintClusterIpi: boolean;
  /** Hint: the Ex hypercalls with sparse VP sets, for more than 64 processors. */
  readonly hintExProcessorMasks: boolean;
  /** Hint: a hypervisor in the partition keeps its VMCS in plain memory. Leaf 0x4000000A exists then. */
  readonly hintEnlightenedVmcs: boolean;
  /** Guests of that hypervisor flush by hypercalls that we serve. */
  readonly nestedDirectFlush: boolean;
  /** That hypervisor says when its MSR bitmap has changed. */
  readonly nestedMsrBitmap: boolean;
  /** That hypervisor flushes second-level translations by hypercall only (AMD). */
  readonly nestedEnlightenedTlb: boolean;
  /** Hint: EOI, ICR and TPR by MSR. */
  readonly hintApicMsrs: boolean;
  /** Hint: no watchdogs. */
  readonly relaxedTiming: boolean;
  /** Hint: no AutoEOI. */
  readonly deprecateAutoEoi: boolean;
  /** How often a guest tries a spin lock before it calls NOTIFY_LONG_SPIN_WAIT; 0xffffffff never. */
  readonly spinCount: number;
}

const COMMON: Features = {
  hypervisorPresent: true,
  timeRefCount: true,
  synic: true,
  syntheticTimers: true,
  directTimers: false,
  apicMsrs: true,
  x2apic: false,
  tscDeadline: false,
  flexPriority: false,
  apicv: false,
  vpRuntime: true,
  reset: true,
  referenceTsc: false,
  referenceTscValid: true,
  frequencyMsrs: false,
  crashMsrs: false,
  hypercallLock: false,
  sintPolling: false,
  postMessages: true,
  signalEvents: true,
  accessPartitionId: false,
  accessVpRegisters: false,
  guestIdle: false,
  reenlightenment: false,
  tscInvariant: false,
  hypercallXmmInput: false,
  hypercallXmmOutput: false,
  extendedGvaRanges: false,
  hintAddressSpaceSwitch: false,
  hintLocalFlush: false,
  hintRemoteFlush: false,
  hintDirectLocalFlush: false,
  hintSystemReset: false,
  hintX2apic: false,
  hintClusterIpi: false,
  hintExProcessorMasks: false,
  hintEnlightenedVmcs: false,
  nestedDirectFlush: false,
  nestedMsrBitmap: false,
  nestedEnlightenedTlb: false,
  hintApicMsrs: true,
  relaxedTiming: true,
  deprecateAutoEoi: false,
  spinCount: 4095,
};

const BY_ERA: Readonly<Record<Era, Features>> = {
  '2008': COMMON,
  '2012': { ...COMMON, referenceTsc: true, frequencyMsrs: true, crashMsrs: true, guestIdle: true },
  '2020': {
    ...COMMON,
    referenceTsc: true,
    frequencyMsrs: true,
    crashMsrs: true,
    guestIdle: true,
    directTimers: true,
    hypercallLock: true,
    sintPolling: true,
    reenlightenment: true,
    tscInvariant: true,
    hypercallXmmInput: true,
    hypercallXmmOutput: true,
    hintClusterIpi: true,
    hintExProcessorMasks: true,
    hintApicMsrs: false,
    deprecateAutoEoi: true,
  },
};

/** What a host of the era offers a generation 1 partition, with some switches set otherwise. */
export function eraFeatures(era: Era, changes: Partial<Features> = {}): Features {
  return { ...BY_ERA[era], ...changes };
}
