/**
 * The emulated devices that a machine really has, read off its own table of ports: how many ports each answers, and how often the guest
 * came to it. This is the surface of the worker process: every one of these accesses is served by a device model in it.
 */
import type { IoMap, PortHandler } from '../machine/io.ts';
import type { Width } from '../machine/seam.ts';
import { PM_BASE, PM_REG } from '../wire/pc-clocks.ts';
import type { PortRange } from '../wire/ports.ts';
import { PORTS } from '../wire/ports.ts';

const PM_PORTS: PortRange = { first: PM_BASE, count: PM_REG.TIMER + 4, device: 'power management timer' };

/** Which ranges belong to one device. */
const DEVICES: Readonly<Record<string, readonly PortRange[]>> = {
  'IDE controller': [
    PORTS.IDE_PRIMARY,
    PORTS.IDE_PRIMARY_CONTROL,
    PORTS.INT13_PRIMARY,
    PORTS.IDE_SECONDARY,
    PORTS.IDE_SECONDARY_CONTROL,
    PORTS.INT13_SECONDARY,
    PORTS.IDE_BUS_MASTER,
  ],
  'PCI bus': [PORTS.PCI_CONFIG_ADDRESS, PORTS.PCI_CONFIG_DATA],
  'Interrupt controllers': [PORTS.PIC_MASTER, PORTS.PIC_SLAVE, PORTS.PIC_ELCR],
  'Timer/counters': [PORTS.PIT, PORTS.PORT_61],
  'Real-time clock': [PORTS.RTC],
  'Power management timer': [PM_PORTS],
  'UEFI device': [PORTS.UEFI],
};

const OTHER = 'Others';
const I_O_APIC = 'I/O APIC';

/** One device of the table. */
export interface DeviceRow {
  readonly device: string;
  /** Ports that it answers. */
  readonly ports: number;
  /** Bytes of address space that it answers. */
  readonly bytes: number;
  /** Port accesses that reached it; a string instruction is one. */
  readonly accesses: number;
}

/** Passes every access on, and counts it. */
class CountedPorts implements PortHandler {
  accesses = 0;
  private readonly handler: PortHandler;
  readonly inString?: PortHandler['inString'];
  readonly outString?: PortHandler['outString'];

  constructor(handler: PortHandler) {
    this.handler = handler;
    const { inString, outString } = handler;
    if (inString)
      this.inString = (...access) => {
        this.accesses++;
        return inString.apply(handler, access);
      };
    if (outString)
      this.outString = (...access) => {
        this.accesses++;
        return outString.apply(handler, access);
      };
  }

  in(port: number, width: Width): number {
    this.accesses++;
    return this.handler.in(port, width);
  }

  out(port: number, width: Width, value: number): void {
    this.accesses++;
    this.handler.out(port, width, value);
  }
}

/**
 * Puts a counter before every device that is on its ports now. What claims ports later, such as a bus master that the guest moves, is
 * listed and not counted.
 */
export class DeviceTable {
  private readonly io: IoMap;
  private readonly counted = new Map<number, CountedPorts>();

  constructor(io: IoMap) {
    this.io = io;
    for (let slot = 1; slot < io.handlers.length; slot++) {
      const counter = new CountedPorts(io.handlers[slot]);
      this.counted.set(slot, counter);
      io.handlers[slot] = counter;
    }
  }

  /** The devices that this machine has, by ports as the guest has set them by now. */
  rows(): DeviceRow[] {
    const { slots } = this.io;
    const ports = new Map<string, number>();
    const slotsOf = new Map<string, Set<number>>();
    for (let port = 0; port < slots.length; port++) {
      if (slots[port] === 0) continue;
      const device = deviceAt(port);
      ports.set(device, (ports.get(device) ?? 0) + 1);
      slotsOf.set(device, (slotsOf.get(device) ?? new Set()).add(slots[port]));
    }
    const rows = [...ports].map(([device, count]) => ({
      device,
      ports: count,
      bytes: 0,
      accesses: this.accesses(slotsOf.get(device)),
    }));
    return [...rows.sort((a, b) => b.ports - a.ports), ...this.memoryRows()];
  }

  private accesses(slots: Iterable<number> = []): number {
    return [...slots].reduce((sum, slot) => sum + (this.counted.get(slot)?.accesses ?? 0), 0);
  }

  private memoryRows(): DeviceRow[] {
    return this.io.memoryClaims.map(({ first, end }) => ({
      device: I_O_APIC,
      ports: 0,
      bytes: end - first,
      accesses: 0,
    }));
  }
}

function deviceAt(port: number): string {
  const holds = ({ first, count }: PortRange): boolean => port >= first && port < first + count;
  return Object.keys(DEVICES).find((name) => DEVICES[name].some(holds)) ?? OTHER;
}
