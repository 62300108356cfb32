/**
 * Assembles a machine of several virtual machines with several processors each, which may share fewer logical processors: what the
 * experiments about the processor are made of. No devices: who needs one attaches it.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import type { CostProfile, Era } from '../machine/costs.ts';
import type { CounterSnapshot } from '../machine/counters.ts';
import { countersBetween } from '../machine/counters.ts';
import { Cpu } from '../machine/cpu.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition, PartitionOptions } from '../machine/partition.ts';
import type { Structure, StructureId } from '../machine/structures.ts';
import type { Lab } from './lab.ts';
import { structureOf } from './lab.ts';
import type { Recorded } from './recording.ts';

/** One virtual machine: how many processors; 1 MiB of memory when nothing is said. */
export type SmpPartition = Partial<PartitionOptions> & { readonly vps: number };

/** Which machine to build. */
export interface SmpOptions {
  readonly era: Era;
  readonly partitions: readonly SmpPartition[];
  /** Logical processors that all VPs share; left out, each has one of its own and nothing is scheduled. */
  readonly logicalProcessors?: number;
  readonly rootVps?: number;
  /** Time slice in cycles. */
  readonly timeSlice?: number;
  readonly structure?: StructureId | Structure;
  /** Replaces the profile of the era, for counterfactuals. */
  readonly costs?: CostProfile;
  /** Rows of trace to keep, where the run's own number is not smaller. */
  readonly traceRows?: number;
}

const MIB = 1024 * 1024;

/** Several virtual machines on one hypervisor, ready for programs. */
export class SmpMachine {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly hypervisor: Hypervisor;
  readonly partitions: readonly Partition[];
  /** Simulated processors: `cpus[partition][vp]`. */
  readonly cpus: readonly (readonly Cpu[])[];
  private readonly structure: Structure;
  private before: readonly CounterSnapshot[];
  private readonly stopHere: number;

  constructor(lab: Lab, options: SmpOptions) {
    const { partitions, era, structure, traceRows, ...rest } = options;
    this.structure = structureOf(structure ?? 'microkernelised');
    this.trace = lab.newTrace(traceRows);
    const costs = options.costs ?? lab.costs(era);
    this.hypervisor = new Hypervisor({ ...rest, costs, structure: this.structure, trace: this.trace });
    this.engine = this.hypervisor.engine;
    this.partitions = partitions.map((one) => this.hypervisor.createPartition({ memory: MIB, ...one }));
    this.cpus = this.partitions.map((partition) => partition.vps.map((vp) => new Cpu(partition, vp.index)));
    this.before = this.snapshots();
    this.stopHere = this.engine.handler('smp.stop', () => undefined);
  }

  get costs(): CostProfile {
    return this.hypervisor.costs;
  }

  get recorded(): Recorded {
    return { trace: this.trace, costs: this.costs, structure: this.structure };
  }

  /** Runs for so many cycles, no further: also a program that never waits stops there. */
  runFor(cycles: number): void {
    const until = this.engine.now + cycles;
    // One cycle later: a program whose turn comes at the end exactly must find something that is still to come.
    this.engine.post(until + 1, this.stopHere);
    this.engine.run(until);
  }

  /** Forgets what happened so far: from here on the run counts and records. */
  startMeasuring(): void {
    this.before = this.snapshots();
    this.trace.clear();
  }

  /** What one virtual machine counted since `startMeasuring`. */
  measured(partition = 0): CounterSnapshot {
    return countersBetween(this.before[partition], this.partitions[partition].counters.snapshot());
  }

  private snapshots(): CounterSnapshot[] {
    return this.partitions.map(({ counters }) => counters.snapshot());
  }
}
