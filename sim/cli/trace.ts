import { chromeTraceOf } from '../lab/chrome-trace.ts';
import { csvOf } from '../lab/share.ts';
import type { CostOptions } from './lines.ts';
import { acceptLine, ask, runAsked } from './lines.ts';
import type { AddCommand } from './output.ts';
import { deliver } from './output.ts';

const EXAMPLES = `
Example:
  ringside trace "two-roads?mode=dma" --output dma.json     then open dma.json in ui.perfetto.dev`;

/** `ringside trace LINE`: the recorded events for the Perfetto viewer, or as CSV. */
export const addTrace: AddCommand = (program, terminal) => {
  acceptLine(
    program.command('trace').description('write the trace of a run for ui.perfetto.dev or chrome://tracing'),
  )
    .option('--csv', 'as CSV instead')
    .option('--output <file>', 'write to a file instead of the terminal')
    .addHelpText('after', EXAMPLES)
    .action(
      (
        line: string,
        settings: string[],
        options: CostOptions & { csv?: boolean; output?: string },
        command,
      ) => {
        const run = runAsked(ask(line, settings, options, command));
        deliver(terminal, options.output, options.csv ? csvOf(run) : JSON.stringify(chromeTraceOf(run)));
        if (run.trace.dropped > 0)
          terminal.err.write(
            `the trace keeps ${run.trace.cap} events; ${run.trace.dropped} later ones are counted in the run but not in this file\n`,
          );
      },
    );
};
