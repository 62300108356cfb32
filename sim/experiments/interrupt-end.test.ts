import { describe, expect, it } from 'vitest';
import { run } from './index.ts';

/** What the guest's work gains when every exit of its interrupts is gone. */
function gain(rate: number): number {
  const plain = run('interrupt-end', { rate, era: '2012' }).metrics.overhead;
  const helped = run('interrupt-end', { rate, era: '2012', hardware: 'apicv' }).metrics.overhead;
  return (100 - helped) / (100 - plain);
}

describe('published figures', () => {
  it('V-ELI: without the exits of a hundred thousand interrupts a second a guest does 1.3 to 1.6 times the work', () => {
    const gains = [25_000, 50_000, 100_000].map(gain);
    expect(gains).toEqual([...gains].sort((a, b) => a - b));
    expect(gains[0]).toBeGreaterThan(1.03);
    expect(gains[2]).toBeGreaterThan(1.3);
    expect(gains[2]).toBeLessThan(1.6);
  });

  it('V-VIC: interrupts are a twentieth to a fifth of a busy processor, not more', () => {
    const shares = [20_000, 50_000, 75_000].map(
      (rate) => run('interrupt-end', { rate, era: '2012' }).metrics.overhead,
    );
    for (const share of shares) expect(share).toBeGreaterThan(5);
    for (const share of shares) expect(share).toBeLessThan(20);
  });
});

describe('combinations that no guest can be in', () => {
  it.each([
    [{ method: 'x2apic', level: 'page' }, /x2APIC mode there is no APIC page/],
    [{ method: 'x2apic', level: 'lazy' }, /x2APIC mode there is no APIC page/],
    [{ locks: 4 }, /without an interrupt level/],
    [{ dpc: true }, /without an interrupt level/],
  ] as const)('are refused with a reason: %o', (params, reason) => {
    expect(() => run('interrupt-end', params)).toThrow(reason);
  });

  it('do not include 64-bit guests in x2APIC mode', () => {
    const { metrics } = run('interrupt-end', { method: 'x2apic', level: 'cr8', locks: 8, dpc: true });
    expect(metrics.levelExits).toBe(metrics.thresholdExits);
    expect(metrics.selfExits).toBe(metrics.interrupts / 2);
  });
});

it('loses no interrupt of any source, by any method, on any processor', () => {
  for (const method of ['mmio', 'msr', 'x2apic', 'assist', 'auto'] as const)
    for (const hardware of ['plain', 'flex', 'apicv'] as const) {
      const { metrics, params } = run('interrupt-end', { method, hardware, together: 8, rounds: 20 });
      expect(metrics.interrupts, `${method} ${hardware}`).toBe(20 * (params.together as number));
      expect([metrics.merged, metrics.unheard]).toEqual([0, 0]);
    }
});

it('counts more signals than a guest can take as merged, and goes on', () => {
  const { metrics } = run('interrupt-end', {
    rate: 200_000,
    level: 'page',
    locks: 64,
    dpc: true,
    era: '2008',
    together: 8,
    rounds: 40,
  });
  expect(metrics.merged).toBeGreaterThan(0);
  expect(metrics.overhead).toBeLessThanOrEqual(100);
  expect(metrics.interrupts).toBeGreaterThan(10);
});
