/** A page's recap of a run. The build and the worker call the same function, so the words cannot differ. */
import { findExperiment } from '../../sim/experiments/index.ts';
import type { Run } from '../../sim/lab/run.ts';
import { runExperiment } from '../../sim/lab/run.ts';
import { RECAPS } from '../data/recap/index.ts';

export interface RecapData {
  readonly line: string;
  readonly wrongRule?: string;
  readonly sentences: readonly { readonly holds: boolean; readonly text: string }[];
}

/** Every sentence of the page, with the numbers of this run; those that do not hold for it say so. */
export function recapOf(run: Run): RecapData {
  return {
    line: run.line,
    ...(run.wrongRule ? { wrongRule: run.wrongRule } : {}),
    sentences: RECAPS[run.id].sentences.map(({ says, holds, otherwise }) => {
      const stands = typeof holds === 'string' ? claimHolds(holds, run) : holds(run);
      return { holds: stands, text: stands ? says(run) : otherwise(run) };
    }),
  };
}

/** Whether a claim holds for the settings of a run: with the runs that it compares made from these settings. */
export function claimHolds(name: string, run: Run): boolean {
  const experiment = findExperiment(run.id);
  const { against, holds } = experiment.claims[name];
  if (!against) return holds(run);
  return holds(
    ...against.map((over: object) =>
      runExperiment(experiment, { ...run.params, ...over }, { seed: run.seed, traceRows: 0 }),
    ),
  );
}
