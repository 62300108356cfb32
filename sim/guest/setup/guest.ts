/**
 * A guest that starts, finds its devices, and gives each to the driver that suits it best. What is installed outlives a restart; all else
 * is found anew.
 *
 * Firmware reads the first sector through the emulated disk, whatever is installed: it knows no other. Then the kernel walks the buses, and
 * every driver starts as its device is found, so that the devices behind it come next.
 */
import { invariant } from '../../core/errors.ts';
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { ATA_CMD } from '../../wire/ata.ts';
import { PORTS } from '../../wire/ports.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { DiskOwners } from '../boot/disk-owner.ts';
import { AtaDriver } from '../drivers/ata.ts';
import { plainTaskFile } from '../drivers/ata-command.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { classify, identify, softReset } from '../drivers/ata-probe.ts';
import type { BlockDriver } from '../drivers/block.ts';
import { PageAllocator } from '../drivers/page-allocator.ts';
import { ApicInterrupts } from '../drivers/pc-interrupts.ts';
import type { StorvscDisk } from '../drivers/storvsc-disk.ts';
import { BootDisk } from './boot-disk.ts';
import type { TreeRow } from './device.ts';
import { Device, deviceTree } from './device.ts';
import { DriverStore, type InstalledDriver } from './drivers.ts';
import { attachKeyboard, findInput, scanPci } from './enumerate.ts';
import { startFromDisk } from './firmware.ts';
import { ANY_DISK, IDE_CHANNEL, offerIds, pciClassId, pciId } from './hardware-ids.ts';
import type { Package, Protocols } from './packages.ts';
import { packageById } from './packages.ts';
import { PC_ID } from './pc-drivers.ts';
import { SyntheticDevices } from './synthetic.ts';
import type { SetupSystem } from './systems.ts';
import { pcDriversOf } from './systems.ts';
import { TextConsole } from './text-console.ts';

/** How far a guest came. `no-boot-disk`: firmware found nothing to start. `no-disk`: the kernel found no disk that it may use. */
export type SetupState = 'off' | 'running' | 'no-boot-disk' | 'no-disk';

/** The drivers of a system as it comes out of its box. */
export function inTheBox(system: SetupSystem): DriverStore {
  const store = new DriverStore();
  for (const driver of pcDriversOf(system)) store.put({ driver, version: [], from: system.id });
  const own = system.inBox && packageById(system.inBox);
  if (own) for (const installed of driversFor(system, own)) store.put(installed);
  return store;
}

/** What a package brings to a system. */
export const driversFor = (
  { lacks = [] }: SetupSystem,
  { id, version, drivers }: Package,
): InstalledDriver[] =>
  drivers.filter((driver) => !lacks.includes(driver.id)).map((driver) => ({ driver, version, from: id }));

/** One start of a guest, from firmware to devices. */
export class SetupGuest {
  readonly system: SetupSystem;
  readonly store: DriverStore;
  readonly cpu: Cpu;
  readonly pages: PageAllocator;
  readonly synthetic: SyntheticDevices;
  state: SetupState = 'off';
  root: Device | undefined;
  bootDisk: BootDisk | undefined;
  /** The disk of a synthetic controller, which no PC has. */
  dataDisk: StorvscDisk | undefined;
  /** Who may send data to the boot disk, and whether anybody broke that. */
  readonly owners = new DiskOwners();
  /** Bytes that the keyboard sent. */
  readonly keys: number[] = [];
  private readonly console: TextConsole;
  private readonly interrupts: ApicInterrupts;
  private readonly diverted = new Set<Device>();
  private ata: AtaDriver | undefined;
  private ataDevice: Device | undefined;
  private busMaster: number = PORTS.IDE_BUS_MASTER.first;

  /** `firstPage`: below it lie firmware and the workload's buffers. */
  constructor(cpu: Cpu, system: SetupSystem, store: DriverStore, firstPage: number) {
    this.cpu = cpu;
    this.system = system;
    this.store = store;
    this.pages = new PageAllocator(cpu.memory, firstPage);
    this.synthetic = new SyntheticDevices(cpu, this.pages);
    this.console = new TextConsole(cpu);
    this.interrupts = new ApicInterrupts(cpu);
  }

