/**
 * What a partition is offered: the switches behind the bits of the CPUID leaves 0x40000003 and 0x40000004. Every one that is on is
 * implemented here; what is not implemented is never advertised.
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
  hintApicMsrs: true,
  relaxedTiming: true,
  deprecateAutoEoi: false,
  spinCount: 4095,
};

const BY_ERA: Readonly<Record<Era, Features>> = {
  '2008': COMMON,
  '2012': { ...COMMON, referenceTsc: true, frequencyMsrs: true, crashMsrs: true },
  '2020': {
    ...COMMON,
    referenceTsc: true,
    frequencyMsrs: true,
    crashMsrs: true,
    directTimers: true,
    hypercallLock: true,
    sintPolling: true,
    hintApicMsrs: false,
    deprecateAutoEoi: true,
  },
};

/** What a host of the era offers a generation 1 partition, with some switches set otherwise. */
export function eraFeatures(era: Era, changes: Partial<Features> = {}): Features {
  return { ...BY_ERA[era], ...changes };
}
