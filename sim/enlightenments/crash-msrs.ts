/**
 * Row 17: crash registers. A guest that stops tells the host why: five numbers, and a text if it has one. Without them the host sees a
 * machine that restarts, or one that does nothing.
 *
 * Source: TLFS "Partition Properties", "Guest crash enlightenment"; `datatypes/hv_crash_ctl_reg_contents.md`; Linux
 * `drivers/hv/hv_common.c` (`hyperv_report_panic`, `hv_kmsg_dump`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { CRASH_CTL, HV_X64_MSR } from '../wire/msr.ts';
import { feature } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 17. */
export const CRASH_MSRS = defineEnlightenment({
  id: 'crash-msrs',
  row: 17,
  title: 'Crash registers',
  what: 'A guest that stops leaves five numbers and a text with the host.',
  discovery: [feature('GUEST_CRASH_MSR', 'HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE')],
  mechanisms: ['msr'],
  msrs: [
    HV_X64_MSR.CRASH_P0,
    HV_X64_MSR.CRASH_P1,
    HV_X64_MSR.CRASH_P2,
    HV_X64_MSR.CRASH_P3,
    HV_X64_MSR.CRASH_P4,
    HV_X64_MSR.CRASH_CTL,
  ],
  hypercalls: [],
  without: 'The machine restarts or hangs; the host learns nothing.',
  exits: ['none', '6, once in the life of a guest'],
  caution: 'It saves nothing: it is for the people who look after the host.',
  since: '2012',
  offered: (features) => features.crashMsrs,
  depth: 'functional',
  sources: ['TLFS: partition-properties, guest crash enlightenment', 'Linux: drivers/hv/hv_common.c'],
});

/** What a guest says of its end: the code of a Windows bug check and its four parameters, or what Linux puts there. */
export type CrashParameters = readonly [bigint, bigint, bigint, bigint, bigint];

/** Reports five numbers: five writes, and one that says so. */
export function* reportCrash(cpu: Cpu, parameters: CrashParameters): Program {
  for (const [index, value] of parameters.entries()) yield* cpu.wrmsr(HV_X64_MSR.CRASH_P0 + index, value);
  yield* cpu.wrmsr(HV_X64_MSR.CRASH_CTL, CRASH_CTL.NOTIFY);
}

/** Reports a text of `length` bytes at `gpa`, in the place of the last two numbers. */
export function* reportCrashText(
  cpu: Cpu,
  parameters: readonly [bigint, bigint, bigint],
  gpa: number,
  length: number,
): Program {
  const all = [...parameters, BigInt(gpa), BigInt(length)];
  for (const [index, value] of all.entries()) yield* cpu.wrmsr(HV_X64_MSR.CRASH_P0 + index, value);
  yield* cpu.wrmsr(HV_X64_MSR.CRASH_CTL, CRASH_CTL.NOTIFY | CRASH_CTL.MESSAGE);
}
