/** What the page says of single runs. */
import { describe, expect, it } from 'vitest';
import { run } from './index.ts';

describe('guest-services', () => {
  it('asks each service over its own channel, and the heartbeat beside it', () => {
    for (const service of ['shutdown', 'kvp', 'vss'] as const) {
      const { metrics } = run('guest-services', { service });
      expect(metrics.good).toBe(metrics.asked);
      expect(metrics.beatsAnswered).toBeGreaterThan(0);
    }
  });

  it('waits fifteen minutes for a freeze, not thirty seconds', () => {
    const { metrics, series } = run('guest-services', { service: 'vss', trouble: 'hung', after: 1 });
    expect(metrics.longest).toBeGreaterThanOrEqual(900);
    expect(metrics.longest).toBeLessThan(901);
    expect(series[0].labels[1]).toBe('2 freeze');
    expect(metrics.snapshots).toBe(0);
  });

  it('takes a freeze that is answered after five minutes', () => {
    const { metrics } = run('guest-services', { service: 'vss', trouble: 'late', after: 1, duration: 300 });
    expect(metrics.snapshots).toBe(1);
    expect(metrics.frozenAtEnd).toBe(0);
  });

  it('holds writes for as long as the kernel hangs, and thaws then', () => {
    const short = run('guest-services', {
      service: 'vss',
      trouble: 'frozen',
      after: 1,
      duration: 20,
    }).metrics;
    const long = run('guest-services', {
      service: 'vss',
      trouble: 'frozen',
      after: 1,
      duration: 200,
    }).metrics;
    expect(short.frozenSeconds).toBeGreaterThan(20);
    expect(long.frozenSeconds).toBeGreaterThan(200);
    expect([short.frozenAtEnd, long.frozenAtEnd]).toEqual([0, 0]);
    expect(long.unanswered).toBeGreaterThan(0);
  });

  it('calls a forgotten thaw a wrong rule', () => {
    expect(run('guest-services', { service: 'vss', thaw: 'never' }).wrongRule).toMatch(/thaw/);
    expect(run('guest-services', { service: 'vss' }).wrongRule).toBeUndefined();
  });

  it('turns a guest off only when its time is over', () => {
    const { metrics } = run('guest-services', { service: 'shutdown', patience: 3 });
    expect(metrics).toMatchObject({ turnedOff: 1, off: 0, good: 1 });
  });
});
