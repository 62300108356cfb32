import { describe, expect, it } from 'vitest';
import { COST_NAMES } from './costs.ts';
import type { RouteId } from './routes.ts';
import { HYPER_V_ROUTES, ROUTE_IDS, ringTransitions, switchCounts } from './routes.ts';
import { STRUCTURES } from './structures.ts';

describe('ring transitions', () => {
  it.each([
    ['port-worker', 7],
    ['port-string-worker', 7],
    ['mmio-worker', 7],
    ['port-root-kernel', 5],
    ['hypervisor-cpuid', 2],
    ['hypervisor-msr', 2],
    ['hypervisor-hypercall', 2],
    ['hypervisor-signal', 2],
    ['hypervisor-apic', 2],
    ['hypervisor-eoi', 2],
    ['irq-assert', 4],
    ['backend-io', 2],
    ['signal-to-root', 2],
    ['root-signal', 2],
    ['signal-to-guest', 2],
    ['monitor-scan', 0],
  ] as [RouteId, number][])('%s has %i', (id, transitions) => {
    expect(ringTransitions(HYPER_V_ROUTES[id])).toBe(transitions);
  });
});

describe('kinds of switch', () => {
  it('are told apart on the way to the worker and back', () => {
    expect(switchCounts(HYPER_V_ROUTES['port-worker'])).toEqual({
      privilege: 2,
      vmTransition: 5,
      partition: 2,
      thread: 2,
      addressSpace: 2,
    });
  });

  it('are VM transitions only when the hypervisor answers alone', () => {
    const { vmTransition, ...others } = switchCounts(HYPER_V_ROUTES['hypervisor-msr']);
    expect(vmTransition).toBe(2);
    expect(Object.values(others)).toEqual([0, 0, 0, 0]);
  });

  it('differ by structure', () => {
    const crossings = Object.values(STRUCTURES).map(({ id, routes }) => [
      id,
      ringTransitions(routes['port-worker']),
    ]);
    expect(crossings).toEqual([
      ['microkernelised', 7],
      ['user-mode-vsp', 7],
      ['monolithic', 2],
      ['hosted', 4],
    ]);
    expect(switchCounts(STRUCTURES.hosted.routes['port-worker']).partition).toBe(0);
    expect(ringTransitions(STRUCTURES['user-mode-vsp'].routes['signal-to-root'])).toBe(4);
    expect(ringTransitions(STRUCTURES['user-mode-vsp'].routes['root-signal'])).toBe(4);
  });
});

describe('every route of every structure', () => {
  const all = Object.values(STRUCTURES).flatMap(({ id, routes }) =>
    ROUTE_IDS.map((route) => [`${id} ${route}`, routes[route]] as const),
  );

  it.each(all)('%s is well formed', (_name, route) => {
    expect(route.stages.length).toBeGreaterThan(0);
    expect(route.serviceAfter).toBeGreaterThanOrEqual(0);
    expect(route.serviceAfter).toBeLessThan(route.stages.length);
    expect(new Set(route.stages.map((stage) => stage.id)).size).toBe(route.stages.length);
    for (const { cost } of route.stages) if (cost) expect(COST_NAMES).toContain(cost);
  });

  it('ends where it began unless something stays behind', () => {
    for (const id of ROUTE_IDS.filter(
      (route) => route.startsWith('hypervisor-') || route.startsWith('port-'),
    )) {
      const { stages } = HYPER_V_ROUTES[id];
      expect(stages[stages.length - 1].at, id).toBe(stages[0].at);
    }
  });
});
