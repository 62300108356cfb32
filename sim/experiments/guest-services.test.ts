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

  it('copies a file whole, and says what became of one that it could not', () => {
    expect(run('guest-services', { service: 'file-copy', requests: 7 }).metrics).toMatchObject({
      copied: 7 * 6144,
      whole: 1,
      asked: 9,
      remains: 0,
    });
    const dead = run('guest-services', { service: 'file-copy', trouble: 'gone', after: 3 }).metrics;
    expect(dead).toMatchObject({ copied: 2 * 6144, remains: 2 * 6144, whole: 0, failed: 2 });
    const late = run('guest-services', { service: 'file-copy', trouble: 'late', duration: 40 });
    expect(late.metrics).toMatchObject({ remains: 0, whole: 0 });
    expect(late.metrics.longest).toBeLessThan(31);
  });

  it('takes memory down to the floor, gives it back, and adds some', () => {
    const taken = run('guest-services', { service: 'memory' });
    expect(taken.metrics).toMatchObject({ given: 54, good: 4, failed: 1, disagreement: 0 });
    expect(taken.metrics.reports).toBeGreaterThan(5);
    expect(taken.series[0]).toMatchObject({ unit: 'MiB', values: [16, 16, 16, 6, 0] });
    expect(run('guest-services', { service: 'memory', memory: 'return' }).metrics).toMatchObject({
      given: 0,
      good: 5,
    });
    expect(run('guest-services', { service: 'memory', memory: 'add' }).metrics).toMatchObject({
      added: 128,
      good: 1,
    });
  });

  it('takes memory that comes after the host has given up', () => {
    const params = { service: 'memory', requests: 1, trouble: 'frozen', duration: 100, after: 0 } as const;
    expect(run('guest-services', params).metrics).toMatchObject({
      unanswered: 1,
      late: 1,
      given: 16,
      disagreement: 0,
    });
  });
});
