/** All experiments, and the functions with which pages, notebooks and people run them. */
import { UserError } from '../core/errors.ts';
import type { AnyExperiment } from '../lab/experiment.ts';
import { readQuery, splitLine } from '../lab/line.ts';
import type { ParamTable, ParamValue, Values } from '../lab/params.ts';
import type { Run, RunOptions } from '../lab/run.ts';
import { runExperiment } from '../lab/run.ts';
import type { Sweep } from '../lab/sweep.ts';
import { sweepExperiment } from '../lab/sweep.ts';
import { bootIdeFilter } from './boot-ide-filter.ts';
import { clockRead } from './clock-read.ts';
import { generations } from './generations.ts';
import { guestServices } from './guest-services.ts';
import { integrationComponents } from './integration-components.ts';
import { interruptEnd } from './interrupt-end.ts';
import { ipi } from './ipi.ts';
import { ringTransitions } from './ring-transitions.ts';
import { spinLock } from './spin-lock.ts';
import { timeSync } from './time-sync.ts';
import { timersAndIdle } from './timers-and-idle.ts';
import { tlbFlush } from './tlb-flush.ts';
import { twoRoads } from './two-roads.ts';
import { vspVsc } from './vsp-vsc.ts';
import { whoIsEnlightened } from './who-is-enlightened.ts';

/** In reading order. */
export const experiments: readonly AnyExperiment[] = [
  twoRoads,
  ringTransitions,
  vspVsc,
  tlbFlush,
  clockRead,
  spinLock,
  interruptEnd,
  ipi,
  timersAndIdle,
  whoIsEnlightened,
  timeSync,
  guestServices,
  bootIdeFilter,
  generations,
  integrationComponents,
];

/** The experiments by id, with their exact types: `ExperimentId`, `ParamsOf<'two-roads'>`. */
export interface Experiments {
  readonly 'two-roads': typeof twoRoads;
  readonly 'ring-transitions': typeof ringTransitions;
  readonly 'vsp-vsc': typeof vspVsc;
  readonly 'clock-read': typeof clockRead;
  readonly 'spin-lock': typeof spinLock;
  readonly 'tlb-flush': typeof tlbFlush;
  readonly 'interrupt-end': typeof interruptEnd;
  readonly ipi: typeof ipi;
  readonly 'timers-and-idle': typeof timersAndIdle;
  readonly 'who-is-enlightened': typeof whoIsEnlightened;
  readonly 'integration-components': typeof integrationComponents;
  readonly 'time-sync': typeof timeSync;
  readonly 'guest-services': typeof guestServices;
  readonly 'boot-ide-filter': typeof bootIdeFilter;
  readonly generations: typeof generations;
}

/** Names of the experiments. */
export type ExperimentId = keyof Experiments;

/** The parameters of an experiment as TypeScript knows them. */
export type ParamsOf<I extends ExperimentId> = Values<Experiments[I]['params']>;

/** The names of the numbers that an experiment reports. */
export type MetricOf<I extends ExperimentId> = keyof Experiments[I]['metrics'] & string;

/**
 * The experiment with this id.
 * @throws UserError that lists the ids there are.
 */
export function findExperiment(id: string): AnyExperiment {
  const found = experiments.find((experiment) => experiment.id === id);
  if (found) return found;
  const hint = `there are: ${experiments.map((experiment) => experiment.id).join(', ')}`;
  throw new UserError([
    { path: 'id', kind: 'unknown-experiment', message: `"${id}" is no experiment`, hint },
  ]);
}

/**
 * Runs an experiment: `run('two-roads', { mode: 'dma', size: 4096 }, { seed: 7 })`. The same arguments give the same digest, always.
 * @throws UserError with one issue per bad parameter.
 */
export function run<I extends ExperimentId>(
  id: I,
  params: Partial<ParamsOf<I>> = {},
  options: RunOptions = {},
): Run<MetricOf<I>> {
  return runExperiment(findExperiment(id), params, options) as Run<MetricOf<I>>;
}

/**
 * Runs a line such as `two-roads?mode=dma&size=4KiB&seed=7`.
 * @throws UserError when the id is unknown or anything in the line was not understood.
 */
export function runLine(line: string, options: RunOptions = {}): Run {
  const { id, query, issues: repeated } = splitLine(line);
  const experiment = findExperiment(id);
  const { values, seed, issues } = readQuery(experiment.params as ParamTable, query);
  if (issues.length + repeated.length > 0) throw new UserError([...repeated, ...issues]);
  return runExperiment(experiment, values, { seed, ...options });
}

/** Runs an experiment once for each value of one parameter; sensible values when none are given. */
export function sweep<I extends ExperimentId>(
  id: I,
  param: keyof ParamsOf<I> & string,
  values?: readonly ParamValue[],
  fixed: Partial<ParamsOf<I>> = {},
  options: RunOptions = {},
): Sweep<MetricOf<I>> {
  return sweepExperiment(findExperiment(id), param, values, fixed, options) as Sweep<MetricOf<I>>;
}
