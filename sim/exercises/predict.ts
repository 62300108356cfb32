/** Exercises that ask for a number before the run. What is right is read from the run. */
import { formatCount } from '../lab/format.ts';
import type { Run } from '../lab/run.ts';
import type { Belief, Common } from './common.ts';
import type { Settings, Words } from './draw.ts';
import { drawn, ratioOf, runOf, wordsOf } from './draw.ts';
import type { Declared, Given, Verdict } from './exercise.ts';
import { misconception, right, unusable, valueIn, wrong } from './exercise.ts';
import { inWords } from './values.ts';

/** Two numbers are meant to be the same when they agree to about what people type. */
const NEAR = 1.02;

/** Predict: one number that a run will report. */
export interface PredictIs extends Common {
  /** The task for these settings; `run` runs them, where the task must tell something of the run. */
  readonly question: (words: Words, run: () => Run) => string;
  readonly read: (run: Run) => number;
  readonly unit: string;
  /** A factor; 1 is exact. */
  readonly tolerance?: number;
  readonly because: (run: Run) => string;
  readonly beliefs: readonly Belief<(run: Run) => number>[];
}

/** Makes a `predict` exercise. */
export function predict(concept: string, is: PredictIs): Declared {
  const settings = (seed: number): Settings => ({ ...is.fixed, ...drawn(is.over, seed) });
  const answer = (seed: number): number => is.read(runOf(concept, settings(seed)));
  return {
    name: 'predict',
    kind: 'predict',
    title: is.title,
    unit: is.unit,
    hints: is.hints,
    names: ['answer'],
    task: (seed) => is.question(wordsOf(concept, settings(seed)), () => runOf(concept, settings(seed))),
    starter: () => `// ${is.unit}\nexport const answer = NaN;\n`,
    solution: (seed) => `export const answer = ${answer(seed)};\n`,
    steps: () => [{ get: 'answer' }],
    beliefs: (seed) => {
      const run = runOf(concept, settings(seed));
      return is.beliefs
        .map((belief) => ({ value: belief.is(run), why: belief.why }))
        .filter(({ value }) => Number.isFinite(value) && value !== is.read(run))
        .map(({ value, why }) => ({ answer: formatCount(value), why, given: [{ kind: 'value', value }] }));
    },
    judge: ([given], seed) => judgeNumber(given, is, runOf(concept, settings(seed))),
  };
}

function judgeNumber(
  given: Given | undefined,
  { read, unit, tolerance = 1, because, beliefs }: PredictIs,
  run: Run,
): Verdict {
  const got = valueIn(given);
  if (!('value' in got)) return got;
  const { value } = got;
  if (typeof value !== 'number')
    return unusable(`The answer is ${inWords(value)}; a number (${unit}) is asked for.`);
  const answer = read(run);
  const ratio = ratioOf(value, answer);
  if (ratio <= Math.max(tolerance, 1 + 1e-9))
    return right(`${ratio === 1 ? '' : `${formatCount(answer)} ${unit} in the run. `}${because(run)}`);
  const near = tolerance === 1 ? 1 + 1e-9 : NEAR;
  const belief = beliefs.find(({ is }) => ratioOf(value, is(run)) <= near);
  if (belief) return misconception(belief.why);
  const far = ratio < 10 ? `${formatCount(Math.round(ratio * 10) / 10)} times` : 'far';
  return wrong(`That is ${far} too ${value > answer ? 'high' : 'low'}.`);
}