  /** The whole start. */
  *boot(): Program {
    this.cpu.eoiMethod = 'mmio';
    yield* this.console.print('Booting from hard disk');
    const busMaster = yield* startFromDisk(this.cpu, this.pages.page(), this.owners);
    if (busMaster === undefined) {
      yield* this.console.print('No bootable device');
      this.state = 'no-boot-disk';
      return;
    }
    this.busMaster = busMaster;
    yield* this.console.print(`Starting ${this.system.title}`);
    this.root = yield* this.walk();
    yield* this.bindAll(this.root);
    this.state = this.bootDisk ? 'running' : 'no-disk';
    if (!this.bootDisk) yield* this.console.print('No disk to go on from');
  }

  /** Leaves VMBus; the machine may be reset then. */
  *shutDown(): Program {
    yield* this.synthetic.leave();
    this.state = 'off';
  }

  /** What a device manager shows now. */
  tree(): TreeRow[] {
    return this.root ? deviceTree(this.root, this.system.family, this.diverted) : [];
  }

  /** Gives the device to the driver that suits it best, and the devices that come up behind it to theirs. */
  *bindAll(first: Device): Program {
    const waiting = [first];
    for (let device = waiting.shift(); device; device = waiting.shift()) {
      yield* this.bind(device);
      waiting.push(...device.children);
    }
  }

  /** A control command to the emulated disk: IDENTIFY, then its power state. False when this system has no driver on it. */
  *control(gpa: number): Program<boolean> {
    const { ata, ataDevice } = this;
    if (!ata || ataDevice?.state !== 'working') return false;
    const identity = yield* identify(ata, gpa);
    const power = yield* ata.nonData(plainTaskFile(ATA_CMD.CHK_POWER, ata.device));
    return identity !== undefined && power.kind === 'ok';
  }

  /**
   * What an installer would do if the emulated controller itself became a synthetic one: it is gone from the machine, and the accelerator
   * has its disk at once. No system does this.
   */
  *convertIde(): Program {
    const { root, ataDevice, store } = this;
    if (!root || !ataDevice) return;
    ataDevice.filter = store.all.find(({ driver }) => driver.role === 'filter');
    yield* this.bindAll(root);
    ataDevice.state = 'no-driver';
    for (const { device } of root.all()) {
      const at = device.children.findIndex(({ ids }) => ids[0] === PC_ID.IDE);
      if (at >= 0) device.children.splice(at, 1);
    }
  }

  /** What can be found without a driver: the list of firmware, PCI, the keyboard controller. */
  private *walk(): Program<Device> {
    const { cpu } = this;
    const root = new Device('emulated', [PC_ID.SYSTEM], 'PC');
    const pci = new Device('emulated', [PC_ID.PCI_ROOT], 'PCI bus');
    for (const found of yield* scanPci(cpu)) {
      const { vendorId, deviceId, classCode } = found;
      const id = pciId(vendorId, deviceId);
      pci.children.push(new Device('emulated', [id, pciClassId(classCode)], id));
    }
    const input = yield* findInput(cpu);
    const isa = pci.children.find(({ ids }) => ids[0] === PC_ID.ISA_BRIDGE) ?? pci;
    if (input.keyboard) isa.children.push(new Device('emulated', [PC_ID.KEYBOARD], 'keyboard'));
    if (input.mouse) isa.children.push(new Device('emulated', [PC_ID.MOUSE], 'mouse'));
    for (const id of [PC_ID.TIMER, PC_ID.CLOCK]) isa.children.push(new Device('emulated', [id], id));
    root.children.push(pci, new Device('synthetic', [PC_ID.VMBUS], 'listed by the firmware'));
    return root;
  }

  private *bind(device: Device): Program {
    const { channel } = device;
    if (channel?.offer.classGuid === DEVICE_CLASS.IDE.guid && this.system.technique === 'filter')
      return yield* this.bindFilter(device, channel);
    if (device.state === 'left-alone' || device.state === 'working') return;
    const found = this.store.best(device.ids);
    if (!found) return;
    device.driver = found;
    device.state = (yield* this.start(device, found)) ? 'working' : 'refused';
  }

  private *start(device: Device, { driver, from }: InstalledDriver): Program<boolean> {
    const { channel } = device;
    const protocols = packageById(from)?.protocols;
    if (driver.role === 'ide') return yield* this.startIde(device);
    if (device.ids[0] === PC_ID.KEYBOARD) {
      yield* attachKeyboard(this.cpu, this.interrupts, (byte) => this.keys.push(byte));
      return true;
    }
    if (!protocols) return true;
    if (driver.role === 'bus') return yield* this.startBus(device, protocols);
    if (!channel) return true;
    if (driver.role === 'storage') return yield* this.startStorage(device, channel, protocols);
    if (driver.role === 'service') return yield* this.synthetic.service(channel, protocols);
    return yield* this.synthetic.open(channel);
  }

