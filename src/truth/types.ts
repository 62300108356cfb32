/** What a page knows of a run, as plain data: computed at build for the page that has no script, and in the worker afterwards. */
import type { ParamTable, ParamValue } from '../../sim/lab/params.ts';
import type { RouteData } from '../../sim/lab/recording.ts';
import type { Place } from '../../sim/machine/places.ts';

/** One counter as printed. */
export interface Readout {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly unit: string;
  readonly doc: string;
}

/** The work of one lane: gap, width, gap, width …, in ten-thousandths of the run's length. */
export interface Band {
  readonly place: Place;
  readonly bars: readonly number[];
}

/** Bars of one quantity, one for each label. */
export interface Bars {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly values: readonly number[];
  readonly places?: readonly string[];
}

/** A finished run, reduced to what is drawn and read. */
export interface Still {
  readonly id: string;
  readonly title: string;
  readonly line: string;
  readonly version: string;
  readonly seed: number;
  readonly era: string;
  readonly digest: string;
  readonly wrongRule?: string;
  /** Cycles a second, and length of the recorded part in cycles. */
  readonly hz: number;
  readonly length: number;
  readonly bands: readonly Band[];
  readonly headline: readonly Readout[];
  readonly more: readonly Readout[];
  readonly switches: readonly Readout[];
  readonly cycles: Bars;
  readonly series: readonly Bars[];
  /**
   * Who had which processor, the first stretches, and how many cycles they span. Five numbers each: processor, machine (0 is the root), VP,
   * start and width in ten-thousandths of that span.
   */
  readonly processors?: {
    readonly length: number;
    readonly stretches: readonly number[];
    /** The cycles between the start of the run and that of the first stretch. */
    readonly start?: number;
  };
  /** Steps that can be visited, rows after the cap, and the cap. */
  readonly steps: number;
  readonly dropped: number;
  readonly cap: number;
  readonly summary: string;
  readonly account: readonly string[];
}

/** States over time; moments start at 0. See the library's `StateLog`. */
export interface Log {
  readonly id: string;
  readonly names: readonly string[];
  readonly at: Float64Array;
  readonly values: readonly Float64Array[];
}

/** The recorded rows and the steps drawn from them: what playing, stepping and zooming need. Times start at 0. */
export interface Detail {
  readonly kind: Uint16Array;
  readonly route: Int16Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly kinds: readonly {
    readonly name: string;
    readonly fields: readonly string[];
    readonly doc: string;
  }[];
  readonly routes: readonly Pick<RouteData, 'id' | 'title' | 'stages' | 'ringTransitions' | 'switches'>[];
  readonly titles: readonly string[];
  readonly steps: Steps;
  readonly logs: readonly Log[];
}

/** No lane: a row that takes no time. */
export const NO_LANE = 255;

/**
 * Stages of paths and instants, in columns of equal length, sorted by start. `lane` indexes the fixed order of places, `row` the recorded
 * row that the step belongs to, `title` the titles.
 */
export interface Steps {
  readonly lane: Uint8Array;
  readonly at: Float64Array;
  readonly end: Float64Array;
  readonly row: Int32Array;
  readonly title: Uint16Array;
}

/** An experiment's declaration without its functions: enough for controls, presets and headings. */
export interface Schema {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly page: string;
  readonly params: ParamTable;
  readonly stages: readonly (readonly string[])[];
  readonly presets: Readonly<
    Record<
      string,
      {
        readonly title: string;
        readonly sentence: string;
        readonly params: Readonly<Record<string, ParamValue>>;
      }
    >
  >;
  readonly views: readonly string[];
  readonly goals: readonly { readonly text: string; readonly hint: string }[];
}

export interface Issue {
  readonly path: string;
  readonly kind: string;
  readonly message: string;
  readonly hint: string;
}

/** A question before the run with the outcome read from the run. */
export interface BetData {
  readonly key: string;
  readonly question: string;
  readonly line: string;
  readonly unit?: string;
  readonly tolerance?: number;
  readonly options?: Readonly<Record<string, string>>;
  /** The outcome: a number, or the key of an option. */
  readonly outcome: number | string;
  readonly outcomeText: string;
  readonly explain: string;
  readonly misconceptions: readonly { readonly answer: string; readonly belief: string }[];
}

/** One metric over the values of one parameter. */
export interface SweepData {
  readonly line: string;
  readonly param: string;
  readonly label: string;
  readonly metric: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly names: readonly string[];
  readonly values: readonly number[];
}

export type Verdict = 'holds' | 'fails' | 'not-established';

/** A claim as judged at build. */
export interface ClaimData {
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly sentence: string;
  readonly source: string;
  readonly formula: string;
  readonly seeds: readonly number[];
  readonly verdict: Verdict;
  readonly cases: number;
  readonly counterexample?: string;
}

/** A question at the end of a page. Every option says why. */
export interface CheckData {
  readonly id: string;
  readonly question: string;
  readonly options: readonly { readonly text: string; readonly right?: boolean; readonly why: string }[];
}
