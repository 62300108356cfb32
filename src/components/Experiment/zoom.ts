/** The part of a run that the lanes show, and what lies in it. */
import { LANE_ORDER } from '../../../sim/lab/palette.ts';
import { type Band, NO_LANE, type Steps } from '../../truth/types.ts';
import { laneY } from './geometry.ts';

/** A stretch of time in cycles from the start of the run. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const WIDE = 10_000;
const CLOSE = 5;
/** More steps than this are no longer told apart by eye. */
const ROUTE_MAX = 240;

/**
 * The scale of time of one run or two, in cycles: the longest of them. Where recordings stopped at their limit it is the shortest of those,
 * since nothing can be shown of the time after it, and an empty lane would say that nothing was done.
 */
export function scaleOf(runs: readonly { readonly length: number; readonly dropped: number }[]): number {
  const cut = runs.filter(({ dropped }) => dropped > 0).map(({ length }) => length);
  return Math.max(1, cut.length > 0 ? Math.min(...cut) : Math.max(...runs.map(({ length }) => length)));
}

/** The bands of a window. */
export function bandsIn(steps: Steps, { from, to }: Window): Band[] {
  const bars: number[][] = LANE_ORDER.map(() => []);
  const ends = LANE_ORDER.map(() => 0);
  const scale = WIDE / (to - from);
  for (let i = 0; i < steps.at.length; i++) {
    if (steps.end[i] < from || steps.at[i] > to) continue;
    const lane = steps.lane[i];
    if (lane === NO_LANE) continue;
    const own = bars[lane];
    const x = Math.max(0, Math.round((steps.at[i] - from) * scale));
    const stop = Math.min(WIDE, Math.max(x + 3, Math.round((steps.end[i] - from) * scale)));
    if (own.length > 0 && x - ends[lane] < CLOSE) own[own.length - 1] += Math.max(0, stop - ends[lane]);
    else own.push(x - ends[lane], stop - x);
    ends[lane] = Math.max(ends[lane], stop);
  }
  return LANE_ORDER.map((place, lane) => ({ place, bars: bars[lane] }));
}

/** The steps of control between the lanes of a window as a path; none when there are too many to follow. */
export function routeIn(steps: Steps, { from, to }: Window): string | undefined {
  const points: string[] = [];
  const scale = WIDE / (to - from);
  for (let i = 0; i < steps.at.length; i++) {
    if (steps.end[i] < from || steps.at[i] > to) continue;
    if (steps.lane[i] === NO_LANE) continue;
    if (points.length > ROUTE_MAX) return undefined;
    const y = laneY(steps.lane[i]);
    points.push(
      `${Math.round((steps.at[i] - from) * scale)} ${y} ${Math.round((steps.end[i] - from) * scale)} ${y}`,
    );
  }
  return points.length > 1 ? `M${points.join('L')}` : undefined;
}

/** Half or twice the window about a moment, kept inside the run. */
export function zoomed(
  { from, to }: Window,
  factor: number,
  about: number,
  length: number,
): Window | undefined {
  const size = (to - from) * factor;
  if (size >= length) return undefined;
  const least = Math.max(size, length / 4096, 16);
  return within(about - least / 2, least, length);
}

/** The same window moved so that a moment lies in it. */
export function following(window: Window, at: number, length: number): Window {
  if (at >= window.from && at <= window.to) return window;
  const size = window.to - window.from;
  return within(at - size * 0.2, size, length);
}

function within(from: number, size: number, length: number): Window {
  const start = Math.max(0, Math.min(from, length - size));
  return { from: start, to: start + size };
}
