import { describe, expect, it } from 'vitest';
import { formatCount, formatCycles, unitAfter } from './format.ts';

describe('a number for people', () => {
  it('has its digits in groups from five up, whole or not', () => {
    expect([1098, 10_240, 169_705_200, -12_345].map(formatCount)).toEqual([
      '1098',
      '10 240',
      '169 705 200',
      '−12 345',
    ]);
    expect([11_103.4, 39_999.6, -11_103.4].map(formatCount)).toEqual(['11 103', '40 000', '−11 103']);
  });

  it('keeps three digits of a fraction, and none that say nothing', () => {
    expect([0.12345, 3.0, 9.876, 1234.5].map(formatCount)).toEqual(['0.123', '3', '9.88', '1230']);
  });

  it('stands before its unit, and alone where it counts things', () => {
    expect(['µs', '1/s', '1/s²', 'count', '', undefined].map(unitAfter)).toEqual([
      ' µs',
      ' /s',
      ' /s²',
      '',
      '',
      '',
    ]);
  });

  it('comes with the unit that a reader would choose', () => {
    expect(formatCycles(4_504_080, 3e9)).toBe('1.5 ms');
    expect(formatCycles(580, 3e9)).toBe('193 ns');
  });
});
