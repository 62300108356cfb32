/** The MC146818 by its data sheet. */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../core/engine.ts';
import { RTC_A, RTC_B, RTC_C, RTC_HZ, RTC_REG } from '../../wire/pc-clocks.ts';
import type { RtcOptions } from './rtc.ts';
import { Rtc } from './rtc.ts';
import { secondsOf, timeOf } from './rtc-time.ts';

const CYCLES = 1000;
const HZ = RTC_HZ * CYCLES;

class Bench {
  readonly engine = new Engine();
  readonly levels: [level: boolean, tick: number][] = [];
  readonly rtc: Rtc;

  constructor(options: RtcOptions = {}) {
    const irq = (level: boolean) => this.levels.push([level, Math.round(this.engine.now / CYCLES)]);
    this.rtc = new Rtc(this.engine, HZ, { irq, ...options });
  }

  after(seconds: number): this {
    this.engine.advanceTo(this.engine.now + Math.round(seconds * HZ));
    return this;
  }

  read(index: number): number {
    this.rtc.out(0x70, 1, index);
    return this.rtc.in(0x71);
  }

  write(index: number, value: number): this {
    this.rtc.out(0x70, 1, index);
    this.rtc.out(0x71, 1, value);
    return this;
  }

  /** Hours, minutes, seconds. */
  time(): number[] {
    return [RTC_REG.HOURS, RTC_REG.MINUTES, RTC_REG.SECONDS].map((index) => this.read(index));
  }

  date(): number[] {
    return [RTC_REG.YEAR, RTC_REG.MONTH, RTC_REG.DAY, RTC_REG.DAY_OF_WEEK].map((index) => this.read(index));
  }
}

const NEW_YEARS_EVE = { year: 2007, month: 12, day: 31, hour: 23, minute: 59, second: 58 };

describe('the time of day', () => {
  it('goes with the machine, digit by digit, over the end of a year', () => {
    const bench = new Bench({ time: NEW_YEARS_EVE });
    expect(bench.time()).toEqual([0x23, 0x59, 0x58]);
    expect(bench.date()).toEqual([0x07, 0x12, 0x31, 2]);
    bench.after(2.01);
    expect(bench.time()).toEqual([0, 0, 0]);
    expect(bench.date()).toEqual([0x08, 0x01, 0x01, 3]);
  });

  it('knows leap years by the century in memory', () => {
    const leap = { year: 2000, month: 2, day: 28, hour: 23, minute: 59, second: 59 };
    expect(new Bench({ time: leap }).after(1.01).date()).toEqual([0x00, 0x02, 0x29, 3]);
    const none = { ...leap, year: 2100 };
    expect(new Bench({ time: none }).after(1.01).date()).toEqual([0x00, 0x03, 0x01, 2]);
    expect(new Bench({ time: none }).read(RTC_REG.CENTURY)).toBe(0x21);
  });

  it('is written in binary and with 12 hours when register B says so', () => {
    const bench = new Bench({ time: { ...NEW_YEARS_EVE, hour: 12 } });
    bench.write(RTC_REG.B, RTC_B.SET | RTC_B.BINARY).write(RTC_REG.HOURS, 12 | 0x80);
    bench
      .write(RTC_REG.MINUTES, 59)
      .write(RTC_REG.SECONDS, 59)
      .write(RTC_REG.DAY, 31)
      .write(RTC_REG.MONTH, 12);
    bench.write(RTC_REG.YEAR, 7).write(RTC_REG.B, RTC_B.BINARY).after(1.01);
    expect(bench.time()).toEqual([1 | 0x80, 0, 0]);
    expect(bench.after(11 * 3600).time()).toEqual([12, 0, 0]);
  });

  it('stands still while SET is set, and goes on from what was written', () => {
    const bench = new Bench().after(10.3).write(RTC_REG.B, RTC_B.SET | RTC_B.HOURS_24);
    bench.after(100);
    expect(bench.time()).toEqual([0, 0, 0x10]);
    bench.write(RTC_REG.SECONDS, 0x30).write(RTC_REG.B, RTC_B.HOURS_24);
    // The divider went on: the next second is where it would have been.
    expect(bench.after(0.65).time()).toEqual([0, 0, 0x30]);
    expect(bench.after(0.06).time()).toEqual([0, 0, 0x31]);
  });

  it('begins half a second after the divider is let go', () => {
    const bench = new Bench().write(RTC_REG.A, 0x70).after(5);
    expect(bench.time()).toEqual([0, 0, 0]);
    bench.write(RTC_REG.A, RTC_A.RUNNING);
    expect(bench.after(0.49).time()).toEqual([0, 0, 0]);
    expect(bench.after(0.02).time()).toEqual([0, 0, 1]);
  });
});

describe('update in progress', () => {
  it('is said from 2 228 us before the second changes', () => {
    const bench = new Bench();
    const uip = (tick: number): number => {
      bench.engine.advanceTo(tick * CYCLES + 1);
      return bench.read(RTC_REG.A) & RTC_A.UIP;
    };
    expect(uip(RTC_HZ - 74)).toBe(0);
    expect(uip(RTC_HZ - 73)).toBe(RTC_A.UIP);
    expect(uip(RTC_HZ - 1)).toBe(RTC_A.UIP);
    expect(uip(RTC_HZ)).toBe(0);
    expect(bench.read(RTC_REG.SECONDS)).toBe(1);
  });

  it('is not said while SET holds the clock', () => {
    const bench = new Bench().write(RTC_REG.B, RTC_B.SET).after(0.999);
    expect(bench.read(RTC_REG.A) & RTC_A.UIP).toBe(0);
  });
});

