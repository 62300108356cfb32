/**
 * Row 6: EOI, ICR and TPR as synthetic MSRs. A store to the APIC page must be decoded and emulated; an MSR says by itself what is meant.
 *
 * Sources: TLFS, "Local APIC MSR Accesses"; Linux `arch/x86/hyperv/hv_apic.c` (hv_apic_init: "the architectural x2apic MSRs function just as
 * well", so they are not used in x2APIC mode).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { access, hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 6. */
export const APIC_MSRS = defineEnlightenment({
  id: 'apic-msrs',
  row: 6,
  title: 'APIC registers as MSRs',
  what: 'End of interrupt, interrupt command and task priority by WRMSR instead of a store to the APIC page.',
  discovery: [
    access('APIC_ACCESS', 'HV_MSR_APIC_ACCESS_AVAILABLE'),
    hint('APIC_ACCESS', 'HV_X64_APIC_ACCESS_RECOMMENDED'),
  ],
  mechanisms: ['msr'],
  msrs: [HV_X64_MSR.EOI, HV_X64_MSR.ICR, HV_X64_MSR.TPR],
  hypercalls: [],
  without:
    'Stores to the page at FEE00000: each is an exit whose instruction must be decoded; an IPI takes three.',
  exits: ['1 dear exit an access, 3 an IPI', '1 cheap exit each'],
  caution:
    'A loss where the processor serves the APIC itself (APICv, AVIC): it serves the page and the MSRs of x2APIC mode, not these. The hint is off there.',
  since: '2008',
  offered: (features) => features.hypervisorPresent && features.apicMsrs,
  depth: 'functional',
  sources: ['TLFS: virtual-interrupts, Local APIC MSR Accesses', 'Linux: arch/x86/hyperv/hv_apic.c'],
});

/** Without it: from here on the processor uses its APIC page. */
export function useApicPage(cpu: Cpu): void {
  cpu.eoiMethod = 'mmio';
  cpu.tprMethod = 'mmio';
}

/** With it: from here on the processor uses the synthetic MSRs. */
export function useApicMsrs(cpu: Cpu): void {
  cpu.eoiMethod = 'msr';
  cpu.tprMethod = 'msr';
}

/** Without it: an interrupt to the processor with an APIC id. */
export function* sendByPage(cpu: Cpu, apicId: number, vector: number): Program {
  yield* cpu.sendIpi(apicId, vector, 'mmio');
}

/** With it. */
export function* sendByMsr(cpu: Cpu, apicId: number, vector: number): Program {
  yield* cpu.sendIpi(apicId, vector, 'msr');
}
