/**
 * One of the three counters of an 8254.
 *
 * Source: Intel 82C54 data sheet, "Mode definitions" and "Operation common to all modes". Nothing counts here: count and output follow
 * from the tick at which the count was loaded, so a counter that nobody looks at costs nothing.
 */
import { PIT_STATUS } from '../../wire/pc-clocks.ts';

/** Never. */
const NEVER = Infinity;

/** Registers and state of one counter. Times are ticks of its clock and never decrease from call to call. */
export class PitCounter {
  mode = 0;
  /** 1: low byte, 2: high byte, 3: low byte, then high byte. */
  access = 3;
  bcd = false;
  /** The count register: what was written last. */
  private written = 0;
  /** Half a count, while the other byte is awaited. */
  private half = -1;
  /** The count that is counted down, 0 before the first. */
  private count = 0;
  /** Tick at which the counting element held `count`. */
  private start = NEVER;
  /** A count that waits to be loaded, and when it will be. */
  private next = 0;
  private loads = NEVER;
  /** Tick at which the gate went low; NEVER while it is high. */
  private heldAt = NEVER;
  private gate = true;
  private latched: number[] = [];
  private status = -1;
  private highNext = false;

  /** A control word: the output goes to its first state and the counter waits for a count. */
  program(access: number, mode: number, bcd: boolean): void {
    this.access = access;
    this.mode = mode > 5 ? mode - 4 : mode;
    this.bcd = bcd;
    this.written = 0;
    this.half = -1;
    this.start = NEVER;
    this.next = 0;
    this.loads = NEVER;
    this.heldAt = NEVER;
    this.latched = [];
    this.status = -1;
    this.highNext = false;
  }

  /** A byte of the count. */
  write(byte: number, now: number): void {
    this.settle(now);
    if (this.access === 1) this.load(byte, now);
    else if (this.access === 2) this.load(byte << 8, now);
    else if (this.half < 0) {
      this.half = byte;
      // In mode 0 the first byte stops the count and lowers the output.
      if (this.mode === 0) this.start = NEVER;
    } else {
      this.load(this.half | (byte << 8), now);
      this.half = -1;
    }
  }

  /** A byte of the status, of the latched count, or of the count as it runs. */
  read(now: number): number {
    this.settle(now);
    if (this.status >= 0) {
      const { status } = this;
      this.status = -1;
      return status;
    }
    const latched = this.latched.shift();
    if (latched !== undefined) return latched;
    const value = this.shown(now);
    if (this.access === 1) return value & 0xff;
    if (this.access === 2) return value >> 8;
    this.highNext = !this.highNext;
    return this.highNext ? value & 0xff : value >> 8;
  }

  /** Holds the count for the next reads. One that is held already stays. */
  latch(now: number): void {
    this.settle(now);
    if (this.latched.length > 0) return;
    const value = this.shown(now);
    const bytes = [value & 0xff, value >> 8];
    this.latched = this.access === 3 ? bytes : [bytes[this.access - 1]];
    this.highNext = false;
  }

  /** Holds the status for the next read. */
  latchStatus(now: number): void {
    this.settle(now);
    if (this.status >= 0) return;
    this.status =
      (this.out(now) ? PIT_STATUS.OUT : 0) |
      (this.isNull(now) ? PIT_STATUS.NULL_COUNT : 0) |
      (this.access << 4) |
      (this.mode << 1) |
      (this.bcd ? 1 : 0);
  }

  /** The gate input. Modes 0 and 4 stop while it is low; 2 and 3 stop and begin anew; 1 and 5 begin at its rise. */
  setGate(level: boolean, now: number): void {
    this.settle(now);
    if (level === this.gate) return;
    this.gate = level;
    if (this.mode === 1 || this.mode === 5) {
      if (level && this.written > 0) this.begin(this.wide(this.written), now + 1);
      return;
    }
    if (!level) this.heldAt = this.start === NEVER ? now : Math.max(now, this.start);
    else this.goOn(now);
  }

  /** The output pin at a tick. */
  out(now: number): boolean {
    this.settle(now);
    const passed = this.passed(now);
    const { count, mode } = this;
    if (passed < 0) return mode !== 0;
    if (mode === 0 || mode === 1) return passed >= count;
    if (mode === 2) return !this.gate || passed % count !== count - 1;
    if (mode === 3) return !this.gate || passed % count < this.highHalf(count);
    return passed !== count;
  }

