/** Draws the settings of a numeric question from seeds, and asks the library for the answers. */

import { Streams } from '../../sim/core/rng.ts';
import { findExperiment } from '../../sim/experiments/index.ts';
import { formatCount } from '../../sim/lab/format.ts';
import { formatLine } from '../../sim/lab/line.ts';
import type { Param, ParamValue } from '../../sim/lab/params.ts';
import { formatValue } from '../../sim/lab/params.ts';
import type { Run } from '../../sim/lab/run.ts';
import type { VariantIs } from '../data/variants/types.ts';
import { mistakesOf } from './faded.ts';

export interface VariantData {
  readonly unit: string;
  readonly tolerance: number;
  readonly page: string;
  readonly drawn: readonly DrawnData[];
}

/** The question of one seed. */
export interface DrawnData {
  readonly seed: number;
  readonly question: string;
  readonly line: string;
  readonly answer: number;
  readonly answerText: string;
  readonly because: string;
  readonly mistakes: readonly { readonly value: number; readonly why: string }[];
}

/** So many different settings are drawn, where there are as many. */
const DRAWN = 10;
/** Seeds that are tried for them. */
const SEEDS = 60;

export function variantOf(id: string, variant: VariantIs, runLine: (line: string) => Run): VariantData {
  const { params, page } = findExperiment(id);
  const known = new Set<string>();
  const drawn: DrawnData[] = [];
  for (let seed = 1; seed <= SEEDS && drawn.length < DRAWN; seed++) {
    const values = drawnFrom(variant, seed);
    const line = formatLine(id, params, values as never);
    if (known.has(line)) continue;
    known.add(line);
    const text = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, wordFor(params[name], value)]),
    );
    drawn.push(questionOf(variant, seed, text, runLine(line)));
  }
  return { unit: variant.unit, tolerance: variant.tolerance, page, drawn };
}

/** As a sentence has it: the name of an option, a number apart from its unit and on the same line. */
const wordFor = (param: Param, value: ParamValue): string =>
  param.kind === 'choice'
    ? param.options[value as string]
    : formatValue(param, value).replace(/^(\d+)([A-Za-z]+)$/, '$1\u00A0$2');

function drawnFrom({ over, fixed = {} }: VariantIs, seed: number): Record<string, ParamValue> {
  const streams = new Streams(seed);
  return {
    ...fixed,
    ...Object.fromEntries(
      Object.entries(over).map(([name, values]) => [
        name,
        values[streams.stream(`variant.${name}`).int(0, values.length - 1)],
      ]),
    ),
  };
}

function questionOf(
  { question, metric, unit, because, mistakes }: VariantIs,
  seed: number,
  text: Readonly<Record<string, string>>,
  run: Run,
): DrawnData {
  const answer = run.metrics[metric];
  return {
    seed,
    question: question(text, run),
    line: run.line,
    answer,
    answerText: `${formatCount(answer)} ${unit}`,
    because: because(run),
    mistakes: mistakesOf(
      answer,
      mistakes.map(({ is, why }) => ({ value: is(run), why })),
    ),
  };
}