  /** Both cables: a reset, the signatures, and the identity of each disk. */
  private *startIde(controller: Device): Program<boolean> {
    for (const number of [0, 1] as const) {
      const channel = new Device(
        'emulated',
        [IDE_CHANNEL],
        number === 0 ? 'primary channel' : 'secondary channel',
      );
      controller.children.push(channel);
      const port = new AtaPort(this.cpu, number, this.busMaster);
      yield* softReset(port);
      for (const device of [0, 1] as const)
        if ((yield* classify(port, device)) === 'disk') yield* this.findDisk(channel, port, device);
    }
    return true;
  }

  private *findDisk(channel: Device, port: AtaPort, device: 0 | 1): Program {
    const page = this.pages.page();
    const ata = new AtaDriver({
      port,
      mode: 'dma',
      device,
      interrupts: this.interrupts,
      table: this.pages.page(),
    });
    yield* ata.attach();
    const identity = yield* identify(ata, page);
    if (!identity) return;
    const disk = new Device('emulated', [ANY_DISK], identity.model);
    channel.children.push(disk);
    this.ata ??= ata;
    this.ataDevice ??= disk;
    if (this.leavesDisksAlone) disk.state = 'left-alone';
    else {
      disk.filter = this.store.all.find(({ driver }) => driver.role === 'filter');
      this.bootDisk ??= new BootDisk(ata, true, this.owners);
    }
  }

  /** Linux and FreeBSD decide when they see the emulated disk: a synthetic driver will come for it, so this one keeps away. */
  private get leavesDisksAlone(): boolean {
    const { technique } = this.system;
    const storage = this.store.all.some(({ driver }) => driver.role === 'storage');
    return (technique === 'ignore' || technique === 'veto') && storage;
  }

  private *startBus(device: Device, { vmbus: versions }: Protocols): Program<boolean> {
    if (!(yield* this.synthetic.connect(this.system.guestOsId, versions))) return false;
    for (const channel of this.synthetic.vmbus?.openable() ?? []) {
      const { offer } = channel;
      const title = Object.values(DEVICE_CLASS).find(({ guid }) => guid === offer.classGuid)?.title;
      device.children.push(new Device('synthetic', offerIds(offer), title ?? 'an offer', channel));
    }
    return true;
  }

  private *startStorage(
    device: Device,
    channel: NonNullable<Device['channel']>,
    { storage }: Protocols,
  ): Program<boolean> {
    const adapter = yield* this.synthetic.storage(channel, storage);
    if (!adapter) return false;
    for (const [i, { vendor, product }] of adapter.disks.entries()) {
      const disk = adapter.disk(i);
      device.children.push(new Device('synthetic', [ANY_DISK], `${vendor.trim()} ${product.trim()}`));
      if (channel.offer.classGuid === DEVICE_CLASS.IDE.guid)
        this.bootDisk ??= new BootDisk(disk, false, this.owners);
      else this.dataDisk ??= disk;
    }
    return true;
  }

  /** The accelerator of a disk whose filter stands on the stack already; else there is nobody who could use it before the next start. */
  private *bindFilter(device: Device, channel: NonNullable<Device['channel']>): Program {
    const installed = this.store.all.find(({ driver }) => driver.role === 'filter');
    if (!installed || device.state === 'working') return;
    device.driver = installed;
    const disk = this.ataDevice;
    const sameDisk = disk && this.ata && isFor(channel.offer.instanceGuid, 0, this.ata.device);
    if (!sameDisk || disk.filter === undefined || !this.bootDisk) {
      device.state = 'waits';
      return;
    }
    const protocols = packageById(installed.from)?.protocols;
    invariant(protocols, 'a filter comes with a package');
    const adapter = yield* this.synthetic.storage(channel, protocols.storage);
    const accelerator: BlockDriver | undefined = adapter?.disks.length ? adapter.disk(0) : undefined;
    device.state = accelerator ? 'working' : 'refused';
    if (!accelerator) return;
    this.bootDisk.divert(accelerator);
    this.diverted.add(disk);
  }
}

/** The instance of an accelerator’s offer says whose it is: channel in the first group, drive in the second. */
function isFor(instanceGuid: string, channel: number, drive: number): boolean {
  const [path, target] = instanceGuid.split('-').map((group) => Number.parseInt(group, 16));
  return path === channel && target === drive;
}
