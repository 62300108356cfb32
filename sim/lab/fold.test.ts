import { describe, expect, it } from 'vitest';
import { fold } from './fold.ts';

const unfold = <T>(text: readonly T[]): T[] =>
  fold(text).flatMap(({ unit, times }) => Array.from({ length: times }, () => unit).flat());

describe('fold', () => {
  it('finds a repeated unit between single steps', () => {
    const folds = fold([...'abxyzxyzxyzq']);
    expect(folds.map(({ unit, times }) => `${unit.join('')}*${times}`)).toEqual(['ab*1', 'xyz*3', 'q*1']);
  });

  it('prefers the short unit when both cover the same', () => {
    expect(fold([...'aaaa'])).toEqual([{ unit: ['a'], times: 4, index: 0 }]);
  });

  it('always gives the same sequence back', () => {
    let state = 12345;
    for (let round = 0; round < 200; round++) {
      const text = Array.from({ length: round % 40 }, () => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return (state >>> 16) % 3;
      });
      expect(unfold(text)).toEqual(text);
    }
  });
});
