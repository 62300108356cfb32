/**
 * Answers what pages ask of the library at build. Each answer is computed once a build; a name that does not exist is an error whose
 * sentence says what there is instead.
 */
import { experiments, findExperiment, runLine, sweep } from '../../../sim/experiments/index.ts';
import { judge } from '../../../sim/lab/claims.ts';
import type { Difference } from '../../../sim/lab/difference.ts';
import { differenceOf } from '../../../sim/lab/difference.ts';
import type { AnyExperiment } from '../../../sim/lab/experiment.ts';
import { formatCount } from '../../../sim/lab/format.ts';
import { formatLine, readQuery, splitLine } from '../../../sim/lab/line.ts';
import type { ParamValue } from '../../../sim/lab/params.ts';
import { formatValue } from '../../../sim/lab/params.ts';
import type { Run } from '../../../sim/lab/run.ts';
import { snippet } from '../../../sim/lab/share.ts';
import { schemaOf, stillOf } from '../../truth/still.ts';
import type { BetData, ClaimData, Schema, Still, SweepData } from '../../truth/types.ts';
import { judged } from './judged.ts';

/** What an author of a page got wrong. */
export class PageError extends Error {}

const runs = new Map<string, Run>();
const claims = new Map<string, ClaimData>();

/** Turns the library's list of issues into one sentence. */
function plainly<T>(what: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    const issues = (error as { issues?: readonly { message: string; hint: string }[] }).issues;
    if (!issues) throw error;
    throw new PageError(`${what}: ${issues.map(({ message, hint }) => `${message} (${hint})`).join('; ')}`);
  }
}

function known<T>(what: string, name: string, among: Readonly<Record<string, T>>): T {
  if (Object.hasOwn(among, name)) return among[name];
  throw new PageError(`${what} "${name}" does not exist; there are: ${Object.keys(among).join(', ')}`);
}

export function runOf(line: string): Run {
  const found = runs.get(line);
  if (found) return found;
  const run = plainly(`the line "${line}"`, () => runLine(line));
  runs.set(line, run);
  return run;
}

export const experimentOf = (line: string): AnyExperiment =>
  plainly(`the line "${line}"`, () => findExperiment(splitLine(line).id));

export const schema = (line: string): Schema => schemaOf(experimentOf(line));

export const still = (line: string): Still => stillOf(experimentOf(line), runOf(line));

export const difference = (line: string, other: string): Difference =>
  differenceOf(runOf(line), runOf(other));

export const snippetOf = (line: string): string => snippet(runOf(line)).trim();

export const limitsOf = (id: string): readonly string[] => experimentOf(id).limits;

export function num(line: string, metric: string): { text: string; label: string; line: string } {
  const experiment = experimentOf(line);
  const { label } = known(`the metric of ${experiment.id}`, metric, experiment.metrics) as { label: string };
  const run = runOf(line);
  return { text: formatCount(run.metrics[metric]), label, line: run.line };
}

export function bet(id: string, n: number): BetData {
  const experiment = experimentOf(id);
  const declared = experiment.bets[n];
  if (!declared)
    throw new PageError(
      `${experiment.id} has ${experiment.bets.length} bets; number ${n} does not exist (they count from 0)`,
    );
  const run = runOf(formatLine(experiment.id, experiment.params, declared.params));
  const { answer } = declared;
  const common = {
    key: `${experiment.id}/${n}`,
    question: declared.question,
    line: run.line,
    explain: declared.explain(run),
    misconceptions: declared.misconceptions,
  };
  if (answer.kind === 'number') {
    const outcome = run.metrics[answer.metric];
    return {
      ...common,
      unit: answer.unit,
      tolerance: answer.tolerance,
      outcome,
      outcomeText: `${formatCount(outcome)} ${answer.unit}`,
    };
  }
  const outcome = answer.read(run);
  return {
    ...common,
    options: answer.options,
    outcome,
    outcomeText: known('the option', outcome, answer.options) as string,
  };
}

