/**
 * Row 19: AutoEOI is deprecated. A SINT with AutoEOI needs no EOI; but a processor that injects interrupts by itself cannot do without the
 * in-service bit, so one such source switches that help off. The hint asks the guest to end its synthetic interrupts itself.
 *
 * Sources: TLFS, "Synthetic Interrupt Sources" and leaf 0x40000004 EAX bit 9; Linux `drivers/hv/hv.c` (hv_recommend_using_aeoi); KVM
 * `arch/x86/kvm/hyperv.c` (synic_update_vector: APICv is inhibited for the VM).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { HV_SYNIC_SINT } from '../wire/synic-constants.ts';
import { hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 19. */
export const DEPRECATE_AUTO_EOI = defineEnlightenment({
  id: 'deprecate-auto-eoi',
  row: 19,
  title: 'No AutoEOI',
  what: 'The hypervisor asks the guest to end synthetic interrupts itself, so that the processor may inject them.',
  discovery: [hint('DEPRECATING_AEOI', 'HV_DEPRECATING_AEOI_RECOMMENDED')],
  mechanisms: ['cpuid'],
  msrs: [HV_X64_MSR.SINT0, HV_X64_MSR.SINT2],
  hypercalls: [],
  without: 'Sets AutoEOI in its SINTs: no EOI for them, and every interrupt is injected by the hypervisor.',
  exits: [
    '0 an EOI; every injection by the hypervisor',
    '0 with APICv; without it 1, or what the assist page leaves',
  ],
  caution:
    'Without such a processor it costs an EOI that AutoEOI would have saved: older hosts do not set the hint.',
  since: '2020',
  offered: (features) => features.hypervisorPresent && features.deprecateAutoEoi,
  depth: 'functional',
  sources: [
    'TLFS: feature-discovery, Implementation Recommendations',
    'Linux: drivers/hv/hv.c',
    'KVM: arch/x86/kvm/hyperv.c, synic_update_vector',
  ],
});

/** Without it: opens a source whose interrupts end by themselves. Its handler must not write EOI. */
export function* openWithAutoEoi(cpu: Cpu, sint: number, vector: number): Program {
  yield* cpu.wrmsr(HV_X64_MSR.SINT0 + sint, HV_SYNIC_SINT.AUTO_EOI | BigInt(vector));
}

/** With it: opens a source whose handler ends its interrupts. */
export function* openWithEoi(cpu: Cpu, sint: number, vector: number): Program {
  yield* cpu.wrmsr(HV_X64_MSR.SINT0 + sint, BigInt(vector));
}
