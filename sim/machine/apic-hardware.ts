/**
 * What the host's processor does for a virtual APIC by itself. One for each partition.
 *
 * FlexPriority (2007) keeps the task priority in a shadow. APICv (2013, AVIC on AMD) also ends interrupts, sends to oneself, and takes
 * posted interrupts from other processors. It cannot do AutoEOI: hardware that injects an interrupt always sets its in-service bit. One
 * unmasked AutoEOI source therefore switches it off for the whole partition, as KVM does (arch/x86/kvm/hyperv.c, synic_update_vector:
 * APICV_INHIBIT_REASON_HYPERV) and as OpenVMM does for a processor (virt_support_apic, OffloadNotSupported).
 */
import type { Features } from './features.ts';

export class ApicHardware {
  private readonly flexPriority: boolean;
  private readonly apicv: boolean;
  /** Unmasked AutoEOI sources, by processor. */
  private readonly autoEoi: number[] = [];

  constructor({ flexPriority, apicv }: Pick<Features, 'flexPriority' | 'apicv'>) {
    this.flexPriority = flexPriority;
    this.apicv = apicv;
  }

  /** True while the processor serves EOI, task priority and self-IPI, and injects without the hypervisor. */
  get delivers(): boolean {
    return this.apicv && !this.inhibited;
  }

  /** True while stores to the task priority in the APIC page cause no exit. */
  get shadowsTpr(): boolean {
    return this.flexPriority || this.delivers;
  }

  /** True while AutoEOI keeps the hypervisor from using what the processor could do. */
  get inhibited(): boolean {
    return this.autoEoi.some((sources) => sources > 0);
  }

  /** A processor now has so many unmasked AutoEOI sources. */
  setAutoEoiSources(vp: number, sources: number): void {
    this.autoEoi[vp] = sources;
  }
}
