import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { experiments, runLine } from '../../../sim/experiments/index.ts';
import { RESERVED } from '../../components/Experiment/address.ts';
import { ABLATIONS } from '../../data/ablations.ts';
import { CHECKS } from '../../data/checks/index.ts';
import seeds from '../../data/seed-claims.json';
import * as book from './book.ts';

describe('what pages ask for', () => {
  it('reads numbers from runs', () => {
    expect(book.num('two-roads?mode=dma', 'deviceIntercepts').text).toBe(
      String(runLine('two-roads?mode=dma').metrics.deviceIntercepts),
    );
    expect(book.resolve('{two-roads?mode=dma deviceIntercepts} stops')).toBe('26 stops');
  });

  it.each([
    ['an unknown experiment', () => book.still('three-roads'), /"three-roads" is no experiment.*two-roads/],
    ['an unknown value', () => book.still('two-roads?mode=floppy'), /mode is "floppy".*pio/],
    ['an unknown parameter', () => book.num('two-roads?speed=9', 'cycles'), /"speed" is not a parameter/],
    [
      'an unknown metric',
      () => book.num('two-roads', 'exits'),
      /"exits" does not exist; there are: .*deviceIntercepts/,
    ],
    [
      'an unknown claim',
      () => book.claim('two-roads/wishful'),
      /"wishful" does not exist; there are: .*pio-formula/,
    ],
    ['an unknown bet', () => book.bet('two-roads', 99), /number 99 does not exist/],
    ['an unknown number in a text', () => book.resolve('{two-roads wishes}'), /"wishes" does not exist/],
  ])('says what there is instead of %s', (_, ask, sentence) => {
    expect(ask).toThrow(book.PageError);
    expect(ask).toThrow(sentence);
  });

  it('keeps words of the address apart from parameters', () => {
    for (const { params } of experiments)
      for (const word of RESERVED) expect(Object.keys(params)).not.toContain(word);
  });
});

describe('the data of the pages', () => {
  it.each(Object.keys(CHECKS))(
    'checks of %s: three, one right answer each, every option explained, each an objective',
    (id) => {
      const page = readFileSync(`docs/concepts/${id}.mdx`, 'utf8');
      const objectives = [...page.matchAll(/check: '([^']+)'/g)].map(([, check]) => check);
      const checks = book.resolve(CHECKS[id]);
      expect(checks.map((check) => check.id).sort()).toEqual(objectives.sort());
      expect(checks.length).toBe(3);
      for (const { options } of checks) {
        expect(options.filter(({ right }) => right).length).toBe(1);
        for (const { text, why } of options) {
          expect(why.length).toBeGreaterThan(20);
          expect(text + why).not.toMatch(/[{}]/);
        }
      }
    },
  );

  it('has an ablation whose lines all run', () => {
    for (const { metric, rows } of Object.values(ABLATIONS)) {
      for (const [, line] of rows) expect(book.perRequest(line, metric)).toBeGreaterThan(0);
    }
  });

  it('has the 73 claims of the old texts, each with a verdict, each settled by an experiment that exists or is to come', () => {
    expect(seeds.map(({ n }) => n)).toEqual(Array.from({ length: 73 }, (_, i) => i + 1));
    const ids = experiments.map(({ id }) => id as string);
    for (const seed of seeds as { verdict: string; settledBy?: string; claim: string; why: string }[]) {
      expect(['true', 'true-in-2008', 'partly', 'wrong']).toContain(seed.verdict);
      if (seed.settledBy) expect(ids).toContain(seed.settledBy);
      if (seed.verdict !== 'true')
        expect(seed.why + (seed.verdict === 'true-in-2008' ? 'history is reason enough' : '')).toMatch(
          /.{15}/,
        );
      expect(seed.claim + seed.why).not.toMatch(/,\)|\(,|\s[.,;]|\.\./);
    }
  });

  it('writes no number of a run into the prose of a page by hand', () => {
    for (const file of readdirSync('docs/concepts')) {
      const prose = readFileSync(`docs/concepts/${file}`, 'utf8')
        .replace(/^---[\s\S]*?---/, '')
        .replace(/## Sources[\s\S]*/, '')
        .replace(/<[^>]*>|&#\d+;/g, '')
        .replace(/`[^`]*`/g, '');
      // Dates, ring numbers and the numbers of a list are no results.
      const numbers = (prose.match(/(?<![\w.])\d[\d .]*\d(?![\w.])/g) ?? []).filter(
        (text) => !/^(?:19|20)\d\d$/.test(text),
      );
      expect(numbers, file).toEqual([]);
    }
  });
});
