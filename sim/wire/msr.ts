/**
 * The synthetic model-specific registers. Reading or writing one is an exit that the hypervisor alone handles.
 *
 * Sources: TLFS (pages "Hypercall Interface", "Inter-Partition Communication", "Timers", "Virtual Interrupts", "Partitions");
 * names as in Linux `arch/x86/include/asm/hyperv-tlfs.h` without the prefix `HV_X64_MSR_`.
 */
import { codes } from './codes.ts';

/** The synthetic model-specific registers, with their meaning (TLFS, "Synthetic MSRs"). */
export const syntheticMsrs = codes({
  GUEST_OS_ID: [0x4000_0000, 'who the guest is; must be non-zero before the hypercall page can be enabled'],
  HYPERCALL: [0x4000_0001, 'page number, enable (bit 0) and lock (bit 1) of the hypercall page'],
  VP_INDEX: [0x4000_0002, 'index of the virtual processor that reads it'],
  RESET: [0x4000_0003, 'bit 0: reset the partition'],
  VP_RUNTIME: [0x4000_0010, 'time this VP has run, 100 ns units'],
  TIME_REF_COUNT: [0x4000_0020, 'partition reference time, 100 ns units'],
  REFERENCE_TSC: [0x4000_0021, 'page number and enable bit of the reference TSC page'],
  TSC_FREQUENCY: [0x4000_0022, 'TSC frequency, Hz'],
  APIC_FREQUENCY: [0x4000_0023, 'APIC timer frequency, Hz'],
  EOI: [0x4000_0070, 'end of interrupt without an MMIO exit'],
  ICR: [0x4000_0071, 'interrupt command register, one access'],
  TPR: [0x4000_0072, 'task priority'],
  VP_ASSIST_PAGE: [0x4000_0073, 'page number and enable bit of the assist page (EOI assist)'],
  SCONTROL: [0x4000_0080, 'bit 0: this VP’s SynIC is enabled'],
  SVERSION: [0x4000_0081, 'SynIC version, read-only: writing is #GP'],
  SIEFP: [0x4000_0082, 'page number and enable bit of the event flags page'],
  SIMP: [0x4000_0083, 'page number and enable bit of the message page'],
  EOM: [0x4000_0084, 'end of message: deliver the next queued message'],
  SINT0: [0x4000_0090, 'interrupt source 0: the hypervisor’s own messages'],
  SINT1: [0x4000_0091, 'interrupt source 1'],
  SINT2: [0x4000_0092, 'interrupt source 2: VMBus by convention'],
  SINT3: [0x4000_0093, 'interrupt source 3'],
  SINT4: [0x4000_0094, 'interrupt source 4'],
  SINT5: [0x4000_0095, 'interrupt source 5'],
  SINT6: [0x4000_0096, 'interrupt source 6'],
  SINT7: [0x4000_0097, 'interrupt source 7'],
  SINT8: [0x4000_0098, 'interrupt source 8'],
  SINT9: [0x4000_0099, 'interrupt source 9'],
  SINT10: [0x4000_009a, 'interrupt source 10'],
  SINT11: [0x4000_009b, 'interrupt source 11'],
  SINT12: [0x4000_009c, 'interrupt source 12'],
  SINT13: [0x4000_009d, 'interrupt source 13'],
  SINT14: [0x4000_009e, 'interrupt source 14'],
  SINT15: [0x4000_009f, 'interrupt source 15'],
  STIMER0_CONFIG: [0x4000_00b0, 'synthetic timer 0: mode, SINT or direct vector'],
  STIMER0_COUNT: [0x4000_00b1, 'synthetic timer 0: expiry or period, 100 ns units'],
  STIMER1_CONFIG: [0x4000_00b2, 'synthetic timer 1'],
  STIMER1_COUNT: [0x4000_00b3, 'synthetic timer 1'],
  STIMER2_CONFIG: [0x4000_00b4, 'synthetic timer 2'],
  STIMER2_COUNT: [0x4000_00b5, 'synthetic timer 2'],
  STIMER3_CONFIG: [0x4000_00b6, 'synthetic timer 3'],
  STIMER3_COUNT: [0x4000_00b7, 'synthetic timer 3'],
  GUEST_IDLE: [0x4000_00f0, 'reading it suspends the VP until an interrupt is pending'],
  CRASH_P0: [0x4000_0100, 'crash parameter 0'],
  CRASH_P1: [0x4000_0101, 'crash parameter 1'],
  CRASH_P2: [0x4000_0102, 'crash parameter 2'],
  CRASH_P3: [0x4000_0103, 'crash parameter 3'],
  CRASH_P4: [0x4000_0104, 'crash parameter 4'],
  CRASH_CTL: [0x4000_0105, 'bit 63: report the crash, bit 62: a text is in P3/P4'],
  REENLIGHTENMENT_CONTROL: [0x4000_0106, 'interrupt after migration to a host with another TSC'],
  TSC_EMULATION_CONTROL: [0x4000_0107, 'keep the old TSC rate after migration'],
  TSC_EMULATION_STATUS: [0x4000_0108, 'emulation in progress'],
  STIME_UNHALTED_TIMER_CONFIG: [0x4000_0114, 'timer that runs while the VP is not halted'],
  STIME_UNHALTED_TIMER_COUNT: [0x4000_0115, 'its count'],
  TSC_INVARIANT_CONTROL: [0x4000_0118, 'show the invariant TSC bit to the guest'],
});
/** Their addresses by name. */
export const HV_X64_MSR = syntheticMsrs.values;

/** Architectural MSRs that a paravirtual guest touches as well: TSC, APIC base, and the deadline of the APIC's timer. */
export const IA32_MSR = { TSC: 0x10, APIC_BASE: 0x1b, TSC_DEADLINE: 0x6e0 } as const;

/** Bits 12 and up of SIMP, SIEFP, HYPERCALL, REFERENCE_TSC and VP_ASSIST_PAGE: the page's address. */
export const MSR_PAGE_MASK = 0xffff_ffff_ffff_f000n;
/** Bit 0 of the same registers. */
export const MSR_PAGE_ENABLE = 1n;
/** Bit 1 of HYPERCALL: no further change until reset. */
export const MSR_HYPERCALL_LOCKED = 2n;

/** CRASH_CTL: the guest reports a crash; a text is in P3 (its address) and P4 (its length). */
export const CRASH_CTL = { MESSAGE: 1n << 62n, NOTIFY: 1n << 63n } as const;

/** True for an index in the range that TLFS reserves for synthetic registers. */
export const isSyntheticMsr = (index: number): boolean => index >= 0x4000_0000 && index <= 0x4000_0fff;
