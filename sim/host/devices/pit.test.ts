/** The 8254 by the tables of its data sheet. Time is counted in the counter's own ticks. */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../core/engine.ts';
import { PIT_HZ, SPEAKER } from '../../wire/pc-clocks.ts';
import { Pit } from './pit.ts';

const CYCLES = 100;

/** A counter on a bench: `at(n)` is the middle of tick n. */
class Bench {
  readonly engine = new Engine();
  readonly edges: [level: boolean, tick: number][] = [];
  readonly pit = new Pit(this.engine, PIT_HZ * CYCLES, (level) =>
    this.edges.push([level, Math.floor((this.engine.now + 1) / CYCLES)]),
  );

  at(tick: number): this {
    this.engine.advanceTo(tick * CYCLES + CYCLES / 2);
    return this;
  }

  out(port: number, ...bytes: number[]): this {
    for (const byte of bytes) this.pit.out(port, 1, byte);
    return this;
  }

  in(port: number): number {
    return this.pit.in(port);
  }

  word(port: number): number {
    return this.in(port) | (this.in(port) << 8);
  }

  /** Latched count of a counter that is read in two bytes. */
  count(counter: number): number {
    this.out(0x43, counter << 6);
    return this.word(0x40 + counter);
  }

  status(counter: number): number {
    this.out(0x43, 0xe0 | (2 << counter));
    return this.in(0x40 + counter);
  }

  out2(): boolean {
    return (this.in(0x61) & SPEAKER.OUT_2) !== 0;
  }
}

/** Counter 0, both bytes, in a mode. */
const control = (mode: number, counter = 0): number => (counter << 6) | 0x30 | (mode << 1);

describe('mode 0', () => {
  it('raises its output N + 1 clocks after the count was written, and counts on', () => {
    const bench = new Bench().at(10).out(0x43, control(0)).out(0x40, 100, 0);
    expect(bench.status(0)).toBe(0x40 | 0x30);
    bench.at(11);
    expect(bench.count(0)).toBe(100);
    bench.at(50);
    expect(bench.count(0)).toBe(61);
    bench.at(300);
    expect(bench.edges).toEqual([[true, 111]]);
    expect(bench.count(0)).toBe(0x1_0000 - 189);
    expect(bench.status(0)).toBe(0x80 | 0x30);
  });

  it('stops at the first byte of a new count', () => {
    const bench = new Bench().out(0x43, control(0)).out(0x40, 50, 0).at(20).out(0x40, 10);
    bench.at(200);
    expect(bench.edges).toEqual([]);
    bench.out(0x40, 0).at(300);
    expect(bench.edges).toEqual([[true, 211]]);
  });

  it('counts 65 536 when told 0', () => {
    const bench = new Bench().out(0x43, control(0)).out(0x40, 0, 0).at(70_000);
    expect(bench.edges).toEqual([[true, 0x1_0001]]);
  });
});

describe('mode 2', () => {
  it('lowers its output for the last clock of each period of N', () => {
    const bench = new Bench().out(0x43, control(2)).out(0x40, 4, 0).at(12);
    expect(bench.edges).toEqual([
      [true, 0],
      [false, 4],
      [true, 5],
      [false, 8],
      [true, 9],
      [false, 12],
    ]);
  });

  it('shows N down to 1', () => {
    const bench = new Bench().out(0x43, control(2)).out(0x40, 4, 0);
    expect([1, 2, 3, 4, 5].map((tick) => bench.at(tick).count(0))).toEqual([4, 3, 2, 1, 4]);
  });

  it('takes a new count at the end of the period, and says so', () => {
    const bench = new Bench().out(0x43, control(2)).out(0x40, 10, 0).at(3).out(0x40, 4, 0);
    expect(bench.status(0) & 0x40).toBe(0x40);
    expect(bench.at(10).count(0)).toBe(1);
    expect(bench.at(11).count(0)).toBe(4);
    expect(bench.status(0) & 0x40).toBe(0);
    expect(bench.at(15).count(0)).toBe(4);
  });
});

describe('mode 3', () => {
  it('halves the time: high for the longer half of an odd count, by twos', () => {
    const bench = new Bench().out(0x43, control(3)).out(0x40, 5, 0).at(11);
    expect(bench.edges).toEqual([
      [true, 0],
      [false, 4],
      [true, 6],
      [false, 9],
      [true, 11],
    ]);
    const other = new Bench().out(0x43, control(3)).out(0x40, 5, 0);
    expect([1, 2, 3, 4, 5, 6].map((tick) => other.at(tick).count(0))).toEqual([4, 2, 0, 4, 2, 4]);
    const even = new Bench().out(0x43, control(3)).out(0x40, 6, 0);
    expect([1, 2, 3, 4, 5, 6, 7].map((tick) => even.at(tick).count(0))).toEqual([6, 4, 2, 6, 4, 2, 6]);
  });

  it('takes a new count with the next half', () => {
    const bench = new Bench().out(0x43, control(3)).out(0x40, 20, 0).at(3).out(0x40, 8, 0).at(24);
    expect(bench.edges).toEqual([
      [true, 0],
      [false, 11],
      [true, 15],
      [false, 19],
      [true, 23],
    ]);
  });

  it('interrupts 18.2 times a second when the count is 0', () => {
    const bench = new Bench().out(0x43, control(3)).out(0x40, 0, 0).at(Math.floor(PIT_HZ));
    expect(bench.edges.filter(([level]) => level).length - 1).toBe(18);
  });
});

