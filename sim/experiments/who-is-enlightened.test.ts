import { describe, expect, it } from 'vitest';
import { SYSTEMS } from '../guest/profiles/index.ts';
import type { ParamsOf } from './index.ts';
import { run } from './index.ts';

type Params = Partial<ParamsOf<'who-is-enlightened'>>;

const short = (params: Params) => run('who-is-enlightened', { time: 20, ...params }, { traceRows: 0 });
const series = (params: Params, id: string) => {
  const found = short(params).series.find((one) => one.id === id);
  if (!found) throw new Error(`no series ${id}`);
  return found;
};

describe('every system on every host', () => {
  for (const era of ['2008', '2012', '2020'] as const)
    it(`does its work on a host of ${era}: no request fails, nobody falls behind, every exit has a kind`, () => {
      for (const { id } of SYSTEMS) {
        const { metrics } = short({ system: id, era, vps: 2 });
        const { deviceExits, apicExits, memoryExits, msrExits, callExits, cpuidExits } = metrics;
        const kinds = deviceExits + apicExits + memoryExits + msrExits + callExits + cpuidExits;
        expect(kinds, id).toBe(metrics.exits);
        expect(metrics.failures, id).toBe(0);
        expect(metrics.behind, id).toBeLessThan(4);
        expect(metrics.jobs, id).toBeGreaterThan(60);
      }
    });

  it('has a reason for each of the 24', () => {
    for (const { id } of SYSTEMS) {
      const { values } = series({ system: id, vps: 1, part: 'clock' }, 'reasons');
      expect(values.reduce((sum, value) => sum + value, 0)).toBe(24);
    }
  });

  it('puts every exit down to a job', () => {
    for (const system of ['unmodified', 'windows-2008', 'linux-today']) {
      const { values } = series({ system }, 'jobs');
      expect(values.reduce((sum, value) => sum + value, 0)).toBe(short({ system }).metrics.exits);
    }
  });

  it('does the same jobs at the same times for two systems that differ only in their profiles', () => {
    const [a, b] = (['windows-xp', 'windows-2003-sp2'] as const).map((system) => short({ system }).metrics);
    expect(a.jobs).toBe(b.jobs);
    expect(a.exits).toBeGreaterThan(b.exits);
  });
});

describe('an enlightenment taken away', () => {
  it('is not in use, and takes with it what needs it', () => {
    const all = short({ vps: 2 }).metrics;
    expect(short({ vps: 2, without: 'lazy-tpr' }).metrics.inUse).toBe(all.inUse - 1);
    const { metrics } = short({ vps: 2, without: 'hypercall-page' });
    expect(metrics.byCall).toBe(0);
    expect(metrics.callExits).toBe(0);
    expect(metrics.inUse).toBe(all.inUse - 1 - all.byCall);
  });

  it('changes nothing when it was not in use', () => {
    const before = short({ system: 'linux-3.4', vps: 2 });
    const after = short({ system: 'linux-3.4', vps: 2, without: 'cluster-ipi' });
    expect(after.metrics).toEqual(before.metrics);
  });

  it('is compared with all the others in one run', () => {
    const { labels, values } = series({ ablation: true, vps: 2 }, 'ablation');
    expect(labels).toHaveLength(short({ vps: 2 }).metrics.inUse);
    const spared = Object.fromEntries(labels.map((label, i) => [label, values[i]]));
    expect(spared['lazy-tpr']).toBe(
      short({ vps: 2, without: 'lazy-tpr' }).metrics.exits - short({ vps: 2 }).metrics.exits,
    );
    expect(spared['hypercall-page']).toBeGreaterThan(spared['remote-tlb-flush']);
  });
});

describe('bad input', () => {
  it('is refused with a reason', () => {
    expect(() => short({ apic: 'apicv', era: '2008' })).toThrow(/no APICv/);
    expect(() => short({ vps: 2, share: 4 })).toThrow(/cannot be 4/);
    expect(() => short({ vps: 64, time: 1000 })).toThrow(/too long/);
  });

  it('does not include 64 processors, or four on each real one', () => {
    const { metrics } = short({ system: 'linux-today', era: '2020', vps: 64 });
    expect(metrics.failures).toBe(0);
    const shared = short({ system: 'windows-2008', vps: 8, share: 4, time: 100 }).metrics;
    expect(shared.jobs).toBeGreaterThan(0);
    expect(shared.failures).toBe(0);
  });
});
