/** What `who-is-enlightened` reports, and from which counters. */

import type { Mechanism } from '../enlightenments/enlightenment.ts';
import { ENLIGHTENMENTS } from '../enlightenments/index.ts';
import type { Metric, Series } from '../lab/experiment.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Job } from '../lab/profiled-kernel.ts';
import { JOBS } from '../lab/profiled-kernel.ts';
import type { UseReason, Uses } from '../lab/uses.ts';
import { inUse } from '../lab/uses.ts';
import type { RouteId } from '../machine/routes.ts';
import { DEVICE_ROUTES } from '../machine/routes.ts';

const perSecond = (label: string, doc: string, better: Metric['better'] = 'lower'): Metric => ({
  label,
  unit: '1/s',
  better,
  doc,
});

const percent = (label: string, doc: string, better: Metric['better']): Metric => ({
  label,
  unit: '%',
  better,
  doc,
});

export const whoMetrics = {
  exits: perSecond('Exits', 'Exits of all processors of the machine, those of idling left out.'),
  exitShare: percent(
    'Time in exits',
    'Share of the processors’ time between a VM exit and the next entry, by the costs of the routes.',
    'lower',
  ),
  work: percent('Time for computing', 'Share of the processors’ time that was left for work.', 'higher'),
  ringTransitions: perSecond('Ring transitions', 'Crossings between rings and between guest and hypervisor.'),
  deviceExits: perSecond('Exits to devices', 'Ports and memory of emulated devices.'),
  apicExits: perSecond('Exits for the APIC page', 'Accesses to the local APIC in memory.'),
  memoryExits: perSecond('Exits for memory', 'Fills, INVLPG and MOV CR3 under shadow tables.'),
  msrExits: perSecond('Exits for MSRs', 'Synthetic registers: clock, APIC, timers.'),
  callExits: perSecond('Hypercalls', 'Calls of the hypervisor, signals to the root among them.'),
  cpuidExits: perSecond('Exits for CPUID', 'While it works; start-up is counted apart.'),
  perRequest: {
    label: 'Exits of a disk request',
    unit: '',
    better: 'lower',
    doc: 'Mean of all requests of 4 KiB; 0 where there were none.',
  },
  sharedPage: perSecond(
    'Answers from shared pages',
    'Clock readings and ends of interrupts that a page in memory answered. No exit.',
    'higher',
  ),
  served: perSecond(
    'Served by the processor',
    'Accesses to the local APIC that the processor answered by itself. No exit.',
    'higher',
  ),
  halts: perSecond(
    'Times idle',
    'HLT, or the idle register. An exit, but none that costs anybody time.',
    'neither',
  ),
  inUse: countMetric('Enlightenments in use', 'Of the 24.', 'neither'),
  offered: countMetric(
    'Offered',
    'Enlightenments that this host has for its guest, recommended or not.',
    'neither',
  ),
  declined: countMetric(
    'Offered, and not used',
    'Of these, those that the system is known not to use.',
    'neither',
  ),
  byCall: countMetric('Of them by hypercall', 'Those in use that call the hypervisor.', 'neither'),
  noCall: countMetric(
    'Of them without a hypercall',
    'Those in use that are registers, pages or rules of the guest only.',
    'neither',
  ),
  notKnown: countMetric(
    'Not known',
    'Cells of the profile that nobody could fill: they count as no.',
    'neither',
  ),
  bootExits: countMetric('Exits of starting up', 'Looking, setting up, and measuring the processor’s speed.'),
  bootCpuid: countMetric('CPUID while starting up', 'How a guest finds out what there is.', 'neither'),
  jobs: countMetric('Jobs done', 'Readings, switches, flushes, requests: in the time measured.', 'higher'),
  behind: countMetric('Jobs behind', 'Jobs whose time had come and that were not done at the end.'),
  failures: countMetric('Failed requests', 'Requests to the disk that failed: must be none.'),
} satisfies Record<string, Metric>;

export type WhoMetric = keyof typeof whoMetrics;

/** Which routes make which kind of exit. */
export const EXIT_KIND_ROUTES = {
  deviceExits: [...DEVICE_ROUTES, 'port-hypervisor'],
  apicExits: ['hypervisor-apic', 'hypervisor-apic-write', 'hypervisor-tpr-threshold', 'hypervisor-eoi-level'],
  memoryExits: [
    'shadow-fill',
    'shadow-reflect',
    'shadow-write',
    'shadow-invlpg',
    'shadow-cr',
    'slat-violation',
  ],
  msrExits: ['hypervisor-msr', 'hypervisor-eoi', 'hypervisor-x2apic'],
  callExits: ['hypervisor-hypercall', 'hypervisor-signal'],
  cpuidExits: ['hypervisor-cpuid'],
} as const satisfies Partial<Record<WhoMetric, readonly RouteId[]>>;

/** Rows of the table of enlightenments that each job concerns. */
const ROWS: Partial<Record<Job, string>> = {
  clock: '9, 10',
  tick: '12',
  switch: '3',
  'local-flush': '4',
  'remote-flush': '5',
  ipi: '6, 14',
  level: '6, 8',
  eoi: '6, 7, 19',
  lock: '13',
  disk: '24',
  idle: '16',
};

/** A job, with its rows. */
export const jobLabel = (job: Job): string => (ROWS[job] ? `${JOBS[job]} (row ${ROWS[job]})` : JOBS[job]);

const MECHANISMS: Readonly<Record<Mechanism, string>> = {
  cpuid: 'CPUID alone',
  msr: 'MSR',
  hypercall: 'hypercall',
  'shared-page': 'shared page',
  'guest-only': 'nothing: the guest’s own',
};

/** By what means the enlightenments in use work. One may use several. */
export function mechanismSeries(uses: Uses): Series {
  const used = ENLIGHTENMENTS.filter(({ id }) => uses[id] === 'in use');
  const means = Object.keys(MECHANISMS) as Mechanism[];
  return {
    id: 'mechanisms',
    title: 'Enlightenments in use, by what they are made of (one may need several)',
    unit: 'count',
    labels: means.map((mechanism) => MECHANISMS[mechanism]),
    values: means.map((mechanism) => used.filter(({ mechanisms }) => mechanisms.includes(mechanism)).length),
  };
}

const REASONS: readonly UseReason[] = [
  'in use',
  'the system does not',
  'not known',
  'not offered',
  'not recommended',
  'lacks another',
  'no use for it',
  'switched off',
];

/** Why the enlightenments are in use, or not. */
export function reasonSeries(uses: Uses): Series {
  const all = Object.values(uses);
  return {
    id: 'reasons',
    title: 'The 24 enlightenments: in use, and why not',
    unit: 'count',
    labels: REASONS,
    values: REASONS.map((reason) => all.filter((one) => one === reason).length),
  };
}

/** How many of those in use call the hypervisor. */
export const callers = (uses: Uses): number =>
  inUse(uses).filter((id) => ENLIGHTENMENTS.find((one) => one.id === id)?.mechanisms.includes('hypercall'))
    .length;
