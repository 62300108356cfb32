import { describe, expect, it } from 'vitest';
import { findExperiment, runLine } from '../../../sim/experiments/index.ts';
import { detailOf, stillOf } from '../../truth/still.ts';
import { cyclesSoFar, switchesSoFar } from './sofar.ts';

const LINES = ['two-roads?mode=pio', 'two-roads?mode=synthetic', 'ring-transitions', 'vsp-vsc'];

describe.each(LINES)('what %s has counted so far', (line) => {
  const run = runLine(line);
  const still = stillOf(findExperiment(run.id), run);
  const detail = detailOf(run);

  it('is nothing without a cursor and everything at the end, where the trace holds all', () => {
    const names = still.switches.map(({ name }) => name);
    const none = switchesSoFar(still, detail, -1);
    const end = switchesSoFar(still, detail, still.length);
    for (const { name, value } of still.switches) {
      expect(none(name)).toBeUndefined();
      expect([undefined, value]).toContain(end(name));
    }
    expect(names.some((name) => end(name) !== undefined)).toBe(true);
  });

  it('grows with time and never passes the end', () => {
    for (const soFar of [switchesSoFar, cyclesSoFar]) {
      const names =
        soFar === switchesSoFar ? still.switches.map(({ name }) => name) : (still.cycles.places ?? []);
      for (const name of names) {
        const counts = [0, 0.25, 0.5, 0.75, 1].map((part) => soFar(still, detail, part * still.length)(name));
        if (counts[4] === undefined) continue;
        expect(counts).toEqual([...counts].sort((p, q) => (p ?? 0) - (q ?? 0)));
      }
    }
  });

  it('splits the cycles of every place that is drawn from its lane', () => {
    const end = cyclesSoFar(still, detail, still.length);
    (still.cycles.places ?? []).forEach((place, i) => {
      expect([undefined, still.cycles.values[i]]).toContain(end(place));
    });
  });
});
