/**
 * The real-time clock of a PC: an MC146818 at 70h and 71h with 128 bytes, and IRQ 8.
 *
 * Sources: Motorola MC146818A data sheet; 82371AB (PIIX4) data sheet, "Real time clock". The clock runs on the oscillator from the time
 * that it is given at power-on; no second passes unless the machine's own time does. Daylight saving (register B, bit 0) is kept but has
 * no effect, as in later chips.
 */
import type { Engine, Timer } from '../../core/engine.ts';
import type { PortHandler } from '../../machine/io.ts';
import {
  RTC_A,
  RTC_B,
  RTC_C,
  RTC_D_VALID,
  RTC_HZ,
  RTC_PORT,
  RTC_REG,
  RTC_UPDATE_TICKS,
} from '../../wire/pc-clocks.ts';
import type { RtcTime } from './rtc-time.ts';
import { alarmAt, readTime, secondsOf, writeTime } from './rtc-time.ts';
import { Ticks } from './ticks.ts';

const BYTES = 128;
const STATUS_BITS = RTC_C.PF | RTC_C.AF | RTC_C.UF;
/** The first update comes half a second after the divider has been let go. */
const AFTER_RESET = RTC_HZ / 2;
/** Seconds of alarms that are looked at one by one; an alarm comes once a day. */
const ALARMS = 86_400;

/** What the clock says when it starts, and who hears its interrupt. */
export interface RtcOptions {
  /** Time of day at power-on: midnight of 1 January 2008 when left out. */
  readonly time?: RtcTime;
  /** Told of every change of the interrupt output. */
  readonly irq?: (level: boolean) => void;
}

const MIDNIGHT: RtcTime = { year: 2008, month: 1, day: 1, hour: 0, minute: 0, second: 0 };

/** The clock and its memory, behind ports 70h and 71h. */
export class Rtc implements PortHandler {
  readonly #bytes = new Uint8Array(BYTES);
  readonly #ticks: Ticks;
  readonly #timer: Timer;
  readonly #irq: (level: boolean) => void;
  #index = 0;
  /** Flags of register C that have been seen up to `#seen`. */
  #flags = 0;
  /** Second that the time registers hold, counted from 1970, and the tick at which it began. */
  #second: number;
  #began = 0;
  /** Tick up to which flags and registers are current, and the tick from which the periodic rate counts. */
  #seen = 0;
  #level = false;

