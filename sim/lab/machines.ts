/**
 * Assembles a machine: hypervisor, root, one virtual machine of generation 1 with a worker process, a VMBus server, and one disk that
 * both roads reach. Host and guest never import each other; here they meet.
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import type { Disk } from '../host/backends/disk.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { DiskService } from '../host/backends/service.ts';
import type { DiskModel } from '../host/backends/service-models.ts';
import type { PacketDriveOptions } from '../host/devices/atapi-drive.ts';
import type { Ide } from '../host/devices/ide.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import type { StorvspOptions } from '../host/vsp/storvsp.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import type { VmbusServer, VmbusServerOptions } from '../host/vsp/vmbus-server.ts';
import { WorkerProcess } from '../host/worker.ts';
import type { CostProfile, Era } from '../machine/costs.ts';
import type { CounterSnapshot } from '../machine/counters.ts';
import { countersBetween } from '../machine/counters.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { MemoryWindow } from '../machine/memory.ts';
import type { Partition } from '../machine/partition.ts';
import type { Structure, StructureId } from '../machine/structures.ts';
import type { Lab } from './lab.ts';
import { structureOf } from './lab.ts';
import type { Recorded } from './recording.ts';

/** Which machine to build. */
export interface MachineOptions {
  readonly era: Era;
  readonly structure?: StructureId | Structure;
  /** Replaces the profile of the era, for counterfactuals. */
  readonly costs?: CostProfile;
  /** Bytes of guest memory, 16 MiB when left out; or foreign memory to use as such. */
  readonly memory?: number | MemoryWindow;
  /** The disk behind both roads; an empty one in memory when left out. */
  readonly disk?: Disk;
  readonly diskModel?: DiskModel;
  /** What the partition is offered other than a host of the era does. */
  readonly features?: Partial<Features>;
  /** Which VMBus the host speaks; that of today when left out. */
  readonly vmbus?: VmbusServerOptions;
  /** What the host's VMBus offers for the disk; a SCSI controller when left out. */
  readonly storvsp?: StorvspOptions;
  /** The disk as VMBus reaches it, for who tells the two roads apart; the same object as `disk` when left out. */
  readonly syntheticDisk?: Disk;
  /** The disc in a CD drive on the secondary channel; without it there is no such drive. */
  readonly disc?: Disk;
  /** Puts this virtual machine on the hypervisor of another one, whose era, costs, structure and trace it shares. */
  readonly beside?: Machine;
}

const MIB = 1024 * 1024;
const DEFAULT_SECTORS = (64 * MIB) / 512;

/** Where a guest's pages for drivers and data begin: above the first megabyte, as on a PC. */
export const GUEST_PAGES = MIB;

/** A hypervisor with one partition, its worker process and its processor, ready for a guest. */
export class Machine {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly hypervisor: Hypervisor;
  readonly partition: Partition;
  cpu: Cpu;
  readonly worker: WorkerProcess;
  readonly ide: Ide;
  readonly vmbus: VmbusServer;
  readonly storvsp: Storvsp;
  readonly disk: Disk;
  readonly service: DiskService;
  private readonly structure: Structure;
  private before: CounterSnapshot | undefined;

  constructor(lab: Lab, options: MachineOptions) {
    const { beside } = options;
    const costs = beside?.costs ?? options.costs ?? lab.costs(options.era);
    this.structure = beside?.structure ?? structureOf(options.structure ?? 'microkernelised');
    this.trace = beside?.trace ?? lab.newTrace();
    this.hypervisor =
      beside?.hypervisor ?? new Hypervisor({ costs, structure: this.structure, trace: this.trace });
    this.engine = this.hypervisor.engine;
    this.partition = this.hypervisor.createPartition({
      memory: options.memory ?? 16 * MIB,
      ...(options.features ? { features: options.features } : {}),
    });
    this.cpu = new Cpu(this.partition);
    this.cpu.whileWaiting = 'busy';
    this.disk = options.disk ?? new MemoryDisk(DEFAULT_SECTORS);
    const { sectors } = this.disk;
    this.service = new DiskService(
      this.engine,
      lab.rng('disk.service'),
      options.diskModel ?? 'memory',
      costs,
      { sectors, bound: lab.level },
    );
    this.worker = new WorkerProcess(this.hypervisor, this.partition);
    this.ide = this.worker.attachIde({
      primary: [{ disk: this.disk, service: this.service }],
      ...(options.disc ? { secondary: [this.cdDrive(lab, options, options.disc)] } : {}),
    });
    this.vmbus = attachVmbus(this.partition, options.vmbus);
    this.storvsp = new Storvsp(this.partition, options.storvsp);
    const scsi = new ScsiDisk(options.syntheticDisk ?? this.disk);
    this.storvsp.attach({ scsi, service: this.service });
    this.vmbus.offer(this.storvsp);
  }

  /** A CD drive, whose image lies on the same real disk as that of the virtual one. */
  private cdDrive(lab: Lab, options: MachineOptions, disc: Disk): PacketDriveOptions {
    const service = new DiskService(
      this.engine,
      lab.rng('disc.service'),
      options.diskModel ?? 'memory',
      this.hypervisor.costs,
      { sectors: disc.sectors, bound: lab.level },
    );
    return { packet: true, disc, service };
  }

  get costs(): CostProfile {
    return this.hypervisor.costs;
  }

  get recorded(): Recorded {
    return { trace: this.trace, costs: this.costs, structure: this.structure };
  }

  /** The guest's program of another host goes on in this one, which was loaded with what that one has saved. */
  takeOver({ cpu, partition }: Machine): void {
    this.partition.counters.goOnFrom(partition.counters);
    cpu.moveTo(this.partition);
    this.cpu = cpu;
  }

  /** Forgets what happened so far: from here on the run counts and records. */
  startMeasuring(): void {
    this.before = this.partition.counters.snapshot();
    this.trace.clear();
  }

  /** What was counted since `startMeasuring`. */
  measured(): CounterSnapshot {
    const now = this.partition.counters.snapshot();
    return this.before ? countersBetween(this.before, now) : now;
  }
}
