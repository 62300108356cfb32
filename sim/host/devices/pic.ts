/**
 * The pair of Intel 8259A interrupt controllers of a PC, cascaded through input 2 of the first one.
 *
 * Sources: Intel 8259A data sheet (initialisation and operation command words, fully nested mode, priority rotation, poll,
 * special mask, default IR7), 82371AB (PIIX4) data sheet (edge/level control registers 4D0h/4D1h).
 *
 * Ports: 20h/21h master, A0h/A1h slave, 4D0h/4D1h edge/level control. Every access is an intercept into the worker process.
 */
import type { PortHandler } from '../../machine/io.ts';

/** What one chip remembers. Plain data. */
export interface PicChipState {
  /** Interrupt requests latched from the inputs. */
  irr: number;
  /** Requests acknowledged by the processor and not ended yet. */
  isr: number;
  /** 1 = masked. */
  imr: number;
  /** Level of the eight inputs. */
  lines: number;
  /** 1 = the input is level triggered. */
  elcr: number;
  vectorBase: number;
  /** Which initialisation word is expected next on the odd port: 0 none, else 2, 3 or 4. */
  expects: 0 | 2 | 3 | 4;
  needsIcw4: boolean;
  single: boolean;
  autoEoi: boolean;
  rotateOnAutoEoi: boolean;
  specialMask: boolean;
  /** The even port returns ISR instead of IRR. */
  readIsr: boolean;
  poll: boolean;
  /** The input with the lowest priority; the next one up has the highest. */
  lowest: number;
}

/** State of the pair. */
export interface PicState {
  readonly chips: readonly [PicChipState, PicChipState];
}

/** Input of the master that carries the slave. */
export const CASCADE_INPUT = 2;
const ICW1 = 0x10;
const OCW3 = 0x08;
/** Inputs whose trigger is fixed to edge: 0, 1, 2 of the master and 8, 13 of the slave (82371AB). */
const ELCR_WRITABLE = [0xf8, 0xde] as const;

function powerOnChip(): PicChipState {
  return {
    irr: 0,
    isr: 0,
    imr: 0xff,
    lines: 0,
    elcr: 0,
    vectorBase: 0,
    expects: 0,
    needsIcw4: false,
    single: false,
    autoEoi: false,
    rotateOnAutoEoi: false,
    specialMask: false,
    readIsr: false,
    poll: false,
    lowest: 7,
  };
}

/** The input of the set `bits` with the highest priority, or -1 when the set is empty. */
function highest(chip: PicChipState, bits: number): number {
  if (bits === 0) return -1;
  for (let step = 1; step <= 8; step++) {
    const input = (chip.lowest + step) & 7;
    if (bits & (1 << input)) return input;
  }
  return -1;
}

/** Position of an input in the current priority order, 0 = highest. */
function rank(chip: PicChipState, input: number): number {
  return (input - chip.lowest - 1) & 7;
}

/** The request that may interrupt the processor now, or -1: unmasked, and above everything in service. */
function deliverable(chip: PicChipState): number {
  const request = highest(chip, chip.irr & ~chip.imr);
  if (request < 0) return -1;
  const inService = chip.specialMask ? chip.isr & ~chip.imr : chip.isr;
  const serving = highest(chip, inService);
  return serving < 0 || rank(chip, request) < rank(chip, serving) ? request : -1;
}

function setLine(chip: PicChipState, input: number, level: boolean): void {
  const bit = 1 << input;
  if (level) {
    if ((chip.lines & bit) === 0 || chip.elcr & bit) chip.irr |= bit;
    chip.lines |= bit;
  } else {
    // A request that goes away before it is acknowledged leaves nothing behind: the acknowledge cycle then finds no request
    // and answers with input 7 (data sheet, "default IR7").
    chip.irr &= ~bit;
    chip.lines &= ~bit;
  }
}

function endInterrupt(chip: PicChipState, input: number, rotate: boolean): void {
  if (input < 0) return;
  chip.isr &= ~(1 << input);
  if (rotate) chip.lowest = input;
}

/** The acknowledge cycle of one chip: moves the request to service and returns its input, or 7 when none is left. */
function acknowledgeChip(chip: PicChipState): number {
  const input = deliverable(chip);
  if (input < 0) return 7;
  const bit = 1 << input;
  if ((chip.elcr & bit) === 0) chip.irr &= ~bit;
  if (!chip.autoEoi) chip.isr |= bit;
  else if (chip.rotateOnAutoEoi) chip.lowest = input;
  return input;
}

function writeIcw1(chip: PicChipState, value: number): void {
  chip.expects = 2;
  chip.imr = 0;
  chip.isr = 0;
  // Edge sensing restarts: an input that is already high needs a new edge.
  chip.irr &= chip.elcr;
  chip.lowest = 7;
  chip.readIsr = false;
  chip.specialMask = false;
  chip.autoEoi = false;
  chip.rotateOnAutoEoi = false;
  chip.needsIcw4 = (value & 1) !== 0;
  chip.single = (value & 2) !== 0;
}

