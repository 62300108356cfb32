/** Exercises that ask for the true sentences about a run. Which are true is read from runs. */
import type { Run } from '../lab/run.ts';
import type { Common } from './common.ts';
import type { Settings, Words } from './draw.ts';
import { drawn, runOf, shuffled, wordsOf } from './draw.ts';
import type { Declared, Given, Verdict } from './exercise.ts';
import { misconception, right, unusable, valueIn, wrong } from './exercise.ts';
import { inWords } from './values.ts';

/** Explain: of several sentences about a run, choose those that are true of it. Which are is read from runs. */
export interface ExplainIs extends Common {
  readonly question: (words: Words) => string;
  readonly sentences: readonly {
    readonly text: string;
    readonly holds: (run: Run) => boolean;
    /** What is the case, said to whoever judged it wrongly. */
    readonly why: string;
  }[];
}

const LETTERS = 'abcdefghijklmnop';

/** Makes an `explain` exercise. */
export function explain(concept: string, is: ExplainIs): Declared {
  const settings = (seed: number): Settings => ({ ...is.fixed, ...drawn(is.over, seed) });
  const sentences = (seed: number) =>
    shuffled(is.sentences, seed).map((sentence, i) => ({ ...sentence, letter: LETTERS[i] }));
  const trueOnes = (seed: number): string[] => {
    const run = runOf(concept, settings(seed));
    return sentences(seed)
      .filter(({ holds }) => holds(run))
      .map(({ letter }) => letter);
  };
  return {
    name: 'explain',
    kind: 'explain',
    title: is.title,
    hints: is.hints,
    names: ['answer'],
    task: (seed) =>
      `${is.question(wordsOf(concept, settings(seed)))} Choose every sentence that is true, and none that is not.`,
    choices: (seed) => sentences(seed).map(({ letter, text }) => ({ letter, text })),
    starter: () => `// the letters of all sentences that are true\nexport const answer = [];\n`,
    solution: (seed) => `export const answer = ${JSON.stringify(trueOnes(seed))};\n`,
    steps: () => [{ get: 'answer' }],
    beliefs: (seed) => {
      const wanted = trueOnes(seed);
      return sentences(seed).flatMap(({ letter, why }) => {
        const flipped = sentences(seed)
          .map((one) => one.letter)
          .filter((one) => wanted.includes(one) !== (one === letter));
        const answer = `(${letter}) ${wanted.includes(letter) ? 'left out' : 'chosen'}`;
        return flipped.length === 0 ? [] : [{ answer, why, given: [{ kind: 'value', value: flipped }] }];
      });
    },
    judge: ([given], seed) => judgeLetters(given, sentences(seed), trueOnes(seed)),
  };
}

function judgeLetters(
  given: Given | undefined,
  sentences: readonly { readonly letter: string; readonly text: string; readonly why: string }[],
  wanted: readonly string[],
): Verdict {
  const got = valueIn(given);
  if (!('value' in got)) return got;
  const { value } = got;
  const letters = sentences.map(({ letter }) => letter);
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    return unusable(`The answer is ${inWords(value)}; a list of letters such as ['a', 'c'] is asked for.`);
  const chosen = (value as string[]).map((letter) => letter.trim().toLowerCase());
  const strange = chosen.find((letter) => !letters.includes(letter));
  if (strange !== undefined) return unusable(`There is no sentence "${strange}".`);
  if (chosen.length === 0) return wrong('No sentence was chosen; at least one is true.');
  const missed = sentences.filter(({ letter }) => wanted.includes(letter) !== chosen.includes(letter));
  if (missed.length === 0) return right('Those are the true ones, and all of them.');
  const [{ letter, why }] = missed;
  const what = chosen.includes(letter) ? 'is not true here' : 'is true here';
  const rest =
    missed.length > 1
      ? ` ${missed.length - 1} more of them ${missed.length > 2 ? 'are' : 'is'} judged wrongly.`
      : '';
  return misconception(`(${letter}) ${what}: ${why}${rest}`);
}
