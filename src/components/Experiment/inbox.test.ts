import { describe, expect, it } from 'vitest';
import { twoRoads } from '../../../sim/experiments/two-roads.ts';
import { readAddress } from './address.ts';
import { queryOf } from './inbox.ts';

const read = (line: string, fig: string) =>
  readAddress('two-roads', twoRoads.params, queryOf(line, fig), Number(fig));

describe('a line that is sent to an experiment', () => {
  it.each(['1', '5'])('is what figure %s reads from the address', (fig) => {
    expect(read('two-roads?mode=dma&size=4KiB&seed=7', fig)).toMatchObject({
      values: { mode: 'dma', size: 4096 },
      seed: 7,
      issues: [],
    });
  });

  it('arrives when it is the default one, which has no words of its own', () => {
    expect(read('two-roads', '1')).toMatchObject({ values: { mode: 'pio' }, issues: [] });
    expect(read('two-roads', '3')).toMatchObject({ values: { mode: 'pio' }, issues: [] });
  });
});
