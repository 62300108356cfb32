import { describe, expect, it } from 'vitest';
import type { CostName, Era } from './costs.ts';
import { COST_NAMES, CostProfile, checkCostOverrides, ERAS } from './costs.ts';
import { routeCycles } from './route-costs.ts';
import type { RouteId } from './routes.ts';
import { STRUCTURES } from './structures.ts';

const HYPER_V = STRUCTURES.microkernelised.routes;
const HOSTED = STRUCTURES.hosted.routes;

describe('cost rows', () => {
  it.each(ERAS)('of %s are complete, inside their ranges, and say where they come from', (era) => {
    const costs = new CostProfile(era);
    for (const name of COST_NAMES) {
      const row = costs.row(name);
      expect(row.low, `${name} low`).toBeLessThanOrEqual(row.value);
      expect(row.high, `${name} high`).toBeGreaterThanOrEqual(row.value);
      expect(row.low, `${name} low`).toBeGreaterThanOrEqual(0);
      expect(row.what, name).not.toBe('');
      expect(row.source, name).not.toBe('');
      if (row.unit === 'cycles') expect(Number.isInteger(row.value), name).toBe(true);
      if (row.basis === 'derived') expect(row.note, name).not.toBe('');
      if (row.basis === 'measured') expect(row.calibration.length, name).toBeGreaterThan(0);
    }
  });

  it('are never negative: no part is larger than its total', () => {
    for (const era of ERAS) {
      const parts = COST_NAMES.filter((name) => !name.startsWith('total.'));
      for (const name of parts) expect(new CostProfile(era).cost(name), `${era} ${name}`).toBeGreaterThan(0);
    }
  });
});

/** The published totals of each era, in cycles: 2008, 2012, 2020. */
const PRESETS: [RouteId, CostName, number[]][] = [
  ['port-worker', 'total.worker', [30_000, 28_000, 32_400]],
  ['port-root-kernel', 'total.root-kernel', [20_000, 22_000, 27_700]],
  ['mmio-worker', 'total.worker-mmio', [56_000, 54_000, 58_900]],
  ['hypervisor-cpuid', 'total.light', [3300, 2000, 1600]],
  ['hypervisor-hypercall', 'total.light', [3300, 2000, 1600]],
  ['hypervisor-eoi', 'total.light', [3300, 2000, 1600]],
  ['hypervisor-msr', 'total.msr', [4500, 3500, 3360]],
  ['hypervisor-apic', 'total.eoi', [7800, 3000, 2000]],
  ['hypervisor-signal', 'total.signal', [3300, 2000, 2500]],
];

describe('the sum of a route', () => {
  it.each(PRESETS)('%s is the published total %s', (route, total, cycles) => {
    ERAS.forEach((era, index) => {
      const costs = new CostProfile(era);
      expect(costs.cost(total), era).toBe(cycles[index]);
      expect(routeCycles(HYPER_V[route], costs), era).toBe(cycles[index]);
    });
  });

  it('of a string instruction adds the emulation of the instruction', () => {
    for (const era of ERAS) {
      const costs = new CostProfile(era);
      const difference = routeCycles(HYPER_V['port-string-worker'], costs) - costs.cost('total.worker');
      expect(difference, era).toBe(costs.cost('hv.emulate'));
    }
  });

  it('of an interrupt is injection, wake-up and EOI', () => {
    const sums = ERAS.map((era) => {
      const costs = new CostProfile(era);
      return costs.cost('irq.inject') + costs.cost('irq.wake') + costs.cost('total.eoi');
    });
    expect(sums).toEqual([12_000, 9000, 8000]);
  });

  it('of a hosted hypervisor is the published one, too', () => {
    const hosted = ERAS.map((era) => routeCycles(HOSTED['port-worker'], new CostProfile(era)));
    expect(hosted).toEqual([17_100, 11_600, 16_250]);
  });

  it.each([['2008'], ['2012'], ['2020']] as [Era][])(
    'at both ends of the range is near the total’s own end in %s',
    (era) => {
      for (const [route, total] of PRESETS) {
        const row = new CostProfile(era).row(total);
        const at = (bound: 'low' | 'high'): number =>
          routeCycles(HYPER_V[route], new CostProfile(era).at(bound));
        expect(Math.abs(at('low') / row.low - 1), `${route} low`).toBeLessThan(0.15);
        expect(Math.abs(at('high') / row.high - 1), `${route} high`).toBeLessThan(0.15);
      }
    },
  );
});

describe('a profile', () => {
  it('takes other values and leaves the original alone', () => {
    const costs = new CostProfile('2020');
    const changed = costs.with({ 'root.wake': 1 });
    expect(changed.cost('root.wake')).toBe(1);
    expect(changed.row('root.wake').high).toBe(costs.row('root.wake').high);
    expect(costs.cost('root.wake')).toBe(18_000);
  });

  it('knows the clock rate of its era', () => {
    expect(ERAS.map((era) => new CostProfile(era).hz / 1e9)).toEqual([3, 2.6, 3]);
  });

  it('wakes the root within 2 to 15 microseconds', () => {
    for (const era of ERAS) {
      const { hz } = new CostProfile(era);
      const { low, high } = new CostProfile(era).row('root.wake');
      expect([low / hz, high / hz].map((s) => Math.round(s * 1e6))).toEqual([2, 15]);
    }
  });

  it('lists what is wrong with replacements', () => {
    expect(checkCostOverrides({ 'root.wake': 5 })).toEqual([]);
    expect(
      checkCostOverrides({ nothing: 5, 'root.wake': -1, 'ring.op': 'x' }).map(({ path, kind }) => [
        path,
        kind,
      ]),
    ).toEqual([
      ['nothing', 'unknown'],
      ['root.wake', 'range'],
      ['ring.op', 'range'],
    ]);
  });
});
