/** Exercises that ask for a function, and try it on settings that the reader has not seen. */
import type { Run } from '../lab/run.ts';
import type { Belief, Common } from './common.ts';
import type { Settings } from './draw.ts';
import { draws, ratioOf, runOf } from './draw.ts';
import type { Declared, Given, Verdict } from './exercise.ts';
import { misconception, right, unusable, valueIn, wrong } from './exercise.ts';
import type { Plain } from './values.ts';
import { inWords } from './values.ts';

/** Cases on which a rule is tried. */
const CASES = 12;

/** Complete: a rule as a function, tried on settings that the reader has not seen. */
export interface CompleteIs extends Common {
  /** Name of the function. */
  readonly entry: string;
  /** Its arguments: names of parameters of the experiment in their order, or what they are of a run. */
  readonly args: readonly string[] | ((run: Run) => readonly Plain[]);
  readonly task: string;
  readonly read: (run: Run) => Plain;
  readonly tolerance?: number;
  /** The function with a gap. */
  readonly starter: string;
  readonly solution: string;
  readonly because: string;
  readonly beliefs: readonly Belief<(run: Run) => Plain>[];
}

/** Makes a `complete` exercise. The same kind serves `build` where a function is asked for that has to run the library. */
export function complete(concept: string, is: CompleteIs, kind: 'complete' | 'build' = 'complete'): Declared {
  const cases = (seed: number): Settings[] => draws(is.over, seed, CASES);
  const argsOf = (settings: Settings): readonly Plain[] => {
    const all = { ...is.fixed, ...settings };
    const { args } = is;
    return typeof args === 'function' ? args(runOf(concept, all)) : args.map((name) => all[name] as Plain);
  };
  return {
    name: kind,
    kind,
    title: is.title,
    hints: is.hints,
    names: [is.entry],
    task: () => is.task,
    starter: () => is.starter,
    solution: () => is.solution,
    steps: (seed) => cases(seed).map((settings) => ({ call: is.entry, args: argsOf(settings) })),
    beliefs: (seed) => {
      const runs = cases(seed).map((settings) => runOf(concept, { ...is.fixed, ...settings }));
      return is.beliefs.map((belief) => {
        const values = runs.map((run) => belief.is(run));
        return {
          answer: values.map(inWords).join(', '),
          why: belief.why,
          given: values.map((value) => ({ kind: 'value', value })),
        };
      });
    },
    judge: (given, seed) => {
      const tried = cases(seed).map((settings, i): Tried => {
        const ran: Run[] = [];
        return {
          given: given[i],
          run: () => (ran[0] ??= runOf(concept, { ...is.fixed, ...settings })),
          words: () =>
            `${is.entry}(${argsOf(settings)
              .map((arg) => JSON.stringify(arg))
              .join(', ')})`,
        };
      });
      return judgeRule(tried, is);
    },
  };
}

interface Tried {
  readonly given: Given | undefined;
  /** Runs when first asked. */
  readonly run: () => Run;
  readonly words: () => string;
}

function judgeRule(tried: readonly Tried[], { read, tolerance = 1, because, beliefs }: CompleteIs): Verdict {
  const values: Plain[] = [];
  for (const { given, words } of tried) {
    const got = valueIn(given);
    if (!('value' in got)) return unusable(`${words()}: ${got.says}`);
    values.push(got.value);
  }
  const agrees = (value: Plain, wanted: Plain): boolean => same(value, wanted, tolerance);
  const bad = tried.findIndex(({ run }, i) => !agrees(values[i], read(run())));
  if (bad < 0) return right(because);
  const { words, run } = tried[bad];
  const where = `${words()} gave ${inWords(values[bad])}; the run says ${inWords(read(run()))}.`;
  const all = beliefs.find(({ is }) => tried.every((one, i) => agrees(values[i], is(one.run()))));
  const here = all ?? beliefs.find(({ is }) => agrees(values[bad], is(run())));
  return here ? misconception(`${here.why} ${where}`) : wrong(where);
}

function same(value: Plain, wanted: Plain, tolerance: number): boolean {
  if (typeof value === 'number' && typeof wanted === 'number')
    return ratioOf(value, wanted) <= Math.max(tolerance, 1 + 1e-9);
  return JSON.stringify(value) === JSON.stringify(wanted);
}
