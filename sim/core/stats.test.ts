import { describe, expect, it } from 'vitest';
import { Rng } from './rng.ts';
import { Gauge, Histogram, Summary } from './stats.ts';

describe('summary', () => {
  it('gives the moments of what it has seen', () => {
    const summary = new Summary();
    for (const value of [2, 4, 4, 4, 5, 5, 7, 9]) summary.add(value);
    expect([summary.count, summary.mean, summary.min, summary.max]).toEqual([8, 5, 2, 9]);
    expect(summary.variance).toBeCloseTo(32 / 7, 12);
    expect(new Summary().variance).toBe(0);
  });
});

describe('histogram', () => {
  it('is exact below 32 and within 1/32 above, up to 2^53', () => {
    const rng = new Rng(1);
    for (let i = 0; i < 5000; i++) {
      const value = i < 40 ? i : Math.floor(2 ** (rng.float() * 53));
      const histogram = new Histogram();
      histogram.add(value);
      const [entry] = histogram.entries();
      expect(value).toBeGreaterThanOrEqual(entry.low);
      expect(value).toBeLessThan(entry.high);
      expect(entry.high - entry.low).toBeLessThanOrEqual(Math.max(1, value / 32));
    }
    const last = new Histogram();
    last.add(Number.MAX_SAFE_INTEGER);
    expect(last.quantile(1)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('gives quantiles that enclose those of the values', () => {
    const rng = new Rng(2);
    const values = Array.from({ length: 20_000 }, () => Math.floor(rng.exponential(10_000)));
    const histogram = new Histogram();
    for (const value of values) histogram.add(value);
    values.sort((x, y) => x - y);
    for (const q of [0.01, 0.5, 0.9, 0.99, 0.999]) {
      const exact = values[Math.ceil(q * values.length) - 1];
      expect(histogram.quantile(q)).toBeGreaterThanOrEqual(exact);
      expect(histogram.quantile(q)).toBeLessThanOrEqual(exact * (1 + 1 / 32) + 1);
    }
    expect(histogram.quantile(1)).toBe(values[values.length - 1]);
    expect(histogram.mean).toBeCloseTo(values.reduce((x, y) => x + y) / values.length, 6);
    expect(histogram.entries().reduce((sum, entry) => sum + entry.count, 0)).toBe(20_000);
  });

  it('knows when it is empty, and takes many of one value at once', () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.5)).toBeNaN();
    histogram.add(10, 3);
    expect([histogram.count, histogram.sum, histogram.quantile(0.5)]).toEqual([3, 30, 10]);
  });
});

describe('gauge', () => {
  it('weights each value with the time it lasted', () => {
    const gauge = new Gauge(100, 2);
    gauge.set(110, 4);
    gauge.add(130, -3);
    expect(gauge.mean(140)).toBe((2 * 10 + 4 * 20 + 1 * 10) / 40);
    expect(gauge.max).toBe(4);
    expect(new Gauge(5, 9).mean(5)).toBe(9);
  });
});