describe('modes 1, 4 and 5', () => {
  it('answer the gate of counter 2: a pulse of N clocks', () => {
    const bench = new Bench().out(0x43, control(1, 2)).out(0x42, 10, 0).at(5);
    expect(bench.out2()).toBe(true);
    bench.out(0x61, SPEAKER.GATE_2);
    expect(bench.at(6).out2()).toBe(false);
    expect(bench.at(15).out2()).toBe(false);
    expect(bench.at(16).out2()).toBe(true);
    // Another rise while it runs begins anew.
    bench.out(0x61, 0).out(0x61, SPEAKER.GATE_2).at(20).out(0x61, 0).out(0x61, SPEAKER.GATE_2);
    expect(bench.at(30).out2()).toBe(false);
    expect(bench.at(31).out2()).toBe(true);
  });

  it('strobe for one clock at the end: by the count, or by the gate', () => {
    const software = new Bench().out(0x43, control(4)).out(0x40, 5, 0).at(20);
    expect(software.edges).toEqual([
      [true, 0],
      [false, 6],
      [true, 7],
    ]);
    const hardware = new Bench().out(0x43, control(5, 2)).out(0x42, 5, 0).at(3).out(0x61, SPEAKER.GATE_2);
    expect([8, 9, 10].map((tick) => hardware.at(tick).out2())).toEqual([true, false, true]);
  });
});

describe('the gate by port 61h', () => {
  it('holds a count of mode 0 and lets it go on', () => {
    const bench = new Bench().out(0x43, control(0, 2)).out(0x42, 100, 0).at(10);
    expect(bench.count(2)).toBe(100);
    bench.out(0x61, SPEAKER.GATE_2).at(30).out(0x61, 0).at(200);
    expect(bench.count(2)).toBe(80);
    expect(bench.out2()).toBe(false);
    bench.out(0x61, SPEAKER.GATE_2).at(279);
    expect(bench.out2()).toBe(false);
    expect(bench.at(280).out2()).toBe(true);
  });

  it('stops modes 2 and 3 with the output high, and begins a new period', () => {
    const bench = new Bench().out(0x61, SPEAKER.GATE_2).out(0x43, control(2, 2)).out(0x42, 8, 0).at(6);
    bench.out(0x61, 0).at(8);
    expect(bench.out2()).toBe(true);
    bench.out(0x61, SPEAKER.GATE_2);
    expect(bench.at(9).count(2)).toBe(8);
    expect(bench.at(16).out2()).toBe(false);
  });

  it('shows what was written to its four lower bits, and the refresh toggling', () => {
    const bench = new Bench().out(0x61, 0xff);
    expect(bench.in(0x61) & 0x0f).toBe(0x0f);
    expect(bench.in(0x61) & 0xc0).toBe(0);
    const seen = new Set([0, 18, 36].map((tick) => bench.at(tick).in(0x61) & SPEAKER.REFRESH));
    expect(seen.size).toBe(2);
  });
});

describe('reading', () => {
  it('a latched count does not change until it is read, and a second latch is ignored', () => {
    const bench = new Bench().out(0x43, control(2)).out(0x40, 0xe8, 3).at(101).out(0x43, 0);
    bench.at(200).out(0x43, 0);
    expect(bench.word(0x40)).toBe(900);
    expect(bench.count(0)).toBe(801);
  });

  it('read-back gives status before count, of several counters at once', () => {
    const bench = new Bench()
      .out(0x43, control(2))
      .out(0x40, 0xe8, 3)
      .out(0x43, control(3, 1))
      .out(0x41, 100, 0);
    bench.at(11).out(0x43, 0xc6).at(500);
    expect(bench.in(0x40)).toBe(0x80 | 0x34);
    expect(bench.word(0x40)).toBe(990);
    expect(bench.in(0x41)).toBe(0x80 | 0x36);
    expect(bench.word(0x41)).toBe(80);
  });

  it('one byte only when programmed so', () => {
    const low = new Bench().out(0x43, 0x14).out(0x40, 200).at(51);
    expect([low.in(0x40), low.in(0x40)]).toEqual([150, 150]);
    const high = new Bench()
      .out(0x43, 0x24)
      .out(0x40, 2)
      .at(1 + 256);
    expect(high.in(0x40)).toBe(1);
  });

  it('counts in decimal digits', () => {
    const bench = new Bench()
      .out(0x43, control(2) | 1)
      .out(0x40, 0x00, 0x10)
      .at(2);
    expect(bench.count(0)).toBe(0x999);
    const most = new Bench()
      .out(0x43, control(0) | 1)
      .out(0x40, 0, 0)
      .at(10_050);
    expect(most.edges).toEqual([[true, 10_001]]);
  });

  it('nothing from the control port', () => {
    expect(new Bench().in(0x43)).toBe(0xff);
  });
});

it('costs no event when nobody listens', () => {
  const engine = new Engine();
  const pit = new Pit(engine, 3e9);
  for (const [port, byte] of [
    [0x43, 0x34],
    [0x40, 2],
    [0x40, 0],
  ])
    pit.out(port, 1, byte);
  engine.advanceTo(3e9);
  expect(engine.events).toBe(0);
});

it('forgets everything at a reset', () => {
  const bench = new Bench().out(0x43, control(3)).out(0x40, 100, 0).out(0x61, 3).at(10);
  bench.pit.reset();
  bench.at(1000);
  expect(bench.in(0x61) & 0x0f).toBe(0);
  expect(bench.edges).toEqual([
    [true, 0],
    [false, 10],
  ]);
});
