import { findExperiment } from '../experiments/index.ts';
import type { AnyExperiment } from '../lab/experiment.ts';
import { formatLine } from '../lab/line.ts';
import type { Param } from '../lab/params.ts';
import { formatValue } from '../lab/params.ts';
import type { AddCommand } from './output.ts';
import { deliver, table } from './output.ts';

/** `ringside describe ID`: parameters, metrics, presets, claims and limits, all from the declaration. */
export const addDescribe: AddCommand = (program, terminal) => {
  program
    .command('describe')
    .description('say what an experiment asks, takes and reports')
    .argument('<id>', 'an experiment; `ringside list` names them')
    .option('--json', 'the declaration as JSON')
    .action((id: string, options: { json?: boolean }) => {
      const experiment = findExperiment(id);
      deliver(terminal, undefined, options.json ? JSON.stringify(experiment, null, 2) : describe(experiment));
    });
};

function describe(experiment: AnyExperiment): string {
  const params = Object.entries(experiment.params as Record<string, Param>);
  const metrics = Object.entries(experiment.metrics);
  const presets = Object.values(experiment.presets);
  return [
    `${experiment.id}: ${experiment.title}\n${experiment.question}\n`,
    `Parameters\n${table(params.map(([name, param]) => [`  ${name}`, formatValue(param, param.default), limits(param), param.why]))}`,
    `Reports\n${table(metrics.map(([name, { unit, doc }]) => [`  ${name}`, unit, doc]))}`,
    `Try\n${table(presets.map(({ params: set, title }) => [`  ringside run "${formatLine(experiment.id, experiment.params, set)}"`, title]))}`,
    `Claims (check them with: ringside claims ${experiment.id})\n${Object.values(experiment.claims)
      .map(({ sentence }) => `  - ${sentence}\n`)
      .join('')}`,
    `Left out\n${experiment.limits.map((limit) => `  - ${limit}\n`).join('')}`,
  ].join('\n');
}

function limits(param: Param): string {
  if (param.kind === 'choice') return Object.keys(param.options).join('|');
  if (param.kind === 'flag') return 'on|off';
  return `${formatValue(param, param.min)}..${formatValue(param, param.max)}`;
}
