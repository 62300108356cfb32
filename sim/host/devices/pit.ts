/**
 * The timer/counters of a PC: an Intel 8254 at 40h to 43h, and port 61h, through which counter 2 is gated and its output read.
 *
 * Sources: Intel 82C54 data sheet; 82371AB (PIIX4) data sheet, "Counter/timers" and port 61h. Counter 0 drives IRQ 0; counter 1 once
 * timed the refresh of memory; counter 2 is the speaker's, and what guests measure their processor against.
 */
import type { Engine, Timer } from '../../core/engine.ts';
import type { PortHandler } from '../../machine/io.ts';
import { PIT_CONTROL, PIT_HZ, PIT_PORT, PIT_READ_BACK, SPEAKER } from '../../wire/pc-clocks.ts';
import { PitCounter } from './pit-counter.ts';
import { Ticks } from './ticks.ts';

/** The refresh bit toggles with every request of counter 1 as the BIOS sets it: 18 ticks, 15 us. */
const REFRESH_TICKS = 18;

/** Three counters behind ports 40h to 43h, and port 61h. */
export class Pit implements PortHandler {
  readonly #ticks: Ticks;
  #counters = newCounters();
  #speaker = 0;
  readonly #timer: Timer | undefined;
  readonly #irq: ((level: boolean) => void) | undefined;
  #level = false;

  /** `irq` is told of every change of counter 0's output; left out, the counter costs no event. */
  constructor(engine: Engine, cpuHz: number, irq?: (level: boolean) => void) {
    this.#ticks = new Ticks(engine, cpuHz, PIT_HZ);
    this.#irq = irq;
    this.#timer = irq && engine.timer('pit', () => this.#drive());
    this.#counters[2].setGate(false, 0);
  }

  /** Power-on state. What the data sheet leaves undefined is mode 0 without a count. */
  reset(): void {
    this.#counters = newCounters();
    this.#counters[2].setGate(false, this.#ticks.now);
    this.#speaker = 0;
    this.#drive();
  }

  in(port: number): number {
    const { now } = this.#ticks;
    if (port === PIT_PORT.SPEAKER) return this.#readSpeaker(now);
    return port === PIT_PORT.CONTROL ? 0xff : this.#counters[port & 3].read(now);
  }

  out(port: number, _width: number, value: number): void {
    const { now } = this.#ticks;
    const byte = value & 0xff;
    if (port === PIT_PORT.SPEAKER) this.#writeSpeaker(byte, now);
    else if (port === PIT_PORT.CONTROL) this.#control(byte, now);
    else this.#counters[port & 3].write(byte, now);
    this.#drive();
  }

  #control(word: number, now: number): void {
    const select = word >> PIT_CONTROL.SELECT_SHIFT;
    const access = (word >> PIT_CONTROL.ACCESS_SHIFT) & 3;
    if (select === PIT_CONTROL.READ_BACK) this.#readBack(word, now);
    else if (access === PIT_CONTROL.LATCH) this.#counters[select].latch(now);
    else {
      const mode = (word >> PIT_CONTROL.MODE_SHIFT) & 7;
      this.#counters[select].program(access, mode, (word & PIT_CONTROL.BCD) !== 0);
    }
  }

  /** Count and status of several counters at one moment. */
  #readBack(word: number, now: number): void {
    this.#counters.forEach((counter, index) => {
      if ((word & (2 << index)) === 0) return;
      if ((word & PIT_READ_BACK.NO_COUNT) === 0) counter.latch(now);
      if ((word & PIT_READ_BACK.NO_STATUS) === 0) counter.latchStatus(now);
    });
  }

  #readSpeaker(now: number): number {
    const refresh = Math.floor(now / REFRESH_TICKS) % 2 === 0 ? 0 : SPEAKER.REFRESH;
    return this.#speaker | refresh | (this.#counters[2].out(now) ? SPEAKER.OUT_2 : 0);
  }

  #writeSpeaker(byte: number, now: number): void {
    this.#speaker = byte & SPEAKER.WRITABLE;
    this.#counters[2].setGate((byte & SPEAKER.GATE_2) !== 0, now);
  }

  /** Brings IRQ 0 up to now, and comes back when it changes again. */
  #drive(): void {
    if (!this.#timer || !this.#irq) return;
    const { now } = this.#ticks;
    const [counter] = this.#counters;
    const level = counter.out(now);
    if (level !== this.#level) {
      this.#level = level;
      this.#irq(level);
    }
    const edge = counter.nextEdge(now);
    if (edge === Infinity) this.#timer.cancel();
    else this.#timer.set(this.#ticks.when(edge));
  }
}

const newCounters = (): [PitCounter, PitCounter, PitCounter] => [
  new PitCounter(),
  new PitCounter(),
  new PitCounter(),
];
