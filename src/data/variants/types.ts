/** A question whose numbers are drawn: the same question, other settings, an answer from a run. */
import type { ParamValue } from '../../../sim/lab/params.ts';
import type { Run } from '../../../sim/lab/run.ts';

export interface VariantIs {
  /** The question for these settings; values come as people write them (`4KiB`, `timer/counter (PIT)`). */
  readonly question: (text: Readonly<Record<string, string>>, run: Run) => string;
  /** From which the settings are drawn. */
  readonly over: Readonly<Record<string, readonly ParamValue[]>>;
  /** What is the same in all of them. */
  readonly fixed?: Readonly<Record<string, ParamValue>>;
  readonly metric: string;
  readonly unit: string;
  /** A factor; 1 is exact. */
  readonly tolerance: number;
  /** Why the answer is right. */
  readonly because: (run: Run) => string;
  /** What people answer, and what leads there. */
  readonly mistakes: readonly { readonly is: (run: Run) => number; readonly why: string }[];
}
