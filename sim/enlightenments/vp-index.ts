/**
 * Row 2: the VP index. The number by which hypercalls name a processor; it need not be the APIC id, and it has 32 bits.
 *
 * Source: TLFS `datatypes/hv_vp_index.md` and "Virtual Processors"; Linux `arch/x86/hyperv/hv_init.c` (`hv_vp_index[]`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 2. */
export const VP_INDEX = defineEnlightenment({
  id: 'vp-index',
  row: 2,
  title: 'Virtual processor index',
  what: 'The number by which the hypervisor knows a processor; sets of processors are made of it.',
  discovery: [access('VP_INDEX', 'HV_MSR_VP_INDEX_AVAILABLE')],
  mechanisms: ['msr'],
  msrs: [HV_X64_MSR.VP_INDEX],
  hypercalls: [],
  without:
    'CPUID leaf 1 gives the initial APIC id: 8 bits of it, and no promise that hypercalls count alike.',
  exits: ['1 at start-up', '1 at start-up'],
  caution: 'It saves no exit. It is needed before a guest can flush or interrupt others by hypercall.',
  since: '2008',
  offered: (features) => features.hypervisorPresent,
  depth: 'functional',
  sources: ['TLFS: datatypes/hv_vp_index', 'Linux: arch/x86/hyperv/hv_init.c'],
});

/** Without it: initial APIC id of the processor, from CPUID leaf 1 EBX bits 24 to 31. */
export function* readApicId(cpu: Cpu): Program<number> {
  return (yield* cpu.cpuid(1)).ebx >>> 24;
}

/** With it: index of the processor. */
export function* readVpIndex(cpu: Cpu): Program<number> {
  return Number(yield* cpu.rdmsr(HV_X64_MSR.VP_INDEX));
}
