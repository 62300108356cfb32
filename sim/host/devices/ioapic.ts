/**
 * The I/O APIC: 24 inputs, each with a redirection entry that says which vector goes to which local APIC.
 *
 * Source: Intel 82093AA data sheet. The guest reaches it by memory-mapped I/O at FEC00000h: an index register at +00h and a data
 * window at +10h, so one register costs two MMIO intercepts into the worker process.
 */
import type { Width } from '../../machine/seam.ts';

/** Where the controller answers in guest-physical memory, and how much it claims. */
export const IOAPIC_BASE = 0xfec00000;
/** Bytes of that page. */
export const IOAPIC_BYTES = 0x1000;
/** Interrupt inputs. */
export const IOAPIC_INPUTS = 24;

const INDEX = 0x00;
const WINDOW = 0x10;
const REGISTER_ID = 0;
const REGISTER_VERSION = 1;
const REGISTER_ARBITRATION = 2;
const FIRST_ENTRY = 0x10;
/** Version 11h in bits 0-7, number of the last entry in bits 16-23. */
const VERSION = 0x11 | ((IOAPIC_INPUTS - 1) << 16);

const MASKED = 0x1_0000;
const LEVEL = 0x8000;
const REMOTE_IRR = 0x4000;
const ACTIVE_LOW = 0x2000;
const LOGICAL = 0x0800;
/** Delivery status and remote IRR belong to the controller; the guest cannot write them. */
const READ_ONLY = 0x5000;

/** Plain data: what the controller remembers. */
export interface IoApicState {
  id: number;
  index: number;
  /** Low and high halves of the redirection entries. */
  readonly low: number[];
  readonly high: number[];
  /** Electrical level of each input, before polarity. */
  readonly lines: boolean[];
}

/** What leaves the controller for the local APICs. */
export interface ApicMessage {
  readonly vector: number;
  /** 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT. */
  readonly mode: number;
  /** A local APIC id, or a set of logical destinations. */
  readonly destination: number;
  readonly logical: boolean;
  readonly level: boolean;
}

function powerOn(): IoApicState {
  return {
    id: 0,
    index: 0,
    low: new Array<number>(IOAPIC_INPUTS).fill(MASKED),
    high: new Array<number>(IOAPIC_INPUTS).fill(0),
    lines: new Array<boolean>(IOAPIC_INPUTS).fill(false),
  };
}

/** The controller. `deliver` is called once per interrupt message. */
export class IoApic {
  readonly state: IoApicState = powerOn();
  readonly #deliver: (message: ApicMessage) => void;

  constructor(deliver: (message: ApicMessage) => void) {
    this.#deliver = deliver;
  }

  reset(): void {
    Object.assign(this.state, powerOn());
  }

  /** Drives an input. An edge entry sends one message per rising edge, a level entry one per EOI while the line is up. */
  line(input: number, level: boolean): void {
    const { lines, low } = this.state;
    const before = lines[input];
    lines[input] = level;
    if (low[input] & LEVEL) this.#serveLevel(input);
    else if (this.#asserted(input, level) && !this.#asserted(input, before)) this.#serveEdge(input);
  }

  /** The local APIC ended a level-triggered interrupt with this vector: a line that is still up asks again. */
  endOfInterrupt(vector: number): void {
    const { low } = this.state;
    for (let input = 0; input < IOAPIC_INPUTS; input++) {
      if ((low[input] & (LEVEL | REMOTE_IRR | 0xff)) !== (LEVEL | REMOTE_IRR | vector)) continue;
      low[input] &= ~REMOTE_IRR;
      this.#serveLevel(input);
    }
  }

  /** MMIO load. Anything but the two registers reads as zero. */
  read(offset: number, _width: Width): number {
    if (offset === INDEX) return this.state.index;
    return offset === WINDOW ? this.#readRegister(this.state.index) : 0;
  }

  /** MMIO store. */
  write(offset: number, _width: Width, value: number): void {
    if (offset === INDEX) this.state.index = value & 0xff;
    else if (offset === WINDOW) this.#writeRegister(this.state.index, value >>> 0);
  }

  #readRegister(index: number): number {
    if (index === REGISTER_ID || index === REGISTER_ARBITRATION) return this.state.id << 24;
    if (index === REGISTER_VERSION) return VERSION;
    const entry = (index - FIRST_ENTRY) >> 1;
    if (entry < 0 || entry >= IOAPIC_INPUTS) return 0;
    return (index & 1 ? this.state.high[entry] : this.state.low[entry]) >>> 0;
  }

  #writeRegister(index: number, value: number): void {
    if (index === REGISTER_ID) {
      this.state.id = (value >>> 24) & 0x0f;
      return;
    }
    const entry = (index - FIRST_ENTRY) >> 1;
    if (entry < 0 || entry >= IOAPIC_INPUTS) return;
    const { low, high } = this.state;
    if (index & 1) {
      high[entry] = value;
      return;
    }
    low[entry] = (value & 0x1_ffff & ~READ_ONLY) | (low[entry] & READ_ONLY);
    if (value & LEVEL) this.#serveLevel(entry);
    else low[entry] &= ~REMOTE_IRR;
  }

  #asserted(input: number, level: boolean): boolean {
    return level !== ((this.state.low[input] & ACTIVE_LOW) !== 0);
  }

  /** A masked edge is lost, as on the chip: there is no latch behind the mask. */
  #serveEdge(input: number): void {
    if ((this.state.low[input] & MASKED) === 0) this.#send(input, false);
  }

  #serveLevel(input: number): void {
    const { low, lines } = this.state;
    if (low[input] & (MASKED | REMOTE_IRR) || !this.#asserted(input, lines[input])) return;
    low[input] |= REMOTE_IRR;
    this.#send(input, true);
  }

  #send(input: number, level: boolean): void {
    const { low, high } = this.state;
    this.#deliver({
      vector: low[input] & 0xff,
      mode: (low[input] >> 8) & 7,
      destination: high[input] >>> 24,
      logical: (low[input] & LOGICAL) !== 0,
      level,
    });
  }
}
