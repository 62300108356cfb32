/**
 * The keyboard controller of a PC with a keyboard on its first port and a mouse on its second: what a guest asks to find them, and one
 * interrupt for every byte.
 *
 * Left out: translation to another scan code set, LEDs, typing rates, the mouse's movements; what is not known is acknowledged.
 *
 * Sources: IBM PS/2 Hardware Interface Technical Reference (commands); OpenVMM `vm/devices/chipset/src/i8042`.
 */
import type { PortHandler } from '../../machine/io.ts';
import type { Width } from '../../machine/seam.ts';
import { I8042_COMMAND, I8042_STATUS, PS2 } from '../../wire/i8042.ts';
import { IRQ, PORTS } from '../../wire/ports.ts';

const STATUS_PORT = PORTS.I8042_STATUS.first;
/** Bytes that a device keeps while the guest does not read. */
const MOST_BYTES = 16;

interface Waiting {
  readonly byte: number;
  readonly mouse: boolean;
}

/** Ports 60h and 64h. */
export class I8042 implements PortHandler {
  /** Bytes for which there was no room. */
  lost = 0;
  readonly #line: (irq: number, level: boolean) => void;
  #queue: Waiting[] = [];
  #config = 0;
  /** The command whose data byte comes next at port 60h. */
  #pending = 0;

  /** `line` drives IRQ 1 and IRQ 12. */
  constructor(line: (irq: number, level: boolean) => void) {
    this.#line = line;
  }

  reset(): void {
    this.#queue = [];
    this.#config = 0;
    this.#pending = 0;
    this.#show();
  }

  /** Somebody presses a key: its make code goes to the guest. */
  press(scanCode: number): void {
    this.#send(scanCode, false);
  }

  in(port: number, _width: Width): number {
    if (port === STATUS_PORT) return this.#status();
    const next = this.#queue.shift();
    this.#lower();
    this.#show();
    return next?.byte ?? 0;
  }

  out(port: number, _width: Width, value: number): void {
    const byte = value & 0xff;
    if (port === STATUS_PORT) this.#command(byte);
    else this.#data(byte);
  }

  #status(): number {
    const [next] = this.#queue;
    if (!next) return I8042_STATUS.SYSTEM;
    return I8042_STATUS.SYSTEM | I8042_STATUS.OUTPUT_FULL | (next.mouse ? I8042_STATUS.FROM_MOUSE : 0);
  }

  #command(command: number): void {
    this.#pending = 0;
    if (command === I8042_COMMAND.SELF_TEST) this.#send(PS2.SELF_TEST_PASSED, false);
    else if (command === I8042_COMMAND.READ_CONFIG) this.#send(this.#config, false);
    else if (command === I8042_COMMAND.TEST_KEYBOARD || command === I8042_COMMAND.TEST_MOUSE)
      this.#send(0, false);
    else if (command === I8042_COMMAND.WRITE_CONFIG || command === I8042_COMMAND.TO_MOUSE)
      this.#pending = command;
  }

  #data(byte: number): void {
    const pending = this.#pending;
    this.#pending = 0;
    if (pending === I8042_COMMAND.WRITE_CONFIG) {
      this.#config = byte;
      this.#show();
    } else this.#device(byte, pending === I8042_COMMAND.TO_MOUSE);
  }

  #device(byte: number, mouse: boolean): void {
    this.#send(PS2.ACKNOWLEDGE, mouse);
    if (byte === PS2.RESET) this.#send(PS2.RESET_PASSED, mouse);
    if (byte === PS2.IDENTIFY) for (const id of mouse ? PS2.MOUSE_ID : PS2.KEYBOARD_ID) this.#send(id, mouse);
  }

  #send(byte: number, mouse: boolean): void {
    if (this.#queue.length >= MOST_BYTES) {
      this.lost++;
      return;
    }
    this.#queue.push({ byte, mouse });
    if (this.#queue.length === 1) this.#show();
  }

  /** One edge for each byte, where the guest has switched interrupts on. */
  #show(): void {
    const [next] = this.#queue;
    if (!next) this.#lower();
    else if (this.#config & (next.mouse ? 2 : 1)) this.#line(next.mouse ? IRQ.MOUSE : IRQ.KEYBOARD, true);
  }

  #lower(): void {
    this.#line(IRQ.KEYBOARD, false);
    this.#line(IRQ.MOUSE, false);
  }
}