  /** The next tick after `now` at which the output changes; Infinity when it will not. */
  nextEdge(now: number): number {
    this.settle(now);
    const at = this.edge(now);
    if (this.loads <= now || this.loads > at) return at;
    return this.loads;
  }

  private edge(now: number): number {
    const { count, mode, start } = this;
    if (start === NEVER || this.heldAt !== NEVER) return NEVER;
    const passed = this.passed(now);
    if (passed < 0 && mode > 1)
      return start + (mode === 2 ? count - 1 : mode === 3 ? this.highHalf(count) : count);
    if (mode <= 1) return passed < 0 && mode === 1 ? start : passed < count ? start + count : NEVER;
    if (mode >= 4) return passed < count ? start + count : passed === count ? start + count + 1 : NEVER;
    const first = mode === 2 ? count - 1 : this.highHalf(count);
    const inPeriod = passed % count;
    return start + passed - inPeriod + (inPeriod < first ? first : count);
  }

  /** A whole count has been written. */
  private load(value: number, now: number): void {
    this.written = value === 0 ? 0x1_0000 : value;
    const count = this.wide(this.written);
    if (this.mode === 1 || this.mode === 5) return;
    const runs = this.start !== NEVER && (this.mode === 2 || this.mode === 3);
    if (!runs) {
      this.begin(count, now + 1);
      if (!this.gate) this.heldAt = this.start;
      return;
    }
    // Periodic modes finish the period, or the half of it, before they take the new count.
    this.next = count;
    this.loads = this.heldAt !== NEVER ? NEVER : this.mode === 2 ? this.periodEnd(now) : this.edge(now);
  }

  private begin(count: number, at: number): void {
    this.count = this.mode === 2 || this.mode === 3 ? Math.max(2, count) : count;
    this.start = at;
    this.loads = NEVER;
    this.next = 0;
  }

  /** The gate is high again. */
  private goOn(now: number): void {
    const held = this.heldAt;
    this.heldAt = NEVER;
    if (this.start === NEVER) return;
    if (this.mode === 2 || this.mode === 3) this.begin(this.wide(this.written), now + 1);
    else this.start += now - held;
  }

  /** A count that waited is loaded once its time has come. */
  private settle(now: number): void {
    if (this.loads > now) return;
    const at = this.loads;
    // In mode 3 the new count begins with the half that is due now: after a high half comes a low one.
    const low = this.mode === 3 && (at - this.start) % this.count !== 0;
    this.begin(this.next, at);
    if (low) this.start = at - this.highHalf(this.count);
  }

  private isNull(now: number): boolean {
    return this.start === NEVER || this.next > 0 || this.start > now;
  }

  /** Ticks since the count was loaded; negative before. A low gate stops them. */
  private passed(now: number): number {
    if (this.start === NEVER) return -1;
    const until = this.heldAt === NEVER ? now : Math.min(now, this.heldAt);
    return until - this.start;
  }

  private periodEnd(now: number): number {
    const passed = Math.max(0, this.passed(now));
    return this.start + passed - (passed % this.count) + this.count;
  }

  private highHalf(count: number): number {
    return Math.ceil(count / 2);
  }

  /** The counting element as it is read: 16 bits, binary or four decimal digits. */
  private shown(now: number): number {
    const value = this.element(now);
    return this.bcd ? toBcd(value % 10_000) : value & 0xffff;
  }

  private element(now: number): number {
    const passed = this.passed(now);
    const { count, mode } = this;
    if (passed < 0) return this.start === NEVER ? 0 : count;
    if (mode === 2) return count - (passed % count);
    if (mode === 3) {
      const inPeriod = passed % count;
      const high = this.highHalf(count);
      return count - (count & 1) - 2 * (inPeriod < high ? inPeriod : inPeriod - high);
    }
    const wrap = this.bcd ? 10_000 : 0x1_0000;
    return (((count - passed) % wrap) + wrap) % wrap;
  }

  /** What a written count means: zero is the largest. */
  private wide(value: number): number {
    if (!this.bcd) return value;
    return value === 0x1_0000 ? 10_000 : fromBcd(value);
  }
}

function toBcd(value: number): number {
  let bcd = 0;
  for (let digit = 0, left = value; digit < 4; digit++, left = Math.floor(left / 10)) {
    bcd |= (left % 10) << (4 * digit);
  }
  return bcd;
}

function fromBcd(bcd: number): number {
  let value = 0;
  for (let digit = 3; digit >= 0; digit--) value = 10 * value + ((bcd >> (4 * digit)) & 0xf);
  return value;
}
