import { describe, expect, it } from 'vitest';
import { invariant, SimBug, UserError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { Rng } from './rng.ts';
import {
  cyclesOfNs,
  formatBytes,
  formatDuration,
  nsOfCycles,
  parseBytes,
  parseDuration,
  referenceTimeOfCycles,
} from './units.ts';

describe('sizes', () => {
  it('are read with units', () => {
    expect(['10KiB', '512', '512B', '1.5 MiB', '2gib', '4TiB'].map(parseBytes)).toEqual([
      10240,
      512,
      512,
      1.5 * 2 ** 20,
      2 ** 31,
      2 ** 42,
    ]);
  });

  it('that are none are NaN', () => {
    for (const text of ['', 'KiB', '10 KB', '-1', '1e3', '10KiB5', '0x10'])
      expect(parseBytes(text)).toBeNaN();
  });

  it('are written so that nothing is lost', () => {
    expect([0, 1, 1000, 1024, 10240, 1536, 2 ** 30, 2 ** 30 + 1].map(formatBytes)).toEqual([
      '0B',
      '1B',
      '1000B',
      '1KiB',
      '10KiB',
      '1.5KiB',
      '1GiB',
      '1073741825B',
    ]);
    const rng = new Rng(1);
    for (let i = 0; i < 2000; i++) {
      const bytes = Math.floor(2 ** (rng.float() * 50));
      expect(parseBytes(formatBytes(bytes))).toBe(bytes);
    }
  });
});

describe('durations', () => {
  it('are read and written', () => {
    expect(['2.5ms', '7us', '7µs', '3 s', '15'].map(parseDuration)).toEqual([2.5e6, 7000, 7000, 3e9, 15]);
    expect([2.5e6, 7000, 3e9, 15, 0].map(formatDuration)).toEqual(['2.5ms', '7us', '3s', '15ns', '0ns']);
    expect(parseDuration('soon')).toBeNaN();
  });

  it('become whole cycles and back', () => {
    expect(cyclesOfNs(1000, 2.4e9)).toBe(2400);
    expect(cyclesOfNs(0.3, 3e9)).toBe(1);
    expect(nsOfCycles(2400, 2.4e9)).toBe(1000);
    expect(referenceTimeOfCycles(2_400_239, 2.4e9)).toBe(10_000);
  });
});

describe('errors', () => {
  it('of a user say where, what and what to do', () => {
    const error = new UserError([
      { path: 'size', kind: 'syntax', message: 'is no size.', hint: 'Try 10KiB.' },
    ]);
    expect(error.message).toBe('size: is no size. Try 10KiB.');
    expect(error.issues[0].kind).toBe('syntax');
  });

  it('of ours carry what is needed to see them again', () => {
    expect(() => invariant(0, 'no')).toThrow(SimBug);
    expect(() => invariant('yes', 'no')).not.toThrow();
    const bug = new SimBug('lost an event', { seed: 7, time: 99 });
    expect([bug.name, bug.message, bug.context.seed]).toEqual(['SimBug', 'lost an event (at cycle 99)', 7]);
  });
});

it('every limit says why it is there', () => {
  for (const limit of Object.values(LIMITS)) {
    expect(limit.value).toBeGreaterThan(0);
    expect(limit.why.length).toBeGreaterThan(20);
  }
});
