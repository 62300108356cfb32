/**
 * Port map and interrupt lines of a generation 1 virtual machine: a PC with an i440BX and PIIX4. Generation 2 has a few of the devices, and
 * one of its own: that of its firmware.
 *
 * Sources: Intel 82371AB (PIIX4) datasheet; OpenVMM `Guide/src/reference/emulated/legacy_x86`, `vm/devices/storage/ide/src/lib.rs`
 * (1E0/160, the enlightened INT13 ports).
 */

/** A block of ports that one device answers. */
export interface PortRange {
  readonly first: number;
  readonly count: number;
  readonly device: string;
}

/** Where each emulated device listens. */
export const PORTS = {
  PIC_MASTER: { first: 0x20, count: 2, device: '8259A, master' },
  UEFI: { first: 0x28, count: 8, device: 'UEFI firmware device (generation 2)' },
  PIT: { first: 0x40, count: 4, device: '8254 timer' },
  I8042_DATA: { first: 0x60, count: 1, device: 'i8042 data' },
  PORT_61: { first: 0x61, count: 1, device: 'speaker gate, NMI status' },
  I8042_STATUS: { first: 0x64, count: 1, device: 'i8042 status and command' },
  RTC: { first: 0x70, count: 2, device: 'clock and CMOS memory' },
  POST: { first: 0x80, count: 1, device: 'power-on self test code; used as a delay' },
  PIC_SLAVE: { first: 0xa0, count: 2, device: '8259A, slave' },
  INT13_SECONDARY: { first: 0x160, count: 4, device: 'enlightened INT13, secondary IDE channel' },
  IDE_SECONDARY: { first: 0x170, count: 8, device: 'IDE secondary command block' },
  INT13_PRIMARY: { first: 0x1e0, count: 4, device: 'enlightened INT13, primary IDE channel' },
  IDE_PRIMARY: { first: 0x1f0, count: 8, device: 'IDE primary command block' },
  COM2: { first: 0x2f8, count: 8, device: '16550 serial port 2' },
  IDE_SECONDARY_CONTROL: {
    first: 0x376,
    count: 1,
    device: 'IDE secondary alternate status and device control',
  },
  VGA: { first: 0x3c0, count: 0x1b, device: 'VGA registers' },
  FLOPPY: { first: 0x3f0, count: 6, device: 'floppy controller' },
  IDE_PRIMARY_CONTROL: { first: 0x3f6, count: 1, device: 'IDE primary alternate status and device control' },
  COM1: { first: 0x3f8, count: 8, device: '16550 serial port 1' },
  PIC_ELCR: { first: 0x4d0, count: 2, device: '8259A edge/level control' },
  PCI_CONFIG_ADDRESS: { first: 0xcf8, count: 4, device: 'PCI configuration address' },
  PCI_CONFIG_DATA: { first: 0xcfc, count: 4, device: 'PCI configuration data' },
  IDE_BUS_MASTER: { first: 0xffa0, count: 16, device: 'PIIX4 bus master IDE (BAR4 as the BIOS sets it)' },
} as const satisfies Record<string, PortRange>;

/** Interrupt lines. */
export const IRQ = {
  PIT: 0,
  KEYBOARD: 1,
  CASCADE: 2,
  COM2: 3,
  COM1: 4,
  FLOPPY: 6,
  RTC: 8,
  SCI: 9,
  MOUSE: 12,
  IDE_PRIMARY: 14,
  IDE_SECONDARY: 15,
} as const;

/** Ports, interrupt line and bus-master offset of one IDE channel. */
export interface IdeChannelPorts {
  readonly command: number;
  readonly control: number;
  readonly int13: number;
  readonly irq: number;
  /** Offset in the bus-master block. */
  readonly busMaster: number;
}

/** The two IDE channels: primary, secondary. */
export const IDE_CHANNELS: readonly [IdeChannelPorts, IdeChannelPorts] = [
  { command: 0x1f0, control: 0x3f6, int13: 0x1e0, irq: 14, busMaster: 0 },
  { command: 0x170, control: 0x376, int13: 0x160, irq: 15, busMaster: 8 },
];

/** Where the local APIC and the first IO-APIC answer memory accesses. */
export const MMIO = { IOAPIC: 0xfec0_0000, LOCAL_APIC: 0xfee0_0000 } as const;
/** Offsets of local APIC registers that this simulator serves. */
export const APIC_REG = {
  ID: 0x20,
  VERSION: 0x30,
  TPR: 0x80,
  PPR: 0xa0,
  EOI: 0xb0,
  LDR: 0xd0,
  DFR: 0xe0,
  SVR: 0xf0,
  ISR: 0x100,
  TMR: 0x180,
  IRR: 0x200,
  ESR: 0x280,
  ICR_LOW: 0x300,
  ICR_HIGH: 0x310,
  LVT_TIMER: 0x320,
  LVT_THERMAL: 0x330,
  LVT_PERFORMANCE: 0x340,
  LVT_LINT0: 0x350,
  LVT_LINT1: 0x360,
  LVT_ERROR: 0x370,
  TIMER_INITIAL: 0x380,
  TIMER_CURRENT: 0x390,
  TIMER_DIVIDE: 0x3e0,
  /** x2APIC mode only. */
  SELF_IPI: 0x3f0,
} as const;

/** What an IN from a port that nobody claims returns, per width in bytes: the bus floats high. */
export const FLOATING_BUS = { 1: 0xff, 2: 0xffff, 4: 0xffff_ffff } as const;
