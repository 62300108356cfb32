/**
 * Row 1: the hypercall page. The guest names itself and a page; the hypervisor lays code over the page, and calling its first byte is a
 * hypercall, whichever instruction the processor's vendor calls it by.
 *
 * Source: TLFS "Hypercall Interface", "Establishing the Hypercall Interface"; Linux `arch/x86/hyperv/hv_init.c`.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE, MSR_PAGE_MASK } from '../wire/msr.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 1. */
export const HYPERCALL_PAGE = defineEnlightenment({
  id: 'hypercall-page',
  row: 1,
  title: 'Hypercall page',
  what: 'A page of code that calls the hypervisor, whoever made the processor.',
  discovery: [access('HYPERCALL', 'HV_MSR_HYPERCALL_AVAILABLE')],
  mechanisms: ['msr', 'shared-page'],
  msrs: [HV_X64_MSR.GUEST_OS_ID, HV_X64_MSR.HYPERCALL],
  hypercalls: [],
  without: 'Nothing: there is no hypercall without it.',
  exits: ['none', 'three at start-up, none later'],
  caution:
    'It saves nothing by itself; every other hypercall needs it. A guest that calls before it has named itself gets #UD.',
  since: '2008',
  offered: (features) => features.hypervisorPresent,
  depth: 'functional',
  sources: ['TLFS: hypercall-interface', 'Linux: arch/x86/hyperv/hv_init.c'],
});

/**
 * Establishes the interface: identity if none is set, then the page, unless one is enabled already. False when the hypervisor refused:
 * the page is not RAM (#GP) or the enable bit did not stay.
 */
export function* establishHypercalls(cpu: Cpu, page: number, guestOsId: bigint): Program<boolean> {
  if ((yield* cpu.rdmsr(HV_X64_MSR.GUEST_OS_ID)) === 0n) yield* cpu.wrmsr(HV_X64_MSR.GUEST_OS_ID, guestOsId);
  const before = yield* cpu.rdmsr(HV_X64_MSR.HYPERCALL);
  if ((before & MSR_PAGE_ENABLE) !== 0n) return true;
  const kept = before & ~MSR_PAGE_MASK;
  yield* cpu.wrmsr(HV_X64_MSR.HYPERCALL, kept | BigInt(page) | MSR_PAGE_ENABLE);
  if (cpu.fault) return false;
  return ((yield* cpu.rdmsr(HV_X64_MSR.HYPERCALL)) & MSR_PAGE_ENABLE) !== 0n;
}
