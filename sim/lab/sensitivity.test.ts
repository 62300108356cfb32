import { describe, expect, it } from 'vitest';
import { findExperiment, runLine } from '../experiments/index.ts';
import { COST_NAMES, type Era, eraCosts } from '../machine/costs.ts';
import { readQuery, splitLine } from './line.ts';
import { movedBy } from './moved-by.ts';
import { runExperiment } from './run.ts';
import { sensitivityOf } from './sensitivity.ts';

const LINES = ['ring-transitions', 'two-roads?mode=synthetic', 'vsp-vsc?packets=16'];

describe.each(LINES)('the sensitivity of %s', (line) => {
  const experiment = findExperiment(splitLine(line).id);
  const { values } = readQuery(experiment.params, splitLine(line).query);
  const { base, influences, low, high, complete } = sensitivityOf(experiment, line);
  const { rows } = eraCosts(runLine(line).trace.era as Era);
  const at = (name: string, value: number) =>
    runExperiment(experiment, values, { traceRows: 0, overrideCosts: { [name]: value } }).metrics;

  it('starts from the run itself and ends with all costs at one end', () => {
    expect(base).toEqual(runLine(line).metrics);
    expect(low).toEqual(runExperiment(experiment, values, { costs: 'low' }).metrics);
    expect(high).toEqual(runExperiment(experiment, values, { costs: 'high' }).metrics);
    expect(complete).toBe(true);
  });

  it('finds every cost that moves a number, and no other', () => {
    const found = influences.map(({ name }) => name);
    const moving = COST_NAMES.filter(
      (name) =>
        JSON.stringify(at(name, rows[name].high)) !== JSON.stringify(base) ||
        JSON.stringify(at(name, rows[name].low)) !== JSON.stringify(base),
    );
    expect(found).toEqual(moving);
    expect(found.length).toBeGreaterThan(2);
  });

  it('reports what the run reports at the ends of each range', () => {
    for (const { name, row, low: less, high: more } of influences) {
      expect(less).toEqual(at(name, row.low));
      expect(more).toEqual(at(name, row.high));
    }
    expect(movedBy({ base, influences } as ReturnType<typeof sensitivityOf>)).toContain('cycles');
  });
});

describe('a search that is ended', () => {
  it('gives what it has and says so', () => {
    let runs = 6;
    const { complete, influences, costs } = sensitivityOf(
      findExperiment('two-roads'),
      'two-roads',
      () => runs-- > 0,
    );
    expect(complete).toBe(false);
    expect(influences.length).toBeLessThan(costs);
  });
});
