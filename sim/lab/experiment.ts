/**
 * An experiment is data plus one function. From the declaration come the page's controls and figures, the gallery card, the notebook
 * cells, the command line, the embed and the tests.
 */
import type { Issue } from '../core/errors.ts';
import type { Lab } from './lab.ts';
import type { ParamTable, Values } from './params.ts';
import type { Run } from './run.ts';

/** One number that a run reports. `better` says which way an engineer wants it to go; `neither` for plain facts. */
export interface Metric {
  readonly label: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher' | 'neither';
  readonly doc: string;
}

/** A named setting worth looking at, with the sentence that says why. */
export interface Preset<P> {
  readonly title: string;
  readonly sentence: string;
  readonly params: Partial<P>;
}

/** A question about the next run, asked before it. The right answer is always read from the run, never stored. */
export interface Bet<P, M extends string> {
  readonly question: string;
  readonly params: Partial<P>;
  /** A number is right within `tolerance` (a factor, 1 = exact); a choice when `read` returns its key. */
  readonly answer:
    | { readonly kind: 'number'; readonly unit: string; readonly metric: M; readonly tolerance: number }
    | {
        readonly kind: 'choice';
        readonly options: Readonly<Record<string, string>>;
        readonly read: (run: Run<M>) => string;
      };
  /** What people often answer, and the belief that leads there. */
  readonly misconceptions: readonly { readonly answer: string; readonly belief: string }[];
  readonly explain: (run: Run<M>) => string;
}

/** A sentence that must be true, where it comes from, and over which settings it was checked. */
export interface Claim<P, M extends string> {
  readonly sentence: string;
  /** Document and section, or repository path. */
  readonly source: string;
  /** The formula in words or symbols, as printed beside the sentence. */
  readonly formula: string;
  /** Rows of the table "How true is this?" that this claim settles. */
  readonly seeds?: readonly number[];
  /** Every combination of these values is run; parameters not named keep their default. */
  readonly over: { readonly [K in keyof P]?: readonly P[K][] };
  /** For each combination, the runs to compare: settings laid over the combination. One empty setting when left out. */
  readonly against?: readonly Partial<P>[];
  readonly holds: (...runs: readonly Run<M>[]) => boolean;
  /** Said beforehand of a claim that is known to flip within the range of its costs, so that a change of its standing is noticed. */
  readonly standing?: 'not-established';
}

/** A puzzle for the open lab; the run decides. */
export interface Goal<P, M extends string> {
  readonly text: string;
  readonly hint: string;
  readonly met: (run: Run<M>) => boolean;
  /** One setting that meets it; more than one should. Not shown to readers. */
  readonly solution: Partial<P>;
}

/** A row of bars, a curve or a table column of a run: plain data. */
export interface Series {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly values: readonly number[];
  /** One of the places of the machine for each value, when the bars stand for places. */
  readonly places?: readonly string[];
}

/** Rows of text that a run leaves, such as a list of devices: plain data. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * How the state of a part changed while the run went on, for pictures that follow a cursor: `values[i]` holds the values of `names[i]`,
 * each valid from the moment `at` of the same place on. Moments in cycles of the machine, in order. The digest leaves it out: it follows
 * from what the digest covers.
 */
export interface StateLog {
  readonly id: string;
  readonly names: readonly string[];
  readonly at: readonly number[];
  readonly values: readonly (readonly number[])[];
}

/** What `simulate` hands back. Metrics must be complete and finite. */
export interface Findings<M extends string> {
  readonly metrics: Readonly<Record<M, number>>;
  readonly series?: readonly Series[];
  readonly logs?: readonly StateLog[];
  readonly tables?: readonly Table[];
  /** Set when the run shows a rule that real systems do not follow: printed on everything that leaves the page. */
  readonly wrongRule?: string;
}

/** The figures that a page can show of a run. */
export type View = 'lanes' | 'ring' | 'cycles' | 'switches' | 'processors' | 'series' | 'diagram';

/** The declaration. `page` is the address of the concept page on the site. */
export interface Experiment<T extends ParamTable = ParamTable, M extends string = string> {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly page: string;
  readonly params: T;
  /** Controls in the order in which a reader meets them; the first stage has at most two. */
  readonly stages: readonly (readonly (keyof T & string)[])[];
  readonly metrics: Readonly<Record<M, Metric>>;
  /** The metrics that tell the story, in order; the rest stands behind "all counters". */
  readonly headline: readonly M[];
  readonly presets: Readonly<Record<string, Preset<Values<T>>>>;
  readonly bets: readonly Bet<Values<T>, M>[];
  readonly claims: Readonly<Record<string, Claim<Values<T>, M>>>;
  readonly goals: readonly Goal<Values<T>, M>[];
  readonly views: readonly View[];
  /** What the model leaves out; printed on the page. */
  readonly limits: readonly string[];
  /** Issues that only show when several parameters are seen together. */
  readonly check?: (params: Values<T>) => Issue[];
  readonly simulate: (params: Values<T>, lab: Lab) => Findings<M>;
}

/** Any experiment, for code that handles them alike. */
// biome-ignore lint/suspicious/noExplicitAny: an experiment is invariant in its parameters; readers of a list cannot know them.
export type AnyExperiment = Experiment<any, any>;

/** Declares an experiment: checks the types, changes nothing. */
export const defineExperiment = <T extends ParamTable, M extends string>(
  declared: Experiment<T, M>,
): Experiment<T, M> => declared;
