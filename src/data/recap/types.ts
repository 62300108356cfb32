/** What a page comes down to, in the numbers of a run: the one that the page shows, or the reader's own. */
import type { Run } from '../../../sim/lab/run.ts';

export interface SentenceIs {
  /** Said while it is true. */
  readonly says: (run: Run) => string;
  /** What must hold: a claim of the experiment, judged for the settings of this run, or a condition on the run. */
  readonly holds: string | ((run: Run) => boolean);
  /** Said when it is not true of this run: what is different there. */
  readonly otherwise: (run: Run) => string;
}

export interface RecapIs {
  /** The run that the page shows, as long as the reader has made none. */
  readonly line: string;
  readonly sentences: readonly SentenceIs[];
}
