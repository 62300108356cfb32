import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { experiments } from '../../sim/experiments/index.ts';
import seeds from './seed-claims.json' with { type: 'json' };

describe('the claims of the seeds', () => {
  it('are 73, each settled by a run, waiting for one, or a matter of words', () => {
    expect(seeds.map(({ n }) => n)).toEqual(Array.from({ length: 73 }, (_, i) => i + 1));
    for (const { why, claim, verdict } of seeds) {
      expect(claim.length).toBeGreaterThan(10);
      expect(['true', 'partly', 'wrong', 'true-in-2008']).toContain(verdict);
      expect(verdict === 'true' || why.length > 10).toBe(true);
    }
    for (const { n, ...row } of seeds) {
      const ways = ['settledBy', 'coming', 'text'].filter((way) => way in row);
      expect(ways, `row ${n}`).toHaveLength(1);
    }
  });

  it('wait for experiments that have a name', () => {
    const component = readFileSync(new URL('../components/SeedClaims/index.tsx', import.meta.url), 'utf8');
    for (const row of seeds)
      if ('coming' in row) expect(component).toMatch(new RegExp(`^  '?${row.coming}'?: '`, 'm'));
  });

  it('name only experiments that have a claim about them', () => {
    const settled = seeds.flatMap(({ n, ...row }) => ('settledBy' in row ? [{ n, by: row.settledBy }] : []));
    expect(settled.length).toBeGreaterThan(10);
    for (const { n, by } of settled) {
      const claims = Object.values(experiments.find(({ id }) => id === by)?.claims ?? {});
      expect(
        claims.some((claim) => claim.seeds?.includes(n)),
        `row ${n} by ${by}`,
      ).toBe(true);
    }
  });
});
