/** Counterfactual machines: Hyper-V with one ingredient taken away, to see what that ingredient costs. Nobody builds these. */
import type { Route, RouteId, Stage } from '../machine/routes.ts';
import type { Structure } from '../machine/structures.ts';
import { STRUCTURES } from '../machine/structures.ts';

/** A route without its visits to ring 3: the same work happens in the root's kernel, and the hops cost nothing. */
function withoutRing3(route: Route): Route {
  const stages = route.stages.map((stage) =>
    stage.at === 'root-user' ? inKernel(stage) : stage.cost === 'ring.hop' ? free(stage) : stage,
  );
  return { ...route, stages };
}

const inKernel = (stage: Stage): Stage => free({ ...stage, at: 'root-kernel' });

/** Drops the price of a hop and the switches that come with it; other work keeps its price. */
function free({ switches: _, ...stage }: Stage): Stage {
  if (stage.cost !== 'ring.hop') return stage;
  const { cost: __, ...rest } = stage;
  return rest;
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
