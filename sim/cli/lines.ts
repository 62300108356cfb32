/** From words on the command line to a run: the line, flags after it, and the cost options that several commands share. */
import type { Command } from 'commander';
import type { Issue } from '../core/errors.ts';
import { UserError } from '../core/errors.ts';
import { findExperiment } from '../experiments/index.ts';
import type { AnyExperiment } from '../lab/experiment.ts';
import type { CostLevel } from '../lab/lab.ts';
import { readQuery, splitLine } from '../lab/line.ts';
import type { ParamTable, ParamValue } from '../lab/params.ts';
import { formatValue } from '../lab/params.ts';
import type { Run, RunOptions } from '../lab/run.ts';
import { runExperiment } from '../lab/run.ts';

/** Options that say how dear things are. */
export interface CostOptions {
  readonly costs?: string;
}

/** A line with everything that was said after it. */
export interface Asked {
  readonly experiment: AnyExperiment;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly options: RunOptions;
}

const LEVELS: readonly string[] = ['low', 'typical', 'high'] satisfies CostLevel[];

/** Adds the arguments that `run`, `sweep`, `trace` and `diagram` share. */
export function acceptLine(command: Command): Command {
  return command
    .argument('<line>', 'what to run, for example "two-roads?mode=dma&size=4KiB&seed=7"')
    .argument('[settings...]', 'more settings: size=64KiB, or --size 64KiB, or --size=64KiB')
    .option('--costs <level>', 'take every cost at one end of its range: low, typical or high')
    .allowUnknownOption();
}

/**
 * Reads a line, the settings after it and the options.
 * @throws UserError with every mistake at once.
 */
export function ask(
  line: string,
  settings: readonly string[],
  { costs }: CostOptions,
  command: Command,
): Asked {
  if (line.startsWith('-')) throw new UserError([lineFirst(line, command)]);
  const { id, query, issues: repeated } = splitLine(line);
  const experiment = findExperiment(id);
  const said = readSettings(settings, experiment.params);
  const { values, seed, issues } = readQuery(experiment.params, new Map([...query, ...said.pairs]));
  const all = [
    ...repeated,
    ...issues.map((issue) => mentionOptions(issue, said.dashed, command)),
    ...said.issues,
  ];
  if (costs !== undefined && !LEVELS.includes(costs)) {
    const message = `--costs is "${costs}"`;
    all.push({ path: '--costs', kind: 'unknown-choice', message, hint: `use one of: ${LEVELS.join(', ')}` });
  }
  if (all.length > 0) throw new UserError(all);
  const params = values as Readonly<Record<string, ParamValue>>;
  return { experiment, params, options: { seed, ...(costs ? { costs: costs as CostLevel } : {}) } };
}

const lineFirst = (word: string, command: Command): Issue => ({
  path: 'line',
  kind: 'not-a-line',
  message: `"${word}" stands where the line belongs`,
  hint: `write the line first: ringside ${command.name()} two-roads ${word} …`,
});

/** Runs what was asked. */
export const runAsked = ({ experiment, params, options }: Asked): Run =>
  runExperiment(experiment, params, options);

/** What stood after the line. */
interface Said {
  readonly pairs: Map<string, string>;
  /** Names that were written with two dashes: they may have been meant as options. */
  readonly dashed: Set<string>;
  readonly issues: Issue[];
}

/** `a=1 --b 2 --c=3 --d`: a name without a value is on, where the parameter is a flag. */
function readSettings(words: readonly string[], params: ParamTable): Said {
  const said: Said = { pairs: new Map(), dashed: new Set(), issues: [] };
  for (let i = 0; i < words.length; i++) {
    const dashes = words[i].startsWith('--');
    const [name, ...rest] = words[i].replace(/^--/, '').split('=');
    if (dashes) said.dashed.add(name);
    if (rest.length > 0) said.pairs.set(name, rest.join('='));
    else if (dashes && i + 1 < words.length && !isName(words[i + 1])) said.pairs.set(name, words[++i]);
    else if (needsValue(params, name)) said.issues.push(noValue(name, params));
    else said.pairs.set(name, 'on');
  }
  return said;
}

/** True for a word that begins a setting of its own. */
const isName = (word: string): boolean => word.startsWith('--') || word.includes('=');

const needsValue = (params: ParamTable, name: string): boolean =>
  name === 'seed' || (Object.hasOwn(params, name) && params[name].kind !== 'flag');

function noValue(name: string, params: ParamTable): Issue {
  const example = Object.hasOwn(params, name) ? formatValue(params[name], params[name].default) : '7';
  return {
    path: name,
    kind: 'no-value',
    message: `${name} has no value`,
    hint: `write for example ${name}=${example}`,
  };
}

/** Whoever mistypes an option should hear of the options, not only of the parameters. */
function mentionOptions(issue: Issue, dashed: ReadonlySet<string>, command: Command): Issue {
  if (issue.kind !== 'unknown-key' || !dashed.has(issue.path)) return issue;
  const options = command.options.map(({ long }) => long).join(', ');
  return {
    ...issue,
    path: `--${issue.path}`,
    message: `"${issue.path}" is no parameter and no option`,
    hint: `parameters are ${issue.hint.replace('known: ', '')}; options are ${options}, --help`,
  };
}
