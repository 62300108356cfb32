import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import { run } from '../experiments/index.ts';
import type { RunOptions } from './run.ts';

/** Paths of the issues that a run with these options was refused for. */
function refusal(options: object): string[] {
  try {
    run('ring-transitions', {}, options as RunOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).issues.map(({ path }) => path);
  }
  return [];
}

describe('the options of a run', () => {
  it('are refused all at once when they make no sense', () => {
    expect(refusal({ costs: 'medium', traceRows: 1.5, overrideCosts: { foo: 1, 'ring.hop': -1 } })).toEqual([
      'foo',
      'ring.hop',
      'costs',
      'traceRows',
    ]);
    expect(refusal({ overrideCosts: { 'ring.hop': Number.NaN, toString: 1 } })).toEqual([
      'ring.hop',
      'toString',
    ]);
    expect(refusal({ traceRows: -1, seed: 1.5 })).toEqual(['seed', 'traceRows']);
  });

  it('are refused when nobody knows them', () => {
    expect(refusal({ sed: 7 })).toEqual(['sed']);
    expect(refusal({ mode: 'dma', Seed: 1, traceRows: 0 })).toEqual(['mode', 'Seed']);
    expect(() => run('two-roads', {}, { sed: 7 } as RunOptions)).toThrow(/"sed" is not an option.*seed/s);
  });

  it.each([[null], ['seed=7'], [[7]], [7]])('are an object, not %j', (options) => {
    expect(refusal(options as unknown as object)).toEqual(['options']);
  });

  it('are taken when they do', () => {
    expect(refusal({ costs: 'low', traceRows: 0, overrideCosts: { 'ring.hop': 0 }, seed: 7 })).toEqual([]);
  });
});

describe('the parameters of a run', () => {
  it.each([[null], ['mode=dma'], [['dma']], [7]])('are an object, not %j', (params) => {
    expect(() => run('two-roads', params as object)).toThrow(/params: the parameters are no object/);
  });
});