export function sweepOf(line: string, param: string, metric: string, only?: readonly string[]): SweepData {
  const { id, query } = splitLine(line);
  const experiment = experimentOf(line);
  const declared = known(
    `the parameter of ${id}`,
    param,
    experiment.params,
  ) as AnyExperiment['params'][string];
  const { label, unit } = known(`the metric of ${id}`, metric, experiment.metrics) as {
    label: string;
    unit: string;
  };
  const { values: fixed } = plainly(`the line "${line}"`, () => readQuery(experiment.params, query));
  const values = only?.map((text) => (declared.kind === 'choice' ? text : Number(text)));
  const swept = plainly(`the sweep of ${line} over ${param}`, () =>
    sweep(id as 'two-roads', param as 'mode', values, withoutKey(fixed, param)),
  );
  return {
    line,
    param,
    label: declared.label,
    metric: label,
    unit,
    labels: swept.labels,
    names: swept.values.map((value) => nameOf(declared, value)),
    values: swept.runs.map((run) => (run.metrics as Record<string, number>)[metric]),
  };
}

const withoutKey = (values: Record<string, ParamValue>, name: string): Record<string, never> =>
  Object.fromEntries(Object.entries(values).filter(([key]) => key !== name)) as Record<string, never>;

function nameOf(param: AnyExperiment['params'][string], value: ParamValue): string {
  return param.kind === 'choice' ? param.options[value as string] : formatValue(param, value);
}

export function claim(path: string): ClaimData {
  const found = claims.get(path);
  if (found) return found;
  const slash = path.indexOf('/');
  const [id, name] = [path.slice(0, slash), path.slice(slash + 1)];
  if (slash < 0) throw new PageError(`"${path}" is no claim: write experiment/claim`);
  const experiment = experimentOf(id);
  const declared = known(`the claim of ${id}`, name, experiment.claims) as AnyExperiment['claims'][string];
  const { verdict, cases, counterexample } = judged(path, () => judge(experiment, name));
  const data: ClaimData = {
    id: path.replace('/', '-'),
    experiment: id,
    name,
    sentence: declared.sentence,
    source: declared.source,
    formula: declared.formula,
    seeds: declared.seeds ?? [],
    verdict,
    cases,
    ...(counterexample ? { counterexample } : {}),
  };
  claims.set(path, data);
  return data;
}

export const allClaims = (): ClaimData[] =>
  experiments.flatMap(({ id, claims }) => Object.keys(claims).map((name) => claim(`${id}/${name}`)));

/** Every preset of every experiment, as lines. */
export const presets = (): { experiment: AnyExperiment; name: string; line: string }[] =>
  experiments.flatMap((experiment) =>
    Object.entries(experiment.presets).map(([name, { params }]) => ({
      experiment,
      name,
      line: formatLine(experiment.id, experiment.params, params as Record<string, never>),
    })),
  );

export { experiments };

/** A metric of a run, divided by its number of requests where it has several. */
export function perRequest(line: string, metric: string): number {
  known(`the metric of ${line}`, metric, experimentOf(line).metrics);
  const { metrics, params } = runOf(line);
  const requests = typeof params.requests === 'number' ? params.requests : 1;
  return Math.round((100 * metrics[metric]) / requests) / 100;
}

/** Facts for the line under a title. */
export function strip(id: string): { version: string; question: string } {
  return { version: runOf(id).version, question: experimentOf(id).question };
}

/** Numbers inside a text: `{two-roads?mode=dma cycles}` becomes the number of that run. */
const PLACEHOLDER = /\{([a-z0-9-]+(?:\?[^\s}]*)?) ([A-Za-z0-9]+)\}/g;

/** Puts numbers of runs into every text of a structure. */
export function resolve<T>(value: T): T {
  if (typeof value === 'string')
    return value.replace(PLACEHOLDER, (_, line, metric) => num(line, metric).text) as T;
  if (Array.isArray(value)) return value.map(resolve) as T;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, resolve(entry)])) as T;
  }
  return value;
}
