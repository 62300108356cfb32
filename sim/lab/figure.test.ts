import { describe, expect, it } from 'vitest';
import { run } from '../experiments/index.ts';
import { barsSvg, compareSvg } from './figure.ts';

describe('barsSvg', () => {
  const widest = (svg: string): number =>
    Math.max(...[...svg.matchAll(/width="([\d.]+)" height="16"/g)].map(([, w]) => Number(w)));
  const barsBegin = (svg: string): number => Number(/<rect [^>]*x="([\d.]+)"/.exec(svg)?.[1]);
  const series = (label: string) => ({ id: 's', title: 't', unit: '', labels: [label, 'b'], values: [4, 2] });

  it('draws bars in proportion', () => {
    const svg = barsSvg(series('a'));
    const [long, short] = [...svg.matchAll(/width="([\d.]+)" height="16"/g)].map(([, w]) => Number(w));
    expect(long).toBeCloseTo(2 * short, 1);
  });

  it('makes room for long labels, and keeps room for the bars', () => {
    expect(barsBegin(barsSvg(series('a label of forty letters, more or less.')))).toBeGreaterThan(290);
    expect(widest(barsSvg(series('word '.repeat(60))))).toBeGreaterThan(100);
  });
});

describe('compareSvg', () => {
  it('gives all panels one scale of time', () => {
    const svg = compareSvg([run('two-roads', { mode: 'dma' }), run('two-roads', { mode: 'synthetic' })]);
    const ends = [...svg.matchAll(/text-anchor="end">([^<]*[µmn]s)</g)].map(([, words]) => words);
    expect(ends).toHaveLength(2);
    expect(new Set(ends).size).toBe(1);
  });
});
