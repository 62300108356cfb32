/** What had been counted by a moment of a run: the same sums as at its end, up to there. Read from the trace. */
import { LANE_ORDER } from '../../../sim/lab/palette.ts';
import type { SwitchKind } from '../../../sim/machine/routes.ts';
import { type Detail, NO_LANE, type Still } from '../../truth/types.ts';

const KINDS: Readonly<Record<string, SwitchKind>> = {
  privilegeSwitches: 'privilege',
  vmTransitions: 'vmTransition',
  partitionSwitches: 'partition',
  threadSwitches: 'thread',
  addressSpaceSwitches: 'addressSpace',
};

/** Counts by a moment; `undefined` for a number that the trace does not add up to, as when a part of it was not recorded. */
export type SoFar = (name: string) => number | undefined;

/** Switches by the counters' names. A passage counts from its start. */
export function switchesSoFar({ switches }: Still, detail: Detail | undefined, at: number): SoFar {
  if (!detail || at < 0) return () => undefined;
  const { steps, route, routes } = detail;
  const now = new Map<string, number>();
  const all = new Map<string, number>();
  const seen = new Uint8Array(route.length);
  for (let i = 0; i < steps.at.length; i++) {
    const row = steps.row[i];
    const path = routes[route[row]];
    if (!path || seen[row]) continue;
    seen[row] = 1;
    for (const [name, kind] of Object.entries(KINDS)) {
      all.set(name, (all.get(name) ?? 0) + path.switches[kind]);
      if (steps.at[i] <= at) now.set(name, (now.get(name) ?? 0) + path.switches[kind]);
    }
  }
  const end = new Map(switches.map(({ name, value }) => [name, value]));
  return (name) => (all.get(name) === end.get(name) ? (now.get(name) ?? 0) : undefined);
}

/** Busy cycles by place. Work under way counts up to the moment. */
export function cyclesSoFar({ cycles }: Still, detail: Detail | undefined, at: number): SoFar {
  if (!detail || at < 0) return () => undefined;
  const { steps } = detail;
  const now = LANE_ORDER.map(() => 0);
  const all = LANE_ORDER.map(() => 0);
  for (let i = 0; i < steps.at.length; i++) {
    const lane = steps.lane[i];
    if (lane === NO_LANE) continue;
    all[lane] += steps.end[i] - steps.at[i];
    now[lane] += Math.max(0, Math.min(steps.end[i], at) - steps.at[i]);
  }
  return (place) => {
    const lane = LANE_ORDER.indexOf(place as (typeof LANE_ORDER)[number]);
    const end = cycles.values[cycles.places?.indexOf(place) ?? -1];
    return Math.round(all[lane]) === end ? Math.round(now[lane]) : undefined;
  };
}
