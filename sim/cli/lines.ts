/** From words on the command line to a run: the line, flags after it, and the cost options that several commands share. */
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { findExperiment } from '../experiments/index.ts';
import type { AnyExperiment } from '../lab/experiment.ts';
import type { CostLevel } from '../lab/lab.ts';
import { readQuery, splitLine } from '../lab/line.ts';
import type { ParamValue } from '../lab/params.ts';
import type { Run, RunOptions } from '../lab/run.ts';
import { runExperiment } from '../lab/run.ts';

/** Options that say how dear things are. */
export interface CostOptions {
  readonly costs?: CostLevel;
}

/** A line with everything that was said after it. */
export interface Asked {
  readonly experiment: AnyExperiment;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly seed: number;
}

/** Adds the arguments that `run`, `trace` and `diagram` share. */
export function acceptLine(command: Command): Command {
  return command
    .argument('<line>', 'what to run, for example "two-roads?mode=dma&size=4KiB&seed=7"')
    .argument('[settings...]', 'more settings: size=64KiB, or --size 64KiB, or --size=64KiB')
    .option('--costs <level>', 'run every cost at its low, typical or high value', checkLevel)
    .allowUnknownOption();
}

function checkLevel(text: string): CostLevel {
  if (text === 'low' || text === 'typical' || text === 'high') return text;
  throw new UserError([
    {
      path: '--costs',
      kind: 'unknown-choice',
      message: `"${text}" is not a level`,
      hint: 'use low, typical or high',
    },
  ]);
}

/**
 * Reads a line and the settings after it.
 * @throws UserError with every mistake at once.
 */
export function ask(line: string, settings: readonly string[]): Asked {
  const { id, query } = splitLine(line);
  const experiment = findExperiment(id);
  const all = new Map([...query, ...readSettings(settings)]);
  const { values, seed, issues } = readQuery(experiment.params, all);
  if (issues.length > 0) throw new UserError(issues);
  return { experiment, params: values as Readonly<Record<string, ParamValue>>, seed };
}

/** Runs what was asked. */
export function runAsked(asked: Asked, options: RunOptions): Run {
  return runExperiment(asked.experiment, asked.params, { seed: asked.seed, ...options });
}

/** `a=1 --b 2 --c=3 --d` as pairs; a flag without a value is on. */
function readSettings(words: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i].replace(/^--/, '');
    const equals = word.indexOf('=');
    if (equals >= 0) pairs.set(word.slice(0, equals), word.slice(equals + 1));
    else if (!words[i].startsWith('--')) pairs.set(word, 'on');
    else if (i + 1 < words.length && !words[i + 1].startsWith('--')) pairs.set(word, words[++i]);
    else pairs.set(word, 'on');
  }
  return pairs;
}
