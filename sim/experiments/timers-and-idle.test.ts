import { describe, expect, it } from 'vitest';
import { run } from './index.ts';

const times = (line: Parameters<typeof run<'timers-and-idle'>>[1]) => run('timers-and-idle', line).metrics;

describe('ticks of idle machines', () => {
  it.each([
    ['pit', '2008', 5],
    ['pit', '2020', 5],
    // Register C has to be read: index and data.
    ['rtc', '2008', 4],
    ['rtc', '2020', 3],
    // The end of an interrupt is an exit where the processor does not help.
    ['apic', '2008', 2],
    ['apic', '2012', 2],
    ['apic', '2020', 1],
    ['message', '2008', 1],
    ['message', '2020', 1],
    ['direct', '2020', 1],
    ['tickless', '2008', 2],
    ['tickless', '2020', 2],
  ] as const)('from %s in %s take %i exits each', (source, era, exits) => {
    const metrics = times({ source, era, hz: 64, vms: 4 });
    expect(metrics.perTick).toBeCloseTo(exits, 1);
    expect([metrics.lost, metrics.behind]).toEqual([0, 0]);
  });

  it('come at the rate that was asked for, on many processors', () => {
    const metrics = times({ source: 'direct', hz: 1000, vms: 64 });
    expect(metrics).toMatchObject({ taken: 64_000, due: 64_000, lost: 0, late: 0, wakes: 64_000 });
  });

  it('of several VPs each have their own', () => {
    expect(times({ source: 'apic', vps: 4, vms: 4, hz: 100 }).taken).toBe(16 * 100);
  });
});

describe('machines that watch themselves', () => {
  const crowd = { hz: 64, vms: 2, vps: 32, processors: 1, load: 100, source: 'direct' } as const;

  it('stop, say so to the host, and leave their processor to the others', () => {
    const metrics = times({ ...crowd, watchdog: 'armed' });
    expect(metrics.timeouts).toBe(2);
    expect(metrics.share).toBeLessThan(100);
  });

  it('do not when nobody is busy', () => {
    expect(times({ ...crowd, load: 0, watchdog: 'armed', patience: 2 }).timeouts).toBe(0);
  });
});

describe('what does not go together is refused by name', () => {
  it.each([
    [{ source: 'pit', vps: 2 }, 'vps'],
    [{ source: 'rtc', hz: 100 }, 'hz'],
    [{ source: 'direct', era: '2012' }, 'source'],
    [{ idle: 'guest-idle', era: '2008' }, 'idle'],
    [{ source: 'apic', watchdog: 'armed' }, 'watchdog'],
    [{ source: 'apic', vms: 64, vps: 3 }, 'vps'],
    [{ source: 'apic', vms: 64, hz: 2000, time: 10_000 }, 'time'],
  ] as const)('%o: %s', (params, path) => {
    expect(() => run('timers-and-idle', params)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path })] }),
    );
  });
});
