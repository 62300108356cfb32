import { describe, expect, it } from 'vitest';
import { EDID_BYTES, edidBlock } from './edid.ts';

describe('a block of EDID', () => {
  const block = edidBlock({ manufacturer: 'RSD', name: 'Ringside', width: 1280, height: 1024 });

  it('adds up to nothing', () => {
    expect(block).toHaveLength(EDID_BYTES);
    expect(block.reduce((sum, byte) => sum + byte, 0) % 256).toBe(0);
    expect([...block.slice(0, 8)]).toEqual([0, 255, 255, 255, 255, 255, 255, 0]);
  });

  it('names maker and monitor', () => {
    const maker = (block[8] << 8) | block[9];
    const letters = [10, 5, 0].map((shift) => String.fromCharCode(64 + ((maker >>> shift) & 31)));
    expect(letters.join('')).toBe('RSD');
    expect(String.fromCharCode(...block.slice(77, 90))).toBe('Ringside\n    ');
  });

  it('prefers the mode that was asked for, at 60 Hz', () => {
    const at = 54;
    const active = (low: number, high: number): number => block[at + low] | ((block[at + high] >>> 4) << 8);
    const blank = (low: number, high: number): number => block[at + low] | ((block[at + high] & 15) << 8);
    expect([active(2, 4), active(5, 7)]).toEqual([1280, 1024]);
    const clock = (block[at] | (block[at + 1] << 8)) * 10_000;
    expect(clock / ((1280 + blank(3, 4)) * (1024 + blank(6, 7)))).toBeCloseTo(60, 1);
  });
});
