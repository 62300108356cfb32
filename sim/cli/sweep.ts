import type { Command } from 'commander';
import { Option } from 'commander';
import type { Issue } from '../core/errors.ts';
import { UserError } from '../core/errors.ts';
import type { AnyExperiment } from '../lab/experiment.ts';
import { formatCount } from '../lab/format.ts';
import type { ParamTable, ParamValue } from '../lab/params.ts';
import { checkValue, parseValue } from '../lab/params.ts';
import type { Sweep } from '../lab/sweep.ts';
import { sweepExperiment } from '../lab/sweep.ts';
import type { CostOptions } from './lines.ts';
import { acceptLine, ask } from './lines.ts';
import type { AddCommand } from './output.ts';
import { deliver, namedTable } from './output.ts';

interface SweepOptions extends CostOptions {
  readonly param: string;
  readonly values?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly output?: string;
}

const EXAMPLES = `
Examples:
  ringside sweep two-roads --param mode
  ringside sweep "two-roads?mode=dma" --param size --values 512B,4KiB,64KiB --csv`;

/** `ringside sweep LINE --param NAME`: the same run over many values of one parameter. */
export const addSweep: AddCommand = (program, terminal) => {
  acceptLine(program.command('sweep').description('run an experiment over many values of one parameter'))
    .requiredOption('--param <name>', 'the parameter to vary')
    .option('--values <list>', 'values with commas between them; sensible ones when left out')
    .option('--csv', 'every number as CSV')
    .addOption(new Option('--json', 'as JSON, one object with all runs').conflicts('csv'))
    .option('--output <file>', 'write to a file instead of the terminal')
    .addHelpText('after', EXAMPLES)
    .action((line: string, settings: string[], options: SweepOptions, command: Command) => {
      const { experiment, params, options: runOptions } = ask(line, settings, options, command);
      const values = readValues(experiment.params, options);
      const sweep = sweepExperiment(experiment, options.param, values, params, runOptions);
      deliver(terminal, options.output, write(experiment, sweep, options));
    });
};

function write(experiment: AnyExperiment, sweep: Sweep, { json, csv }: SweepOptions): string {
  if (json) return JSON.stringify(sweep);
  const names: string[] = csv ? Object.keys(experiment.metrics) : [...experiment.headline];
  const number = (value: number): string => (csv ? String(value) : formatCount(value));
  const head = [sweep.param, ...names];
  const rows = sweep.runs.map((run, i) => [
    sweep.labels[i],
    ...names.map((name) => number(run.metrics[name])),
  ]);
  return csv ? [head, ...rows].map((row) => row.join(',')).join('\n') : namedTable(head, rows);
}

/**
 * The values that were asked for; undefined when none were, or when there is no such parameter, which the sweep itself reports.
 * @throws UserError with every bad value, before anything runs.
 */
function readValues(
  params: ParamTable,
  { param: name, values: list }: SweepOptions,
): ParamValue[] | undefined {
  if (list === undefined || !Object.hasOwn(params, name)) return undefined;
  const read = list.split(',').map((text) => readValue(params, name, text.trim()));
  const issues = read.filter((value): value is Issue => typeof value === 'object');
  if (issues.length > 0) throw new UserError(issues);
  return read as ParamValue[];
}

function readValue(params: ParamTable, name: string, text: string): ParamValue | Issue {
  const value = parseValue(name, params[name], text);
  return typeof value === 'object' ? value : (checkValue(name, params[name], value) ?? value);
}
