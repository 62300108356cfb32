/** Which path a row of the trace stands for, so that lanes, diagrams and texts can be drawn from the rows alone. */
import type { Place } from '../machine/places.ts';
import type { RouteId } from '../machine/routes.ts';
import { X2APIC_MSR } from '../wire/apic.ts';
import { HVCALL } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';

/** Work in one place that is no passage of a route: its row's own length is its cost. */
export interface Work {
  readonly id: string;
  readonly place: Place;
  readonly title: string;
}

const ROUTES: Readonly<Record<string, RouteId>> = {
  'io.in': 'port-worker',
  'io.out': 'port-worker',
  'io.in.kernel': 'port-root-kernel',
  'io.out.kernel': 'port-root-kernel',
  'io.in.hypervisor': 'port-hypervisor',
  'io.out.hypervisor': 'port-hypervisor',
  'clock.syscall': 'clock-syscall',
  'clock.sysret': 'clock-sysret',
  'io.ins': 'port-string-worker',
  'io.outs': 'port-string-worker',
  'mmio.read': 'mmio-worker',
  'mmio.write': 'mmio-worker',
  'apic.read': 'hypervisor-apic',
  'apic.write': 'hypervisor-apic',
  'apic.served': 'apic-hardware',
  'apic.written': 'hypervisor-apic-write',
  'apic.threshold': 'hypervisor-tpr-threshold',
  'apic.eoi-level': 'hypervisor-eoi-level',
  cpuid: 'hypervisor-cpuid',
  'msr.read': 'hypervisor-msr',
  'msr.write': 'hypervisor-msr',
  hypercall: 'hypervisor-hypercall',
  halt: 'hypervisor-halt',
  idle: 'hypervisor-idle',
  pause: 'hypervisor-pause',
  'shadow.fill': 'shadow-fill',
  'shadow.reflect': 'shadow-reflect',
  'shadow.write': 'shadow-write',
  'shadow.invlpg': 'shadow-invlpg',
  'shadow.cr3': 'shadow-cr',
  'shadow.cr4': 'shadow-cr',
  'slat.violation': 'slat-violation',
  'irq.assert': 'irq-assert',
  'root.interrupt': 'signal-to-root',
  'root.signal': 'root-signal',
};

/** Vector on which Linux takes its synthetic interrupts: a passage of its own; a device's interrupt was counted when it was asserted. */
const SINT_VECTOR = 0xf3;

const WORKS: Readonly<Record<string, Work>> = {
  'sched.dispatch': {
    id: 'sched.dispatch',
    place: 'hypervisor',
    title: 'The processor changes to another VP',
  },
  'root.work': { id: 'root.work', place: 'root-kernel', title: 'The root’s kernel works' },
  'tlb.flush': { id: 'tlb.flush', place: 'guest-kernel', title: 'The guest flushes, and nothing exits' },
  'irq.take': { id: 'irq.take', place: 'hypervisor', title: 'The hypervisor injects an interrupt' },
  'irq.posted': { id: 'irq.posted', place: 'hardware', title: 'The processor delivers a posted interrupt' },
  'eoi.assist': { id: 'eoi.assist', place: 'guest-kernel', title: 'The guest looks at its assist page' },
  'clock.page': { id: 'clock.page', place: 'guest-kernel', title: 'The kernel reads the reference TSC page' },
  'clock.page.user': {
    id: 'clock.page.user',
    place: 'guest-user',
    title: 'The program reads the reference TSC page',
  },
  'worker.file': { id: 'worker.file', place: 'hardware', title: 'The disk works on a request of the worker' },
};

/** The route of a row, by its kind and its first number; `undefined` when the row is an instant or work in one place. */
export function routeOfRow(kind: string, a: number): RouteId | undefined {
  if (kind === 'hypercall' && a === HVCALL.SIGNAL_EVENT) return 'hypervisor-signal';
  if (kind === 'msr.write' && a >= HV_X64_MSR.EOI && a <= HV_X64_MSR.TPR) return 'hypervisor-eoi';
  if (kind.startsWith('msr.') && a >= X2APIC_MSR.FIRST && a <= X2APIC_MSR.LAST) return 'hypervisor-x2apic';
  if (kind === 'irq.take' && a === SINT_VECTOR) return 'signal-to-guest';
  return Object.hasOwn(ROUTES, kind) ? ROUTES[kind] : undefined;
}

/** The work in one place that a row stands for. */
export const workOfRow = (kind: string): Work | undefined =>
  Object.hasOwn(WORKS, kind) ? WORKS[kind] : undefined;
