/** Exercises that ask for settings under which a run does what is wanted. Many answers are right; the run decides. */
import { UserError } from '../core/errors.ts';
import type { Run } from '../lab/run.ts';
import type { Common } from './common.ts';
import type { Settings, Words } from './draw.ts';
import { drawn, runOf, wordsOf } from './draw.ts';
import type { Declared, Given, Verdict } from './exercise.ts';
import { misconception, right, unusable, valueIn, wrong } from './exercise.ts';
import { inWords } from './values.ts';

/** Build: settings under which a run does what is asked. Many answers are right; the run decides. */
export interface BuildIs extends Common {
  readonly task: (words: Words) => string;
  /** Settings that the task gives; a hand-in cannot change them. */
  readonly given?: Settings;
  readonly met: (run: Run, drawn: Settings) => boolean;
  readonly because: (run: Run) => string;
  readonly misses: readonly {
    readonly when: (run: Run, drawn: Settings) => boolean;
    readonly why: string;
  }[];
  /** Settings to begin with: they do not meet the goal. */
  readonly start: Settings;
  readonly solution: (drawn: Settings) => Settings;
  /** Names of drawn values that are no parameters of the experiment: bounds. */
  readonly bounds?: readonly string[];
}

/** Makes a `build` exercise whose answer is a setting. */
export function build(concept: string, is: BuildIs): Declared {
  const pinned = (seed: number): Settings => {
    const all = { ...is.fixed, ...drawn(is.over, seed) };
    return {
      ...is.given,
      ...Object.fromEntries(Object.entries(all).filter(([name]) => !is.bounds?.includes(name))),
    };
  };
  const code = (settings: Settings): string =>
    `// settings of \`${concept}\`; \`ringside describe ${concept}\` lists them all\nexport const settings = ${JSON.stringify(settings)};\n`;
  return {
    name: 'build',
    kind: 'build',
    title: is.title,
    hints: is.hints,
    names: ['settings'],
    task: (seed) => {
      const said = pinned(seed);
      const held = Object.entries(said).map(([name, value]) => `${name} is ${JSON.stringify(value)}`);
      const keep = held.length > 0 ? ` Held for you: ${held.join(', ')}.` : '';
      return `${is.task({ ...wordsOf(concept, { ...is.fixed, ...drawn(is.over, seed) }) })}${keep}`;
    },
    starter: () => code(is.start),
    solution: (seed) => code(is.solution(drawn(is.over, seed))),
    steps: () => [{ get: 'settings' }],
    beliefs: () => is.misses.map(({ why }) => ({ answer: '', why, given: [] })),
    judge: ([given], seed) => judgeSettings(given, concept, is, pinned(seed), drawn(is.over, seed)),
  };
}

function judgeSettings(
  given: Given | undefined,
  concept: string,
  is: BuildIs,
  pinned: Settings,
  draw: Settings,
): Verdict {
  const got = valueIn(given);
  if (!('value' in got)) return got;
  if (typeof got.value !== 'object' || got.value === null || Array.isArray(got.value))
    return unusable(`"settings" is ${inWords(got.value)}; an object of names and values is asked for.`);
  const own = got.value as Settings;
  for (const [name, value] of Object.entries(pinned))
    if (Object.hasOwn(own, name) && own[name] !== value)
      return unusable(`"${name}" is held at ${JSON.stringify(value)} in this exercise; leave it out.`);
  let run: Run;
  try {
    run = runOf(concept, { ...own, ...pinned });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return unusable(error.issues.map(({ message, hint }) => `${message}: ${hint}`).join('. '));
  }
  if (is.met(run, draw)) return right(is.because(run));
  const miss = is.misses.find(({ when }) => when(run, draw));
  return miss ? misconception(miss.why) : wrong(`The run ${run.line} does not do it yet.`);
}
