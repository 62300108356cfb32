/** Settings that are drawn from a seed, and how people read them. */
import { Streams } from '../core/rng.ts';
import { findExperiment, run } from '../experiments/index.ts';
import type { Param, ParamValue } from '../lab/params.ts';
import { formatValue } from '../lab/params.ts';
import type { Run } from '../lab/run.ts';

/** Values from which the settings of an exercise are drawn, by parameter. */
export type Over = Readonly<Record<string, readonly ParamValue[]>>;
/** Settings of an experiment. */
export type Settings = Readonly<Record<string, ParamValue>>;
/** Settings as words: `4KiB`, `programmed I/O`. */
export type Words = Readonly<Record<string, string>>;

/** One draw: for each parameter a value, the same for the same seed. */
export function drawn(over: Over, seed: number, name = 'exercise'): Settings {
  const streams = new Streams(seed);
  return Object.fromEntries(
    Object.entries(over).map(([param, values]) => [
      param,
      values[streams.stream(`${name}.${param}`).int(0, values.length - 1)],
    ]),
  );
}

/** Settings that differ from each other: all there are where they are few, else so many draws. */
export function draws(over: Over, seed: number, count: number): Settings[] {
  const all = Object.values(over).reduce((product, values) => product * values.length, 1);
  if (all <= 2 * count) return shuffled(combinations(over), seed);
  const found = new Map<string, Settings>();
  for (let i = 0; i < 20 * count && found.size < count; i++) {
    const settings = drawn(over, seed, `case ${i}`);
    found.set(JSON.stringify(settings), settings);
  }
  return [...found.values()];
}

const combinations = (over: Over): Settings[] =>
  Object.entries(over).reduce<Settings[]>(
    (some, [name, values]) => some.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );

/** What a run of these settings reports; no trace is kept. */
export const runOf = (concept: string, settings: Settings): Run =>
  run(concept as never, settings as never, { traceRows: 0 }) as Run;

/** Settings as people write them. */
export function wordsOf(concept: string, settings: Settings): Words {
  const { params } = findExperiment(concept);
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, wordFor(params[name], value)]),
  );
}

const wordFor = (param: Param | undefined, value: ParamValue): string =>
  param === undefined
    ? String(value)
    : param.kind === 'choice'
      ? param.options[value as string]
      : formatValue(param, value);

/** The order of a list for a seed. */
export const shuffled = <T>(list: readonly T[], seed: number): T[] =>
  new Streams(seed).stream('order').shuffle([...list]);

/** By how much two numbers differ, as a factor; 1 when they are equal. */
export const ratioOf = (a: number, b: number): number =>
  a === b ? 1 : Math.max(a, b) / Math.max(0, Math.min(a, b));
