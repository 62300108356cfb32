/**
 * PCI bus 0 behind configuration mechanism 1: an address register at CF8h and a data window at CFCh. Every access is an intercept
 * into the worker process.
 *
 * Source: PCI Local Bus Specification 3.0 §3.2.2.3.
 */
import type { PortHandler } from '../../machine/io.ts';
import type { Width } from '../../machine/seam.ts';
import {
  GEN1_PCI,
  PCI_CONFIG,
  PCI_HEADER_TYPE_MULTI_FUNCTION,
  type PciFunction,
  parseConfigAddress,
} from '../../wire/pci.ts';

/** One function's configuration space, in 32-bit registers. `register` is a byte offset, a multiple of 4. */
export interface PciConfigSpace {
  readConfig(register: number): number;
  /** `mask` has ones in the bits that the access touches. */
  writeConfig(register: number, value: number, mask: number): void;
}

/** A function that a guest can find but not configure: bridges. */
export class FixedPciFunction implements PciConfigSpace {
  readonly #description: PciFunction;
  readonly #headerType: number;

  constructor(description: PciFunction, options: { readonly multiFunction?: boolean } = {}) {
    this.#description = description;
    this.#headerType = options.multiFunction ? PCI_HEADER_TYPE_MULTI_FUNCTION : 0;
  }

  readConfig(register: number): number {
    return readIdentity(this.#description, register, this.#headerType);
  }

  writeConfig(): void {}
}

/** The read-only registers of any function: ids, class, header type. Everything else reads as zero. */
export function readIdentity(description: PciFunction, register: number, headerType = 0): number {
  const { vendorId, deviceId, classCode, progIf } = description;
  switch (register) {
    case PCI_CONFIG.VENDOR_ID:
      return ((deviceId << 16) | vendorId) >>> 0;
    case PCI_CONFIG.REVISION_ID:
      return ((classCode << 16) | (progIf << 8) | 1) >>> 0;
    case PCI_CONFIG.HEADER_TYPE & ~3:
      return headerType << 16;
    default:
      return 0;
  }
}

/** The bus with its host bridge and ISA bridge; other functions are added. */
export class PciBus implements PortHandler {
  /** CONFIG_ADDRESS as it was last written. */
  address = 0;
  readonly #functions = new Map<number, PciConfigSpace>();

  constructor() {
    this.add(GEN1_PCI.HOST_BRIDGE, new FixedPciFunction(GEN1_PCI.HOST_BRIDGE));
    this.add(GEN1_PCI.ISA_BRIDGE, new FixedPciFunction(GEN1_PCI.ISA_BRIDGE, { multiFunction: true }));
  }

  add(at: { readonly device: number; readonly function: number }, space: PciConfigSpace): void {
    this.#functions.set(at.device * 8 + at.function, space);
  }

  /** Nobody at the address: the bridge returns ones, which is how a guest sees an empty slot. */
  in(port: number, width: Width): number {
    const ones = width === 4 ? 0xffff_ffff : 2 ** (8 * width) - 1;
    if (port < 0xcfc) return width === 4 ? this.address : ones;
    const at = parseConfigAddress(this.address);
    const space = at && at.bus === 0 ? this.#functions.get(at.device * 8 + at.function) : undefined;
    if (at === undefined || space === undefined) return ones;
    return ((space.readConfig(at.register) >>> (8 * (port & 3))) & ones) >>> 0;
  }

  out(port: number, width: Width, value: number): void {
    if (port < 0xcfc) {
      if (width === 4) this.address = value >>> 0;
      return;
    }
    const at = parseConfigAddress(this.address);
    if (at === undefined || at.bus !== 0) return;
    const shift = 8 * (port & 3);
    const mask = width === 4 ? 0xffff_ffff : (2 ** (8 * width) - 1) << shift;
    this.#functions
      .get(at.device * 8 + at.function)
      ?.writeConfig(at.register, (value << shift) >>> 0, mask >>> 0);
  }
}
