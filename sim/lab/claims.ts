/**
 * Judges the sentences of an experiment. A claim is checked over its whole range of parameters, and each time with every cost at its
 * typical, low and high value: one that flips inside the uncertainty of the costs is "not established", never "true".
 */
import { UserError } from '../core/errors.ts';
import type { Experiment } from './experiment.ts';
import type { CostLevel } from './lab.ts';
import { formatLine } from './line.ts';
import type { ParamTable, ParamValue, Values } from './params.ts';
import { runExperiment } from './run.ts';

/** `not-established`: true with typical costs, and false somewhere inside the range of the costs it rests on. */
export type Verdict = 'holds' | 'fails' | 'not-established';

/** What came of checking one claim. `counterexample` is the line of the first setting where it did not hold. */
export interface Judgement {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly cases: number;
  readonly counterexample?: string;
}

const LEVELS: readonly CostLevel[] = ['typical', 'low', 'high'];

/**
 * Checks one claim of an experiment over its range.
 * @throws UserError when the experiment makes no claim of this name.
 */
export function judge<T extends ParamTable, M extends string>(
  experiment: Experiment<T, M>,
  name: string,
): Judgement {
  if (!Object.hasOwn(experiment.claims, name)) {
    const hint = `there are: ${Object.keys(experiment.claims).join(', ')}`;
    const message = `${experiment.id} makes no claim "${name}"`;
    throw new UserError([{ path: 'claim', kind: 'unknown-claim', message, hint }]);
  }
  const claim = experiment.claims[name];
  let cases = 0;
  let counterexample: string | undefined;
  let typicalFailed = false;
  for (const setting of combinations<Values<T>>(claim.over)) {
    for (const costs of LEVELS) {
      cases++;
      const runs = (claim.against ?? [{}]).map((over) =>
        runExperiment(experiment, { ...setting, ...over }, { costs, traceRows: 0 }),
      );
      if (claim.holds(...runs)) continue;
      counterexample ??= `${formatLine(experiment.id, experiment.params, setting)} (costs: ${costs})`;
      typicalFailed ||= costs === 'typical';
    }
  }
  const verdict = counterexample === undefined ? 'holds' : typicalFailed ? 'fails' : 'not-established';
  return { claim: name, verdict, cases, ...(counterexample === undefined ? {} : { counterexample }) };
}

/** Every combination of the listed values: `{a: [1, 2], b: ['x']}` gives two settings. */
export function combinations<P>(over: { readonly [K in keyof P]?: readonly P[K][] }): Partial<P>[] {
  let settings: Record<string, ParamValue>[] = [{}];
  for (const [name, values] of Object.entries(over) as [string, readonly ParamValue[]][]) {
    settings = settings.flatMap((setting) => values.map((value) => ({ ...setting, [name]: value })));
  }
  return settings as Partial<P>[];
}
