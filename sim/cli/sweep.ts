import { UserError } from '../core/errors.ts';
import { formatCount } from '../lab/format.ts';
import type { ParamTable, ParamValue } from '../lab/params.ts';
import { parseValue } from '../lab/params.ts';
import { sweepExperiment } from '../lab/sweep.ts';
import type { CostOptions } from './lines.ts';
import { acceptLine, ask } from './lines.ts';
import type { AddCommand } from './output.ts';
import { deliver, table } from './output.ts';

interface SweepOptions extends CostOptions {
  readonly param: string;
  readonly values?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** `ringside sweep LINE --param NAME`: the same run over many values of one parameter. */
export const addSweep: AddCommand = (program, terminal) => {
  acceptLine(program.command('sweep').description('run an experiment over many values of one parameter'))
    .requiredOption('--param <name>', 'the parameter to vary')
    .option(
      '--values <list>',
      'comma-separated values, for example 512B,4KiB,64KiB; sensible ones when left out',
    )
    .option('--csv', 'as CSV')
    .option('--json', 'as JSON, one object with all runs')
    .action((line: string, settings: string[], options: SweepOptions) => {
      const { experiment, params, seed } = ask(line, settings);
      const values =
        options.values === undefined
          ? undefined
          : readValues(experiment.params, options.param, options.values);
      const sweep = sweepExperiment(experiment, options.param, values, params, {
        seed,
        costs: options.costs,
      });
      if (options.json) {
        deliver(terminal, undefined, JSON.stringify(sweep));
        return;
      }
      const names: string[] = options.csv ? Object.keys(experiment.metrics) : [...experiment.headline];
      const number = (value: number): string => (options.csv ? String(value) : formatCount(value));
      const rows = [
        [options.param, ...names],
        ...sweep.runs.map((run, i) => [sweep.labels[i], ...names.map((name) => number(run.metrics[name]))]),
      ];
      deliver(
        terminal,
        undefined,
        options.csv
          ? rows.map((row) => row.join(',')).join('\n')
          : table(
              rows,
              names.map((_, i) => i + 1),
            ),
      );
    });
};

function readValues(params: ParamTable, name: string, list: string): ParamValue[] | undefined {
  if (!Object.hasOwn(params, name)) return undefined;
  const read = list.split(',').map((text) => parseValue(name, params[name], text.trim()));
  const issues = read.filter((value) => typeof value === 'object');
  if (issues.length > 0) throw new UserError(issues);
  return read as ParamValue[];
}
