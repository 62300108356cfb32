/**
 * The host that an emulated guest meets: hypervisor, VMBus, a disk on a SCSI controller, a network adapter on a switch with a host behind it, and
 * the integration services. Every part is the one that simulated guests meet; here they are only put together.
 */
import { Streams } from '../core/rng.ts';
import { Trace } from '../core/trace.ts';
import type { Disk } from '../host/backends/disk.ts';
import { HostPort } from '../host/backends/host-port.ts';
import { DiskService } from '../host/backends/service.ts';
import { VirtualSwitch } from '../host/backends/switch.ts';
import { Heartbeat } from '../host/vsp/heartbeat.ts';
import { KvpService } from '../host/vsp/kvp.ts';
import { Netvsp } from '../host/vsp/netvsp.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { ShutdownService } from '../host/vsp/shutdown.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { Timesync } from '../host/vsp/timesync.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import type { VmbusServer } from '../host/vsp/vmbus-server.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { MemoryWindow } from '../machine/memory.ts';
import type { Partition } from '../machine/partition.ts';

/** What the host has, and which versions it speaks. */
export interface GuestHostOptions {
  /** Disk of the SCSI controller; none when left out. */
  readonly disk?: Disk;
  /** True for a network adapter. */
  readonly network?: boolean;
  /** True for heartbeat, shutdown, time synchronisation and key-value pairs. */
  readonly services?: boolean;
  readonly features?: Partial<Features>;
  /** Newest versions; those of today when left out. */
  readonly newestVmbus?: number;
  readonly newestStorvsp?: number;
  readonly newestNetvsp?: number;
}

/** Hardware address of the guest's adapter. */
export const GUEST_MAC: Uint8Array = Uint8Array.of(0x00, 0x15, 0x5d, 0x01, 0x02, 0x03);

/**
 * What an emulated processor makes different: its TSC is not ours, so the page stays invalid and the frequencies are not told; it has its
 * own APIC; and calls by XMM registers are for 64-bit guests.
 */
const OF_AN_EMULATOR: Partial<Features> = {
  referenceTscValid: false,
  frequencyMsrs: false,
  guestIdle: false,
  hypercallXmmInput: false,
  hypercallXmmOutput: false,
  tscInvariant: false,
  reenlightenment: false,
};

export class GuestHost {
  readonly partition: Partition;
  readonly vmbus: VmbusServer;
  readonly storvsp: Storvsp;
  readonly netvsp: Netvsp | undefined;
  readonly network: VirtualSwitch;
  readonly port: HostPort;
  readonly heartbeat: Heartbeat;
  readonly shutdown: ShutdownService;
  readonly timesync: Timesync;
  readonly kvp: KvpService;

  constructor(memory: MemoryWindow, hypercallCode: Uint8Array, options: GuestHostOptions) {
    // A guest that runs for minutes makes more rows than anybody reads.
    const hypervisor = new Hypervisor({ trace: new Trace({ enabled: false }) });
    const { engine, costs } = hypervisor;
    const features = { ...OF_AN_EMULATOR, ...options.features };
    this.partition = hypervisor.createPartition({ memory, hypercallCode, features });
    const { partition } = this;
    this.vmbus = attachVmbus(partition, newest(options.newestVmbus));
    this.storvsp = new Storvsp(partition, newest(options.newestStorvsp));
    if (options.disk) {
      const service = new DiskService(engine, new Streams(1).stream('disk'), 'memory', costs);
      this.storvsp.attach({ scsi: new ScsiDisk(options.disk), service });
      this.vmbus.offer(this.storvsp);
    }
    this.network = new VirtualSwitch(partition.root);
    this.port = new HostPort(this.network);
    if (options.network) {
      this.netvsp = new Netvsp(partition, this.network, { mac: GUEST_MAC, ...newest(options.newestNetvsp) });
      this.vmbus.offer(this.netvsp);
    }
    this.heartbeat = new Heartbeat(partition);
    this.shutdown = new ShutdownService(partition);
    this.timesync = new Timesync(partition);
    this.kvp = new KvpService(partition);
    if (options.services)
      for (const one of [this.heartbeat, this.shutdown, this.timesync, this.kvp]) this.vmbus.offer(one);
  }
}

const newest = (version: number | undefined): { readonly newestVersion?: number } =>
  version === undefined ? {} : { newestVersion: version };
