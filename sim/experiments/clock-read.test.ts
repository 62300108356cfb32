/** `clock-read` against measurements that others have published. */
import { describe, expect, it } from 'vitest';
import { runExperiment } from '../lab/run.ts';
import { clockRead } from './clock-read.ts';
import type { ClockParams } from './clock-read-run.ts';

const metrics = (params: Partial<ClockParams>, costs: 'low' | 'typical' | 'high' = 'typical') =>
  runExperiment(clockRead, params, { traceRows: 0, costs }).metrics;

const cycles = (params: Partial<ClockParams>): number => metrics({ rate: 1000, ...params }).cyclesPerRead;

describe('V-TSCPAGE: 3 361 against 49 cycles in the kernel, 5 664 against 131 in a program', () => {
  const ratio = (reader: ClockParams['reader']): number =>
    cycles({ source: 'reference-counter', reader }) / cycles({ source: 'tsc-page', reader });

  it('the page is 69 times cheaper for the kernel, within 5 %', () => {
    expect(ratio('kernel') / 69).toBeGreaterThan(0.95);
    expect(ratio('kernel') / 69).toBeLessThan(1.05);
  });

  it('and 43 times for a program, within 5 %', () => {
    expect(ratio('user') / 43).toBeGreaterThan(0.95);
    expect(ratio('user') / 43).toBeLessThan(1.05);
  });
});

describe('V-ACPITIMER: 15 readings in each of 64 ticks a second, of a device elsewhere and in the hypervisor: 11 times', () => {
  const idle = { rate: 960, duration: 1000, era: '2008' } as const;
  const share = (placement: ClockParams['placement'], costs?: 'low' | 'typical' | 'high'): number =>
    metrics({ ...idle, placement }, costs).share;

  it('the ratio is between 6 and 16', () => {
    const ratio = share('worker') / share('hypervisor');
    expect(ratio).toBeGreaterThan(6);
    expect(ratio).toBeLessThan(16);
  });

  it('the shares themselves are not those of 2006: 10 % then, 1 % with the costs of 2008, 3 % at their upper end', () => {
    expect(share('worker')).toBeCloseTo(0.96, 1);
    expect(share('worker', 'high')).toBeGreaterThan(3);
    expect(share('worker', 'high')).toBeLessThan(10);
  });
});

describe('seldom readings', () => {
  it('are at least one, however short the run', () => {
    expect(metrics({ rate: 10, duration: 1 }).reads).toBe(1);
  });

  it('of a 24-bit timer are in time when the counter has gone round less than once', () => {
    expect(metrics({ rate: 10, duration: 1000 }).maxError).toBeLessThan(1);
  });
});
