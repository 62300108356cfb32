/**
 * Row 20: TSC invariant control. The guest says that it wants to see in CPUID that its TSC runs at one rate, and from then on may trust
 * it: where the hypervisor scales the TSC in hardware, a move to another host does not change the rate.
 *
 * Source: TLFS `datatypes/hv_partition_privilege_mask.md`; Linux `arch/x86/kernel/cpu/mshyperv.c` (`HV_EXPOSE_INVARIANT_TSC`),
 * `Documentation/virt/hyperv/clocks.rst`; KVM `arch/x86/kvm/hyperv.c` (`kvm_hv_invtsc_suppressed`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 20. */
export const TSC_INVARIANT_CONTROL = defineEnlightenment({
  id: 'tsc-invariant-control',
  row: 20,
  title: 'TSC invariant control',
  what: 'The guest asks to be told by CPUID that the TSC keeps its rate, and may then do without the reference page.',
  discovery: [access('TSC_INVARIANT', 'HV_ACCESS_TSC_INVARIANT')],
  mechanisms: ['msr', 'cpuid'],
  msrs: [HV_X64_MSR.TSC_INVARIANT_CONTROL],
  hypercalls: [],
  without:
    'CPUID does not say that the TSC is invariant; the guest keeps the reference TSC page as its clock.',
  exits: ['none', '2 at start-up'],
  caution:
    'The clock costs no exit either way. The hypervisor must scale the TSC in hardware after a move, or the promise is broken.',
  since: '2020',
  offered: (features) => features.tscInvariant,
  depth: 'functional',
  sources: ['Linux: arch/x86/kernel/cpu/mshyperv.c', 'Linux: Documentation/virt/hyperv/clocks.rst'],
});

/** Advanced power management; EDX bit 8 is the invariant TSC. */
const POWER_LEAF = 0x8000_0007;
const INVARIANT = 0x100;

/** Without it: whether CPUID says that the TSC is invariant. */
export function* isTscInvariant(cpu: Cpu): Program<boolean> {
  return ((yield* cpu.cpuid(POWER_LEAF)).edx & INVARIANT) !== 0;
}

/** With it: asks to be told, and looks. */
export function* exposeInvariantTsc(cpu: Cpu): Program<boolean> {
  yield* cpu.wrmsr(HV_X64_MSR.TSC_INVARIANT_CONTROL, 1n);
  return yield* isTscInvariant(cpu);
}
