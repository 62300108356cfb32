import { describe, expect, it } from 'vitest';
import { run } from './index.ts';

/** The table of exits that a real driver's flow gives: 512 B, 4 KiB, 10 KiB, 64 KiB. */
const EXITS = {
  pio: [20, 62, 134, 782],
  multiple: [20, 27, 44, 182],
  dma: [26, 26, 26, 26],
  'pio-words': [275, 2102, 5234, 33_422],
  polled: [9, 23, 47, 263],
  'polled-words': [264, 2063, 5147, 32_903],
  int13: [1, 1, 1, 1],
  synthetic: [0, 0, 0, 0],
} as const;

const WITH_8259 = { pio: [25, 102, 234, 1422], multiple: [25, 32, 54, 222], dma: [31, 31, 31, 31] } as const;

const TRANSITIONS = {
  pio: [148, 498, 1098, 6498],
  multiple: [148, 197, 324, 1338],
  dma: [190, 190, 190, 190],
  'pio-words': [1933, 14_778, 36_798, 234_978],
  int13: [9, 9, 9, 9],
} as const;

const SIZES = [512, 4096, 10_240, 65_536] as const;
type Mode = keyof typeof EXITS;

describe('two-roads', () => {
  for (const op of ['read', 'write'] as const) {
    it.each(Object.keys(EXITS) as Mode[])(`counts the device intercepts of a ${op} by %s`, (mode) => {
      const runs = SIZES.map((size) => run('two-roads', { mode, size, op }));
      expect(runs.map(({ metrics }) => metrics.deviceIntercepts)).toEqual(EXITS[mode]);
      expect(runs.map(({ metrics }) => metrics.intact)).toEqual([1, 1, 1, 1]);
    });

    it.each(Object.keys(WITH_8259) as (keyof typeof WITH_8259)[])(
      `adds five intercepts an interrupt with the 8259 pair: ${op} by %s`,
      (mode) => {
        const runs = SIZES.map((size) => run('two-roads', { mode, size, op, pic: '8259' }));
        expect(runs.map(({ metrics }) => metrics.deviceIntercepts)).toEqual(WITH_8259[mode]);
      },
    );

    it.each(Object.keys(TRANSITIONS) as (keyof typeof TRANSITIONS)[])(
      `counts the ring transitions of a ${op} by %s`,
      (mode) => {
        const runs = SIZES.map((size) => run('two-roads', { mode, size, op }));
        expect(runs.map(({ metrics }) => metrics.ringTransitions)).toEqual(TRANSITIONS[mode]);
      },
    );

    it(`needs eight to ten transitions for a lone synthetic ${op}, eight where the SINT ends itself`, () => {
      const counts = (['2008', '2012', '2020'] as const).map(
        (era) => run('two-roads', { mode: 'synthetic', op, era }).metrics,
      );
      expect(counts.map(({ ringTransitions }) => ringTransitions)).toEqual([8, 8, 10]);
      expect(counts.map(({ signals }) => signals)).toEqual([1, 1, 1]);
      expect(counts.map(({ bytesCopied }) => bytesCopied)).toEqual([0, 0, 0]);
    });
  }

  it('takes one interrupt per sector, per block, per command, or none', () => {
    const interrupts = (mode: Mode) => run('two-roads', { mode, size: 65_536 }).metrics.interrupts;
    expect((['pio', 'multiple', 'dma', 'polled', 'int13'] as const).map(interrupts)).toEqual([
      128, 8, 1, 0, 0,
    ]);
  });

  it('counts the same in every era and on every disk whose time the driver does not poll', () => {
    for (const era of ['2008', '2012', '2020'] as const)
      for (const disk of ['memory', 'sas15k', 'sata-ssd', 'nvme'] as const)
        expect(run('two-roads', { mode: 'dma', era, disk }).metrics).toMatchObject({
          deviceIntercepts: 26,
          intact: 1,
        });
  });

  it('finds every sector in a VHD: in place in a fixed one, elsewhere in a dynamic one', () => {
    for (const op of ['read', 'write'] as const)
      for (const mode of ['pio', 'int13', 'synthetic'] as const) {
        const at = (image: 'memory' | 'fixed' | 'dynamic') => {
          const { sectorsInFile, sectorsMoved, intact } = run('two-roads', { mode, op, image }).metrics;
          return [sectorsInFile, sectorsMoved, intact];
        };
        expect(at('memory')).toEqual([0, 0, 1]);
        expect(at('fixed')).toEqual([20, 0, 1]);
        expect(at('dynamic')).toEqual([20, 20, 1]);
      }
  });

  it('counts and takes the same whatever the image', () => {
    const rest = (image: 'memory' | 'fixed' | 'dynamic') => {
      const { metrics } = run('two-roads', {
        mode: 'synthetic',
        requests: 64,
        depth: 32,
        disk: 'nvme',
        image,
      });
      return { ...metrics, sectorsInFile: 0, sectorsMoved: 0 };
    };
    expect(rest('fixed')).toEqual(rest('memory'));
    expect(rest('dynamic')).toEqual(rest('memory'));
  });

  it('refuses what would keep a reader waiting, and says how to stay within the limit', () => {
    expect(() => run('two-roads', { mode: 'pio-words', size: 1_048_576, requests: 256 })).toThrow(
      /4 MiB or less/,
    );
  });
});
