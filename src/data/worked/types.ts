/** How an author says which step of a run serves which goal. Checked against the run at every build: see `src/truth/life.ts`. */
import type { Run } from '../../../sim/lab/run.ts';
import type { LifeData } from '../../truth/life.ts';

/** Which rows of a run are meant: the kind, and where that does not suffice its first number and who did it. */
export interface Match {
  readonly on: string;
  /** The first number of the row (port, offset, register, code), or the least and greatest of several. */
  readonly a?: number | readonly [least: number, greatest: number];
  readonly who?: number;
}

/** One step: as many rows after each other as match, at least one, or exactly `just` of them. */
export interface StepIs extends Match {
  readonly just?: number;
  /** What happens, without its numbers: those come from the run. */
  readonly says: string;
}

/** A goal and the steps that serve it. */
export interface GoalIs {
  readonly goal: string;
  readonly why: string;
  /** Why this goal cannot come earlier than it does; said to those who put it there. */
  readonly early?: string;
  readonly steps: readonly StepIs[];
}

/** One life: a run, or the part of it from one row to another, and its goals in order. */
export interface LifeIs {
  readonly line: string;
  readonly title: string;
  /** The first row; the first of the run when left out. */
  readonly from?: Match;
  /** The row after the last, the first that matches behind `from`; the end of the run when left out. */
  readonly until?: Match;
  /** So many rows from the first on, where no row can be named behind the last. */
  readonly rows?: number;
  /** The steps are the stages of the rows' paths, named by their titles, and not the rows. */
  readonly stages?: boolean;
  readonly goals: readonly GoalIs[];
}

/** Something that the reader completes. Goals and steps count from 0. */
export type BlankIs =
  /** Goal `goal` is hidden: what comes next? The options are goals of this life. */
  | { readonly kind: 'next'; readonly goal: number; readonly question?: string }
  /** Step `step` of goal `goal` is hidden: what happens? */
  | {
      readonly kind: 'step';
      readonly goal: number;
      readonly step: number;
      readonly question: string;
      readonly because: string;
      readonly wrong: readonly { readonly text: string; readonly why: string }[];
    }
  /** A number of the run. */
  | {
      readonly kind: 'number';
      /** The goal below which the question stands; its numbers are hidden until then. */
      readonly goal: number;
      readonly question: string;
      readonly unit: string;
      readonly answer: (life: LifeData, run: Run) => number;
      readonly because: string;
      readonly mistakes: readonly {
        readonly is: (life: LifeData, run: Run) => number;
        readonly why: string;
      }[];
    };

export interface FadedIs extends LifeIs {
  readonly blanks: readonly BlankIs[];
}

/** A page's two lives: one told, one to be completed. */
export interface WorkedIs {
  readonly worked: LifeIs;
  readonly faded: FadedIs;
}
