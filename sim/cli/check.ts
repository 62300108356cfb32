import { EXIT } from './exit-codes.ts';
import { readHandIns } from './hand-in.ts';
import type { Judged } from './judge.ts';
import { judgeHandIn } from './judge.ts';
import type { AddCommand } from './output.ts';
import { deliver, wrap } from './output.ts';

const HELP = `
The first line of FILE names the exercise: // ringside exercise two-roads/predict, seed 7
A file is TypeScript, JavaScript or a notebook; a notebook can hold several answers, each under a line of its own.
It is run in a process without files and network, for 10 seconds and in 512 MiB at most. The exit code is 0 when
everything in it is right, 1 when something is not.

Examples:
  ringside exercise two-roads/predict --seed 7 --output answer.ts
  ringside check answer.ts`;

/** `ringside check FILE`: judges the answers in one file. */
export const addCheck: AddCommand = (program, terminal, done) => {
  program
    .command('check')
    .description('judge the answer to an exercise')
    .argument('<file>', 'a .ts, .js or .ipynb file that begins with the name of its exercise')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const judged: Judged[] = [];
      for (const handIn of readHandIns(file)) judged.push(await judgeHandIn(handIn));
      deliver(terminal, undefined, json ? JSON.stringify(judged, null, 2) : judged.map(inWords).join('\n'));
      if (judged.some(({ verdict }) => !verdict.right)) done(EXIT.no);
    });
};

const WORDS = {
  right: 'RIGHT',
  misconception: 'NOT YET',
  wrong: 'NOT YET',
  unusable: 'CANNOT BE JUDGED',
} as const;

/** One verdict as lines. */
export function inWords({ exercise, seed, verdict, printed }: Judged): string {
  const head = `${WORDS[verdict.kind]}${exercise ? `  ${exercise}, seed ${seed}` : ''}`;
  const lines = printed.map((line) => `  | ${line.slice(0, 94)}\n`).join('');
  return `${head}\n${wrap(verdict.says, 2)}${lines}`;
}
