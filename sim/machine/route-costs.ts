/**
 * What each route costs in one profile, summed once: before the service point and after it. Exits only add these numbers. Stages that
 * nobody waits for are in neither sum.
 */
import type { CostProfile } from './costs.ts';
import type { Route, Stage } from './routes.ts';
import { ROUTE_IDS } from './routes.ts';
import type { Structure } from './structures.ts';

export class RouteCosts {
  /** Cycles until the device or handler runs, by route number. */
  readonly before: Float64Array;
  /** Cycles from there until the guest goes on. */
  readonly after: Float64Array;

  constructor(structure: Structure, costs: CostProfile) {
    const sum = (pick: (route: Route) => readonly Stage[]): Float64Array =>
      Float64Array.from(ROUTE_IDS, (id) => Math.round(cyclesOf(pick(structure.routes[id]), costs)));
    this.before = sum(({ stages, serviceAfter }) =>
      stages.slice(0, serviceAfter + 1).filter((stage) => !stage.aside),
    );
    this.after = sum(({ stages, serviceAfter }) =>
      stages.slice(serviceAfter + 1).filter((stage) => !stage.aside),
    );
  }
}

/** Sum of the stages' costs in cycles. */
export function cyclesOf(stages: readonly Stage[], costs: CostProfile): number {
  return stages.reduce((total, stage) => total + (stage.cost ? costs.cost(stage.cost) : 0), 0);
}

/** What the guest waits for on this route, in cycles. */
export function routeCycles(route: Route, costs: CostProfile): number {
  return cyclesOf(
    route.stages.filter((stage) => !stage.aside),
    costs,
  );
}
