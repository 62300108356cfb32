/**
 * The hypervisor of one machine: it owns the root partition and the child partitions, and what all of them share: the engine, the
 * trace, the cost profile and the routes.
 */
import { Engine } from '../core/engine.ts';
import { invariant } from '../core/errors.ts';
import { Trace, WHO_ROOT } from '../core/trace.ts';
import type { Era } from './costs.ts';
import { CostProfile } from './costs.ts';
import type { PartitionOptions } from './partition.ts';
import { Partition } from './partition.ts';
import { RootPartition } from './root.ts';
import { RouteCosts } from './route-costs.ts';
import { Scheduler, TIME_SLICE_SECONDS } from './scheduler.ts';
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
  /**
   * Logical processors that all VPs share, the root's included: the hypervisor schedules them. Absent: every VP has a processor of its
   * own, and there is no scheduler.
   */
  readonly logicalProcessors?: number;
  /** Time slice of the scheduler in cycles; 10 ms when absent (assumed: none is published). */
  readonly timeSlice?: number;
  /** Relative weight of the root's VPs, 100 when absent. */
  readonly rootWeight?: number;
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
  /** Shares the logical processors; `undefined` when every VP has one of its own. */
  readonly scheduler: Scheduler | undefined;
  private readonly children = new Map<number, Partition>();
  private nextId = ROOT_PARTITION_ID + 1;
  private nextWho = 0;

  constructor(options: HypervisorOptions = {}) {
    this.engine = options.engine ?? new Engine();
    this.trace = options.trace ?? new Trace();
    this.costs = options.costs ?? new CostProfile(options.era ?? '2020');
    const { structure = 'microkernelised' } = options;
    this.structure = typeof structure === 'string' ? STRUCTURES[structure] : structure;
    this.routeCosts = new RouteCosts(this.structure, this.costs);
    this.root = new RootPartition(this.engine, this.trace, this.costs, this.routeCosts, options.rootVps ?? 1);
    this.scheduler = this.newScheduler(options);
    if (this.scheduler) this.root.share(this.scheduler, ROOT_PARTITION_ID, options.rootWeight);
  }

  /** @internal Numbers in the trace for the processors of a new partition; returns the first. */
  takeNumbers(count: number): number {
    const first = this.nextWho;
    this.nextWho += count;
    invariant(this.nextWho <= WHO_ROOT, 'more virtual processors than the trace has numbers for');
    return first;
  }

  private newScheduler({ logicalProcessors, timeSlice }: HypervisorOptions): Scheduler | undefined {
    if (logicalProcessors === undefined) return undefined;
    const slice = timeSlice ?? Math.round(this.costs.hz * TIME_SLICE_SECONDS);
    return new Scheduler(this.engine, this.trace, this.routeCosts, { logicalProcessors, slice });
  }

  /** A new virtual machine. */
  createPartition(options: PartitionOptions): Partition {
    const partition = new Partition(this, this.nextId++, options);
    this.children.set(partition.id, partition);
    return partition;
  }

  /** Ends a virtual machine: its timers stop, its ports close. Its memory stays readable to whoever still holds it. */
  destroyPartition(id: number): boolean {
    const gone = this.children.get(id);
    gone?.reset();
    for (const vp of gone?.vps ?? []) vp.retire();
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
