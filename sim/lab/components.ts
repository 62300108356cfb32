/**
 * A generation 1 machine of some time with everything that integration components are for: the emulated PC, and beside it the offers of
 * VMBus. Whether a guest uses them is the guest's business: the host offers the same to everybody.
 */
import type { Program } from '../core/program.ts';
import type { DriverStore } from '../guest/setup/drivers.ts';
import { SetupGuest } from '../guest/setup/guest.ts';
import { type Protocols, SERVICES_8, SERVICES_2008 } from '../guest/setup/packages.ts';
import type { SetupSystem } from '../guest/setup/systems.ts';
import type { Disk } from '../host/backends/disk.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { DiskService } from '../host/backends/service.ts';
import { I8042 } from '../host/devices/i8042.ts';
import { attachPcClocks } from '../host/devices/pc-clocks.ts';
import { FixedPciFunction } from '../host/devices/pci-bus.ts';
import { TEXT_WINDOW, TextWindow } from '../host/devices/text-window.ts';
import { Heartbeat } from '../host/vsp/heartbeat.ts';
import type { IcService } from '../host/vsp/ic-framework.ts';
import { KvpService } from '../host/vsp/kvp.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { ShutdownService } from '../host/vsp/shutdown.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { Timesync } from '../host/vsp/timesync.ts';
import type { VmbusDevice } from '../host/vsp/vmbus-device.ts';
import { VssService } from '../host/vsp/vss.ts';
import type { Era } from '../machine/costs.ts';
import { GEN1_PCI } from '../wire/pci.ts';
import { IDE_CHANNELS, PORTS } from '../wire/ports.ts';
import { VMSTOR_PROTO_VERSION } from '../wire/storvsp.ts';
import { DEVICE_CLASS, VMBUS_VERSION } from '../wire/vmbus.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machines.ts';
import { GUEST_PAGES } from './machines.ts';

/** What the hosts of an era speak at most; today's: everything that this host knows. */
interface HostSpeech {
  readonly vmbus: number;
  readonly storage: number;
  readonly services?: Protocols['services'];
}

const HOSTS: Readonly<Record<Era, HostSpeech>> = {
  '2008': { vmbus: VMBUS_VERSION.WS2008, storage: VMSTOR_PROTO_VERSION.WIN6, services: SERVICES_2008 },
  '2012': { vmbus: VMBUS_VERSION.WIN8, storage: VMSTOR_PROTO_VERSION.WIN8, services: SERVICES_8 },
  '2020': { vmbus: VMBUS_VERSION.WIN10_V5_3, storage: VMSTOR_PROTO_VERSION.WIN10 },
};

const MIB = 1024 * 1024;
/** Sectors of both disks. */
const SECTORS = (16 * MIB) / 512;
/** Bytes below the guest's pages that a workload may use for data. */
export const WORK_BYTES = MIB / 2;

/** Between two looks of the kernel at work that has been put off. */
const SLICE_SECONDS = 0.005;

/** Instance GUIDs of the offers whose protocol is left out; any will do. */
const LEFT_OUT = {
  NIC: '6d936397-af30-4df3-8f97-112457600670',
  SYNTHVID: '5620e0c7-8062-4dce-aeb7-520c7ef76171',
  KBD: 'd34b2567-b9b6-42b9-8778-0a4ec0b955bf',
  MOUSE: '58f75a6d-d949-4320-99e1-a2a2576d581c',
} as const;

/** An offer whose channel can be opened, and over which nothing goes. */
const offerOnly = (name: keyof typeof LEFT_OUT): VmbusDevice => ({
  name: DEVICE_CLASS[name].title,
  offer: { interfaceId: DEVICE_CLASS[name].guid, instanceId: LEFT_OUT[name] },
  onOpen: () => 'opened',
  onClose: () => 'closed',
  onSignal: () => undefined,
});

/** A PCI slot with nobody in it. */
const EMPTY_SLOT = { readConfig: () => 0xffff_ffff, writeConfig: () => undefined };

/** Host and machine; guests come and go with each start. */
export class ComponentsMachine {
  readonly machine: Machine;
  readonly dataDisk: Disk = new MemoryDisk(SECTORS);
  readonly heartbeat: Heartbeat;
  readonly shutdown: ShutdownService;
  readonly timesync: Timesync;
  readonly kvp: KvpService;
  readonly vss: VssService;
  readonly input: I8042;
  readonly screen = new TextWindow();
  guest: SetupGuest | undefined;

