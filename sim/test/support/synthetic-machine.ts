/** A virtual machine with a synthetic disk, put together from real parts: what the tests of the synthetic road run on. */

import type { Program } from '../../core/program.ts';
import { Streams } from '../../core/rng.ts';
import { Trace } from '../../core/trace.ts';
import { EnlightenedGuest, type EnlightenedGuestOptions } from '../../guest/enlightened.ts';
import { LINUX_6_1 } from '../../guest/profiles/linux.ts';
import { MemoryDisk } from '../../host/backends/disk.ts';
import { DiskService } from '../../host/backends/service.ts';
import type { DiskModel } from '../../host/backends/service-models.ts';
import { ScsiDisk } from '../../host/vsp/scsi-disk.ts';
import { Storvsp } from '../../host/vsp/storvsp.ts';
import { attachVmbus } from '../../host/vsp/vmbus-attach.ts';
import type { VmbusServer } from '../../host/vsp/vmbus-server.ts';
import { CostProfile, type Era } from '../../machine/costs.ts';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import type { Partition } from '../../machine/partition.ts';

export interface SyntheticMachineOptions {
  readonly era?: Era;
  readonly seed?: number;
  readonly vps?: number;
  readonly rootVps?: number;
  readonly model?: DiskModel;
  readonly sectors?: number;
  readonly maxSubChannels?: number;
  /** The disk is the accelerated IDE disk at this place instead of a SCSI disk. */
  readonly ide?: { readonly path: 0 | 1; readonly target: 0 | 1 };
  readonly newestVmbus?: number;
  readonly newestStorvsp?: number;
  readonly guest?: EnlightenedGuestOptions;
  readonly traceCap?: number;
}

const MIB = 1024 * 1024;

export class SyntheticMachine {
  readonly streams: Streams;
  readonly hypervisor: Hypervisor;
  readonly partition: Partition;
  readonly cpus: readonly Cpu[];
  readonly guest: EnlightenedGuest;
  readonly disk: MemoryDisk;
  readonly service: DiskService;
  readonly storvsp: Storvsp;
  readonly bus: VmbusServer;

  constructor(options: SyntheticMachineOptions = {}) {
    this.streams = new Streams(options.seed ?? 1);
    const costs = new CostProfile(options.era ?? '2020');
    const trace = new Trace({ cap: options.traceCap ?? 65_536 });
    this.hypervisor = new Hypervisor({ costs, trace, rootVps: options.rootVps ?? 1 });
    this.partition = this.hypervisor.createPartition({ memory: 32 * MIB, vps: options.vps ?? 1 });
    this.disk = new MemoryDisk(options.sectors ?? 131_072);
    this.bus = attachVmbus(this.partition, { newestVersion: options.newestVmbus });
    this.storvsp = new Storvsp(this.partition, {
      maxSubChannels: options.maxSubChannels ?? 0,
      newestVersion: options.newestStorvsp,
      ide: options.ide,
    });
    const rng = this.streams.stream('disk.service');
    this.service = new DiskService(this.hypervisor.engine, rng, options.model ?? 'memory', costs, {
      sectors: this.disk.sectors,
    });
    this.storvsp.attach({ scsi: new ScsiDisk(this.disk), service: this.service });
    this.bus.offer(this.storvsp);
    this.cpus = this.partition.vps.map((vp) => new Cpu(this.partition, vp.index));
    this.guest = new EnlightenedGuest(this.cpus, LINUX_6_1, options.guest);
  }

  /** Powers the machine on and waits until nothing is left to do. */
  boot(): this {
    this.guest.start();
    this.hypervisor.engine.run();
    return this;
  }

  /** Runs a program of the guest and everything it causes; `undefined` when it waits for something that never comes. */
  run<R>(program: Program<R>, cpu: Cpu = this.cpus[0]): R | undefined {
    const started = cpu.run(program);
    this.hypervisor.engine.run();
    return started.result;
  }
}
