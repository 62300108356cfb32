import { describe, expect, it } from 'vitest';
import { exp, log } from './log.ts';
import { Rng, Streams } from './rng.ts';
import { Summary } from './stats.ts';

const draw = (rng: Rng, count: number) => Array.from({ length: count }, () => rng.u32());

describe('streams', () => {
  it('give the same numbers for the same seed and name, on every machine', () => {
    expect(draw(new Streams(7).stream('disk.service'), 3)).toEqual([125055398, 2032919232, 820515845]);
    expect(draw(new Rng(7, 'disk.service'), 3)).toEqual(draw(new Streams(7).stream('disk.service'), 3));
  });

  it('are the same object for the same name', () => {
    const streams = new Streams(1);
    expect(streams.stream('a')).toBe(streams.stream('a'));
    expect(streams.stream('a')).not.toBe(streams.stream('b'));
  });

  it('do not disturb each other', () => {
    const streams = new Streams(1);
    const before = draw(streams.stream('a'), 5);
    const mixed = new Streams(1);
    draw(mixed.stream('b'), 1000);
    expect(draw(mixed.stream('a'), 5)).toEqual(before);
  });

  it('differ for every seed and name, seeds beyond 32 bits included', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++)
      for (const name of ['', 'a', 'b', 'ab', 'ba']) seen.add(draw(new Rng(seed, name), 2).join());
    for (const seed of [-1, 2 ** 32, 2 ** 33, 2 ** 52 + 1]) seen.add(draw(new Rng(seed, ''), 2).join());
    expect(seen.size).toBe(1004);
  });

  it('of neighbouring seeds are not alike: half of all bits differ', () => {
    let bits = 0;
    for (let seed = 0; seed < 1000; seed++) {
      let x = new Rng(seed, 'x').u32() ^ new Rng(seed + 1, 'x').u32();
      for (; x !== 0; x &= x - 1) bits++;
    }
    expect(Math.abs(bits / 32_000 - 0.5)).toBeLessThan(0.02);
  });
});

describe('draws', () => {
  it('fill each bin of the unit interval alike', () => {
    const rng = new Rng(2, 'uniform');
    const bins = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) bins[Math.floor(rng.float() * 64)]++;
    const chi2 = bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeGreaterThan(30);
    expect(chi2).toBeLessThan(110);
  });

  it('of integers reach both ends and nothing else, all alike', () => {
    const rng = new Rng(3);
    const seen = new Array<number>(8).fill(0);
    for (let i = 0; i < 8000; i++) seen[rng.int(-3, 4) + 3]++;
    expect(Math.min(...seen)).toBeGreaterThan(850);
    expect(seen.reduce((x, y) => x + y)).toBe(8000);
    expect(rng.int(5, 5)).toBe(5);
    // A remainder alone would give the first third of this range twice as often.
    let first = 0;
    for (let i = 0; i < 3000; i++) if (rng.int(0, 3 * 2 ** 30 - 1) < 2 ** 30) first++;
    expect(Math.abs(first - 1000)).toBeLessThan(120);
    const wide = Array.from({ length: 1000 }, () => rng.int(0, 2 ** 52));
    expect(Math.max(...wide)).toBeGreaterThan(2 ** 51);
    expect(wide.every(Number.isInteger)).toBe(true);
  });

  it('of an exponential have its mean and its variance', () => {
    const rng = new Rng(4);
    const summary = new Summary();
    for (let i = 0; i < 100_000; i++) summary.add(rng.exponential(250));
    expect(Math.abs(summary.mean - 250)).toBeLessThan(3);
    expect(Math.abs(Math.sqrt(summary.variance) - 250)).toBeLessThan(4);
    expect(summary.min).toBeGreaterThanOrEqual(0);
    expect(summary.max).toBeLessThan(Infinity);
  });

  it('of chances come true as often as they should', () => {
    const rng = new Rng(5);
    let hits = 0;
    for (let i = 0; i < 10_000; i++) if (rng.chance(0.3)) hits++;
    expect(Math.abs(hits - 3000)).toBeLessThan(150);
    expect(rng.chance(0)).toBe(false);
    expect(rng.chance(1)).toBe(true);
  });

  it('shuffle a list without losing anything, every order alike', () => {
    const rng = new Rng(6);
    const orders = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = rng.shuffle(['a', 'b', 'c']).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    expect(Math.min(...orders.values())).toBeGreaterThan(880);
  });
});

describe('log and exp', () => {
  it('agree with the platform to the last digits, over the whole range', () => {
    const rng = new Rng(8);
    let worst = 0;
    for (let i = 0; i < 50_000; i++) {
      const x = (1 + rng.float()) * 2 ** rng.int(-1022, 1022);
      worst = Math.max(
        worst,
        Math.abs(log(x) - Math.log(x)) / Math.max(Number.MIN_VALUE, Math.abs(Math.log(x))),
      );
      const y = (rng.float() - 0.5) * 1400;
      worst = Math.max(worst, Math.abs(exp(y) - Math.exp(y)) / Math.exp(y));
    }
    expect(worst).toBeLessThan(2 * Number.EPSILON);
  });

  it('have the right ends', () => {
    expect([log(1), log(0), log(Infinity), log(-1)]).toEqual([0, -Infinity, Infinity, Number.NaN]);
    expect(log(Number.MIN_VALUE)).toBeCloseTo(-744.4400719213812, 10);
    expect([exp(0), exp(-Infinity), exp(Infinity), exp(Number.NaN), exp(800), exp(-800)]).toEqual([
      1,
      0,
      Infinity,
      Number.NaN,
      Infinity,
      0,
    ]);
    expect(exp(1)).toBeCloseTo(Math.E, 14);
    expect(exp(-740)).toBeGreaterThan(0);
  });

  it('are pinned to the bit', () => {
    const bits = (x: number) => new BigUint64Array(new Float64Array([x]).buffer)[0].toString(16);
    expect([2, 3, 10, 0.1, 1e300].map((x) => bits(log(x)))).toEqual([
      '3fe62e42fefa39ef',
      '3ff193ea7aad030a',
      '40026bb1bbb55516',
      'c0026bb1bbb55515',
      '4085963447f87fb5',
    ]);
    expect([2, -3.5, 10.25].map((x) => bits(exp(x)))).toEqual([
      '401d8e64b8d4ddae',
      '3f9eec1018e4ff66',
      '40db9ea2aed2a0f1',
    ]);
  });
});
