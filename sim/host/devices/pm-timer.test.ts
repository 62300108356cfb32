import { describe, expect, it } from 'vitest';
import { Engine } from '../../core/engine.ts';
import { PM_TIMER_HZ } from '../../wire/pc-clocks.ts';
import type { PmTimerOptions } from './pm-timer.ts';
import { PmTimer } from './pm-timer.ts';

const CYCLES = 100;

function bench(options: PmTimerOptions = {}) {
  const engine = new Engine();
  const timer = new PmTimer(engine, PM_TIMER_HZ * CYCLES, options);
  const at = (tick: number): PmTimer => {
    engine.advanceTo(tick * CYCLES + CYCLES / 2);
    return timer;
  };
  return { engine, timer, at };
}

describe('the count', () => {
  it('runs at 3.579 545 MHz', () => {
    const engine = new Engine();
    const timer = new PmTimer(engine, 3e9);
    engine.advanceTo(3e9);
    expect(timer.in(0x408, 4)).toBe(3_579_545);
  });

  it('begins anew after 24 bits, 4.7 seconds, or after 32', () => {
    const { at } = bench();
    expect(at(0xff_ffff).in(0x408, 4)).toBe(0xff_ffff);
    expect(at(0x100_0005).in(0x408, 4)).toBe(5);
    const wide = bench({ bits: 32 });
    expect(wide.at(0x100_0005).in(0x408, 4)).toBe(0x100_0005);
    expect(wide.at(0x1_0000_0007).in(0x408, 4)).toBe(7);
  });

  it('is read in parts, too', () => {
    const { at } = bench();
    const timer = at(0x12_3456);
    expect([0x408, 0x409, 0x40a, 0x40b].map((port) => timer.in(port, 1))).toEqual([0x56, 0x34, 0x12, 0]);
    expect(timer.in(0x409, 2)).toBe(0x1234);
  });

  it('cannot be written', () => {
    const { at } = bench();
    at(50).out(0x408, 4, 0);
    expect(at(60).in(0x408, 4)).toBe(60);
  });
});

describe('the status bit', () => {
  it('is set when the uppermost bit changes, either way, and cleared by writing 1', () => {
    const { at } = bench();
    expect(at(0x7f_ffff).in(0x400, 2)).toBe(0);
    expect(at(0x80_0000).in(0x400, 2)).toBe(1);
    at(0x80_0010).out(0x400, 2, 0);
    expect(at(0x80_0020).in(0x400, 2)).toBe(1);
    at(0x80_0030).out(0x400, 2, 1);
    expect(at(0x80_0040).in(0x400, 2)).toBe(0);
    expect(at(0x100_0000).in(0x400, 2)).toBe(1);
  });

  it('interrupts where it is enabled, until it is cleared', () => {
    const levels: boolean[] = [];
    const { at, engine } = bench({ sci: (level) => levels.push(level) });
    expect(engine.nextDue).toBe(Infinity);
    at(5).out(0x402, 2, 1);
    expect(at(6).in(0x402, 2)).toBe(1);
    at(0x80_0000);
    expect(levels).toEqual([true]);
    at(0x80_0001).out(0x400, 4, 0x1_0001);
    expect(levels).toEqual([true, false]);
    expect(at(0x100_0001).in(0x400, 4)).toBe(0x1_0001);
    expect(levels).toEqual([true, false, true]);
  });

  it('is cleared by a reset; the count is not', () => {
    const { at, timer } = bench();
    at(0x90_0000);
    timer.reset();
    expect(timer.in(0x400, 2)).toBe(0);
    expect(timer.in(0x408, 4)).toBe(0x90_0000);
  });
});
