/**
 * The hypervisor of one machine: it owns the root partition and the child partitions, and what all of them share: the engine, the
 * trace, the cost profile and the routes.
 */
import { Engine } from '../core/engine.ts';
import { Trace } from '../core/trace.ts';
import type { Era } from './costs.ts';
import { CostProfile } from './costs.ts';
import type { PartitionOptions } from './partition.ts';
import { Partition } from './partition.ts';
import { RootPartition } from './root.ts';
import { RouteCosts } from './route-costs.ts';
import type { Structure, StructureId } from './structures.ts';
import { STRUCTURES } from './structures.ts';

/** Which hypervisor to build; everything has a default. */
export interface HypervisorOptions {
  readonly engine?: Engine;
  readonly trace?: Trace;
  /** Hardware era, 2020 when absent. `costs` stands before it. */
  readonly era?: Era;
  readonly costs?: CostProfile;
  /** How the hypervisor is built; Hyper-V when absent. */
  readonly structure?: StructureId | Structure;
  /** Processors of the root partition, 1 when absent. */
  readonly rootVps?: number;
}

/** The root partition's id. Children count from 2. */
export const ROOT_PARTITION_ID = 1;

export class Hypervisor {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly costs: CostProfile;
  readonly structure: Structure;
  readonly routeCosts: RouteCosts;
  readonly root: RootPartition;
  private readonly children = new Map<number, Partition>();
  private nextId = ROOT_PARTITION_ID + 1;

  constructor(options: HypervisorOptions = {}) {
    this.engine = options.engine ?? new Engine();
    this.trace = options.trace ?? new Trace();
    this.costs = options.costs ?? new CostProfile(options.era ?? '2020');
    const { structure = 'microkernelised' } = options;
    this.structure = typeof structure === 'string' ? STRUCTURES[structure] : structure;
    this.routeCosts = new RouteCosts(this.structure, this.costs);
    this.root = new RootPartition(this.engine, this.trace, this.costs, this.routeCosts, options.rootVps ?? 1);
  }

  /** A new virtual machine. */
  createPartition(options: PartitionOptions): Partition {
    const partition = new Partition(this, this.nextId++, options);
    this.children.set(partition.id, partition);
    return partition;
  }

  /** Ends a virtual machine: its timers stop, its ports close. Its memory stays readable to whoever still holds it. */
  destroyPartition(id: number): boolean {
    this.children.get(id)?.reset();
    return this.children.delete(id);
  }

  partition(id: number): Partition | undefined {
    return this.children.get(id);
  }

  /** Child partitions, oldest first. */
  get partitions(): readonly Partition[] {
    return [...this.children.values()];
  }
}