function writeOcw2(chip: PicChipState, value: number): void {
  const input = value & 7;
  const rotate = (value & 0x80) !== 0;
  const specific = (value & 0x40) !== 0;
  const end = (value & 0x20) !== 0;
  if (end) endInterrupt(chip, specific ? input : highest(chip, chip.isr), rotate);
  else if (specific && rotate) chip.lowest = input;
  else if (!specific) chip.rotateOnAutoEoi = rotate;
}

function writeOcw3(chip: PicChipState, value: number): void {
  if (value & 0x40) chip.specialMask = (value & 0x20) !== 0;
  if (value & 0x04) chip.poll = true;
  else if (value & 0x02) chip.readIsr = (value & 0x01) !== 0;
}

/** The even port: ICW1, OCW2 or OCW3, told apart by bits 4 and 3. */
function writeCommand(chip: PicChipState, value: number): void {
  if (value & ICW1) writeIcw1(chip, value);
  else if (value & OCW3) writeOcw3(chip, value);
  else writeOcw2(chip, value);
}

/** The odd port: the remaining initialisation words in order, then the mask. */
function writeData(chip: PicChipState, value: number): void {
  switch (chip.expects) {
    case 2:
      chip.vectorBase = value & 0xf8;
      chip.expects = chip.single ? (chip.needsIcw4 ? 4 : 0) : 3;
      break;
    case 3:
      chip.expects = chip.needsIcw4 ? 4 : 0;
      break;
    case 4:
      chip.autoEoi = (value & 2) !== 0;
      chip.expects = 0;
      break;
    default:
      chip.imr = value;
  }
}

/** Two cascaded 8259A. `onOutput` is told whenever the INT output to the processor changes. */
export class Pic implements PortHandler {
  readonly state: PicState = { chips: [powerOnChip(), powerOnChip()] };
  #output = false;
  readonly #onOutput: (level: boolean) => void;

  constructor(onOutput: (level: boolean) => void) {
    this.#onOutput = onOutput;
  }

  /** True while the pair asks for an acknowledge cycle. */
  get output(): boolean {
    return this.#output;
  }

  /** Puts back a state that was saved. Its output is where it was: nobody is told again. */
  load({ chips }: PicState): void {
    for (const i of [0, 1] as const) Object.assign(this.state.chips[i], chips[i]);
    this.#output = this.#wanted();
  }

  reset(): void {
    Object.assign(this.state.chips[0], powerOnChip());
    Object.assign(this.state.chips[1], powerOnChip());
    this.#settle();
  }

  /** Level of an ISA interrupt request, 0-15. Input 2 is the cascade and cannot be driven from outside. */
  line(irq: number, level: boolean): void {
    if (irq === CASCADE_INPUT) return;
    setLine(this.state.chips[irq >> 3], irq & 7, level);
    this.#settle();
  }

  /** The processor's acknowledge cycle: returns the vector. Without a request left it is input 7 of the chip asked. */
  acknowledge(): number {
    const [master, slave] = this.state.chips;
    const input = acknowledgeChip(master);
    const cascaded = input === CASCADE_INPUT && !master.single;
    const vector = cascaded ? slave.vectorBase | acknowledgeChip(slave) : master.vectorBase | input;
    this.#settle();
    return vector;
  }

  in(port: number): number {
    if (port >= 0x4d0) return this.state.chips[port & 1].elcr;
    const chip = this.state.chips[port >> 7];
    if (chip.poll) return this.#pollAnswer(chip);
    if (port & 1) return chip.imr;
    return chip.readIsr ? chip.isr : chip.irr;
  }

  out(port: number, _width: number, value: number): void {
    const byte = value & 0xff;
    if (port >= 0x4d0) this.state.chips[port & 1].elcr = byte & ELCR_WRITABLE[port & 1];
    else if (port & 1) writeData(this.state.chips[port >> 7], byte);
    else writeCommand(this.state.chips[port >> 7], byte);
    this.#settle();
  }

  /** Poll command: the next read acknowledges the request instead of the processor (bit 7 = there was one). */
  #pollAnswer(chip: PicChipState): number {
    chip.poll = false;
    const input = deliverable(chip);
    if (input < 0) return 0;
    acknowledgeChip(chip);
    this.#settle();
    return 0x80 | input;
  }

  #wanted(): boolean {
    const [master, slave] = this.state.chips;
    setLine(master, CASCADE_INPUT, deliverable(slave) >= 0);
    return deliverable(master) >= 0;
  }

  #settle(): void {
    const output = this.#wanted();
    if (output === this.#output) return;
    this.#output = output;
    this.#onOutput(output);
  }
}
