import { readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { unusable } from '../exercises/exercise.ts';
import { EXIT } from './exit-codes.ts';
import { ENDINGS, readHandIns } from './hand-in.ts';
import { clean } from './isolate.ts';
import type { Judged } from './judge.ts';
import { judgeHandIn } from './judge.ts';
import type { AddCommand } from './output.ts';
import { deliver, FileTrouble, reason } from './output.ts';
import { FORMATS, reportIn } from './report.ts';

const HELP = `
Every .ts, .js and .ipynb file below FOLDER is judged, each in a process of its own. The first folder below FOLDER
that a file lies in is taken for whose it is: hand-ins/ada/two-roads.ts is ada's. Links are not followed, and
node_modules and names that begin with a dot are left out. The exit code is 0 when every answer is right, 1 when one is not.

Examples:
  ringside grade hand-ins
  ringside grade hand-ins --format csv --output marks.csv`;

const MOST_FILES = 5000;

/** `ringside grade FOLDER`: judges a folder of hand-ins and reports. */
export const addGrade: AddCommand = (program, terminal, done) => {
  program
    .command('grade')
    .description('judge a folder of answers and report')
    .argument('<folder>', 'a folder of hand-ins')
    .option('--format <name>', `one of: ${FORMATS.join(', ')}`, 'text')
    .option('--output <file>', 'write the report to a file instead of the terminal')
    .addHelpText('after', HELP)
    .action(async (folder: string, { format, output }: { format: string; output?: string }) => {
      if (!FORMATS.includes(format as never)) throw new UserError([noFormat(format)]);
      const files = filesBelow(folder, folder);
      if (files.length === 0) throw new FileTrouble(`${folder} has no .ts, .js or .ipynb file in it`);
      const graded: Graded[] = [];
      for (const file of files) {
        for (const one of await judgeFile(file)) graded.push({ ...one, whose: whoseIs(folder, file) });
        if (output) terminal.err.write(`\r${graded.length} judged`);
      }
      if (output) terminal.err.write('\n');
      deliver(terminal, output, reportIn(format as never, graded, folder));
      if (graded.some(({ verdict }) => !verdict.right)) done(EXIT.no);
    });
};

/** A judged hand-in and whose it is. */
export interface Graded extends Judged {
  readonly whose: string;
}

const noFormat = (format: string) => ({
  path: '--format',
  kind: 'unknown-choice',
  message: `--format is "${format}"`,
  hint: `use one of: ${FORMATS.join(', ')}`,
});

/** One file. What is wrong with it is its verdict and stops nobody else's. */
async function judgeFile(file: string): Promise<Judged[]> {
  try {
    const judged: Judged[] = [];
    for (const handIn of readHandIns(file)) judged.push(await judgeHandIn(handIn));
    return judged;
  } catch (error) {
    if (!(error instanceof FileTrouble)) throw error;
    return [{ file, verdict: unusable(clean(error.message)), printed: [] }];
  }
}

function filesBelow(folder: string, top: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const full = path.join(folder, entry.name);
        if (entry.isDirectory()) return filesBelow(full, top);
        return entry.isFile() && ENDINGS.test(entry.name) && !/\.d\.ts$|\.test\.|\.config\./.test(entry.name)
          ? [full]
          : [];
      })
      .slice(0, MOST_FILES);
  } catch (error) {
    if (folder !== top) return [];
    throw new FileTrouble(`${folder} cannot be read: ${reason(error)}`);
  }
}

/** The first folder below the top; a file that lies at the top is its own. */
const whoseIs = (folder: string, file: string): string =>
  clean(path.relative(folder, file).split(path.sep)[0], 80);
