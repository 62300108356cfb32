import { metricRows } from '../lab/account.ts';
import type { CostOptions } from './lines.ts';
import { acceptLine, ask, runAsked } from './lines.ts';
import type { AddCommand } from './output.ts';
import { deliver, table } from './output.ts';

/** `ringside run LINE`: one run; with `--json` exactly the object that `run()` returns. */
export const addRun: AddCommand = (program, terminal) => {
  acceptLine(program.command('run').description('run an experiment and print what it counted'))
    .option('--json', 'print the whole run as JSON')
    .option('--output <file>', 'write to a file instead of the terminal')
    .action(
      (line: string, settings: string[], options: CostOptions & { json?: boolean; output?: string }) => {
        const asked = ask(line, settings);
        const run = runAsked(asked, { costs: options.costs });
        if (options.json) {
          deliver(terminal, options.output, JSON.stringify(run));
          return;
        }
        const rows = metricRows(asked.experiment, run).map(({ label, text, unit }) => [
          label,
          text,
          unit === 'count' ? '' : unit,
        ]);
        const wrong = run.wrongRule ? `WRONG RULE, on purpose: ${run.wrongRule}\n` : '';
        deliver(
          terminal,
          options.output,
          `${run.line}\n${wrong}\n${table(rows, [1])}\nseed ${run.seed}, version ${run.version}, digest ${run.digest}\n`,
        );
      },
    );
};
