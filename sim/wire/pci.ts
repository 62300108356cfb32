/**
 * PCI configuration space as the guest of a generation 1 machine sees it: header offsets, the address register, known functions.
 *
 * Sources: PCI Local Bus Specification 3.0 §3.2.2.3 and §6.1; Intel 82371AB (PIIX4) datasheet §4; ids from Linux `include/linux/pci_ids.h`.
 */

/** Offsets in a type 0 configuration header. */
export const PCI_CONFIG = {
  VENDOR_ID: 0x00,
  DEVICE_ID: 0x02,
  COMMAND: 0x04,
  STATUS: 0x06,
  REVISION_ID: 0x08,
  CLASS_PROG: 0x09,
  CLASS_DEVICE: 0x0a,
  HEADER_TYPE: 0x0e,
  BASE_ADDRESS_0: 0x10,
  BASE_ADDRESS_4: 0x20,
  SUBSYSTEM_VENDOR_ID: 0x2c,
  SUBSYSTEM_ID: 0x2e,
  INTERRUPT_LINE: 0x3c,
  INTERRUPT_PIN: 0x3d,
} as const;

/** Bits of the command register. */
export const PCI_COMMAND = { IO: 0x1, MEMORY: 0x2, MASTER: 0x4 } as const;
/** Bit 0 of a base address: it is a port, not memory. */
export const PCI_BASE_ADDRESS_SPACE_IO = 0x1;
/** Header type bit: the device has more than one function. */
export const PCI_HEADER_TYPE_MULTI_FUNCTION = 0x80;

/** One function on bus 0. */
export interface PciFunction {
  readonly device: number;
  readonly function: number;
  readonly vendorId: number;
  readonly deviceId: number;
  /** Class and subclass, 16 bits. */
  readonly classCode: number;
  readonly progIf: number;
  readonly title: string;
}

/** The functions of a generation 1 machine. */
export const GEN1_PCI = {
  HOST_BRIDGE: {
    device: 0,
    function: 0,
    vendorId: 0x8086,
    deviceId: 0x7192,
    classCode: 0x0600,
    progIf: 0,
    title: 'i440BX host bridge',
  },
  ISA_BRIDGE: {
    device: 7,
    function: 0,
    vendorId: 0x8086,
    deviceId: 0x7110,
    classCode: 0x0601,
    progIf: 0,
    title: 'PIIX4 ISA bridge',
  },
  IDE: {
    device: 7,
    function: 1,
    vendorId: 0x8086,
    deviceId: 0x7111,
    classCode: 0x0101,
    progIf: 0x80,
    title: 'PIIX4 IDE',
  },
  POWER: {
    device: 7,
    function: 3,
    vendorId: 0x8086,
    deviceId: 0x7113,
    classCode: 0x0680,
    progIf: 0,
    title: 'PIIX4 power management',
  },
  VIDEO: {
    device: 8,
    function: 0,
    vendorId: 0x1414,
    deviceId: 0x5353,
    classCode: 0x0300,
    progIf: 0,
    title: 'Hyper-V video',
  },
  LEGACY_NIC: {
    device: 10,
    function: 0,
    vendorId: 0x1011,
    deviceId: 0x0009,
    classCode: 0x0200,
    progIf: 0,
    title: 'DEC 21140 network adapter',
  },
} as const satisfies Record<string, PciFunction>;

/** PIIX4 IDE: offsets of the timing registers; bit 15 enables a channel's port decode. */
export const PIIX4_IDE = {
  IDETIM_PRIMARY: 0x40,
  IDETIM_SECONDARY: 0x42,
  UDMACTL: 0x48,
  DECODE_ENABLE: 0x8000,
} as const;

/** The four parts of an address written to port CF8. */
export interface ConfigAddress {
  readonly bus: number;
  readonly device: number;
  readonly function: number;
  /** Byte offset in the header, a multiple of 4. */
  readonly register: number;
}

/** Takes a CF8 value apart; `undefined` when the enable bit 31 is clear. */
export function parseConfigAddress(value: number): ConfigAddress | undefined {
  if (value >>> 31 === 0) return undefined;
  return {
    bus: (value >>> 16) & 0xff,
    device: (value >>> 11) & 0x1f,
    function: (value >>> 8) & 7,
    register: value & 0xfc,
  };
}

/** Builds a CF8 value. */
export function configAddress(at: ConfigAddress): number {
  return ((1 << 31) | (at.bus << 16) | (at.device << 11) | (at.function << 8) | (at.register & 0xfc)) >>> 0;
}
