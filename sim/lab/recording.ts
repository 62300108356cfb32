/** The trace of a run as plain data: what the page scrubs, the figure draws, the diagram and the text account read. */

import type { Trace } from '../core/trace.ts';
import type { CostProfile } from '../machine/costs.ts';
import type { Place } from '../machine/places.ts';
import type { Stage, SwitchKind } from '../machine/routes.ts';
import { ringTransitions, switchCounts } from '../machine/routes.ts';
import type { Structure } from '../machine/structures.ts';
import type { Work } from './row-route.ts';
import { routeOfRow, workOfRow } from './row-route.ts';

/** A stage of a path with its cost in this run's profile, in cycles. */
export interface StageData {
  readonly place: Place;
  readonly title: string;
  readonly cycles: number;
  /** True when the guest does not wait for it. */
  readonly aside: boolean;
  /** Where control comes from when it is not the stage before: two processors part here. */
  readonly from?: Place;
  /** Name of the cost row, where the stage has a cost. */
  readonly cost?: string;
}

/** A path through the rings, as it was charged. */
export interface RouteData {
  readonly id: string;
  readonly title: string;
  readonly stages: readonly StageData[];
  /** Index of the stage in which the device or the handler runs. */
  readonly serviceAt: number;
  /** What the guest waits for. */
  readonly cycles: number;
  readonly ringTransitions: number;
  readonly switches: Readonly<Record<SwitchKind, number>>;
}

/** Columns of equal length, one entry a row. `route` indexes `routes`, -1 where the row is no path; `kind` indexes `kinds`. */
export interface Recording {
  readonly hz: number;
  readonly era: string;
  readonly kinds: readonly {
    readonly name: string;
    readonly fields: readonly string[];
    readonly doc: string;
  }[];
  readonly routes: readonly RouteData[];
  readonly at: readonly number[];
  readonly end: readonly number[];
  readonly kind: readonly number[];
  readonly route: readonly number[];
  readonly who: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Rows that happened, rows that came after the cap, and the cap. */
  readonly total: number;
  readonly dropped: number;
  readonly cap: number;
  readonly digest: string;
}

/**
 * Rows of a disk's work that lie inside another row: the exit was kept open until the disk had answered. Indexed by the outer row.
 */
export function heldOpenBy({ kinds, kind, at, end }: Recording): Map<number, number> {
  const held = new Map<number, number>();
  const file = kinds.findIndex(({ name }) => name === 'worker.file');
  let outer = -1;
  for (let row = 0; row < at.length; row++) {
    if (kind[row] !== file) {
      if (outer < 0 || end[row] >= end[outer]) outer = row;
    } else if (outer >= 0 && end[row] <= end[outer]) held.set(outer, row);
  }
  return held;
}

/** What a recording is made from. */
export interface Recorded {
  readonly trace: Trace;
  readonly costs: CostProfile;
  readonly structure: Structure;
}

/** Copies a trace into plain data. */
export function recordingOf({ trace, costs, structure }: Recorded): Recording {
  const columns = trace.columns;
  const paths = new Paths(structure, costs);
  const order = inTime(columns.at, columns.end);
  const inOrder = (column: ArrayLike<number>): number[] => order.map((row) => column[row]);
  const route = order.map((row) => paths.indexOf(columns.kinds[columns.kind[row]].name, columns.a[row]));
  return {
    hz: costs.hz,
    era: costs.era,
    kinds: columns.kinds.map(({ name, fields, doc }) => ({ name, fields: [...fields], doc })),
    routes: paths.routes,
    at: inOrder(columns.at),
    end: inOrder(columns.end),
    kind: inOrder(columns.kind),
    route,
    who: inOrder(columns.who),
    a: inOrder(columns.a),
    b: inOrder(columns.b),
    total: trace.total,
    dropped: trace.dropped,
    cap: trace.cap,
    digest: trace.digest(),
  };
}

/**
 * Rows by their start. A row is written when it ends, so what happened inside it was written before it; a reader steps through time.
 * Of two that start together the longer comes first: it contains the other.
 */
function inTime(at: ArrayLike<number>, end: ArrayLike<number>): number[] {
  const order = Array.from(at, (_, row) => row);
  return order.sort((p, q) => at[p] - at[q] || end[q] - end[p] || p - q);
}

/** The paths that a recording needs, each once, in the order of their first row. */
class Paths {
  readonly routes: RouteData[] = [];
  private readonly known = new Map<string, number>();
  private readonly structure: Structure;
  private readonly costs: CostProfile;

  constructor(structure: Structure, costs: CostProfile) {
    this.structure = structure;
    this.costs = costs;
  }

  /** Index of the path of a row, -1 for a row that is none. */
  indexOf(kind: string, a: number): number {
    const route = routeOfRow(kind, a);
    if (route) return this.add(route, () => routeData(this.structure, this.costs, route));
    const work = workOfRow(kind);
    return work ? this.add(work.id, () => workData(work)) : -1;
  }

  private add(id: string, make: () => RouteData): number {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    this.known.set(id, this.routes.length);
    return this.routes.push(make()) - 1;
  }
}

/** Work in one place as a path of one stage; its single cycle stretches to the length of the row. */
const workData = ({ id, place, title }: Work): RouteData => ({
  id,
  title,
  stages: [{ place, title, cycles: 1, aside: false }],
  serviceAt: 0,
  cycles: 1,
  ringTransitions: 0,
  switches: NO_SWITCHES,
});

const NO_SWITCHES: Readonly<Record<SwitchKind, number>> = {
  privilege: 0,
  vmTransition: 0,
  partition: 0,
  thread: 0,
  addressSpace: 0,
};

/** A route of a structure with its costs in a profile. */
export function routeData(structure: Structure, costs: CostProfile, id: string): RouteData {
  const route = structure.routes[id as keyof Structure['routes']];
  const stages = route.stages.map((stage) => stageData(stage, costs));
  return {
    id: route.id,
    title: route.title,
    stages,
    serviceAt: route.serviceAfter,
    cycles: stages.reduce((sum, stage) => sum + (stage.aside ? 0 : stage.cycles), 0),
    ringTransitions: ringTransitions(route),
    switches: switchCounts(route),
  };
}

const stageData = (stage: Stage, costs: CostProfile): StageData => ({
  place: stage.at,
  title: stage.title,
  cycles: stage.cost ? Math.round(costs.cost(stage.cost)) : 0,
  aside: stage.aside ?? false,
  ...(stage.from ? { from: stage.from } : {}),
  ...(stage.cost ? { cost: stage.cost } : {}),
});
