/**
 * A logical processor goes on with another VP. Nobody has published what that costs on Hyper-V; both are charged the row of a partition
 * switch, since the state that is exchanged is the VP's. They differ in what is counted.
 */
import type { Route, SwitchKind } from './route.ts';

function switchTo(id: string, title: string, switches: Partial<Record<SwitchKind, number>>): Route {
  return {
    id,
    title,
    stages: [
      {
        id: 'switch',
        at: 'hypervisor',
        title: 'Save the state of one VP, load that of the next',
        cost: 'partition.switch',
        switches,
      },
    ],
    serviceAfter: 0,
  };
}

/** Passages of the scheduler: only machines that share logical processors have them. */
export const SCHEDULER_ROUTES = {
  'vp-switch': switchTo('vp-switch', 'The processor changes to another VP of the same partition', {}),
  'partition-switch': switchTo('partition-switch', 'The processor changes to a VP of another partition', {
    partition: 1,
  }),
} satisfies Readonly<Record<string, Route>>;
