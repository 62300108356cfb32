/** What every experiment owes its readers, whatever it is about. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import { Streams } from '../core/rng.ts';
import { eventList, metricRows, summary } from '../lab/account.ts';
import { judge } from '../lab/claims.ts';
import { diagramOf } from '../lab/diagram.ts';
import { lanesSvg } from '../lab/figure.ts';
import { formatLine, readQuery, splitLine } from '../lab/line.ts';
import type { Param, ParamTable, ParamValue } from '../lab/params.ts';
import { checkValue, defaultsOf } from '../lab/params.ts';
import { runExperiment } from '../lab/run.ts';
import { spread } from '../lab/sweep.ts';
import { experiments, runLine } from './index.ts';

/** By preset. */
type Goldens = Readonly<Record<string, { readonly digest: string; readonly metrics: object }>>;

/** Any value that a parameter allows, from a fair stream. */
function draw(param: Param, rng: Rng): ParamValue {
  if (param.kind === 'flag') return rng.chance(0.5);
  if (param.kind === 'choice')
    return Object.keys(param.options)[rng.int(0, Object.keys(param.options).length - 1)];
  const steps = Math.floor((param.max - param.min) / param.step);
  return param.min + rng.int(0, Math.min(steps, rng.chance(0.5) ? 16 : steps)) * param.step;
}

describe.each(experiments.map((experiment) => [experiment.id, experiment] as const))(
  '%s',
  (id, experiment) => {
    const table = experiment.params as ParamTable;
    const presets = Object.entries(experiment.presets);

    it('has defaults and presets within its limits, and at most two controls to begin with', () => {
      for (const [, { params, sentence }] of [
        ['defaults', { params: defaultsOf(table), sentence: 'x' }] as const,
        ...presets,
      ]) {
        for (const [name, value] of Object.entries(params))
          expect(checkValue(name, table[name], value)).toBeUndefined();
        expect(sentence.length).toBeGreaterThan(0);
      }
      expect(experiment.stages[0].length).toBeLessThanOrEqual(2);
      expect(experiment.stages.flat().sort()).toEqual(Object.keys(table).sort());
      expect(experiment.limits.length).toBeGreaterThan(0);
      for (const name of experiment.headline) expect(Object.keys(experiment.metrics)).toContain(name);
      const labels = Object.values(experiment.metrics).map(({ label }) => label);
      expect(new Set(labels).size).toBe(labels.length);
    });

    it.each(presets)(
      'gives the same digest twice, and the golden one, for preset %s',
      async (name, { params }) => {
        const first = runExperiment(experiment, params);
        expect(runExperiment(experiment, params).digest).toBe(first.digest);
        const goldens: { default: Goldens } = await import(`./golden/${id}.json`, { with: { type: 'json' } });
        const golden = goldens.default[name];
        expect(first.metrics).toEqual(golden.metrics);
        expect(first.digest).toBe(golden.digest);
      },
    );

    it('repeats a run from its own line', () => {
      for (const [, { params }] of presets) {
        const run = runExperiment(experiment, params, { seed: 7 });
        expect(runLine(run.line).digest).toBe(run.digest);
        const { values, seed, issues } = readQuery(table, splitLine(run.line).query);
        expect(issues).toEqual([]);
        expect(formatLine(id, table, values, seed)).toBe(run.line);
      }
    });

    it('counts the same with and without a trace, and at other costs with the same bytes', () => {
      const [, { params }] = presets[0];
      const run = runExperiment(experiment, params);
      expect(runExperiment(experiment, params, { traceRows: 0 }).metrics).toEqual(run.metrics);
      for (const costs of ['low', 'high'] as const) {
        const other = runExperiment(experiment, params, { costs });
        expect(other.metrics.deviceIntercepts ?? 0).toBe(run.metrics.deviceIntercepts ?? 0);
        expect(other.metrics.intact ?? 1).toBe(run.metrics.intact ?? 1);
      }
    });

    it.each(Object.keys(experiment.claims))('claim %s stands as it says', (name) => {
      const judgement = judge(experiment, name);
      expect(judgement, judgement.counterexample).toMatchObject({
        verdict: experiment.claims[name].standing ?? 'holds',
      });
    });

    it('answers its bets from the run, and knows why people answer otherwise', () => {
      for (const bet of experiment.bets) {
        const run = runExperiment(experiment, bet.params);
        const right =
          bet.answer.kind === 'number' ? String(run.metrics[bet.answer.metric]) : bet.answer.read(run);
        if (bet.answer.kind === 'choice') expect(Object.keys(bet.answer.options)).toContain(right);
        expect(bet.explain(run).length).toBeGreaterThan(20);
        for (const { answer } of bet.misconceptions) expect(answer).not.toBe(right);
      }
    });

    it('has puzzles that can be solved and are not solved by the defaults', () => {
      for (const goal of experiment.goals) {
        expect(goal.met(runExperiment(experiment, {}))).toBe(false);
        expect(goal.met(runExperiment(experiment, goal.solution))).toBe(true);
      }
    });

    it('draws and tells every preset', () => {
      for (const [, { params }] of presets) {
        const run = runExperiment(experiment, params);
        expect(diagramOf(run)).toMatch(/^sequenceDiagram\n/);
        expect(lanesSvg(run)).toMatch(/^<svg .*<\/svg>$/s);
        expect(summary(experiment, run)).toContain(run.digest);
        expect(eventList(run).length).toBeGreaterThan(0);
        expect(metricRows(experiment, run)).toHaveLength(Object.keys(experiment.metrics).length);
      }
    });

    it('sweeps every parameter', () => {
      for (const name of Object.keys(table)) expect(spread(table, name).length).toBeGreaterThan(1);
    });

    it('never throws for parameters within its limits, except to say that a run would be too long', () => {
      const rng = new Streams(20_261_120).stream(`fuzz.${id}`);
      for (let round = 0; round < 40; round++) {
        const params = Object.fromEntries(Object.keys(table).map((name) => [name, draw(table[name], rng)]));
        try {
          const run = runExperiment(experiment, params, { seed: rng.u32(), traceRows: 100 });
          for (const value of Object.values(run.metrics)) expect(Number.isFinite(value)).toBe(true);
        } catch (error) {
          expect(error, JSON.stringify(params)).toBeInstanceOf(UserError);
        }
      }
    });

    it('refuses bad parameters with an issue for each, and runs nothing', () => {
      try {
        runExperiment(experiment, { bogus: 1, [Object.keys(table)[0]]: Symbol('x') } as object, { seed: -1 });
        expect.unreachable();
      } catch (error) {
        expect((error as UserError).issues.map(({ path }) => path)).toEqual([
          'bogus',
          Object.keys(table)[0],
          'seed',
        ]);
      }
    });
  },
);
