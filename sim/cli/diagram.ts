import { diagramOf } from '../lab/diagram.ts';
import { lanesSvg } from '../lab/figure.ts';
import type { CostOptions } from './lines.ts';
import { acceptLine, ask, runAsked } from './lines.ts';
import type { AddCommand } from './output.ts';
import { deliver } from './output.ts';

/** `ringside diagram LINE`: the Mermaid sequence diagram that the run wrote, or the lanes as SVG. */
export const addDiagram: AddCommand = (program, terminal) => {
  acceptLine(program.command('diagram').description('write the Mermaid sequence diagram of a run'))
    .option('--svg', 'the lanes over time as SVG instead')
    .option('--output <file>', 'write to a file instead of the terminal')
    .action((line: string, settings: string[], options: CostOptions & { svg?: boolean; output?: string }) => {
      const run = runAsked(ask(line, settings), { costs: options.costs });
      deliver(terminal, options.output, options.svg ? lanesSvg(run) : diagramOf(run));
    });
};
