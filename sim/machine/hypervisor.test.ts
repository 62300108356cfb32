import { describe, expect, it } from 'vitest';
import { CostProfile } from './costs.ts';
import { countersBetween } from './counters.ts';
import { Hypervisor } from './hypervisor.ts';

const MEMORY = { memory: 64 * 1024 };

describe('partitions', () => {
  it('have ids that are never used again', () => {
    const hypervisor = new Hypervisor();
    const first = hypervisor.createPartition(MEMORY);
    const second = hypervisor.createPartition(MEMORY);
    expect(hypervisor.destroyPartition(first.id)).toBe(true);
    expect(hypervisor.destroyPartition(first.id)).toBe(false);
    const third = hypervisor.createPartition(MEMORY);
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
    expect(hypervisor.partitions).toEqual([second, third]);
    expect(hypervisor.partition(second.id)).toBe(second);
  });

  it('share nothing: memory, ports, registers and counters are their own', () => {
    const hypervisor = new Hypervisor();
    const [a, b] = [hypervisor.createPartition(MEMORY), hypervisor.createPartition(MEMORY)];
    a.io.claimPorts(0x10, 1, 'port-worker', { in: () => 1, out: () => undefined });
    a.memory.write32(0, 5);
    a.writeMsr(0, 0x4000_0000, 9n);
    a.synic.onMessagePort(1, () => 0);
    expect(b.portIn(0, 0x10, 1)).toBe(0xff);
    expect(b.memory.read32(0)).toBe(0);
    expect(b.readMsr(0, 0x4000_0000)).toBe(0n);
    expect(b.synic.signal(1, 0)).toBe('no port');
    expect([a.counters.exits, b.counters.exits]).toEqual([1, 2]);
  });

  it('that end stop their timers', () => {
    const hypervisor = new Hypervisor();
    const partition = hypervisor.createPartition(MEMORY);
    partition.writeMsr(0, 0x4000_00b0, 0x2_0009n);
    partition.writeMsr(0, 0x4000_00b1, 1_000_000n);
    hypervisor.destroyPartition(partition.id);
    expect(hypervisor.engine.run().kind).toBe('idle');
    expect(partition.counters.total('timers')).toBe(0);
  });
});

describe('a machine', () => {
  it.each([
    ['2008', 30_000],
    ['2012', 28_000],
    ['2020', 32_400],
  ] as const)('of %s takes %i cycles for a port access', (era, cycles) => {
    const partition = new Hypervisor({ era }).createPartition(MEMORY);
    partition.portIn(0, 0x80, 1);
    expect(partition.vps[0].now).toBe(cycles);
  });

  it.each([
    ['microkernelised', 7, 32_400],
    ['monolithic', 2, 1600],
    ['hosted', 4, 16_250],
  ] as const)('that is %s crosses %i times', (structure, transitions, cycles) => {
    const partition = new Hypervisor({ structure }).createPartition(MEMORY);
    partition.portIn(0, 0x80, 1);
    expect(partition.counters.ringTransitions).toBe(transitions);
    expect(partition.vps[0].now).toBe(cycles);
  });

  it('can be given other costs, which change the clock and nothing else', () => {
    const plain = new Hypervisor().createPartition(MEMORY);
    const costs = new CostProfile('2020').with({ 'partition.switch': 0 });
    const cheap = new Hypervisor({ costs }).createPartition(MEMORY);
    for (const partition of [plain, cheap]) partition.portOut(0, 0x80, 1, 7);
    expect(cheap.vps[0].now).toBeLessThan(plain.vps[0].now);
    expect(cheap.counters.snapshot()).toEqual(plain.counters.snapshot());
  });
});

describe('counters', () => {
  it('between two moments are differences', () => {
    const partition = new Hypervisor().createPartition(MEMORY);
    partition.portIn(0, 0x80, 1);
    const before = partition.counters.snapshot();
    partition.portIn(0, 0x80, 1);
    partition.cpuid(0, 0, 0);
    const { deviceIntercepts, hypervisorExits, ringTransitions, routes, switches } = countersBetween(
      before,
      partition.counters.snapshot(),
    );
    expect({ deviceIntercepts, hypervisorExits, ringTransitions }).toEqual({
      deviceIntercepts: 1,
      hypervisorExits: 1,
      ringTransitions: 9,
    });
    expect(routes['port-worker']).toBe(1);
    expect(switches).toEqual({ privilege: 2, vmTransition: 7, partition: 2, thread: 2, addressSpace: 2 });
  });

  it('of idling are kept apart', () => {
    const partition = new Hypervisor().createPartition(MEMORY);
    partition.counters.pass('hypervisor-halt', 3);
    expect(partition.counters.passed('hypervisor-halt')).toBe(3);
    expect(partition.counters.exits).toBe(0);
    expect(partition.counters.ringTransitions).toBe(0);
  });
});
