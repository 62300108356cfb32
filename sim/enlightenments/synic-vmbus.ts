/**
 * Row 24: SynIC and VMBus. The guest has a second interrupt controller with a page of messages and a page of flags, and over it a bus
 * whose devices are rings in its own memory. This is what people call "enlightened I/O".
 *
 * Source: TLFS "Inter-Partition Communication"; Linux `drivers/hv/hv.c`, `drivers/hv/connection.c`.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HVCALL } from '../wire/hypercall.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE } from '../wire/msr.ts';
import { access, privilege } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

const SINTS = 16;

/** The contract of row 24. */
export const SYNIC_VMBUS = defineEnlightenment({
  id: 'synic-vmbus',
  row: 24,
  title: 'SynIC and VMBus',
  what: 'Messages, event flags and rings in shared memory in place of emulated devices.',
  discovery: [
    access('SYNIC', 'HV_MSR_SYNIC_AVAILABLE'),
    privilege('POST_MESSAGES', 'HV_POST_MESSAGES'),
    privilege('SIGNAL_EVENTS', 'HV_SIGNAL_EVENTS'),
  ],
  mechanisms: ['msr', 'hypercall', 'shared-page'],
  msrs: [
    HV_X64_MSR.SCONTROL,
    HV_X64_MSR.SVERSION,
    HV_X64_MSR.SIEFP,
    HV_X64_MSR.SIMP,
    HV_X64_MSR.EOM,
    ...Array.from({ length: SINTS }, (_, sint) => HV_X64_MSR.SINT0 + sint),
  ],
  hypercalls: [HVCALL.POST_MESSAGE, HVCALL.SIGNAL_EVENT],
  without: 'Devices of a PC: every access to a register is an exit that a process in the root answers.',
  exits: [
    '1 for every access to a device register, to the worker process',
    '1 signal for a request, or none',
  ],
  caution: 'It needs drivers. A signal for every request saves less than a queue that is never empty.',
  since: '2008',
  offered: (features) => features.synic && features.postMessages && features.signalEvents,
  depth: 'functional',
  sources: [
    'TLFS: inter-partition-communication',
    'Linux: drivers/hv/hv.c',
    'Linux: drivers/hv/connection.c',
  ],
});

/** Where a processor's SynIC puts things, and by which vector it says so. */
export interface SynicSetup {
  /** GPA of the message page. */
  readonly messages: number;
  /** GPA of the event flags page. */
  readonly events: number;
  readonly sint: number;
  readonly vector: number;
}

/** Brings up the SynIC of a processor: both pages, one source, and the master switch. False when a register refused (#GP). */
export function* startSynic(cpu: Cpu, { messages, events, sint, vector }: SynicSetup): Program<boolean> {
  const writes: readonly (readonly [number, bigint])[] = [
    [HV_X64_MSR.SIMP, BigInt(messages) | MSR_PAGE_ENABLE],
    [HV_X64_MSR.SIEFP, BigInt(events) | MSR_PAGE_ENABLE],
    [HV_X64_MSR.SINT0 + sint, BigInt(vector)],
    [HV_X64_MSR.SCONTROL, 1n],
  ];
  for (const [register, value] of writes) {
    yield* cpu.wrmsr(register, value);
    if (cpu.fault) return false;
  }
  return true;
}