describe('register C', () => {
  it('collects flags without an interrupt, and is cleared by reading', () => {
    const bench = new Bench().after(1.5);
    expect(bench.read(RTC_REG.C)).toBe(RTC_C.UF | RTC_C.PF);
    expect(bench.read(RTC_REG.C)).toBe(0);
    expect(bench.levels).toEqual([]);
  });

  it('holds the interrupt until it is read', () => {
    const bench = new Bench().write(RTC_REG.B, RTC_B.UIE | RTC_B.HOURS_24).after(2.5);
    expect(bench.levels).toEqual([[true, RTC_HZ]]);
    expect(bench.read(RTC_REG.C) & (RTC_C.IRQF | RTC_C.UF)).toBe(RTC_C.IRQF | RTC_C.UF);
    bench.after(1);
    expect(bench.levels.map(([level]) => level)).toEqual([true, false, true]);
  });
});

describe('the periodic interrupt', () => {
  it.each([
    [3, 8192],
    [6, 1024],
    [15, 2],
    [1, 256],
    [2, 128],
  ])('of rate %i comes %i times a second', (rate, perSecond) => {
    let raised = 0;
    const bench: Bench = new Bench({
      irq: (level) => {
        if (level) raised++;
      },
    });
    bench.write(RTC_REG.A, RTC_A.RUNNING | rate).write(RTC_REG.B, RTC_B.PIE | RTC_B.HOURS_24);
    for (let i = 0; i < 2 * 8192; i++) {
      bench.engine.advanceTo((i + 1) * 4 * CYCLES + 1);
      bench.read(RTC_REG.C);
    }
    expect(raised).toBe(2 * perSecond);
  });

  it('does not come at rate 0, nor with the divider held', () => {
    const bench = new Bench().write(RTC_REG.B, RTC_B.PIE).write(RTC_REG.A, RTC_A.RUNNING).after(2);
    expect(bench.read(RTC_REG.C) & RTC_C.PF).toBe(0);
    bench.write(RTC_REG.A, 0x76).after(2);
    expect(bench.levels).toEqual([]);
    expect(bench.engine.nextDue).toBe(Infinity);
  });
});

describe('the alarm', () => {
  it('comes at its second of the day', () => {
    const bench = new Bench();
    bench
      .write(RTC_REG.HOURS_ALARM, 0x01)
      .write(RTC_REG.MINUTES_ALARM, 0x02)
      .write(RTC_REG.SECONDS_ALARM, 0x03);
    bench.write(RTC_REG.B, RTC_B.AIE | RTC_B.HOURS_24).after(4000);
    expect(bench.levels).toEqual([[true, 3723 * RTC_HZ]]);
    expect(bench.read(RTC_REG.C) & RTC_C.AF).toBe(RTC_C.AF);
    expect(bench.read(RTC_REG.HOURS_ALARM)).toBe(0x01);
  });

  it('means any value by two set bits', () => {
    const bench = new Bench();
    for (const index of [RTC_REG.HOURS_ALARM, RTC_REG.MINUTES_ALARM]) bench.write(index, 0xff);
    bench.write(RTC_REG.SECONDS_ALARM, 0x05).write(RTC_REG.B, RTC_B.AIE | RTC_B.HOURS_24);
    for (let minute = 0; minute < 3; minute++) bench.after(60).read(RTC_REG.C);
    expect(bench.levels.filter(([level]) => level).map(([, tick]) => tick / RTC_HZ)).toEqual([5, 65, 125]);
  });

  it('is seen when days have passed without a look', () => {
    const bench = new Bench().write(RTC_REG.HOURS_ALARM, 0x12).after(3 * 86_400);
    expect(bench.read(RTC_REG.C) & RTC_C.AF).toBe(RTC_C.AF);
    expect(bench.date()).toEqual([0x08, 0x01, 0x04, 6]);
  });
});

describe('memory and ports', () => {
  it('keeps 114 bytes over a reset, which turns the interrupts off', () => {
    const bench = new Bench().write(0x0e, 0xa5).write(0x7f, 0x5a).write(RTC_REG.B, 0x7a);
    bench.rtc.reset();
    expect([bench.read(0x0e), bench.read(0x7f), bench.read(RTC_REG.B)]).toEqual([0xa5, 0x5a, 0x02]);
  });

  it('takes bit 7 of the index for the NMI mask, and cannot be asked for it', () => {
    const bench = new Bench().write(0x8e, 0x11);
    expect(bench.read(0x0e)).toBe(0x11);
    expect(bench.rtc.in(0x70)).toBe(0xff);
  });

  it('says that the battery holds, and cannot be told otherwise', () => {
    expect(new Bench().write(RTC_REG.D, 0).read(RTC_REG.D)).toBe(0x80);
    expect(new Bench().write(RTC_REG.A, 0xff).read(RTC_REG.A)).toBe(0x7f);
  });

  it('survives any byte in any register', () => {
    const bench = new Bench();
    for (let index = 0; index < 128; index++)
      for (const byte of [0x00, 0x7f, 0x80, 0xff]) bench.write(index, byte).after(0.7).read(index);
    expect(bench.read(RTC_REG.D)).toBe(0x80);
  });
});

it('counts days as the calendar does', () => {
  for (let day = -800; day < 60_000; day += 13) {
    const time = timeOf(day * 86_400 + 3661);
    const date = new Date((day * 86_400 + 3661) * 1000);
    expect([time.year, time.month, time.day]).toEqual([
      date.getUTCFullYear(),
      date.getUTCMonth() + 1,
      date.getUTCDate(),
    ]);
    expect(secondsOf(time)).toBe(day * 86_400 + 3661);
  }
});
