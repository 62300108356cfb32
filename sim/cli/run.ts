import { metricRows } from '../lab/account.ts';
import type { CostOptions } from './lines.ts';
import { acceptLine, ask, runAsked } from './lines.ts';
import type { AddCommand } from './output.ts';
import { deliver, table } from './output.ts';

const EXAMPLES = `
Examples:
  ringside run two-roads
  ringside run "two-roads?mode=dma&size=4KiB"
  ringside run two-roads --mode dma --size 4KiB --json`;

/** `ringside run LINE`: one run; with `--json` exactly the object that `run()` returns. */
export const addRun: AddCommand = (program, terminal) => {
  acceptLine(program.command('run').description('run an experiment and print what it counted'))
    .option('--json', 'print exactly the object that run() of the library returns')
    .option('--output <file>', 'write to a file instead of the terminal')
    .addHelpText('after', EXAMPLES)
    .action(
      (
        line: string,
        settings: string[],
        options: CostOptions & { json?: boolean; output?: string },
        command,
      ) => {
        const asked = ask(line, settings, options, command);
        const run = runAsked(asked);
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
