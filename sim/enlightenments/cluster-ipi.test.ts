import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import { HV_STATUS } from '../wire/hypercall.ts';
import { enableX2apic, sendByCall, sendClusters, sendEach, sendOthers, setLogicalId } from './cluster-ipi.ts';
import { establishHypercalls } from './hypercall-page.ts';

const VECTOR = 0xfb;
const PAGE = 0x7000;
const FEATURES: Partial<Features> = { x2apic: true, hintClusterIpi: true, hintExProcessorMasks: true };

class Bench {
  readonly partition: Partition;
  readonly cpus: readonly Cpu[];

  constructor(vps: number, mode: 'xapic' | 'x2apic', features: Partial<Features> = FEATURES) {
    this.partition = new Hypervisor().createPartition({ memory: 1024 * 1024, vps, features });
    this.cpus = this.partition.vps.map((vp) => new Cpu(this.partition, vp.index));
    for (const cpu of this.cpus) {
      if (mode === 'x2apic') expect(cpu.finish(enableX2apic(cpu))).toBe(true);
      else cpu.finish(setLogicalId(cpu, vps));
    }
    this.cpus[0].finish(establishHypercalls(this.cpus[0], 0x2000, 1n));
  }

  /** Exits of the sender, and at whom the vector is pending then. */
  send(program: (cpu: Cpu) => Program<unknown>): { exits: number; reached: number[] } {
    const before = this.partition.counters.exits;
    this.cpus[0].finish(program(this.cpus[0]));
    const exits = this.partition.counters.exits - before;
    this.partition.engine.run();
    const pending = this.partition.localApics.filter((apic) => apic.isPending(VECTOR));
    return { exits, reached: pending.map((apic) => apic.id) };
  }
}

const others = (vps: number): number[] => Array.from({ length: vps - 1 }, (_, i) => i + 1);

describe('every way reaches the same processors', () => {
  it.each([
    [4, 'one by one, in memory', 'xapic', 9, (cpu: Cpu) => sendEach(cpu, others(4), VECTOR, 'mmio')],
    [4, 'one by one, by synthetic MSR', 'xapic', 3, (cpu: Cpu) => sendEach(cpu, others(4), VECTOR, 'msr')],
    [4, 'one by one, by x2APIC', 'x2apic', 3, (cpu: Cpu) => sendEach(cpu, others(4), VECTOR, 'x2apic')],
    [8, 'eight flat, in memory', 'xapic', 3, (cpu: Cpu) => sendClusters(cpu, others(8), VECTOR, 'mmio', 8)],
    [
      12,
      'clusters of four, in memory',
      'xapic',
      9,
      (cpu: Cpu) => sendClusters(cpu, others(12), VECTOR, 'mmio', 12),
    ],
    [
      60,
      'all fifteen clusters',
      'xapic',
      45,
      (cpu: Cpu) => sendClusters(cpu, others(60), VECTOR, 'mmio', 60),
    ],
    [
      40,
      'clusters of sixteen, by x2APIC',
      'x2apic',
      3,
      (cpu: Cpu) => sendClusters(cpu, others(40), VECTOR, 'x2apic', 40),
    ],
    [
      12,
      'clusters of four, by synthetic MSR',
      'xapic',
      3,
      (cpu: Cpu) => sendClusters(cpu, others(12), VECTOR, 'msr', 12),
    ],
    [40, 'the shorthand, by synthetic MSR', 'xapic', 1, (cpu: Cpu) => sendOthers(cpu, VECTOR, 'msr')],
    [40, 'the shorthand, in memory', 'xapic', 3, (cpu: Cpu) => sendOthers(cpu, VECTOR, 'mmio')],
    [40, 'the shorthand, by x2APIC', 'x2apic', 1, (cpu: Cpu) => sendOthers(cpu, VECTOR, 'x2apic')],
    [64, 'one call', 'x2apic', 1, (cpu: Cpu) => sendByCall(cpu, others(64), VECTOR, PAGE)],
    [130, 'one call with three banks', 'x2apic', 1, (cpu: Cpu) => sendByCall(cpu, others(130), VECTOR, PAGE)],
  ] as const)('%i processors: %s', (vps, _name, mode, exits, program) => {
    expect(new Bench(vps, mode).send(program)).toEqual({ exits, reached: others(vps) });
  });
});

describe('some of them', () => {
  it('can be named by cluster and by call', () => {
    const some = [1, 17, 18, 39];
    for (const program of [
      (cpu: Cpu) => sendClusters(cpu, some, VECTOR, 'x2apic', 40),
      (cpu: Cpu) => sendByCall(cpu, some, VECTOR, PAGE),
    ])
      expect(new Bench(40, 'x2apic').send(program).reached).toEqual(some);
  });
});

describe('a host that does not offer it', () => {
  it('denies the call, and x2APIC mode', () => {
    const { cpus } = new Bench(2, 'xapic', { hintClusterIpi: false, x2apic: false });
    expect(cpus[0].finish(sendByCall(cpus[0], [1], VECTOR, PAGE))).toBe(HV_STATUS.ACCESS_DENIED);
    expect(cpus[0].finish(enableX2apic(cpus[0]))).toBe(false);
  });
});