  /** `hypervisorPresent` false: the hypervisor hides, as on a machine where there is none. */
  constructor(lab: Lab, era: Era, hypervisorPresent = true) {
    const speech = HOSTS[era];
    const machine = lab.machine({
      era,
      memory: 4 * MIB,
      disk: bootable(new MemoryDisk(SECTORS)),
      vmbus: { newestVersion: speech.vmbus },
      features: { hypervisorPresent },
    });
    const { partition, worker } = machine;
    this.machine = machine;
    this.input = new I8042((irq, level) => worker.line(irq, level));
    this.heartbeat = new Heartbeat(partition);
    this.shutdown = new ShutdownService(partition);
    this.timesync = new Timesync(partition);
    this.kvp = new KvpService(partition);
    this.vss = new VssService(partition);
    this.addPc();
    this.addOffers(lab, speech);
  }

  /** The services, in the order of their offers. */
  get services(): readonly IcService[] {
    return [this.heartbeat, this.shutdown, this.timesync, this.kvp, this.vss];
  }

  /** Powers the machine on, or resets it, and lets the system start. What was installed is in `store`. */
  boot(system: SetupSystem, store: DriverStore): SetupGuest {
    const { cpu, partition } = this.machine;
    if (this.guest) {
      cpu.finish(this.guest.shutDown());
      partition.reset();
    }
    const guest = new SetupGuest(cpu, system, store, GUEST_PAGES + WORK_BYTES);
    this.guest = guest;
    cpu.finish(guest.boot());
    return guest;
  }

  /** Runs a program of the guest to its end. */
  do<T>(program: Program<T>): T {
    return this.machine.cpu.finish(program);
  }

  /** The guest computes for so many seconds, and serves the host meanwhile. */
  idle(seconds: number): void {
    const { cpu, costs } = this.machine;
    const connection = this.guest?.synthetic.vmbus?.connection;
    const slices = Math.ceil(seconds / SLICE_SECONDS);
    cpu.finish(
      (function* () {
        for (let i = 0; i < slices; i++) {
          yield* cpu.compute(SLICE_SECONDS * costs.hz);
          for (let next = connection?.nextWork(cpu); next; next = connection?.nextWork(cpu)) yield* next;
        }
      })(),
    );
  }

  /** Takes the IDE controller out of the machine, as if it had become something else. */
  removeIde(): void {
    const { worker } = this.machine;
    worker.pci.add(GEN1_PCI.IDE, EMPTY_SLOT);
    for (const { command, control, int13 } of IDE_CHANNELS) {
      worker.release(command, 8);
      worker.release(control, 1);
      worker.release(int13, 4);
    }
    worker.release(PORTS.IDE_BUS_MASTER.first, PORTS.IDE_BUS_MASTER.count);
  }

  private addPc(): void {
    const { worker, partition } = this.machine;
    for (const one of [GEN1_PCI.POWER, GEN1_PCI.VIDEO, GEN1_PCI.LEGACY_NIC])
      worker.pci.add(one, new FixedPciFunction(one));
    attachPcClocks(partition, { line: (irq, level) => worker.line(irq, level) });
    worker.addPortDevice(this.input, PORTS.I8042_DATA, PORTS.I8042_STATUS);
    worker.addMmioDevice(TEXT_WINDOW.gpa, TEXT_WINDOW.bytes, this.screen);
    partition.onReset(() => {
      this.input.reset();
      this.screen.reset();
    });
  }

  private addOffers(lab: Lab, { storage, services }: HostSpeech): void {
    const { machine, dataDisk } = this;
    const { partition, vmbus, storvsp, engine, costs, service, disk } = machine;
    // The machine's own synthetic controller gets a disk of its own: the one that it has is the boot disk.
    vmbus.revoke(storvsp);
    const extent = { sectors: SECTORS, bound: lab.level };
    const second = new DiskService(engine, lab.rng('data.service'), 'memory', costs, extent);
    const accelerator = new Storvsp(partition, { ide: { path: 0, target: 0 }, newestVersion: storage });
    accelerator.attach({ scsi: new ScsiDisk(disk), service });
    const controller = new Storvsp(partition, { newestVersion: storage });
    controller.attach({ scsi: new ScsiDisk(dataDisk), service: second });
    vmbus.offer(accelerator);
    vmbus.offer(controller);
    for (const name of ['NIC', 'SYNTHVID', 'MOUSE'] as const) vmbus.offer(offerOnly(name));
    // The synthetic keyboard came with generation 2, in 2012 R2.
    if (!services) vmbus.offer(offerOnly('KBD'));
    if (services) this.speakLikeThen(services);
    for (const one of this.services) vmbus.offer(one);
  }

  private speakLikeThen(services: Protocols['services']): void {
    const { framework, heartbeat, shutdown, time, exchange, backup } = services;
    const newest = [heartbeat, shutdown, time, exchange, backup];
    for (const [i, service] of this.services.entries()) service.offerUpTo(framework, newest[i]);
  }
}

/** A disk whose first sector firmware is willing to start. */
function bootable(disk: Disk): Disk {
  const sector = new Uint8Array(512);
  sector[510] = 0x55;
  sector[511] = 0xaa;
  disk.write(0, 1, sector);
  return disk;
}
