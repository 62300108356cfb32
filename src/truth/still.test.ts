import { describe, expect, it } from 'vitest';
import { findExperiment, runLine } from '../../sim/experiments/index.ts';
import { LANE_ORDER } from '../../sim/lab/palette.ts';
import { detailOf, schemaOf, stillOf } from './still.ts';
import { NO_LANE } from './types.ts';

const LINES = [
  'two-roads?size=1KiB',
  'two-roads?mode=synthetic',
  'ring-transitions',
  'vsp-vsc?burst=4&packets=16',
];

describe.each(LINES)('the still of %s', (line) => {
  const run = runLine(line);
  const still = stillOf(findExperiment(run.id), run);
  const detail = detailOf(run);
  const { steps } = detail;

  it('draws all lanes inside the run', () => {
    expect(still.bands.map(({ place }) => place)).toEqual(LANE_ORDER);
    for (const { bars } of still.bands) {
      expect(bars.every((length) => length >= 0)).toBe(true);
      expect(bars.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(10_003);
    }
    expect(still.bands.some(({ bars }) => bars.length > 0)).toBe(true);
  });

  it('counts the steps that can be visited, in the order of time', () => {
    expect(steps.at.length).toBe(still.steps);
    expect([...steps.at]).toEqual([...steps.at].sort((p, q) => p - q));
    expect(steps.at[0]).toBeGreaterThanOrEqual(0);
    for (let i = 0; i < still.steps; i++) {
      expect(steps.end[i]).toBeGreaterThanOrEqual(steps.at[i]);
      expect(detail.titles[steps.title[i]]).toBeTruthy();
      expect(steps.lane[i] === NO_LANE || steps.lane[i] < LANE_ORDER.length).toBe(true);
    }
  });

  it('says the same numbers as the run', () => {
    const shown = Object.fromEntries(
      [...still.headline, ...still.more].map(({ name, value }) => [name, value]),
    );
    expect(shown).toEqual(run.metrics);
    expect(still.digest).toBe(run.digest);
  });

  it('survives the way to the page as JSON', () => {
    expect(JSON.parse(JSON.stringify(still))).toEqual(still);
    const schema = schemaOf(findExperiment(run.id));
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
