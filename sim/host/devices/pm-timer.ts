/**
 * The ACPI power management timer: counts 3.579 545 MHz and never stops, 24 or 32 bits wide.
 *
 * Sources: ACPI specification, "Power Management Timer", "PM1 Event Grouping"; 82371AB (PIIX4) data sheet, power management registers.
 * Of the PM1 event registers only the timer's bit is here: set whenever the counter's uppermost bit changes, cleared by writing 1.
 */
import type { Engine, Timer } from '../../core/engine.ts';
import type { PortHandler } from '../../machine/io.ts';
import type { Width } from '../../machine/seam.ts';
import { PM_BASE, PM_REG, PM_TIMER_HZ, PM_TMR } from '../../wire/pc-clocks.ts';
import { Ticks } from './ticks.ts';

/** How wide the timer is, and who hears its interrupt. */
export interface PmTimerOptions {
  /** 24 when left out, as PIIX4 has it. */
  readonly bits?: 24 | 32;
  /** Told of every change of the system control interrupt. */
  readonly sci?: (level: boolean) => void;
}

/** The timer and its bit of the event registers, behind twelve ports from 400h. */
export class PmTimer implements PortHandler {
  readonly #ticks: Ticks;
  readonly #timer: Timer;
  readonly #sci: (level: boolean) => void;
  readonly #size: number;
  #enabled = 0;
  /** Half rounds of the counter that have been taken note of. */
  #seen = 0;
  #status = 0;
  #level = false;

  constructor(engine: Engine, cpuHz: number, { bits = 24, sci = () => undefined }: PmTimerOptions = {}) {
    this.#ticks = new Ticks(engine, cpuHz, PM_TIMER_HZ);
    this.#timer = engine.timer('pm-timer', () => this.#settle());
    this.#size = 2 ** bits;
    this.#sci = sci;
  }

  /** A reset clears status and enable; the count goes on. */
  reset(): void {
    this.#settle();
    this.#status = 0;
    this.#enabled = 0;
    this.#settle();
  }

  in(port: number, width: Width): number {
    this.#settle();
    return lanes(this.#register((port - PM_BASE) & ~3), port & 3, width);
  }

  out(port: number, width: Width, value: number): void {
    this.#settle();
    const offset = port - PM_BASE;
    if (offset === PM_REG.STATUS) this.#status &= ~(value & PM_TMR);
    if (offset === PM_REG.ENABLE) this.#enabled = value & PM_TMR;
    if (offset === PM_REG.STATUS && width === 4) this.#enabled = (value >>> 16) & PM_TMR;
    this.#settle();
  }

  /** Four bytes of registers. The timer can only be read; bits beyond its width are 0. */
  #register(offset: number): number {
    if (offset === PM_REG.TIMER) return this.#ticks.now % this.#size;
    return offset === PM_REG.STATUS ? this.#status | (this.#enabled << 16) : 0;
  }

  #settle(): void {
    const half = this.#size / 2;
    const halves = Math.floor(this.#ticks.now / half);
    if (halves > this.#seen) this.#status |= PM_TMR;
    this.#seen = halves;
    const level = (this.#status & this.#enabled) !== 0;
    if (level !== this.#level) {
      this.#level = level;
      this.#sci(level);
    }
    if (this.#enabled && !level) this.#timer.set(this.#ticks.when((halves + 1) * half));
    else this.#timer.cancel();
  }
}

/** The bytes of a register that an access of `width` bytes at byte `at` sees. */
function lanes(value: number, at: number, width: Width): number {
  const bits = Math.floor(value / 2 ** (8 * at));
  return width === 4 ? bits : bits % 2 ** (8 * width);
}
