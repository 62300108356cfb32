/**
 * Which device answers which port and which stretch of memory. The table is dense, so that an access costs two loads.
 *
 * A port or an address that nobody claims behaves as on a PC: reads float high, writes vanish. The exit happens all the same, because
 * the worker intercepts every port.
 */
import { invariant } from '../core/errors.ts';
import { FLOATING_BUS } from '../wire/ports.ts';
import type { RouteId } from './routes.ts';
import { ROUTE } from './routes.ts';
import type { Width } from './seam.ts';

/**
 * Iterations of a string instruction that one exit may do; the guest executes the instruction again for the rest. Source: OpenVMM
 * `vm/x86/x86emu/src/emulator/rep.rs`.
 */
export const REP_ITERATION_CAP = 1024;

/** A device on ports. Values are unsigned and no wider than `width`. */
export interface PortHandler {
  in(port: number, width: Width): number;
  out(port: number, width: Width, value: number): void;
  /** REP INS into guest memory, at most `count` elements; returns how many. When absent, `in` is called for each element. */
  inString?(port: number, width: Width, gpa: number, count: number): number;
  /** REP OUTS from guest memory. When absent, `out` is called for each element. */
  outString?(port: number, width: Width, gpa: number, count: number): number;
}

/** A device in guest-physical address space. `gpa` is the address of the access, not an offset. */
export interface MmioHandler {
  read(gpa: number, width: Width): number;
  write(gpa: number, width: Width, value: number): void;
}

/** A bus that nobody drives. */
export const FLOATING: PortHandler & MmioHandler = {
  in: (_port, width) => FLOATING_BUS[width],
  out: () => undefined,
  read: (_gpa, width) => FLOATING_BUS[width],
  write: () => undefined,
};

/** A claimed stretch of guest-physical addresses. */
export interface MmioClaim {
  readonly first: number;
  /** First address beyond the claim. */
  readonly end: number;
  readonly route: number;
  readonly handler: MmioHandler;
}

const NOBODY = 0;
const NO_CLAIM: MmioClaim = { first: 0, end: Infinity, route: ROUTE['mmio-worker'], handler: FLOATING };

/** The claims of one partition on ports and on memory of devices. */
export class IoMap {
  /** Slot of each port; slot 0 is nobody's. */
  readonly slots: Uint16Array = new Uint16Array(0x1_0000);
  readonly handlers: PortHandler[] = [FLOATING];
  /** Route number of each slot. */
  readonly routes: number[] = [ROUTE['port-worker']];
  private readonly mmio: MmioClaim[] = [];

  /** Gives `count` ports from `first` to a device. Ports that are taken already are our own mistake. */
  claimPorts(first: number, count: number, route: RouteId, handler: PortHandler): void {
    invariant(
      first >= 0 && count > 0 && first + count <= 0x1_0000,
      `ports ${first} to ${first + count - 1} do not exist`,
    );
    invariant(
      this.slots.subarray(first, first + count).every((slot) => slot === NOBODY),
      `a port from ${first} to ${first + count - 1} has an owner already`,
    );
    this.slots.fill(this.handlers.length, first, first + count);
    this.handlers.push(handler);
    this.routes.push(ROUTE[route]);
  }

  /** The device behind a port. */
  handlerOf(port: number): PortHandler {
    return this.handlers[this.slots[port]];
  }

  /** Takes ports back, as when a device moves its base address. */
  releasePorts(first: number, count: number): void {
    this.slots.fill(NOBODY, first, first + count);
  }

  /** Gives `size` bytes of address space from `gpa` to a device. */
  claimMmio(gpa: number, size: number, route: RouteId, handler: MmioHandler): void {
    const end = gpa + size;
    invariant(
      this.mmio.every((claim) => end <= claim.first || gpa >= claim.end),
      `the address range at ${gpa} has an owner already`,
    );
    this.mmio.push({ first: gpa, end, route: ROUTE[route], handler });
  }

  /** Every stretch of addresses that a device answers. */
  get memoryClaims(): readonly MmioClaim[] {
    return this.mmio;
  }

  /** Who answers at this address. */
  mmioAt(gpa: number): MmioClaim {
    for (const claim of this.mmio) if (gpa >= claim.first && gpa < claim.end) return claim;
    return NO_CLAIM;
  }
}
