/** What the kinds of exercise share. */
import type { Over, Settings } from './draw.ts';

/** What every kind declares. */
export interface Common {
  readonly title: string;
  readonly hints: readonly [string, string, string];
  /** What is drawn. */
  readonly over: Over;
  /** What is the same for every seed. */
  readonly fixed?: Settings;
}

/** A belief, and the answer to which it leads. */
export interface Belief<A> {
  readonly is: A;
  readonly why: string;
}
