/** The cursor of a figure: one step of the first run and its moment, shared by all views; a second run is looked at at the same moment. */
import { useEffect, useMemo, useState } from 'react';
import type { Detail, Still } from '../../truth/types.ts';

export interface Cursor {
  /** The step of the first run; -1 before the first one. */
  readonly step: number;
  readonly go: (step: number) => void;
  /** Start and end of the step in cycles from the start of the run; -1 when there is none. */
  readonly at: number;
  readonly end: number;
}

/** `wanted` is the step, from 1, that the address speaks of. */
export function useCursor(
  stills: readonly Still[],
  details: readonly Detail[] | undefined,
  wanted = 0,
): Cursor {
  const [step, go] = useState(-1);
  const line = stills[0].line;

  // Another run has other steps: start again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the line names the run.
  useEffect(() => go(wanted - 1), [line, wanted]);

  const steps = details?.[0]?.steps;
  const known = steps !== undefined && step >= 0 && step < steps.at.length;
  const at = known ? steps.at[step] : -1;
  const end = known ? Math.max(steps.end[step], at) : -1;
  return useMemo(() => ({ step, go, at, end }), [step, at, end]);
}

/** The last place in a column of moments that is not after this one; -1 when all are. */
export function lastAt(moments: Float64Array, moment: number): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle] <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
