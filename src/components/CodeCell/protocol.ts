/** What a cell gives back, and what page and worker say to each other. All of it is plain data: the page trusts none of it. */

/** One thing that stands under a cell. */
export type Output =
  | { readonly kind: 'log'; readonly level: 'log' | 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'svg'; readonly svg: string }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'run'; readonly id: string; readonly line: string; readonly digest: string }
  | Problem;

/** Why a cell did not come to its end. */
export interface Problem {
  readonly kind: 'problem';
  /** One plain sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** Line of the cell, from 1. */
  readonly line?: number;
}

/** What the page tells the worker. `before` is code that runs first and shows nothing: the cells above, in a notebook. */
export type Told =
  | { readonly kind: 'run'; readonly source: string; readonly ms: number; readonly before: string }
  /** Asked when time is up: a worker that answers is idle and waits for something; one that does not is busy. */
  | { readonly kind: 'ping' };

/** What the worker tells the page. */
export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'output'; readonly output: Output }
  /** No more will come, and more would have: the limit that was reached has been said as an output. */
  | { readonly kind: 'end' }
  | { readonly kind: 'pong' };

/** What a cell may use. */
export const LIMITS = {
  /** Time from the start of the code, in milliseconds, unless the reader gives it more. */
  ms: 2000,
  /** Things printed or shown. */
  outputs: 400,
  /** Letters of one line, and of all lines together. */
  line: 4000,
  text: 60_000,
  /** Letters of one drawing. */
  svg: 2_000_000,
  /** Rows of one table. */
  rows: 200,
  /** Events of one simulated machine. */
  events: 20_000_000,
  /** Bytes of arrays that the code makes itself. */
  bytes: 768 << 20,
} as const;
