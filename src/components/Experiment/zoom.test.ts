import { describe, expect, it } from 'vitest';
import { runLine } from '../../../sim/experiments/index.ts';
import { detailOf } from '../../truth/still.ts';
import { bandsIn, following, routeIn, scaleOf, zoomed } from './zoom.ts';

const { steps } = detailOf(runLine('two-roads?size=512B'));
const length = Math.max(...steps.end);

describe('a window of time', () => {
  it('stays inside the run, and is the whole run when it would be larger', () => {
    const half = zoomed({ from: 0, to: length }, 0.5, 0, length);
    expect(half).toEqual({ from: 0, to: length / 2 });
    expect(zoomed({ from: 0, to: length }, 0.5, length, length)?.to).toBe(length);
    expect(zoomed({ from: 0, to: length / 2 }, 2, 0, length)).toBeUndefined();
  });

  it('shows no time of which nothing is known', () => {
    const whole = { length: 700, dropped: 0 };
    expect(scaleOf([whole, { length: 400, dropped: 0 }])).toBe(700);
    expect(scaleOf([whole, { length: 400, dropped: 3 }])).toBe(400);
    expect(
      scaleOf([
        { length: 900, dropped: 1 },
        { length: 400, dropped: 3 },
      ]),
    ).toBe(400);
  });

  it('follows the cursor only when it leaves', () => {
    const window = { from: 100, to: 200 };
    expect(following(window, 150, length)).toBe(window);
    const moved = following(window, 500, length);
    expect(moved.from).toBeLessThan(500);
    expect(moved.to - moved.from).toBe(100);
  });

  it('draws nothing outside itself', () => {
    for (const { bars } of bandsIn(steps, { from: length / 4, to: length / 2 })) {
      expect(bars.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(10_003);
    }
  });

  it('traces control only while the eye can follow it', () => {
    expect(routeIn(steps, { from: 0, to: length / 4 })).toMatch(/^M/);
    const many = detailOf(runLine('two-roads?size=64KiB')).steps;
    expect(routeIn(many, { from: 0, to: Math.max(...many.end) })).toBeUndefined();
  });
});
