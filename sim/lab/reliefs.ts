/** Counterfactual machines: Hyper-V with one ingredient taken away, to see what that ingredient costs. Nobody builds these. */
import type { CostName } from '../machine/costs.ts';
import type { Route, RouteId, Stage } from '../machine/routes.ts';
import type { Structure } from '../machine/structures.ts';
import { STRUCTURES } from '../machine/structures.ts';

/** What a visit to ring 3 is made of: two changes of ring, and waking the worker's thread, which finds the device and answers. */
const VISIT: readonly (CostName | undefined)[] = ['ring.hop', 'worker.dispatch'];

/** A route without its visits to ring 3: the same work happens in the root's kernel, the visit itself costs nothing. */
function withoutRing3(route: Route): Route {
  const stages = route.stages.map((stage) => {
    const kernel: Stage = stage.at === 'root-user' ? { ...stage, at: 'root-kernel' } : stage;
    return VISIT.includes(stage.cost) ? free(kernel) : kernel;
  });
  return { ...route, stages };
}

/** Drops the price of a stage and the switches that come with it. */
function free({ switches: _, cost: __, ...stage }: Stage): Stage {
  return stage;
}

const { routes } = STRUCTURES.microkernelised;

/** Hyper-V if its device emulators ran in the root's kernel. */
export const WITHOUT_RING_3: Structure = {
  id: 'microkernelised',
  title: 'Hyper-V without the hop to ring 3',
  doc: 'The emulators run in the root’s kernel.',
  routes: Object.fromEntries(
    Object.entries(routes).map(([id, route]) => [id, withoutRing3(route)]),
  ) as Record<RouteId, Route>,
};
