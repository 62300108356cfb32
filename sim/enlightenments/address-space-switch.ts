/**
 * Row 3: the switch of the address space. Under shadow tables MOV CR3 exits and, being a flush by definition, throws away what the
 * hypervisor has built for the next process. The hypercall exits as well and flushes nothing.
 *
 * Sources: WDK of 2009, HvSwitchVirtualAddressSpace; TLFS "Virtual MMU", "Virtual TLB Enhancements".
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { controlWord, HVCALL, resultStatus } from '../wire/hypercall.ts';
import { hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 3. */
export const ADDRESS_SPACE_SWITCH = defineEnlightenment({
  id: 'address-space-switch',
  row: 3,
  title: 'Address-space switch',
  what: 'CR3 changes by a hypercall that flushes nothing.',
  discovery: [hint('AS_SWITCH', 'HV_X64_AS_SWITCH_RECOMMENDED')],
  mechanisms: ['hypercall'],
  msrs: [],
  hypercalls: [HVCALL.SWITCH_VIRTUAL_ADDRESS_SPACE],
  without: 'MOV CR3, which also drops every translation that is not global.',
  exits: ['shadow tables: 1; second level: 0', '1'],
  caution:
    'With a second level MOV CR3 does not exit, so the hypercall is pure loss: such hosts do not set the hint. A guest that uses it must flush by hypercall when it frees the tables of a process.',
  since: '2008',
  offered: (features) => features.hypervisorPresent && features.hintAddressSpaceSwitch,
  depth: 'functional',
  sources: ['TLFS: virtual-mmu', 'WDK 2009: HvSwitchVirtualAddressSpace'],
});

/** Without it: MOV CR3. */
export function* switchByMov(cpu: Cpu, cr3: number): Program {
  yield* cpu.movCr3(cr3);
}

/** With it: one fast hypercall. Its status. */
export function* switchByHypercall(cpu: Cpu, cr3: number): Program<number> {
  const control = controlWord({ code: HVCALL.SWITCH_VIRTUAL_ADDRESS_SPACE, fast: 1 });
  return resultStatus(yield* cpu.vmcall(control, BigInt(cr3), 0n));
}
