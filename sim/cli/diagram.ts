import { diagramOf } from '../lab/diagram.ts';
import { lanesSvg } from '../lab/figure.ts';
import { onPaper } from '../lab/show.ts';
import type { CostOptions } from './lines.ts';
import { acceptLine, ask, runAsked } from './lines.ts';
import type { AddCommand } from './output.ts';
import { deliver } from './output.ts';

const EXAMPLES = `
Examples:
  ringside diagram "two-roads?mode=int13" --output request.mmd
  ringside diagram "two-roads?mode=dma" --svg --output lanes.svg`;

/** `ringside diagram LINE`: the Mermaid sequence diagram that the run wrote, or the lanes as SVG. */
export const addDiagram: AddCommand = (program, terminal) => {
  acceptLine(program.command('diagram').description('write the Mermaid sequence diagram of a run'))
    .option('--svg', 'the lanes over time as SVG instead')
    .option('--output <file>', 'write to a file instead of the terminal')
    .addHelpText('after', EXAMPLES)
    .action(
      (
        line: string,
        settings: string[],
        options: CostOptions & { svg?: boolean; output?: string },
        command,
      ) => {
        const run = runAsked(ask(line, settings, options, command));
        deliver(terminal, options.output, options.svg ? onPaper(lanesSvg(run)) : diagramOf(run));
      },
    );
};
