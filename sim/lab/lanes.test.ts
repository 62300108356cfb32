import { describe, expect, it } from 'vitest';
import { run } from '../experiments/index.ts';
import { diagramOf } from './diagram.ts';
import { busyByPlace, lanesOf, laneTimes } from './lanes.ts';

describe('lanes', () => {
  it('give the whole of an exit to the places of its route', () => {
    const one = run('ring-transitions', { instruction: 'out' });
    const busy = busyByPlace(one.trace);
    const [route] = one.trace.routes;
    const aside = route.stages.filter((stage) => stage.aside).reduce((sum, stage) => sum + stage.cycles, 0);
    const sum = Object.values(busy).reduce((total, cycles) => total + cycles, 0);
    expect(sum).toBe(one.metrics.cycles + aside);
  });

  it('give the wait for a disk to the disk, not to the process that waits', () => {
    const fast = busyByPlace(run('two-roads', { mode: 'int13', disk: 'memory' }).trace);
    const slow = busyByPlace(run('two-roads', { mode: 'int13', disk: 'sas15k' }).trace);
    expect(slow.hardware).toBeGreaterThan(fast.hardware + 1_000_000);
    for (const place of ['hypervisor', 'root-kernel'] as const) expect(slow[place]).toBe(fast[place]);
    expect(slow['root-user']).toBeLessThanOrEqual(fast['root-user']);
  });

  it('keep every span inside its event', () => {
    for (const mode of ['pio', 'dma', 'int13', 'synthetic'] as const) {
      const { trace } = run('two-roads', { mode, disk: 'nvme' });
      for (const { spans } of lanesOf(trace))
        for (const { at, end, event } of spans) {
          expect(at).toBeGreaterThanOrEqual(trace.at[event]);
          expect(end).toBeLessThanOrEqual(trace.end[event] + 1000);
        }
    }
  });
});

describe('the times of lanes', () => {
  it('are those of the spans, in order of start, also where work overlaps', () => {
    let moved = 0;
    for (const mode of ['pio', 'dma', 'synthetic'] as const) {
      const { trace } = run('two-roads', { mode, size: 4096, requests: 3, depth: 3 });
      const times = laneTimes(trace);
      for (const [lane, { place, spans }] of lanesOf(trace).entries()) {
        const sorted = [...spans].sort((p, q) => p.at - q.at);
        expect(times[lane].place).toBe(place);
        expect([...times[lane].at]).toEqual(sorted.map(({ at }) => at));
        expect([...times[lane].end]).toEqual(sorted.map(({ end }) => end));
        moved += spans.filter((span, i) => span !== sorted[i]).length;
      }
    }
    expect(moved).toBeGreaterThan(0);
  });
});

describe('the diagram', () => {
  it('draws the disk inside the exit that waits for it', () => {
    const lines = diagramOf(run('two-roads', { mode: 'int13', size: 512 })).split('\n');
    const disk = lines.findIndex((line) => line.includes('HW->>HW'));
    const entry = lines.findIndex((line) => line.includes('HV->>GK'));
    expect(disk).toBeGreaterThan(lines.findIndex((line) => line.includes('RK->>RU')));
    expect(disk).toBeLessThan(entry);
  });

  it('draws as many crossings for a lone synthetic request as were counted', () => {
    for (const era of ['2008', '2020'] as const) {
      const one = run('two-roads', { mode: 'synthetic', era });
      const arrows = diagramOf(one)
        .split('\n')
        .filter((line) => /(GK|HV|RK)->>(?!\1)/.test(line));
      expect(arrows).toHaveLength(one.metrics.ringTransitions);
    }
  });

  it('draws seven crossings for one OUT', () => {
    const lines = diagramOf(run('ring-transitions', { instruction: 'out' })).split('\n');
    expect(lines.filter((line) => line.includes('->>'))).toHaveLength(7);
  });
});
