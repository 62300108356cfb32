/** What the page says of single runs. */
import { describe, expect, it } from 'vitest';
import { run } from './index.ts';

describe('time-sync', () => {
  it('falls behind without bound when hints are ignored, and by one stretch when they are not', () => {
    const [short, long] = [30, 60].map((time) => run('time-sync', { time }).metrics);
    expect(long.error).toBeGreaterThan(1.9 * short.error);
    const [shortSet, longSet] = [30, 60].map((time) => run('time-sync', { time, policy: 'step' }).metrics);
    expect(longSet.worst).toBeLessThan(1.2 * shortSet.worst);
  });

  it('gets its share of the processor, whatever its clock does', () => {
    for (const others of [0, 1, 3]) {
      const { share } = run('time-sync', { others }).metrics;
      expect(Math.abs(share - 100 / (others + 1))).toBeLessThan(2);
    }
  });

  it('shows the saw of a clock that is set by hints', () => {
    const { series } = run('time-sync', { policy: 'step', time: 15, period: 5 });
    const { values } = series[0];
    expect(values).toHaveLength(15);
    const falls = values.filter((value, i) => i > 0 && value < values[i - 1]).length;
    expect(falls).toBe(2);
  });

  it('sends version 4 with its reference time and version 3 without', () => {
    const setting = { others: 8, clock: 'counter', policy: 'step' } as const;
    const reference = run('time-sync', { ...setting, message: 'reference' }).metrics;
    const plain = run('time-sync', { ...setting, message: 'plain' }).metrics;
    expect(plain.longestTransit).toBeGreaterThan(10);
    expect(reference.longestTransit).toBeGreaterThan(10);
    expect(reference.worst).toBeLessThan(plain.worst / 1000);
  });

  it('sets the clock once when hints are ignored', () => {
    const { metrics } = run('time-sync', { policy: 'ignore', period: 1 });
    expect(metrics.steps).toBe(1);
    expect(metrics.samples).toBeGreaterThan(20);
  });
});
