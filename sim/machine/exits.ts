/** Trace kinds of exits and interrupts: one row for each exit, from the instruction to its completion. */

import type { Trace, TraceKind } from '../core/trace.ts';
import { traceKind } from '../core/trace.ts';
import { ROUTE_IDS } from './routes.ts';

/** The trace kinds of exits: what the guest did. */
export const EXIT_KINDS = {
  in: traceKind('io.in', ['port', 'value'], 'the guest reads a port'),
  out: traceKind('io.out', ['port', 'value'], 'the guest writes a port'),
  inKernel: traceKind('io.in.kernel', ['port', 'value'], 'the guest reads a port of the root’s kernel'),
  outKernel: traceKind('io.out.kernel', ['port', 'value'], 'the guest writes a port of the root’s kernel'),
  inHypervisor: traceKind('io.in.hypervisor', ['port', 'value'], 'the guest reads a port of the hypervisor'),
  outHypervisor: traceKind(
    'io.out.hypervisor',
    ['port', 'value'],
    'the guest writes a port of the hypervisor',
  ),
  ins: traceKind('io.ins', ['port', 'elements'], 'the guest reads a port repeatedly into memory'),
  outs: traceKind('io.outs', ['port', 'elements'], 'the guest writes a port repeatedly from memory'),
  load: traceKind('mmio.read', ['gpa', 'value'], 'the guest reads a device in memory'),
  store: traceKind('mmio.write', ['gpa', 'value'], 'the guest writes a device in memory'),
  apicRead: traceKind('apic.read', ['offset', 'value'], 'the guest reads its local APIC'),
  apicWrite: traceKind('apic.write', ['offset', 'value'], 'the guest writes its local APIC'),
  cpuid: traceKind('cpuid', ['leaf', 'eax'], 'the guest executes CPUID'),
  rdmsr: traceKind('msr.read', ['index', 'fault'], 'the guest reads an MSR; fault 1 means #GP'),
  wrmsr: traceKind('msr.write', ['index', 'fault'], 'the guest writes an MSR; fault 1 means #GP'),
  hypercall: traceKind(
    'hypercall',
    ['code', 'status'],
    'the guest calls the hypervisor; status -1 means #UD',
  ),
  pause: traceKind('pause', ['gave'], 'the guest waits in a loop; gave 1 when its processor went to another'),
  halt: traceKind('halt', [], 'the guest waits for an interrupt'),
  interrupt: traceKind('irq.take', ['vector', 'halted'], 'the guest takes an interrupt'),
  lost: traceKind('irq.lost', ['vector'], 'the guest has no handler for an interrupt'),
  assert: traceKind('irq.assert', ['vector', 'vp'], 'the worker asserts an interrupt'),
  posted: traceKind('irq.posted', ['vector', 'halted'], 'the guest takes an interrupt without an exit'),
  apicServed: traceKind(
    'apic.served',
    ['offset', 'value'],
    'the processor serves an access to the local APIC',
  ),
  apicWritten: traceKind(
    'apic.written',
    ['offset', 'value'],
    'a store to the local APIC exits when it is done',
  ),
  tprThreshold: traceKind('apic.threshold', ['offset', 'value'], 'the task priority falls below what waits'),
  eoiLevel: traceKind('apic.eoi-level', ['offset', 'value'], 'EOI of a level-triggered interrupt'),
  eoiAssist: traceKind('eoi.assist', ['spared'], 'the guest looks at the assist page; spared 1 means no EOI'),
  rootSignal: traceKind('root.signal', ['sint', 'flag'], 'the root signals the guest by a hypercall'),
} as const;

/** Name of an exit in the code. */
export type ExitKind = keyof typeof EXIT_KINDS;

/** Numbers of the kinds in one trace. */
export function exitKinds(trace: Trace): Record<ExitKind, number> {
  const entries = Object.entries(EXIT_KINDS) as [ExitKind, TraceKind][];
  return Object.fromEntries(entries.map(([name, kind]) => [name, trace.kind(kind)])) as Record<
    ExitKind,
    number
  >;
}

/** Kinds of port accesses by the number of their route: the row says where the device was. */
export function portKinds(kinds: Readonly<Record<ExitKind, number>>): {
  readonly in: readonly number[];
  readonly out: readonly number[];
} {
  const place = (worker: number, kernel: number, hypervisor: number): number[] =>
    ROUTE_IDS.map((id) =>
      id === 'port-root-kernel' ? kernel : id === 'port-hypervisor' ? hypervisor : worker,
    );
  return {
    in: place(kinds.in, kinds.inKernel, kinds.inHypervisor),
    out: place(kinds.out, kinds.outKernel, kinds.outHypervisor),
  };
}
