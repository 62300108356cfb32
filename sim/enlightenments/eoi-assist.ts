/**
 * Row 7: EOI assist. The hypervisor says in a page of the guest that an interrupt needs no EOI; the guest clears the bit instead of an
 * exit.
 *
 * Sources: TLFS, "EOI Assist" and "Virtual Processor Assist Page"; Linux `arch/x86/hyperv/hv_init.c` (hv_cpu_init) and `hv_apic.c`
 * (hv_apic_eoi_write).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE, MSR_PAGE_MASK } from '../wire/msr.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 7. */
export const EOI_ASSIST = defineEnlightenment({
  id: 'eoi-assist',
  row: 7,
  title: 'EOI assist',
  what: 'A bit in the VP assist page says "no EOI required"; the guest clears it, and that was the end of the interrupt.',
  discovery: [access('APIC_ACCESS', 'HV_MSR_APIC_ACCESS_AVAILABLE')],
  mechanisms: ['msr', 'shared-page'],
  msrs: [HV_X64_MSR.VP_ASSIST_PAGE, HV_X64_MSR.EOI],
  hypercalls: [],
  without: 'Writes EOI for every interrupt: one exit each.',
  exits: ['1 an interrupt', '0 for an edge-triggered one behind which no other waits, else 1'],
  caution:
    'It spares nothing while lower-priority interrupts wait, for level-triggered ones, and for the outer of two nested ones. Where the processor ends interrupts itself it is not used.',
  since: '2008',
  offered: (features) => features.hypervisorPresent && features.apicMsrs,
  depth: 'functional',
  sources: [
    'TLFS: virtual-interrupts, EOI Assist',
    'TLFS: vp-properties, Virtual Processor Assist Page',
    'Linux: arch/x86/hyperv/hv_apic.c',
  ],
});

/** Gives the hypervisor a page of the guest and ends interrupts with its help from here on. Two exits. */
export function* placeAssistPage(cpu: Cpu, gpa: number): Program {
  const current = yield* cpu.rdmsr(HV_X64_MSR.VP_ASSIST_PAGE);
  yield* cpu.wrmsr(HV_X64_MSR.VP_ASSIST_PAGE, (current & ~MSR_PAGE_MASK) | BigInt(gpa) | MSR_PAGE_ENABLE);
  if (cpu.fault) return;
  cpu.assistPage = gpa;
  cpu.eoiMethod = 'assist';
}

/** Takes the page back; interrupts end by MSR again. May be done at any time, even with an interrupt in service. */
export function* removeAssistPage(cpu: Cpu): Program {
  const current = yield* cpu.rdmsr(HV_X64_MSR.VP_ASSIST_PAGE);
  yield* cpu.wrmsr(HV_X64_MSR.VP_ASSIST_PAGE, current & ~MSR_PAGE_ENABLE);
  cpu.assistPage = -1;
  cpu.eoiMethod = 'msr';
}

/** Without it: end of interrupt by MSR. One exit. */
export function* endWithoutAssist(cpu: Cpu): Program {
  yield* cpu.wrmsr(HV_X64_MSR.EOI, 0n);
}

/** With it: clears the bit, and writes EOI only if it was clear. */
export function* endWithAssist(cpu: Cpu): Program {
  yield* cpu.eoi();
}
