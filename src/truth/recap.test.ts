/** What a page comes down to: true of the run that it shows, and honest about runs of which it is not true. */
import { describe, expect, it } from 'vitest';
import { findExperiment, runLine } from '../../sim/experiments/index.ts';
import { formatLine } from '../../sim/lab/line.ts';
import type { Run } from '../../sim/lab/run.ts';
import { RECAPS } from '../data/recap/index.ts';
import { claimHolds, recapOf } from './recap.ts';

/** Runs that a reader may make: every preset, and every value of every choice and switch by itself. */
function runsOf(id: string): Run[] {
  const { params, presets, check } = findExperiment(id);
  const settings = [
    ...Object.values(presets).map((preset) => (preset as { params: object }).params),
    ...Object.entries(params).flatMap(([name, param]) => {
      const { kind, options } = param as { kind: string; options?: object };
      const values =
        kind === 'choice' ? Object.keys(options as object) : kind === 'flag' ? [true, false] : [];
      return values.map((value) => ({ [name]: value }));
    }),
  ];
  const full = settings.map((setting) => formatLine(id, params, setting as never));
  return [...new Set(full)].flatMap((line) => {
    try {
      return [runLine(line)];
    } catch (error) {
      if (check) return [];
      throw error;
    }
  });
}

describe('a recap', () => {
  it.each(Object.entries(RECAPS))('%s: holds for the run that the page shows', (id, { line }) => {
    const { sentences } = recapOf(runLine(line));
    expect(line.split('?')[0]).toBe(id);
    expect(sentences.length).toBeGreaterThanOrEqual(3);
    expect(sentences.filter(({ holds }) => !holds)).toEqual([]);
  });

  it.each(Object.keys(RECAPS))('%s: says of other runs what is different there', (id) => {
    const recaps = runsOf(id).map(recapOf);
    for (const { line, sentences } of recaps)
      for (const { text } of sentences)
        expect([line, text]).toEqual([line, expect.not.stringMatching(/NaN|undefined|null|Infinity/)]);
    const broken = recaps.filter(({ sentences }) => sentences.some(({ holds }) => !holds));
    expect(broken.length).toBeGreaterThan(0);
  });

  it('judges a claim for the settings of the run, with the runs that it compares', () => {
    expect(claimHolds('less-time', runLine('two-roads?size=64KiB'))).toBe(true);
    expect(claimHolds('pio-formula', runLine('two-roads?mode=dma'))).toBe(false);
  });
});
