/**
 * Which cost moves a result most? Every modelled cost has a range in which it may lie; a run is repeated with one cost at either end of
 * its range, the others as they are, and with all of them at one end. What a statement of a run is worth shows in how far it moves.
 */
import type { CostName, CostRow } from '../machine/costs.ts';
import { COST_NAMES, type Era, eraCosts } from '../machine/costs.ts';
import type { AnyExperiment } from './experiment.ts';
import { readQuery, splitLine } from './line.ts';
import type { Run, RunOptions } from './run.ts';
import { runExperiment } from './run.ts';

/** The numbers of a run by name. */
export type Numbers = Readonly<Record<string, number>>;

/** One cost that moves anything, and what the run reports at the ends of its range. */
export interface Influence {
  readonly name: CostName;
  readonly row: Pick<CostRow, 'what' | 'unit' | 'value' | 'low' | 'high' | 'basis'>;
  readonly low: Numbers;
  readonly high: Numbers;
}

export interface Sensitivity {
  readonly line: string;
  /** The run as it is, and with every cost at the low or the high end of its range. */
  readonly base: Numbers;
  readonly low: Numbers;
  readonly high: Numbers;
  /** The costs that move some number, in the order of the cost table. */
  readonly influences: readonly Influence[];
  /** Costs in the table of this era, and runs that were made to find those that matter. */
  readonly costs: number;
  readonly runs: number;
  /** False when `more` ended the search: some costs were not tried. */
  readonly complete: boolean;
}

/**
 * Varies the costs of a run.
 * @param more asked before each run; when it says no, the search ends with what is known
 * @throws UserError when the line has issues
 */
export function sensitivityOf(
  experiment: AnyExperiment,
  line: string,
  more: () => boolean = () => true,
): Sensitivity {
  const search = new Search(experiment, line, more);
  const { rows } = eraCosts(search.era);
  const names = COST_NAMES.filter((name) => rows[name].low !== rows[name].high);
  const influences = search.mattering(names).map((name) => search.influence(name));
  return {
    line: search.line,
    base: search.base,
    low: search.run({ costs: 'low' }),
    high: search.run({ costs: 'high' }),
    influences,
    costs: COST_NAMES.length,
    runs: search.runs,
    complete: !search.stopped,
  };
}

class Search {
  readonly line: string;
  readonly era: Era;
  readonly base: Numbers;
  runs = 0;
  stopped = false;
  private readonly experiment: AnyExperiment;
  private readonly params: Run['params'];
  private readonly seed: number;
  private readonly more: () => boolean;
  private readonly rows: Readonly<Record<CostName, CostRow>>;

  constructor(experiment: AnyExperiment, line: string, more: () => boolean) {
    const { values, seed } = readQuery(experiment.params, splitLine(line).query);
    const run = runExperiment(experiment, values, { seed, traceRows: 1 });
    this.experiment = experiment;
    this.params = run.params;
    this.seed = seed;
    this.more = more;
    this.line = run.line;
    this.era = run.trace.era as Era;
    this.rows = eraCosts(this.era).rows;
    this.base = run.metrics;
  }

  run(options: RunOptions): Numbers {
    this.runs++;
    return runExperiment(this.experiment, this.params, { seed: this.seed, traceRows: 0, ...options }).metrics;
  }

  /**
   * The names among these that move any number. Costs that a run never pays are many: a whole group of them is ruled out by one run in
   * which all of the group lie at another end of their ranges, and a group that moves something is halved.
   */
  mattering(names: readonly CostName[]): CostName[] {
    if (names.length === 0 || !this.goesOn()) return [];
    if (!this.moves(this.run({ overrideCosts: this.elsewhere(names) }))) return [];
    if (names.length === 1) return [...names];
    const half = names.length >> 1;
    return [...this.mattering(names.slice(0, half)), ...this.mattering(names.slice(half))];
  }

  influence(name: CostName): Influence {
    const { what, unit, value, low, high, basis } = this.rows[name];
    const at = (cost: number): Numbers =>
      cost === value || !this.goesOn() ? this.base : this.run({ overrideCosts: { [name]: cost } });
    return { name, row: { what, unit, value, low, high, basis }, low: at(low), high: at(high) };
  }

  private goesOn(): boolean {
    this.stopped ||= !this.more();
    return !this.stopped;
  }

  private elsewhere(names: readonly CostName[]): Record<string, number> {
    const end = ({ value, low, high }: CostRow): number => (high === value ? low : high);
    return Object.fromEntries(names.map((name) => [name, end(this.rows[name])]));
  }

  private moves(numbers: Numbers): boolean {
    return Object.keys(this.base).some((name) => numbers[name] !== this.base[name]);
  }
}
