import { describe, expect, it } from 'vitest';
import { runLine } from '../experiments/index.ts';
import { DEFAULT_SEED, formatLine, readQuery, splitLine } from './line.ts';
import { choice, count, defaultsOf, flag, size } from './params.ts';

const about = { label: 'x', why: 'test' };
const table = {
  mode: choice({ pio: 'PIO', dma: 'DMA' }, 'pio', about),
  size: size({ min: 512, max: 65536, step: 512, scale: 'log2', default: 10240, ...about }),
  depth: count({ unit: '', min: 1, max: 64, step: 1, scale: 'log2', default: 1, ...about }),
  mask: flag(true, about),
};
const read = (line: string) => readQuery(table, splitLine(line).query);

describe('the one line', () => {
  it('reads values with readable units and keeps defaults for the rest', () => {
    const { values, seed, issues } = read('x?size=4KiB&mode=dma&seed=7');
    expect(issues).toEqual([]);
    expect(values).toEqual({ mode: 'dma', size: 4096, depth: 1, mask: true });
    expect(seed).toBe(7);
  });

  it('writes only what differs, sorted, the seed last', () => {
    expect(formatLine('x', table, { size: 10240, mode: 'dma', mask: false }, 9)).toBe(
      'x?mask=off&mode=dma&seed=9',
    );
    expect(formatLine('x', table, defaultsOf(table))).toBe('x');
  });

  it('survives a round trip for every corner of every parameter', () => {
    for (const mode of ['pio', 'dma'] as const)
      for (const bytes of [512, 1536, 65536])
        for (const mask of [true, false]) {
          const line = formatLine('x', table, { mode, size: bytes, depth: 64, mask }, 4294967295);
          const back = read(line);
          expect(back.issues).toEqual([]);
          expect(back.values).toEqual({ mode, size: bytes, depth: 64, mask });
          expect(formatLine('x', table, back.values, back.seed)).toBe(line);
        }
  });

  it.each([
    ['x?bogus=1', 'bogus', 'unknown-key'],
    ['x?mode=fast', 'mode', 'unknown-choice'],
    ['x?size=tall', 'size', 'not-a-number'],
    ['x?size=1000', 'size', 'not-a-step'],
    ['x?size=1GiB', 'size', 'out-of-range'],
    ['x?depth=-3', 'depth', 'out-of-range'],
    ['x?depth=1.5', 'depth', 'not-a-number'],
    ['x?mask=maybe', 'mask', 'not-a-flag'],
    ['x?seed=-1', 'seed', 'bad-seed'],
    ['x?seed=4294967296', 'seed', 'bad-seed'],
    ['x?mode=__proto__', 'mode', 'unknown-choice'],
    ['x?constructor=1', 'constructor', 'unknown-key'],
  ])('reports %s and keeps the default', (line, path, kind) => {
    const { values, seed, issues } = read(line);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ path, kind });
    expect(issues[0].hint.length).toBeGreaterThan(5);
    expect(values).toEqual(defaultsOf(table));
    expect(seed).toBe(DEFAULT_SEED);
  });

  it('never throws on malformed text', () => {
    for (const line of [
      '',
      '?',
      '???',
      'x?%',
      'x?=&=',
      'x?%E0%A4%A=1',
      'x?size=%ZZ',
      '/x/?mode=dma',
      'x?mode',
    ]) {
      expect(() => read(line)).not.toThrow();
    }
  });
});

describe('a key that stands there twice', () => {
  it('is reported, whatever its values', () => {
    expect(splitLine('x?mode=pio&mode=dma&seed=1').issues.map(({ path, kind }) => [path, kind])).toEqual([
      ['mode', 'repeated-key'],
    ]);
    expect(() => runLine('two-roads?mode=pio&mode=dma')).toThrow(/mode stands in the line more than once/);
  });
});
