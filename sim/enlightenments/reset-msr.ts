/**
 * Row 18: the reset register. One write resets the partition, whatever state its devices and its chipset are in.
 *
 * Source: TLFS "Partition Properties", "Virtual system reset"; QEMU `docs/system/i386/hyperv.rst` (hv-reset: "modern Hyper-V versions
 * don't expose it").
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { access, hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 18. */
export const RESET_MSR = defineEnlightenment({
  id: 'reset-msr',
  row: 18,
  title: 'Reset register',
  what: 'One write resets the machine.',
  discovery: [
    access('RESET', 'HV_MSR_RESET_AVAILABLE'),
    hint('SYSTEM_RESET', 'HV_X64_SYSTEM_RESET_RECOMMENDED'),
  ],
  mechanisms: ['msr'],
  msrs: [HV_X64_MSR.RESET],
  hypercalls: [],
  without:
    'The keyboard controller’s reset line, port CF9 of the chipset, or a triple fault, in this order until one works.',
  exits: ['1 at a device, or several', '1'],
  caution:
    'Nobody counts exits at a reset. What it buys is that it works on a machine without these devices.',
  since: '2008',
  offered: (features) => features.reset,
  depth: 'functional',
  sources: ['TLFS: partition-properties, virtual system reset', 'QEMU: docs/system/i386/hyperv.rst'],
});

/** Command port of the keyboard controller, and the command that pulses its reset line. */
const I8042_COMMAND = 0x64;
const I8042_RESET = 0xfe;

/** Without it: the reset line of the keyboard controller. */
export function* resetByKeyboardController(cpu: Cpu): Program {
  yield* cpu.out8(I8042_COMMAND, I8042_RESET);
}

/** With it. True when the hypervisor has the register. */
export function* resetByMsr(cpu: Cpu): Program<boolean> {
  yield* cpu.wrmsr(HV_X64_MSR.RESET, 1n);
  return cpu.fault === undefined;
}
