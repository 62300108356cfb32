/** The exercises of a page as plain data: their tasks for a few seeds, where to begin, and what a reader sees without script. */
import { exercisesOf } from '../../sim/exercises/index.ts';
import { coloured, type Token } from '../components/CodeCell/colours.ts';

/** One exercise. */
export interface ExerciseData {
  readonly id: string;
  readonly kind: 'predict' | 'complete' | 'explain' | 'build';
  readonly title: string;
  readonly unit?: string;
  readonly names: readonly string[];
  readonly hints: readonly string[];
  readonly drawn: readonly DrawnTask[];
}

/** Its task for one seed. */
export interface DrawnTask {
  readonly seed: number;
  readonly task: string;
  readonly choices?: readonly { readonly letter: string; readonly text: string }[];
  readonly starter: string;
  readonly tokens: readonly Token[];
  readonly solution: string;
}

/** So many different tasks are drawn, where there are as many. */
const DRAWN = 4;
const SEEDS = 12;

/** The exercises of a concept. */
export function exercisesFor(concept: string, drawn = DRAWN): ExerciseData[] {
  return exercisesOf(concept).map(
    ({ id, kind, title, unit, names, hints, task, choices, starter, solution }) => {
      const known = new Map<string, DrawnTask>();
      for (let seed = 1; seed <= SEEDS && known.size < drawn; seed++) {
        const text = task(seed);
        const key = text + starter(seed);
        if (known.has(key)) continue;
        const some = choices?.(seed);
        known.set(key, {
          seed,
          task: text,
          ...(some ? { choices: some } : {}),
          starter: starter(seed),
          tokens: kind === 'complete' || kind === 'build' ? coloured(starter(seed)) : [],
          solution: solution(seed),
        });
      }
      return { id, kind, title, ...(unit ? { unit } : {}), names, hints, drawn: [...known.values()] };
    },
  );
}
