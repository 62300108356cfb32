/**
 * The IDE function of the PIIX4 in a generation 1 virtual machine: two cables with two drives each, at the legacy ports, with
 * bus-master registers wherever BAR4 puts them.
 *
 *   1F0h-1F7h, 3F6h  primary: command block, control      IRQ 14      1E0h  enlightened INT13
 *   170h-177h, 376h  secondary                            IRQ 15      160h
 *   BAR4 + 0…7 primary, + 8…15 secondary: bus master
 *
 * A guest's mistakes get a drive's answer: ABRT or IDNF in the error register, ones from an empty cable, silence from a register that
 * is not there. A wide access to a byte register sees that register in its low byte, zeros above.
 *
 * Sources: Intel 82371AB (PIIX4) data sheet; ATA/ATAPI-6; OpenVMM vm/devices/storage/ide/src/lib.rs.
 */
import type { PortHandler } from '../../machine/io.ts';
import type { Width } from '../../machine/seam.ts';
import { ATA_REG } from '../../wire/ata.ts';
import { IDE_CHANNELS } from '../../wire/ports.ts';
import type { DeviceHost } from './device-host.ts';
import { type CableOptions, IdeChannel, type SavedChannel } from './ide-channel.ts';
import { IdePci } from './ide-pci.ts';
import type { IdePciState, IdeState } from './ide-state.ts';

/** Which drives are attached: up to two per cable. */
export interface IdeOptions {
  readonly primary?: CableOptions;
  readonly secondary?: CableOptions;
}

/** The controller as it is saved. */
export type SavedIde = {
  readonly channels: readonly [SavedChannel, SavedChannel];
  readonly pci: IdePciState;
};

/** What the controller needs to be reached: port claims that come and go. */
export interface PortSpace {
  /** False, and nothing is claimed, when a port has an owner already. */
  claim(first: number, count: number, handler: PortHandler): boolean;
  release(first: number, count: number): void;
}

/** Ports of the bus-master block, both channels. */
const BUS_MASTER_PORTS = 16;

/** The eight ports of the command block. */
class CommandBlock implements PortHandler {
  readonly #channel: IdeChannel;
  readonly #host: DeviceHost;

  constructor(channel: IdeChannel, host: DeviceHost) {
    this.#channel = channel;
    this.#host = host;
  }

  in(port: number, width: Width): number {
    const register = port & 7;
    return register === ATA_REG.DATA ? this.#channel.dataIn(width) : this.#channel.readRegister(register);
  }

  out(port: number, width: Width, value: number): void {
    const register = port & 7;
    if (register === ATA_REG.DATA) this.#channel.dataOut(width, value);
    else this.#channel.writeRegister(register, value & 0xff);
  }

  inString(port: number, width: Width, gpa: number, count: number): number {
    const done = this.#reachable(width, gpa, count, true);
    if ((port & 7) === ATA_REG.DATA) this.#channel.dataInString(gpa, done * width);
    else for (let i = 0; i < done; i++) this.#store(gpa + i * width, width, this.in(port, width));
    return done;
  }

  outString(port: number, width: Width, gpa: number, count: number): number {
    const done = this.#reachable(width, gpa, count, false);
    if ((port & 7) === ATA_REG.DATA) this.#channel.dataOutString(gpa, done * width);
    else for (let i = 0; i < done; i++) this.out(port, width, this.#host.memory.u8[gpa + i * width]);
    return done;
  }

  /** Elements of a string access that lie in RAM; the instruction faults at the first one that does not. */
  #reachable(width: number, gpa: number, count: number, store: boolean): number {
    const { memory } = this.#host;
    const usable = (bytes: number) => (store ? memory.writable(gpa, bytes) : memory.valid(gpa, bytes));
    if (usable(count * width)) return count;
    let done = 0;
    while (done < count && usable((done + 1) * width)) done++;
    return done;
  }

  #store(gpa: number, width: number, value: number): void {
    for (let i = 0; i < width; i++) this.#host.memory.u8[gpa + i] = value >>> (8 * i);
  }
}

/** The controller: it owns the ports, the two cables and the PCI function. */
export class Ide {
  readonly channels: readonly [IdeChannel, IdeChannel];
  readonly pci: IdePci;
  readonly #host: DeviceHost;
  readonly #ports: PortSpace;
  readonly #busMasterPorts: PortHandler;
  /** First bus-master port while they answer. */
  #busMaster: number | undefined;

  constructor(options: IdeOptions, host: DeviceHost, ports: PortSpace) {
    this.#host = host;
    this.#ports = ports;
    this.channels = [
      new IdeChannel(0, options.primary ?? [], host),
      new IdeChannel(1, options.secondary ?? [], host),
    ];
    this.#busMasterPorts = this.#newBusMasterPorts();
    this.pci = new IdePci((port) => this.#mapBusMaster(port));
    this.#claimLegacy(0);
    this.#claimLegacy(1);
  }

  /** Everything that the controller remembers. */
  get state(): IdeState {
    return { channels: [this.channels[0].state, this.channels[1].state], pci: this.pci.state };
  }

  /** Puts back a state that was saved. Discs and disks are the machine's to bring. */
  load({ channels, pci }: SavedIde): void {
    this.pci.load(pci);
    this.channels[0].load(channels[0]);
    this.channels[1].load(channels[1]);
  }

  /** Everything that the controller and its drives remember, copied. Not while a drive is at work. */
  save(): SavedIde {
    const [first, second] = this.channels;
    return { channels: [first.save(), second.save()], pci: { ...this.pci.state } };
  }

  powerOn(): void {
    this.pci.powerOn();
    this.channels[0].powerOn();
    this.channels[1].powerOn();
  }

  #claimLegacy(number: 0 | 1): void {
    const channel = this.channels[number];
    const { command, control, int13 } = IDE_CHANNELS[number];
    this.#ports.claim(command, 8, new CommandBlock(channel, this.#host));
    this.#ports.claim(control, 1, {
      in: () => channel.currentStatus,
      out: (_port, _width, value) => channel.writeControl(value & 0xff),
    });
    this.#ports.claim(int13, 4, {
      in: (_port, width) => (width === 4 ? 0xffff_ffff : 2 ** (8 * width) - 1),
      out: (port, width, value) => {
        if (port === int13) channel.int13.out(width, value);
      },
    });
  }

  /** Moves the bus-master ports. Where a guest puts them on top of another device, that device goes on answering. */
  #mapBusMaster(port: number | undefined): void {
    if (port === this.#busMaster) return;
    if (this.#busMaster !== undefined) this.#ports.release(this.#busMaster, BUS_MASTER_PORTS);
    const claimed = port !== undefined && this.#ports.claim(port, BUS_MASTER_PORTS, this.#busMasterPorts);
    this.#busMaster = claimed ? port : undefined;
  }

  /** Sixteen ports that start at a multiple of sixteen: bit 3 tells the channels apart. */
  #newBusMasterPorts(): PortHandler {
    const channelAt = (port: number) => this.channels[(port >> 3) & 1];
    return {
      in: (port, width) => narrow(channelAt(port).busMaster.read(port & 7), width),
      out: (port, width, value) => {
        const channel = channelAt(port);
        channel.busMaster.write(port & 7, width, value);
        channel.settle();
      },
    };
  }
}

function narrow(value: number, width: Width): number {
  return width === 4 ? value >>> 0 : value & (2 ** (8 * width) - 1);
}
