import { findExperiment } from '../experiments/index.ts';
import type { AnyExperiment } from '../lab/experiment.ts';
import { formatLine } from '../lab/line.ts';
import type { Param, ParamTable } from '../lab/params.ts';
import { formatValue } from '../lab/params.ts';
import type { AddCommand } from './output.ts';
import { bullet, deliver, table, wrap } from './output.ts';

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
  const { id, title, question, params, presets, claims } = experiment;
  return [
    `${id}: ${title}\n${question}\n`,
    `Parameters (name, default, values)\n${parameters(params)}`,
    `Reports\n${metrics(experiment)}`,
    `Try\n${Object.values(presets)
      .map(
        (preset) => `  ringside run "${formatLine(id, params, preset.params)}"\n${wrap(preset.sentence, 6)}`,
      )
      .join('')}`,
    `Claims (check them with: ringside claims ${id})\n${Object.values(claims)
      .map(({ sentence }) => bullet(sentence))
      .join('')}`,
    `Left out\n${experiment.limits.map(bullet).join('')}`,
  ].join('\n');
}

/** Values that take more columns stand below their parameter. */
const LONG = 56;

function parameters(params: ParamTable): string {
  const entries = Object.entries(params);
  const lines = table(
    entries.map(([name, param]) => {
      const said = limits(param);
      return [`  ${name}`, formatValue(param, param.default), said.length <= LONG ? said : 'one of these:'];
    }),
  ).split('\n');
  return entries
    .map(([, param], i) => {
      const said = limits(param);
      const values = said.length <= LONG ? '' : wrap(said.replaceAll('|', ', '), 6);
      return `${lines[i]}\n${values}${wrap(param.why, 6)}`;
    })
    .join('');
}

function metrics({ metrics: declared }: AnyExperiment): string {
  const entries = Object.entries(declared);
  const lines = table(entries.map(([name, { unit }]) => [`  ${name}`, unit === 'count' ? '' : unit])).split(
    '\n',
  );
  return entries.map(([, { doc }], i) => `${lines[i]}\n${wrap(doc, 6)}`).join('');
}

function limits(param: Param): string {
  if (param.kind === 'choice') return Object.keys(param.options).join('|');
  if (param.kind === 'flag') return 'on|off';
  return `${formatValue(param, param.min)}..${formatValue(param, param.max)}`;
}
