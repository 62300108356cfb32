import { UserError } from '../core/errors.ts';
import type { Exercise } from '../exercises/exercise.ts';
import { headerLine } from '../exercises/header.ts';
import { exercises, findExercise } from '../exercises/index.ts';
import type { AddCommand } from './output.ts';
import { deliver, table, wrap } from './output.ts';

interface Options {
  readonly seed: string;
  readonly hint?: string;
  readonly solution?: boolean;
  readonly output?: string;
  readonly json?: boolean;
}

const HELP = `
Without a name all exercises are listed. With one, the file to fill in is printed: its task as comment, and where to begin.

Examples:
  ringside exercise
  ringside exercise two-roads/predict --seed 7 --output answer.ts
  ringside exercise two-roads/predict --hint 1`;

/** `ringside exercise [ID]`: the exercises, or one of them as a file to fill in. */
export const addExercise: AddCommand = (program, terminal) => {
  program
    .command('exercise')
    .description('list the exercises, or print one as a file to fill in')
    .argument('[id]', 'an exercise, for example two-roads/predict')
    .option('--seed <number>', 'draws its numbers', '1')
    .option('--hint <number>', 'print hint 1, 2 or 3 instead')
    .option('--solution', 'print an answer that is right instead')
    .option('--output <file>', 'write to a file instead of the terminal')
    .option('--json', 'the list as JSON')
    .addHelpText('after', HELP)
    .action((id: string | undefined, options: Options) => {
      deliver(terminal, options.output, id === undefined ? list(options) : one(findExercise(id), options));
    });
};

const list = ({ json }: Options): string =>
  json
    ? JSON.stringify(
        exercises.map(({ id, kind, title, names }) => ({ id, kind, title, names })),
        null,
        2,
      )
    : table(exercises.map(({ id, title }) => [id, title]));

function one(exercise: Exercise, { seed: asked, hint, solution }: Options): string {
  const seed = Number(asked);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UserError([noNumber('--seed', asked, 'give 0, 1, 2 …')]);
  if (hint !== undefined) {
    const found = exercise.hints[Number(hint) - 1];
    if (found === undefined) throw new UserError([noNumber('--hint', hint, 'there are three: 1, 2 and 3')]);
    return wrap(found, 0);
  }
  const head = headerLine(exercise.id, seed);
  return solution
    ? `${head}\n${exercise.solution(seed)}`
    : `${head}\n${commented(exercise, seed)}${exercise.starter(seed)}`;
}

const noNumber = (path: string, value: string, hint: string) => ({
  path,
  kind: 'out-of-range',
  message: `${path} is "${value}"`,
  hint,
});

/** The task as a comment. */
function commented({ title, task, choices }: Exercise, seed: number): string {
  const paragraphs = [
    title,
    ...task(seed).split('\n\n'),
    ...(choices?.(seed) ?? []).map(({ letter, text }) => `${letter}) ${text}`),
  ];
  return paragraphs
    .map((paragraph) => wrap(paragraph, 3).replace(/^ {3}/gm, '// '))
    .join('//\n')
    .concat('\n');
}
