/** Runs one experiment over many values of one parameter. */
import { UserError } from '../core/errors.ts';
import type { Experiment } from './experiment.ts';
import type { ParamTable, ParamValue, Values } from './params.ts';
import { defaultsOf, formatValue } from './params.ts';
import type { Run, RunOptions } from './run.ts';
import { runExperiment } from './run.ts';

/** The result of a sweep: one run per value, in the order given. Runs carry no trace rows. */
export interface Sweep<M extends string = string> {
  readonly id: string;
  readonly param: string;
  readonly values: readonly ParamValue[];
  readonly labels: readonly string[];
  readonly runs: readonly Run<M>[];
}

/** The most runs one sweep may ask for: more would only be noise on a chart. */
export const SWEEP_MAX = 256;

/**
 * Runs `experiment` once for each value of `param`; for sensible values that go together with the rest when none are given.
 * @throws UserError when the parameter is unknown, the list is empty or too long, or a value is out of limits.
 */
export function sweepExperiment<T extends ParamTable, M extends string>(
  experiment: Experiment<T, M>,
  param: keyof T & string,
  given?: readonly ParamValue[],
  fixed: Partial<Values<T>> = {},
  options: RunOptions = {},
): Sweep<M> {
  const values = given ?? possible(experiment, param, fixed);
  const declared = Object.hasOwn(experiment.params, param) ? experiment.params[param] : undefined;
  if (!declared) {
    const hint = `known: ${Object.keys(experiment.params).sort().join(', ')}`;
    throw new UserError([
      {
        path: param,
        kind: 'unknown-key',
        message: `"${param}" is not a parameter of ${experiment.id}`,
        hint,
      },
    ]);
  }
  if (values.length === 0 || values.length > SWEEP_MAX) {
    const message = `the sweep has ${values.length} values`;
    throw new UserError([{ path: param, kind: 'bad-sweep', message, hint: `give 1 to ${SWEEP_MAX} values` }]);
  }
  const quiet = { ...options, traceRows: options.traceRows ?? 0 };
  const runs = values.map((value) =>
    runExperiment(experiment, { ...fixed, [param]: value } as Partial<Values<T>>, quiet),
  );
  return {
    id: experiment.id,
    param,
    values,
    labels: values.map((value) => formatValue(declared, value)),
    runs,
  };
}

/** Of the sensible values those that go together with the rest. All of them when none does: the error then says why. */
function possible<T extends ParamTable, M extends string>(
  experiment: Experiment<T, M>,
  param: keyof T & string,
  fixed: Partial<Values<T>>,
): readonly ParamValue[] {
  const values = spread(experiment.params, param);
  const rest = { ...defaultsOf(experiment.params), ...fixed };
  const allowed = values.filter((value) => {
    const clashes = experiment.check?.({ ...rest, [param]: value } as Values<T>) ?? [];
    return clashes.length === 0;
  });
  return allowed.length > 0 ? allowed : values;
}

/** Sensible values for a sweep when none are given: every choice, or powers of two, or eleven even steps. */
export function spread(table: ParamTable, name: string): ParamValue[] {
  const param = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!param) return [];
  if (param.kind === 'choice') return Object.keys(param.options);
  if (param.kind === 'flag') return [false, true];
  return param.scale === 'log2'
    ? doublings(param.min, param.max, param.step)
    : evenSteps(param.min, param.max, param.step);
}

function doublings(min: number, max: number, step: number): number[] {
  const values: number[] = [];
  for (let value = Math.max(min, step); value <= max; value *= 2) values.push(value);
  if (min === 0) values.unshift(0);
  return values;
}

function evenSteps(min: number, max: number, step: number): number[] {
  const steps = Math.floor((max - min) / step);
  const stride = Math.max(1, Math.ceil(steps / 10)) * step;
  const values: number[] = [];
  for (let value = min; value <= max; value += stride) values.push(value);
  return values;
}