  constructor(engine: Engine, cpuHz: number, { time = MIDNIGHT, irq = () => undefined }: RtcOptions = {}) {
    this.#ticks = new Ticks(engine, cpuHz, RTC_HZ);
    this.#irq = irq;
    this.#timer = engine.timer('rtc', () => this.#settle());
    this.#bytes[RTC_REG.A] = RTC_A.RUNNING | 6;
    this.#bytes[RTC_REG.B] = RTC_B.HOURS_24;
    this.#bytes[RTC_REG.CENTURY] = Math.floor(time.year / 1000) * 16 + (Math.floor(time.year / 100) % 10);
    this.#second = secondsOf(time);
    writeTime(this.#bytes, this.#second, RTC_B.HOURS_24);
  }

  /** The RESET pin: interrupts off. The battery keeps time and memory. */
  reset(): void {
    this.#settle();
    this.#bytes[RTC_REG.B] &= ~(RTC_B.PIE | RTC_B.AIE | RTC_B.UIE | RTC_B.SQUARE_WAVE);
    this.#flags = 0;
    this.#index = 0;
    this.#settle();
  }

  /** Port 70h can only be written. */
  in(port: number): number {
    if (port !== RTC_PORT.DATA) return 0xff;
    this.#settle();
    switch (this.#index) {
      case RTC_REG.A:
        return this.#bytes[RTC_REG.A] | (this.#updating ? RTC_A.UIP : 0);
      case RTC_REG.C:
        return this.#readFlags();
      case RTC_REG.D:
        return RTC_D_VALID;
      default:
        return this.#bytes[this.#index];
    }
  }

  /** Bit 7 of port 70h masks NMI; it is no part of the index. */
  out(port: number, _width: number, value: number): void {
    const byte = value & 0xff;
    if (port !== RTC_PORT.DATA) {
      this.#index = byte & (BYTES - 1);
      return;
    }
    this.#settle();
    if (this.#index === RTC_REG.A) this.#writeA(byte);
    else if (this.#index === RTC_REG.B) this.#writeB(byte);
    else if (this.#index <= RTC_REG.YEAR) this.#writeTimeByte(byte);
    else if (this.#index > RTC_REG.D) this.#bytes[this.#index] = byte;
    this.#settle();
  }

  get #a(): number {
    return this.#bytes[RTC_REG.A];
  }

  get #b(): number {
    return this.#bytes[RTC_REG.B];
  }

  /** The divider runs at the crystal's frequency. */
  get #dividing(): boolean {
    return (this.#a & RTC_A.DIVIDER) === RTC_A.RUNNING;
  }

  /** Seconds pass. */
  get #running(): boolean {
    return this.#dividing && (this.#b & RTC_B.SET) === 0;
  }

  get #updating(): boolean {
    return this.#running && this.#ticks.now >= this.#began + RTC_HZ - RTC_UPDATE_TICKS;
  }

  /** Ticks between two periodic flags; 0 for none. Rates 1 and 2 are those of 8 and 9. */
  get #period(): number {
    const rate = this.#a & RTC_A.RATE;
    if (rate === 0 || !this.#dividing) return 0;
    return 1 << (rate < 3 ? rate + 6 : rate - 1);
  }

  #writeA(byte: number): void {
    const before = this.#dividing;
    this.#bytes[RTC_REG.A] = byte & ~RTC_A.UIP;
    if (!before && this.#dividing) this.#began = this.#ticks.now - (RTC_HZ - AFTER_RESET);
  }

  /** Setting SET stops the seconds and turns the update interrupt off; when it is cleared they go on from what is written. */
  #writeB(byte: number): void {
    const held = (this.#b & RTC_B.SET) !== 0;
    const holds = (byte & RTC_B.SET) !== 0;
    this.#bytes[RTC_REG.B] = holds ? byte & ~RTC_B.UIE : byte;
    // The divider does not stop: the next second is where it would have been.
    if (held && !holds) {
      const { now } = this.#ticks;
      this.#began += Math.floor((now - this.#began) / RTC_HZ) * RTC_HZ;
    }
  }

  #writeTimeByte(byte: number): void {
    // The uppermost bit of the seconds is always 0.
    this.#bytes[this.#index] = this.#index === RTC_REG.SECONDS ? byte & 0x7f : byte;
    const isAlarm = this.#index < RTC_REG.HOURS_ALARM + 1 && (this.#index & 1) === 1;
    if (!isAlarm) this.#second = readTime(this.#bytes, this.#century, this.#b);
  }

  /** The chip itself knows no century; this one tells leap years by the byte that the BIOS keeps. */
  get #century(): number {
    const byte = this.#bytes[RTC_REG.CENTURY];
    return (byte >> 4) * 10 + (byte & 0xf);
  }

  #readFlags(): number {
    const enabled = this.#b & this.#flags & STATUS_BITS;
    const value = this.#flags | (enabled ? RTC_C.IRQF : 0);
    this.#flags = 0;
    this.#settle();
    return value;
  }

  /** Brings seconds and flags up to now, drives the interrupt and looks ahead to the next one. */
  #settle(): void {
    const { now } = this.#ticks;
    const period = this.#period;
    if (period > 0 && Math.floor(now / period) > Math.floor(this.#seen / period)) this.#flags |= RTC_C.PF;
    if (this.#running) this.#pass(Math.floor((now - this.#began) / RTC_HZ));
    this.#seen = now;
    const level = (this.#b & this.#flags & STATUS_BITS) !== 0;
    if (level !== this.#level) {
      this.#level = level;
      this.#irq(level);
    }
    const due = level ? Infinity : this.#nextFlag(now, period);
    if (due === Infinity) this.#timer.cancel();
    else this.#timer.set(this.#ticks.when(due));
  }

  /** So many seconds have ended. */
  #pass(seconds: number): void {
    if (seconds <= 0) return;
    const looked = Math.min(seconds, ALARMS);
    for (let back = 0; back < looked && (this.#flags & RTC_C.AF) === 0; back++) {
      if (alarmAt(this.#bytes, this.#second + seconds - back, this.#b)) this.#flags |= RTC_C.AF;
    }
    this.#flags |= RTC_C.UF;
    this.#second += seconds;
    this.#began += seconds * RTC_HZ;
    writeTime(this.#bytes, this.#second, this.#b);
  }

  /** The tick of the next flag that interrupts. */
  #nextFlag(now: number, period: number): number {
    const periodic = this.#b & RTC_B.PIE && period > 0 ? (Math.floor(now / period) + 1) * period : Infinity;
    const update = this.#b & (RTC_B.UIE | RTC_B.AIE) && this.#running ? this.#began + RTC_HZ : Infinity;
    return Math.min(periodic, update);
  }
}
