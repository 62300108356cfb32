import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Cpu } from './cpu.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition, PartitionOptions } from './partition.ts';

const KIB = 1024;
const MS = 3_000_000;

interface Shared {
  readonly hypervisor: Hypervisor;
  readonly partitions: readonly Partition[];
  readonly cpus: readonly (readonly Cpu[])[];
}

function shared(
  logicalProcessors: number,
  partitions: readonly Partial<PartitionOptions>[],
  timeSlice?: number,
): Shared {
  const hypervisor = new Hypervisor({ logicalProcessors, timeSlice });
  const made = partitions.map((options) => hypervisor.createPartition({ memory: 64 * KIB, ...options }));
  return {
    hypervisor,
    partitions: made,
    cpus: made.map((partition) => partition.vps.map((vp) => new Cpu(partition, vp.index))),
  };
}

function* forever(cpu: Cpu): Program {
  for (;;) yield* cpu.compute(50_000);
}

/** Runs every processor flat out and returns the share of the machine that each partition's got. */
function shares(machine: Shared, ms: number): number[] {
  for (const cpu of machine.cpus.flat()) cpu.run(forever(cpu));
  machine.hypervisor.engine.run(ms * MS);
  const ran = machine.partitions.map(({ vps }) => vps.reduce((sum, vp) => sum + vp.runtime, 0));
  return ran.map((cycles) => cycles / (ms * MS));
}

describe('proportional share', () => {
  it('gives weights 100, 200 and 700 a tenth, a fifth and seven tenths of a processor', () => {
    const machine = shared(1, [{ weight: 100 }, { weight: 200 }, { weight: 700 }]);
    const [a, b, c] = shares(machine, 5000);
    expect(a).toBeCloseTo(0.1, 2);
    expect(b).toBeCloseTo(0.2, 2);
    expect(c).toBeCloseTo(0.7, 2);
  });

  it('gives three equal VPs two thirds of a processor each where there are two', () => {
    const machine = shared(2, [{ vps: 3 }]);
    shares(machine, 3000);
    for (const { runtime } of machine.partitions[0].vps) expect(runtime / (3000 * MS)).toBeCloseTo(2 / 3, 2);
  });
});
