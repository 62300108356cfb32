import { describe, expect, it } from 'vitest';
import { curvesSvg } from './curves.ts';
import type { Series } from './experiment.ts';

const series = (title: string, values: number[]): Series => ({
  id: title,
  title,
  unit: '',
  labels: values.map((_, i) => `${i + 1} KiB`),
  values,
});

const pointsOf = (svg: string): number[][][] =>
  [...svg.matchAll(/<polyline[^>]* points="([^"]+)"/g)].map(([, points]) =>
    points.split(' ').map((point) => point.split(',').map(Number)),
  );
const namesOf = (svg: string): string[] =>
  [...svg.matchAll(/<text class="ink" x="590" y="([\d.]+)"[^>]*>([^<]+)</g)].map(([, , words]) => words);

describe('curvesSvg', () => {
  it('draws each value in proportion from a floor of zero', () => {
    const [[low, middle, high]] = pointsOf(curvesSvg([series('exits', [0, 50, 100])]));
    expect(low[1] - middle[1]).toBeCloseTo(middle[1] - high[1], 1);
    expect(middle[0] - low[0]).toBeCloseTo(high[0] - middle[0], 1);
  });

  it('gives every factor of ten the same height on a logarithmic scale, and zero the floor', () => {
    const [[none, one, ten, hundred]] = pointsOf(
      curvesSvg([series('exits', [0, 1, 10, 100])], { scale: 'log' }),
    );
    expect(one[1] - ten[1]).toBeCloseTo(ten[1] - hundred[1], 1);
    expect(none[1]).toBeGreaterThan(one[1]);
  });

  it('makes room for long numbers, and moves nothing where they are short', () => {
    const edge = (top: number): number => pointsOf(curvesSvg([series('a', [1, top])]))[0][0][0];
    expect(edge(400_000)).toBe(edge(90));
    expect(edge(40_000_000)).toBeGreaterThan(edge(90) + 3 * 7);
    const end = (name: string): number =>
      pointsOf(curvesSvg([series('a', [1, 2])], { names: [name] }))[0][1][0];
    expect(end('free')).toBe(580);
    expect(end('free above the floor, MiB, at the end')).toBeLessThan(580 - 10 * 7);
  });

  it('names each curve with its last value, top curve first', () => {
    const svg = curvesSvg([series('a', [1, 2]), series('b', [1, 90])], { names: ['few', 'many'] });
    expect(namesOf(svg)).toEqual(['many: 90', 'few: 2']);
  });

  it('keeps names apart where curves end together', () => {
    const svg = curvesSvg([series('a', [1, 50]), series('b', [1, 50]), series('c', [1, 51])]);
    const heights = [...svg.matchAll(/x="590" y="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(3);
    for (let i = 1; i < heights.length; i++) expect(heights[i] - heights[i - 1]).toBeGreaterThanOrEqual(17);
  });

  it('marks round values up to the largest', () => {
    const ticks = [...curvesSvg([series('a', [3, 390])]).matchAll(/text-anchor="end">([^<]+)</g)];
    expect(ticks.map(([, words]) => words)).toEqual(['0', '100', '200', '300', '400']);
  });

  it('writes words that SVG would read as marks', () => {
    expect(curvesSvg([series('a < b & c', [1, 2])])).toContain('a &lt; b &amp; c');
  });
});
