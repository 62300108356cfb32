/**
 * Runs an experiment. From outside a run is a pure function of (experiment, parameters, seed): plain data in, plain data out, the
 * same bits in every browser and in Node.
 */
import type { Issue } from '../core/errors.ts';
import { invariant, UserError } from '../core/errors.ts';
import { checkCostOverrides } from '../machine/costs.ts';
import { VERSION } from '../version.ts';
import { digestOf } from './digest.ts';
import type { Experiment, Findings, Series, StateLog, Table } from './experiment.ts';
import type { CostLevel } from './lab.ts';
import { Lab } from './lab.ts';
import { checkSeed, DEFAULT_SEED, formatLine } from './line.ts';
import type { ParamTable, ParamValue, Values } from './params.ts';
import { checkValue, defaultsOf } from './params.ts';
import type { Recording } from './recording.ts';

/** A finished run as plain data: what `--json` prints, what the page draws, what a notebook shows. */
export interface Run<M extends string = string> {
  readonly id: string;
  readonly version: string;
  readonly seed: number;
  /** The canonical line that repeats this run. */
  readonly line: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly metrics: Readonly<Record<M, number>>;
  readonly series: readonly Series[];
  /** Absent where the experiment has none. */
  readonly tables?: readonly Table[];
  readonly trace: Recording;
  /** States over time, where the experiment keeps any; not part of the digest. */
  readonly logs?: readonly StateLog[];
  /** 16 hex digits over identity, parameters, metrics, series, tables and trace. Equal digests mean equal runs. */
  readonly digest: string;
  readonly wrongRule?: string;
}

/** Everything about a run that is not a parameter of the experiment. */
export interface RunOptions {
  readonly seed?: number;
  /** Runs every modelled cost at the low or high end of its published range. */
  readonly costs?: CostLevel;
  /** Replaces single costs by name, in the unit of their row. */
  readonly overrideCosts?: Readonly<Record<string, number>>;
  /** Rows of trace to keep; 0 keeps none. */
  readonly traceRows?: number;
}

/** Checks every parameter; unknown names are issues too. */
export function checkParams(table: ParamTable, given: Readonly<Record<string, unknown>>): Issue[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [notParams(table)];
  const issues: Issue[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) {
      issues.push({
        path: name,
        kind: 'unknown-key',
        message: `"${name}" is not a parameter`,
        hint: `known: ${Object.keys(table).sort().join(', ')}`,
      });
      continue;
    }
    const issue = given[name] === undefined ? undefined : checkValue(name, table[name], given[name]);
    if (issue) issues.push(issue);
  }
  return issues;
}

function notParams(table: ParamTable): Issue {
  const [name] = Object.keys(table);
  const message = 'the parameters are no object of names and values';
  return { path: 'params', kind: 'wrong-type', message, hint: `give for example { ${name}: … }, or {}` };
}

/** The names of the options, complete by its type. */
const OPTIONS: Readonly<Record<keyof RunOptions, true>> = {
  seed: true,
  costs: true,
  overrideCosts: true,
  traceRows: true,
};

const LEVELS: readonly unknown[] = ['low', 'typical', 'high'] satisfies CostLevel[];

const notOptions: Issue = {
  path: 'options',
  kind: 'wrong-type',
  message: 'the options are no object of names and values',
  hint: 'give for example { seed: 7 }, or {}',
};

const unknownOption = (name: string): Issue => ({
  path: name,
  kind: 'unknown-key',
  message: `"${name}" is not an option of a run`,
  hint: `known: ${Object.keys(OPTIONS).sort().join(', ')}; parameters go before the options`,
});

/** What is wrong with the settings of a run that are no parameters. */
function checkOptions(options: RunOptions): Issue[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return [notOptions];
  const { seed, costs, overrideCosts, traceRows } = options;
  const issues = Object.keys(options)
    .filter((name) => !Object.hasOwn(OPTIONS, name))
    .map(unknownOption);
  const seedIssue = seed === undefined ? undefined : checkSeed(seed);
  if (seedIssue) issues.push(seedIssue);
  issues.push(...checkCostOverrides(overrideCosts ?? {}));
  if (costs !== undefined && !LEVELS.includes(costs))
    issues.push({
      path: 'costs',
      kind: 'unknown-choice',
      message: `costs is "${String(costs)}"`,
      hint: `use one of: ${LEVELS.join(', ')}`,
    });
  if (traceRows !== undefined && !(Number.isSafeInteger(traceRows) && traceRows >= 0))
    issues.push({
      path: 'traceRows',
      kind: 'wrong-type',
      message: `traceRows is ${String(traceRows)}`,
      hint: 'give a whole number, 0 for no trace',
    });
  return issues;
}

/**
 * Runs `experiment` with `given` laid over its defaults.
 * @throws UserError with one issue per bad parameter or option; nothing has run then.
 */
export function runExperiment<T extends ParamTable, M extends string>(
  experiment: Experiment<T, M>,
  given: Partial<Values<T>> = {},
  options: RunOptions = {},
): Run<M> {
  const issues = [...checkParams(experiment.params, given), ...checkOptions(options)];
  if (issues.length > 0) throw new UserError(issues);
  const seed = options.seed ?? DEFAULT_SEED;
  const params = { ...defaultsOf(experiment.params), ...withoutUndefined(given) } as Values<T>;
  const clashes = experiment.check?.(params) ?? [];
  if (clashes.length > 0) throw new UserError(clashes);
  const lab = new Lab(seed, options);
  const findings = experiment.simulate(params, lab);
  return finish(experiment, params, seed, lab, findings);
}

const withoutUndefined = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

function finish<T extends ParamTable, M extends string>(
  experiment: Experiment<T, M>,
  params: Values<T>,
  seed: number,
  lab: Lab,
  findings: Findings<M>,
): Run<M> {
  for (const name of Object.keys(experiment.metrics) as M[]) {
    invariant(Number.isFinite(findings.metrics[name]), `${experiment.id} reports no finite ${name}`);
  }
  const body = {
    id: experiment.id,
    seed,
    params: params as Readonly<Record<string, ParamValue>>,
    metrics: findings.metrics,
    series: findings.series ?? [],
    ...(findings.tables === undefined ? {} : { tables: findings.tables }),
    trace: lab.recording(),
    ...(findings.wrongRule === undefined ? {} : { wrongRule: findings.wrongRule }),
  };
  return {
    ...body,
    ...(findings.logs ? { logs: findings.logs } : {}),
    version: VERSION,
    line: formatLine(experiment.id, experiment.params, params, seed),
    digest: digestOf({ ...body, trace: body.trace.digest }),
  };
}
