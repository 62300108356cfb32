/**
 * Row 23: what L0 does for a nested hypervisor. Flush hypercalls of L2 go to L0 and no further; the MSR bitmap is merged only when L1 says
 * that it changed; on AMD, translations of the second level stay when L1 gives a new ASID, and go by hypercall.
 *
 * Modelled at the level of exit counts. Source: TLFS "Nested Virtualization", "Direct Virtual Flush", "Enlightened MSR Bitmap",
 * "Enlightened Second Level TLB Flushes"; QEMU `docs/system/i386/hyperv.rst`.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { NestedGuest } from '../machine/nested-guest.ts';
import { hvVpAssistPage } from '../wire/assist-page.ts';
import { hvEnlightenedVmcs } from '../wire/enlightened-vmcs.ts';
import { nested } from './discovery.ts';
import type { EnlightenedVmcs } from './enlightened-vmcs.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 23. */
export const NESTED_DIRECT_FLUSH = defineEnlightenment({
  id: 'nested-direct-flush',
  row: 23,
  title: 'Direct flush, MSR bitmap and TLB of nested guests',
  what: 'Our hypervisor serves some exits of a guest’s guest itself, or spares work at its entries.',
  discovery: [
    nested('DIRECT_FLUSH', 'HV_X64_NESTED_DIRECT_FLUSH'),
    nested('MSR_BITMAP', 'HV_X64_NESTED_MSR_BITMAP'),
  ],
  mechanisms: ['hypercall', 'shared-page'],
  msrs: [],
  hypercalls: [],
  without:
    'Every flush of L2 is reflected to L1, which flushes for it and enters it again; L0 merges the bitmaps at every entry.',
  exits: ['2 for a flush of L2, and L1’s own work', '1'],
  caution:
    'L1 must grant it on its assist page and in the VMCS. While L1 holds its guest’s translations locked it is told of each flush.',
  since: '2020',
  offered: (features) =>
    features.hintEnlightenedVmcs && features.nestedDirectFlush && features.nestedMsrBitmap,
  depth: 'counts',
  sources: ['TLFS: nested-virtualization', 'QEMU: docs/system/i386/hyperv.rst'],
});

/** L1 grants L2 flushes by L0: a switch on the assist page, one in the VMCS, and a page for locks that it must have zeroed. */
export function grantDirectFlush(cpu: Cpu, assist: number, vmcs: EnlightenedVmcs, locks: number): void {
  const { view } = cpu.memory;
  hvVpAssistPage.accessor('nested_control.features.directhypercall').set(view, assist, 1);
  hvEnlightenedVmcs.accessor('hv_enlightenments_control.nested_flush_hypercall').set(view, vmcs.gpa, 1);
  vmcs.set('partition_assist_page', locks);
}

/** L1 promises to say when its MSR bitmap has changed. */
export function promiseBitmap(cpu: Cpu, vmcs: EnlightenedVmcs): void {
  hvEnlightenedVmcs.accessor('hv_enlightenments_control.msr_bitmap').set(cpu.memory.view, vmcs.gpa, 1);
}

/** L2 flushes. Where L0 does not serve it, L1 does, by `flushForL2`, and enters L2 again. */
export function* flushFromL2(l2: NestedGuest, flushForL2: () => Program): Program {
  if (yield* l2.flush()) return;
  yield* flushForL2();
  yield* l2.resume();
}
