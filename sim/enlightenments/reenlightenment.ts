/**
 * Row 21: re-enlightenment. A guest that runs guests of its own gave them a clock page with the TSC's scale. After a move to a host with
 * another TSC that scale is wrong; the guest is told by an interrupt, and until it has put things right every RDTSC is emulated at the old rate.
 *
 * Source: TLFS "Nested Virtualization", "Live Migration Notification" and "TSC Emulation"; Linux `arch/x86/hyperv/hv_init.c`
 * (`set_hv_tscchange_cb`, `hv_reenlightenment_notify`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 21. */
export const REENLIGHTENMENT = defineEnlightenment({
  id: 'reenlightenment',
  row: 21,
  title: 'Re-enlightenment',
  what: 'After a move to another host the guest is interrupted, and its TSC keeps the old rate until it says that it knows the new one.',
  discovery: [access('REENLIGHTENMENT', 'HV_ACCESS_REENLIGHTENMENT')],
  mechanisms: ['msr'],
  msrs: [
    HV_X64_MSR.REENLIGHTENMENT_CONTROL,
    HV_X64_MSR.TSC_EMULATION_CONTROL,
    HV_X64_MSR.TSC_EMULATION_STATUS,
  ],
  hypercalls: [],
  without:
    'The TSC changes its rate under the guest; the clocks that it gave its own guests go wrong without a word.',
  exits: [
    'none, and wrong clocks after a move',
    '1 for each RDTSC between the move and the acknowledgement, none else',
  ],
  caution:
    'RDTSC is dear until the guest acknowledges. Where the processor scales the TSC nothing of this is needed.',
  since: '2020',
  offered: (features) => features.reenlightenment,
  depth: 'functional',
  sources: ['TLFS: nested-virtualization', 'Linux: arch/x86/hyperv/hv_init.c'],
});

/** REENLIGHTENMENT_CONTROL for a vector on a processor. */
export const reenlightenmentControl = (vector: number, vp: number): bigint =>
  BigInt(vector) | (1n << 16n) | (BigInt(vp) << 32n);

/** Asks for the interrupt on this processor, and for the old rate after a move. */
export function* watchTscChange(cpu: Cpu, vector: number): Program {
  yield* cpu.wrmsr(HV_X64_MSR.REENLIGHTENMENT_CONTROL, reenlightenmentControl(vector, cpu.index));
  yield* cpu.wrmsr(HV_X64_MSR.TSC_EMULATION_CONTROL, 1n);
}

/** After the interrupt: `update` gives the new scale to whoever reads the TSC, then emulation ends. */
export function* acknowledgeTscChange(cpu: Cpu, update: () => void): Program {
  if (((yield* cpu.rdmsr(HV_X64_MSR.TSC_EMULATION_STATUS)) & 1n) === 0n) return;
  update();
  yield* cpu.wrmsr(HV_X64_MSR.TSC_EMULATION_STATUS, 0n);
}
