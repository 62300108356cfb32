/**
 * All routes by name, their numbers, and which of them count as what. Each family stands in a file of its own, `routes-*.ts`.
 */
import type { Route } from './route.ts';
import { APIC_ROUTES } from './routes-apic.ts';
import { CLOCK_ROUTES } from './routes-clock.ts';
import { IDLE_STATE_ROUTES } from './routes-idle.ts';
import { IO_ROUTES } from './routes-io.ts';
import { MEMORY_ROUTES } from './routes-memory.ts';
import { NESTED_ROUTES } from './routes-nested.ts';
import { SCHEDULER_ROUTES } from './routes-scheduler.ts';
import { SPIN_ROUTES } from './routes-spin.ts';

export * from './route.ts';

/** Hyper-V: a microkernelised type 1 hypervisor. */
export const HYPER_V_ROUTES = {
  ...IO_ROUTES,
  ...MEMORY_ROUTES,
  ...SCHEDULER_ROUTES,
  ...APIC_ROUTES,
  ...NESTED_ROUTES,
  ...SPIN_ROUTES,
  ...CLOCK_ROUTES,
  ...IDLE_STATE_ROUTES,
} satisfies Readonly<Record<string, Route>>;

/** Names of the routes. */
export type RouteId = keyof typeof HYPER_V_ROUTES;

/** Every route has a number: the index of its counter and of its costs. */
export const ROUTE_IDS = Object.keys(HYPER_V_ROUTES) as readonly RouteId[];

/** The number of a route. */
export const ROUTE = Object.fromEntries(ROUTE_IDS.map((id, index) => [id, index])) as Readonly<
  Record<RouteId, number>
>;

/** Exits that a device in the root answers. */
export const DEVICE_ROUTES: readonly RouteId[] = [
  'port-worker',
  'port-string-worker',
  'mmio-worker',
  'port-root-kernel',
];

/** Exits that the hypervisor answers by itself. */
export const HYPERVISOR_ROUTES: readonly RouteId[] = [
  'hypervisor-cpuid',
  'hypervisor-msr',
  'hypervisor-hypercall',
  'hypervisor-signal',
  'hypervisor-apic',
  'hypervisor-eoi',
  'shadow-fill',
  'shadow-reflect',
  'shadow-write',
  'shadow-invlpg',
  'shadow-cr',
  'slat-violation',
  'hypervisor-rdtsc',
  'nested-exit',
  'nested-entry',
  'hypervisor-x2apic',
  'hypervisor-tpr-threshold',
  'hypervisor-eoi-level',
  'hypervisor-apic-write',
  'nested-vmaccess',
  'nested-direct',
  'hypervisor-pause',
  'port-hypervisor',
];

/**
 * Passages that do not count as work: a guest that waits for a device halts or runs another of its threads, and which of the two
 * says nothing about the device. Their time is charged and they have counters of their own.
 */
export const IDLE_ROUTES: readonly RouteId[] = ['hypervisor-halt', 'hypervisor-idle'];

/** Passages whose switches are added up. */
export const WORK_ROUTES: readonly RouteId[] = ROUTE_IDS.filter((id) => !IDLE_ROUTES.includes(id));
