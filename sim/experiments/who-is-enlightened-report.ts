/** What a run of `who-is-enlightened` reports: its counters as rates, and its series. */
import { nsOfCycles } from '../core/units.ts';
import { ENLIGHTENMENTS } from '../enlightenments/index.ts';
import type { Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import type { Job } from '../lab/profiled-kernel.ts';
import { JOBS } from '../lab/profiled-kernel.ts';
import { inUse } from '../lab/uses.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import type { RouteId } from '../machine/routes.ts';
import { DEVICE_ROUTES, HYPERVISOR_ROUTES, IDLE_ROUTES, ROUTE } from '../machine/routes.ts';
import type { WhoParams, Worked } from './who-is-enlightened-host.ts';
import { runOnce } from './who-is-enlightened-host.ts';
import type { WhoMetric } from './who-is-enlightened-metrics.ts';
import { callers, EXIT_KIND_ROUTES, jobLabel } from './who-is-enlightened-metrics.ts';

/** All metrics. */
export function metricsOf(run: Worked, params: WhoParams): Record<WhoMetric, number> {
  const { machine, guest, works, jobs, boot } = run;
  const { ledger, uses, sharedPage } = guest.kernel;
  const counted = machine.measured();
  const rate = (count: number): number => Math.round((count * 1000) / params.time);
  const kinds = Object.entries(EXIT_KIND_ROUTES) as [keyof typeof EXIT_KIND_ROUTES, readonly RouteId[]][];
  const byKind = Object.fromEntries(
    kinds.map(([kind, routes]) => [kind, rate(ledger.total(routes))]),
  ) as Record<keyof typeof EXIT_KIND_ROUTES, number>;
  const used = inUse(uses).length;
  const byCall = callers(uses);
  return {
    ...byKind,
    exits: rate(exitsOf(run)),
    exitShare: percent(exitCycles(run), ledger.cycles),
    work: percent(ledger.of('work').cycles, ledger.cycles),
    ringTransitions: rate(counted.ringTransitions),
    perRequest: Math.round((100 * ledger.exits('disk')) / Math.max(1, ledger.of('disk').times)) / 100,
    sharedPage: rate(sharedPage - run.sharedBefore),
    served: rate(counted.routes['apic-hardware']),
    halts: rate(IDLE_ROUTES.reduce((sum, id) => sum + counted.routes[id], 0)),
    inUse: used,
    offered: offered(run).length,
    declined: offered(run).filter((id) => uses[id] === 'the system does not').length,
    byCall,
    noCall: used - byCall,
    notKnown: Object.values(uses).filter((reason) => reason === 'not known').length,
    bootExits: boot.exits,
    bootCpuid: boot.cpuid,
    jobs,
    behind: works.reduce((sum, { behind }) => sum + behind, 0),
    failures: guest.failures,
  };
}

const EXITS: readonly RouteId[] = [...DEVICE_ROUTES, ...HYPERVISOR_ROUTES];
const JOB_NAMES = Object.keys(JOBS) as readonly Job[];

const exitsOf = ({ guest }: Worked): number => guest.kernel.ledger.total(EXITS);

/** Time between an exit and the next entry, by the costs of the routes. What a device model needs beyond that is not in it. */
function exitCycles({ machine, guest }: Worked): number {
  const { before, after } = machine.hypervisor.routeCosts;
  return EXITS.reduce((sum, id) => {
    const route = ROUTE[id];
    return sum + guest.kernel.ledger.total([id]) * (before[route] + after[route]);
  }, 0);
}

/** What this host offers, by the rules of the contracts. */
function offered({ machine }: Worked): EnlightenmentId[] {
  const { features } = machine.partitions[0];
  const there = ENLIGHTENMENTS.filter(
    (one) => one.offered(features) && (features.hypervisorPresent || one.discovery.length === 0),
  );
  return there.map(({ id }) => id);
}

const percent = (part: number, whole: number): number => Math.round((10_000 * part) / whole) / 100;

/** Where the exits go. */
export function jobSeries({ guest }: Worked, { time }: WhoParams): Series {
  const jobs = JOB_NAMES.filter((job) => job !== 'boot' && job !== 'work');
  return {
    id: 'jobs',
    title: 'Exits a second, by what the guest does',
    unit: '1/s',
    labels: jobs.map(jobLabel),
    values: jobs.map((job) => Math.round((guest.kernel.ledger.exits(job) * 1000) / time)),
  };
}

/** Where the processors' time goes. */
export function timeSeries({ guest }: Worked): Series {
  const { ledger } = guest.kernel;
  const jobs = JOB_NAMES.filter((job) => job !== 'boot');
  return {
    id: 'time',
    title: 'Time of the processors, by what the guest does',
    unit: '%',
    labels: jobs.map((job) => JOBS[job]),
    values: jobs.map((job) => percent(ledger.of(job).cycles, ledger.cycles)),
  };
}

/** The same run once more without each enlightenment in use. What needs it goes with it. */
export function ablationSeries(run: Worked, params: WhoParams, lab: Lab): Series[] {
  const labels = inUse(run.guest.kernel.uses);
  const others = labels.map((id) =>
    runOnce(params, lab, params.without === 'none' ? [id] : [params.without, id]),
  );
  const { hz } = run.machine.costs;
  const perSecond = (amount: number): number => Math.round((amount * 1000) / params.time);
  const micro = (cycles: number): number => Math.round(nsOfCycles(cycles, hz) / 1000);
  return [
    {
      id: 'ablation',
      title: 'Without it: so many exits a second more',
      unit: '1/s',
      labels,
      values: others.map((other) => perSecond(exitsOf(other) - exitsOf(run))),
    },
    {
      id: 'ablation-time',
      title: 'Without it: so much more time in exits each second, of all processors together',
      unit: 'µs/s',
      labels,
      values: others.map((other) => perSecond(micro(exitCycles(other) - exitCycles(run)))),
    },
  ];
}
