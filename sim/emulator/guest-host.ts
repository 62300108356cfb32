/**
 * The host that an emulated guest meets: hypervisor, VMBus, a disk on a SCSI controller, a network adapter on a switch with a host behind it, and
 * the integration services. Every part is the one that simulated guests meet; here they are only put together.
 */
import { Streams } from '../core/rng.ts';
import { Trace } from '../core/trace.ts';
import type { Disk } from '../host/backends/disk.ts';
import { ECHO_PORT, echoService, HTTP_PORT, WebServer } from '../host/backends/host-http.ts';
import { HostPort } from '../host/backends/host-port.ts';
import { HostTcp } from '../host/backends/host-tcp.ts';
import { DiskService } from '../host/backends/service.ts';
import { VirtualSwitch } from '../host/backends/switch.ts';
import { Heartbeat } from '../host/vsp/heartbeat.ts';
import { KvpService } from '../host/vsp/kvp.ts';
import { Netvsp } from '../host/vsp/netvsp.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { ShutdownService } from '../host/vsp/shutdown.ts';
import type { LogicalUnit } from '../host/vsp/storvsp.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { Timesync } from '../host/vsp/timesync.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import type { VmbusServer } from '../host/vsp/vmbus-server.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { MemoryWindow } from '../machine/memory.ts';
import type { Partition } from '../machine/partition.ts';
import { EmulatorBoard, type InterruptLine } from './emulator-board.ts';

/** What the host has, and which versions it speaks. */
export interface GuestHostOptions {
  /** Disk of the SCSI controller; none when left out. */
  readonly disk?: Disk;
  /** True: the disk is the first IDE disk, with an emulated controller and an accelerator, as in generation 1. */
  readonly ide?: boolean;
  /** True for a network adapter. */
  readonly network?: boolean;
  /** What the web server on the switch gives away, by path. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** True for heartbeat, shutdown, time synchronisation and key-value pairs. */
  readonly services?: boolean;
  /** Where rows go; nowhere when left out: a guest that runs for minutes makes more than anybody reads. */
  readonly trace?: Trace;
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
  /** What is offered now; `undefined` while it is taken away. */
  storvsp: Storvsp | undefined;
  netvsp: Netvsp | undefined;
  readonly network: VirtualSwitch;
  readonly port: HostPort;
  readonly tcp: HostTcp;
  readonly web: WebServer;
  readonly heartbeat: Heartbeat;
  readonly shutdown: ShutdownService;
  readonly timesync: Timesync;
  readonly kvp: KvpService;
  /** The worker process with the IDE controller, when there is one. */
  readonly board: EmulatorBoard | undefined;
  private readonly unit: LogicalUnit | undefined;

  constructor(
    memory: MemoryWindow,
    hypercallCode: Uint8Array,
    line: InterruptLine,
    options: GuestHostOptions,
  ) {
    const hypervisor = new Hypervisor({ trace: options.trace ?? new Trace({ enabled: false }) });
    const { engine, costs } = hypervisor;
    const features = { ...OF_AN_EMULATOR, ...options.features };
    this.partition = hypervisor.createPartition({ memory, hypercallCode, features });
    const { partition } = this;
    this.vmbus = attachVmbus(partition, newest(options.newestVmbus));
    this.unit = options.disk && {
      scsi: new ScsiDisk(options.disk),
      service: new DiskService(engine, new Streams(1).stream('disk'), 'memory', costs),
    };
    this.network = new VirtualSwitch(partition.root);
    this.port = new HostPort(this.network);
    this.tcp = new HostTcp(this.port, engine, costs.hz);
    this.web = new WebServer(options.files ?? new Map());
    this.tcp.listen(ECHO_PORT, echoService);
    this.tcp.listen(HTTP_PORT, () => this.web.open());
    if (this.unit && options.ide) {
      this.board = new EmulatorBoard(hypervisor, partition, line);
      this.board.attachDisk(options.disk as Disk, this.unit.service);
    }
    if (this.unit) this.offerDisk(options.newestStorvsp);
    if (options.network) this.offerNetwork(options.newestNetvsp);
    this.heartbeat = new Heartbeat(partition);
    this.shutdown = new ShutdownService(partition);
    this.timesync = new Timesync(partition);
    this.kvp = new KvpService(partition);
    if (options.services)
      for (const one of [this.heartbeat, this.shutdown, this.timesync, this.kvp]) this.vmbus.offer(one);
  }

  /** Pulls the disk off its controller, which tells the guest to look again. */
  unplugDisk(): void {
    this.storvsp?.detach();
  }

  plugDisk(): void {
    if (this.unit) this.storvsp?.attach(this.unit);
  }

  /** Offers the controller with the disk, for the first time or again, to speak this version at most. */
  offerDisk(newestVersion?: number): void {
    this.removeDisk();
    const place = this.board ? { ide: { path: 0, target: 0 } as const } : {};
    const storvsp = new Storvsp(this.partition, { ...place, ...newest(newestVersion) });
    if (this.unit) storvsp.attach(this.unit);
    this.storvsp = storvsp;
    this.vmbus.offer(storvsp);
  }

  removeDisk(): void {
    if (this.storvsp) this.vmbus.revoke(this.storvsp);
    this.storvsp = undefined;
  }

  /** Offers the network adapter, for the first time or again, to speak this version at most. */
  offerNetwork(newestVersion?: number): void {
    this.removeNetwork();
    const netvsp = new Netvsp(this.partition, this.network, { mac: GUEST_MAC, ...newest(newestVersion) });
    this.netvsp = netvsp;
    this.vmbus.offer(netvsp);
  }

  removeNetwork(): void {
    if (this.netvsp) this.vmbus.revoke(this.netvsp);
    this.netvsp = undefined;
  }
}

const newest = (version: number | undefined): { readonly newestVersion?: number } =>
  version === undefined ? {} : { newestVersion: version };
