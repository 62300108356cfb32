import { experiments } from '../experiments/index.ts';
import type { AddCommand } from './output.ts';
import { deliver, table } from './output.ts';

/** `ringside list`: every experiment with its question. */
export const addList: AddCommand = (program, terminal) => {
  program
    .command('list')
    .description('list the experiments')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => {
      const rows = experiments.map(({ id, title, question, page }) => ({ id, title, question, page }));
      if (options.json) deliver(terminal, undefined, JSON.stringify(rows, null, 2));
      else deliver(terminal, undefined, table(rows.map(({ id, question }) => [id, question])));
    });
};
