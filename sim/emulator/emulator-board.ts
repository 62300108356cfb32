/**
 * Our IDE controller on the emulator's board. The emulator brings interrupt controllers and a PCI bus of its own; the controller's interrupts go
 * there, and its configuration space is shown in a slot that the emulator leaves free. So the kernel's own driver finds our PIIX4 as
 * 8086:7111 and talks to it by ports, as on a virtual machine of generation 1.
 *
 * The firmware is not that of Hyper-V and does not take a base address of 16 bits, as the data sheet has it. So the function appears when a kernel
 * has said who it is, with the settings that Hyper-V's firmware leaves.
 */
import type { Disk } from '../host/backends/disk.ts';
import type { DiskService } from '../host/backends/service.ts';
import type { DeviceNote } from '../host/devices/device-host.ts';
import { WorkerProcess } from '../host/worker.ts';
import type { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import type { Width } from '../machine/seam.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { GEN1_PCI, PCI_COMMAND, PCI_CONFIG } from '../wire/pci.ts';
import { PORTS } from '../wire/ports.ts';

/** Drives an interrupt line of the emulator's board. */
export type InterruptLine = (irq: number, level: boolean) => void;

/** Ports that are looked at before anybody else's. */
export interface PortFilter {
  /** Undefined: somebody else's. */
  in(port: number, width: Width): number | undefined;
  out(port: number, width: Width, value: number): boolean;
}

/** Slot of the function on the emulator's bus 0: device 30, function 0. */
const SLOT = { ADDRESS: 0x8000_f000, MASK: 0xffff_ff00 } as const;
const OWN = (0x8000_0000 | (GEN1_PCI.IDE.device << 11) | (GEN1_PCI.IDE.function << 8)) >>> 0;
const CONFIG_ADDRESS = PORTS.PCI_CONFIG_ADDRESS.first;
const CONFIG_DATA = PORTS.PCI_CONFIG_DATA.first;

/** The worker of an emulated guest: its interrupt lines end on the emulator's board. */
export class EmulatorBoard extends WorkerProcess implements PortFilter {
  /** Commands that reached a drive, by opcode. */
  readonly commands = new Map<number, number>();
  private readonly raise: InterruptLine;
  private address = 0;

  constructor(hypervisor: Hypervisor, partition: Partition, raise: InterruptLine) {
    super(hypervisor, partition);
    this.raise = raise;
    const theirs = [PORTS.PIC_MASTER, PORTS.PIC_SLAVE, PORTS.PIC_ELCR];
    for (const { first, count } of [...theirs, PORTS.PCI_CONFIG_ADDRESS, PORTS.PCI_CONFIG_DATA])
      this.release(first, count);
  }

  /** Puts a disk on the first cable, and does what firmware does: ports of the bus master, and permission to use them. */
  attachDisk(disk: Disk, service: DiskService): void {
    this.attachIde({ primary: [{ disk, service }] });
    const { first } = PORTS.IDE_BUS_MASTER;
    for (const [register, value] of [
      [PCI_CONFIG.BASE_ADDRESS_4, first],
      [PCI_CONFIG.COMMAND, PCI_COMMAND.IO | PCI_COMMAND.MASTER],
    ]) {
      this.pci.out(CONFIG_ADDRESS, 4, (OWN | register) >>> 0);
      this.pci.out(CONFIG_DATA, 4, value);
    }
  }

  override line(irq: number, level: boolean): void {
    this.raise(irq, level);
  }

  override note(kind: DeviceNote, a: number, b: number): void {
    if (kind === 'ide.command') this.commands.set(a, (this.commands.get(a) ?? 0) + 1);
    super.note(kind, a, b);
  }

  in(port: number, width: Width): number | undefined {
    if (!this.selected(port)) return undefined;
    this.pci.address = (OWN | (this.address & 0xfc)) >>> 0;
    return this.pci.in(port, width);
  }

  /** The address goes to the emulator's bus too. */
  out(port: number, width: Width, value: number): boolean {
    if (port === CONFIG_ADDRESS && width === 4) this.address = value >>> 0;
    if (!this.selected(port)) return false;
    this.pci.address = (OWN | (this.address & 0xfc)) >>> 0;
    this.pci.out(port, width, value);
    return true;
  }

  private selected(port: number): boolean {
    const ours = (this.address & SLOT.MASK) >>> 0 === SLOT.ADDRESS;
    if (!ours || port < CONFIG_DATA || port >= CONFIG_DATA + 4) return false;
    return this.partition.msrs.read(0, HV_X64_MSR.GUEST_OS_ID) !== 0n;
  }
}
