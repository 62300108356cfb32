import { describe, expect, it } from 'vitest';
import { choice, defaultsOf, size } from '../../../sim/lab/params.ts';
import { readAddress, writeAddress } from './address.ts';

const about = { label: '', why: '' };
const params = {
  mode: choice({ pio: 'PIO', dma: 'DMA' }, 'pio', about),
  size: size({ ...about, min: 512, max: 65_536, step: 512, scale: 'log2', default: 10_240 }),
};
const defaults = defaultsOf(params);

describe('the address of an experiment', () => {
  it('is empty for the first figure as it stands', () => {
    expect(writeAddress('x', params, { values: defaults, seed: 1 }, 1)).toBe('');
  });

  it.each([
    [{ values: { ...defaults, mode: 'dma' }, seed: 1 }, 1, '?mode=dma'],
    [{ values: { ...defaults, size: 4096 }, seed: 7 }, 3, '?size=4KiB&seed=7&fig=3'],
    [{ values: defaults, seed: 1, other: { ...defaults, mode: 'dma' } }, 1, '?with=x%3Fmode%3Ddma'],
  ] as const)('says what differs, and reads it back (%#)', (state, fig, text) => {
    expect(writeAddress('x', params, state, fig)).toBe(text);
    expect(readAddress('x', params, text, fig)).toEqual({ issues: [], ...state });
  });

  it('speaks of one figure only', () => {
    expect(readAddress('x', params, '?mode=dma&fig=2', 1)).toBeUndefined();
    expect(readAddress('x', params, '?mode=dma', 2)).toBeUndefined();
    expect(readAddress('x', params, '', 1)).toBeUndefined();
  });

  it('reports what it does not understand', () => {
    const read = readAddress('x', params, '?mode=floppy&speed=9&with=y%3Fmode%3Ddma', 1);
    expect(read?.values).toEqual(defaults);
    expect(read?.issues.map(({ path, kind }) => [path, kind])).toEqual([
      ['mode', 'unknown-choice'],
      ['speed', 'unknown-key'],
      ['with', 'other-experiment'],
    ]);
  });

  it('reports a word that stands there twice', () => {
    const read = readAddress('x', params, '?mode=pio&mode=dma', 1);
    expect(read?.issues.map(({ path }) => path)).toEqual(['mode']);
  });
});
