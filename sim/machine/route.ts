/**
 * A route: the way of an exit, a signal or an interrupt through the rings, as data.
 *
 * A route is a list of stages. The same list charges the clock, counts the switches, opens the trace spans and draws the diagram.
 * Its costs are names of rows in the profile of the era; its ring transitions follow from the places of consecutive stages.
 */
import type { CostName } from './costs.ts';
import type { Place } from './places.ts';
import { PLACES } from './places.ts';

/**
 * Five things that are all called "context switch".
 * `privilege`: between user and kernel mode of one partition. `vmTransition`: VM exit or VM entry. `partition`: the processor goes on
 * with a VP of another partition. `thread`: the root's scheduler picks another thread. `addressSpace`: CR3 is loaded.
 */
export type SwitchKind = 'privilege' | 'vmTransition' | 'partition' | 'thread' | 'addressSpace';

/** The five kinds, in the order of a table. */
export const SWITCH_KINDS: readonly SwitchKind[] = [
  'privilege',
  'vmTransition',
  'partition',
  'thread',
  'addressSpace',
];

/** One stretch of a route: code in one place. */
export interface Stage {
  readonly id: string;
  readonly at: Place;
  readonly title: string;
  /** What the stage costs; nothing when absent: the instruction itself or work that the device model charges. */
  readonly cost?: CostName;
  /** Where control comes from when it is not the stage before: two processors part here. */
  readonly from?: Place;
  /** True when the guest does not wait for this stage: it happens beside it, on the root's time. */
  readonly aside?: boolean;
  /** Switches that the places do not show. Privilege switches and VM transitions follow from the places. */
  readonly switches?: Partial<Record<SwitchKind, number>>;
}

/** The way of one kind of exit, as data: the same list charges the clock, opens the spans of the trace and draws the diagram. */
export interface Route {
  readonly id: string;
  readonly title: string;
  readonly stages: readonly Stage[];
  /** Index of the stage in which the device or the handler runs: what comes before it is charged before, the rest after. */
  readonly serviceAfter: number;
}

/** The instruction of the guest that begins a route. */
export const guest = (title: string): Stage => ({ id: 'instruction', at: 'guest-kernel', title });
/** The processor leaves the guest. */
export const EXIT: Stage = { id: 'exit', at: 'hypervisor', title: 'VM exit', cost: 'vm.exit' };
/** The processor enters the guest again. */
export const ENTRY: Stage = { id: 'entry', at: 'guest-kernel', title: 'VM entry', cost: 'vm.entry' };

/** An exit that never leaves the hypervisor: two transitions. */
export function inHypervisor(
  id: string,
  title: string,
  instruction: string,
  work: string,
  cost: CostName,
): Route {
  const serve: Stage = { id: 'serve', at: 'hypervisor', title: work, cost };
  return { id, title, stages: [guest(instruction), EXIT, serve, ENTRY], serviceAfter: 2 };
}

/** Ring transitions from one stage to the next: changes of place, counted as in the literature, one for each crossing. */
export function ringTransitions(route: Route): number {
  const counts = switchCounts(route);
  return counts.privilege + counts.vmTransition;
}

/** The five kinds of switch of one passage of a route. */
export function switchCounts(route: Route): Record<SwitchKind, number> {
  const counts: Record<SwitchKind, number> = {
    privilege: 0,
    vmTransition: 0,
    partition: 0,
    thread: 0,
    addressSpace: 0,
  };
  route.stages.forEach((stage, index) => {
    const from = stage.from ?? route.stages[index - 1]?.at ?? stage.at;
    const crossing = crossingKind(from, stage.at);
    if (crossing) counts[crossing]++;
    for (const kind of SWITCH_KINDS) counts[kind] += stage.switches?.[kind] ?? 0;
  });
  return counts;
}

/** What it is called to go from one place to another; undefined when both are the same or one of them is hardware. */
export function crossingKind(from: Place, to: Place): 'privilege' | 'vmTransition' | undefined {
  const [a, b] = [PLACES[from], PLACES[to]];
  if (from === to || a.side === 'hardware' || b.side === 'hardware') return undefined;
  return a.side === b.side ? 'privilege' : 'vmTransition';
}
