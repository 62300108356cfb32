/** The rules of the TLFS about synthetic timers, one by one: "Timers", sections as named. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { HVMSG } from '../wire/synic-constants.ts';
import { Cpu } from './cpu.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';
import { CATCH_UP, LEAST_PERIOD } from './stimer.ts';

const CONFIG = HV_X64_MSR.STIMER0_CONFIG;
const COUNT = HV_X64_MSR.STIMER0_COUNT;
const SIMP = 0x3000;
const VECTOR = 0xed;
const slot = (sint: number): number => SIMP + sint * 256;
/** CONFIG values. */
const ENABLE = 1n;
const PERIODIC = 2n;
const LAZY = 4n;
const AUTO = 8n;
const DIRECT = (1n << 12n) | (BigInt(VECTOR) << 4n);
const SINT2 = 2n << 16n;
/** A millisecond. */
const MS = 10_000;
const TICKS = 300;

/** A machine whose timers interrupt a simulated processor; with `shared`, one logical processor for it and a busy neighbour. */
class Bench {
  readonly hypervisor: Hypervisor;
  readonly partition: Partition;
  readonly cpu: Cpu;
  /** Reference times at which the guest took the vector. */
  readonly taken: number[] = [];

  constructor(options: { shared?: boolean; cycles?: number } = {}) {
    this.hypervisor = new Hypervisor({
      era: '2020',
      ...(options.shared ? { logicalProcessors: 1, timeSlice: 10 * MS * TICKS } : {}),
    });
    this.partition = this.hypervisor.createPartition({ memory: 1024 * 1024, features: { apicv: true } });
    this.cpu = new Cpu(this.partition);
    for (const vector of [VECTOR, 0xf3]) {
      this.cpu.onVector(vector, () => this.handler(options.cycles ?? 0));
    }
    this.write(HV_X64_MSR.SIMP, BigInt(SIMP | 1));
    this.write(HV_X64_MSR.SINT2, 0xf3n);
    this.write(HV_X64_MSR.SCONTROL, 1n);
  }

  get now(): number {
    return this.partition.referenceTime();
  }

  /** As if the guest had written it just now: no exit, which would need its program. */
  write(index: number, value: bigint): boolean {
    return this.partition.msrs.write(0, index, value);
  }

  read(index: number): bigint {
    return this.partition.msrs.read(0, index) as bigint;
  }

  start(config: bigint, count: bigint): void {
    this.write(COUNT, count);
    this.write(CONFIG, config | ENABLE);
  }

  /** Runs until reference time `at`. Something is to come after it always: a program that never waits must find an end. */
  until(at: number): void {
    const { engine } = this.partition;
    engine.timer('end', () => undefined).set(at * TICKS + 1);
    engine.run(at * TICKS);
  }

  /** A guest that computes without end, and ends the interrupts that it takes. */
  compute(): void {
    this.cpu.run(busy(this.cpu));
  }

  private *handler(cycles: number): Program {
    this.taken.push(this.now);
    if (cycles > 0) yield* this.cpu.compute(cycles);
    const message = slot(2);
    if (this.partition.memory.read32(message) !== HVMSG.NONE) {
      const pending = (this.partition.memory.u8[message + 5] & 1) !== 0;
      this.partition.memory.write32(message, HVMSG.NONE);
      if (pending) yield* this.cpu.wrmsr(HV_X64_MSR.EOM, 0n);
    }
    yield* this.cpu.eoi();
  }
}

function* busy(cpu: Cpu): Program {
  for (;;) yield* cpu.compute(1_000_000_000);
}

/** Distances between neighbours. */
const gaps = (times: readonly number[]): number[] => times.slice(1).map((at, n) => at - times[n]);

describe('Synthetic Timers', () => {
  it('a signal never comes before the expiration time, at rates that are no whole number either', () => {
    for (const era of ['2008', '2012', '2020'] as const) {
      const partition = new Hypervisor({ era }).createPartition({ memory: 1024 * 1024 });
      const times: number[] = [];
      partition.attachInterrupts({ inject: () => times.push(partition.referenceTime()) });
      partition.writeMsr(0, HV_X64_MSR.SIMP, BigInt(SIMP | 1));
      partition.writeMsr(0, HV_X64_MSR.SINT2, 0xf3n);
      partition.writeMsr(0, HV_X64_MSR.SCONTROL, 1n);
      for (const count of [101n, 12_345n, 777_777n]) {
        partition.writeMsr(0, CONFIG, SINT2 | AUTO);
        partition.writeMsr(0, COUNT, count);
        partition.engine.run();
        partition.memory.write32(slot(2), 0);
        expect(times.pop()).toBe(Number(count));
      }
    }
  });
});

describe('Synthetic Timer Configuration Register', () => {
  it('is 0 when a processor is created, and after a reset', () => {
    const bench = new Bench();
    for (let timer = 0; timer < 4; timer++) expect(bench.read(CONFIG + 2 * timer)).toBe(0n);
    bench.start(PERIODIC | SINT2, 5000n);
    bench.partition.reset();
    expect([bench.read(CONFIG), bench.read(COUNT)]).toEqual([0n, 0n]);
  });

  it.each([13, 14, 15, 20, 40, 63])('bit %i is reserved: #GP, and nothing changes', (bit) => {
    const bench = new Bench();
    expect(bench.write(CONFIG, 1n << BigInt(bit))).toBe(false);
    expect(bench.read(CONFIG)).toBe(0n);
  });

  it('AutoEnable: a count that is not zero enables', () => {
    const bench = new Bench();
    bench.write(CONFIG, AUTO | SINT2);
    bench.write(COUNT, BigInt(bench.now + MS));
    expect(bench.read(CONFIG) & ENABLE).toBe(ENABLE);
  });

  it('without AutoEnable a count enables nothing', () => {
    const bench = new Bench();
    bench.write(CONFIG, SINT2);
    bench.write(COUNT, 10n);
    bench.until(MS);
    expect([bench.read(CONFIG), bench.partition.counters.total('timers')]).toEqual([SINT2, 0]);
  });

  it('a one-shot timer is disabled when it expires, a periodic one is not', () => {
    const bench = new Bench();
    bench.start(SINT2, BigInt(bench.now + 100));
    bench.until(MS);
    expect(bench.read(CONFIG)).toBe(SINT2);
    bench.start(SINT2 | PERIODIC, 1000n);
    bench.until(3 * MS);
    expect(bench.read(CONFIG)).toBe(SINT2 | PERIODIC | ENABLE);
  });

  it('a one-shot timer whose count is in the past expires immediately', () => {
    const bench = new Bench();
    bench.compute();
    bench.until(MS);
    bench.start(DIRECT, 5n);
    bench.until(MS + 100);
    expect(bench.taken.length).toBe(1);
    expect(bench.taken[0]).toBeLessThan(MS + 20);
  });

  it('SINTx 0 disables a timer at once, but not a direct one; AutoEnable is no way around', () => {
    const bench = new Bench();
    bench.write(CONFIG, ENABLE | AUTO);
    expect(bench.read(CONFIG)).toBe(AUTO);
    bench.write(COUNT, 10n);
    expect(bench.read(CONFIG)).toBe(AUTO);
    bench.write(CONFIG, ENABLE | DIRECT);
    expect(bench.read(CONFIG) & ENABLE).toBe(ENABLE);
  });
});

describe('Synthetic Timer Count Register', () => {
  it.each([
    ['with AutoEnable', AUTO],
    ['without', 0n],
  ])('zero stops the timer and disables it, %s', (_name, auto) => {
    const bench = new Bench();
    bench.compute();
    bench.start(DIRECT | PERIODIC | auto, BigInt(MS));
    bench.until(5 * MS + 500);
    const before = bench.taken.length;
    bench.write(COUNT, 0n);
    expect(bench.read(CONFIG) & ENABLE).toBe(0n);
    bench.until(50 * MS);
    expect([before > 3, bench.taken.length]).toEqual([true, before]);
  });

  it('a period of zero is no period: enabling the timer starts nothing', () => {
    const bench = new Bench();
    bench.write(CONFIG, ENABLE | PERIODIC | DIRECT);
    expect(bench.partition.engine.run(100 * MS * TICKS).kind).toBe('idle');
    expect(bench.partition.counters.total('timers')).toBe(0);
  });

  it('the first period begins when the timer is enabled', () => {
    const bench = new Bench();
    bench.compute();
    bench.write(COUNT, BigInt(MS));
    bench.until(7 * MS + 3000);
    bench.write(CONFIG, ENABLE | PERIODIC | DIRECT);
    bench.until(9 * MS);
    expect(Math.abs(bench.taken[0] - (8 * MS + 3000))).toBeLessThan(20);
  });

  it('a count that no clock reaches never expires, and is kept', () => {
    const bench = new Bench();
    bench.start(DIRECT, 0xffff_ffff_ffff_ffffn);
    expect(bench.partition.engine.run(1000 * MS * TICKS).kind).toBe('idle');
    expect(bench.read(COUNT)).toBe(0xffff_ffff_ffff_ffffn);
  });
});

describe('Message Buffers: each timer has one', () => {
  it('what does not fit into the slot waits, and says when it was due and when it was delivered', () => {
    const bench = new Bench();
    bench.partition.synic.postMessage(0, 2, 1, Uint8Array.of(1));
    bench.start(SINT2, 1000n);
    bench.until(5000);
    const { memory } = bench.partition;
    expect([memory.read32(slot(2)), memory.u8[slot(2) + 5] & 1]).toEqual([1, 1]);
    memory.write32(slot(2), 0);
    bench.write(HV_X64_MSR.EOM, 0n);
    const delivered = Number(memory.read64(slot(2) + 32));
    expect([memory.read32(slot(2)), memory.read64(slot(2) + 24)]).toEqual([HVMSG.TIMER_EXPIRED, 1000n]);
    expect(delivered).toBeGreaterThanOrEqual(5000);
  });

  it('a periodic timer whose message is queued sends no second one', () => {
    const bench = new Bench();
    bench.partition.synic.postMessage(0, 2, 1, Uint8Array.of(1));
    bench.start(SINT2 | PERIODIC, 1000n);
    bench.until(100 * MS);
    expect(bench.partition.counters.total('timers')).toBe(1);
    expect(bench.partition.engine.run().events).toBe(1);
  });

  it('sixteen messages of others take no timer its buffer', () => {
    const bench = new Bench();
    for (let n = 0; n < 17; n++) bench.partition.synic.postMessage(0, 2, 1, Uint8Array.of(n));
    expect(bench.partition.synic.postMessage(0, 2, 1, Uint8Array.of(17))).toBe('full');
    bench.start(SINT2, BigInt(bench.now + 10));
    bench.until(MS);
    const { memory } = bench.partition;
    let messages = 0;
    for (; memory.read32(slot(2)) === 1; messages++) {
      memory.write32(slot(2), 0);
      bench.write(HV_X64_MSR.EOM, 0n);
    }
    expect([messages, memory.read32(slot(2))]).toEqual([17, HVMSG.TIMER_EXPIRED]);
  });

  it('four timers share a slot one after the other', () => {
    const bench = new Bench();
    for (let timer = 0; timer < 4; timer++) {
      bench.write(COUNT + 2 * timer, BigInt(1000 + timer));
      bench.write(CONFIG + 2 * timer, ENABLE | SINT2);
    }
    bench.until(MS);
    const { memory } = bench.partition;
    const seen: number[] = [];
    while (memory.read32(slot(2)) === HVMSG.TIMER_EXPIRED) {
      seen.push(memory.read32(slot(2) + 16));
      memory.write32(slot(2), 0);
      bench.write(HV_X64_MSR.EOM, 0n);
    }
    expect(seen).toEqual([0, 1, 2, 3]);
  });
});

describe('Periodic Timers', () => {
  /** A guest that loses its processor to a neighbour for 10 ms at a time, and has a tick of 1 ms. */
  function shared(config: bigint, ms = 200): Bench {
    const bench = new Bench({ shared: true });
    const neighbour = new Cpu(bench.hypervisor.createPartition({ memory: 64 * 1024 }));
    bench.compute();
    neighbour.run(busy(neighbour));
    bench.until(MS);
    bench.start(config | PERIODIC, BigInt(MS));
    bench.until(ms * MS);
    return bench;
  }

  it('an expiry waits while others have the processor', () => {
    const bench = shared(DIRECT | LAZY);
    expect(Math.max(...gaps(bench.taken))).toBeGreaterThan(9 * MS);
    for (const at of bench.taken) expect(at % MS === 0 || at > 0).toBe(true);
  });

  it('a lazy timer skips what it has missed, and keeps its beat', () => {
    const { taken } = shared(DIRECT | LAZY);
    expect(taken.length).toBeGreaterThan(90);
    expect(taken.length).toBeLessThan(125);
    const least = Math.min(...gaps(taken));
    expect(least).toBeGreaterThan(MS / CATCH_UP.shortlyBefore - 20);
  });

  it('any other catches up at half its period', () => {
    const { taken } = shared(DIRECT);
    expect(taken.length).toBeGreaterThan(185);
    expect(taken.length).toBeLessThanOrEqual(199);
    const short = gaps(taken).filter((gap) => gap < 0.9 * MS);
    expect(short.length).toBeGreaterThan(40);
    for (const gap of short) expect(gap).toBeGreaterThan((0.95 * MS) / CATCH_UP.rate);
  });

  it('and skips the oldest of more than it can catch up with', () => {
    const bench = new Bench();
    bench.cpu.cli();
    bench.compute();
    bench.start(DIRECT | PERIODIC, BigInt(MS));
    bench.until(100 * MS);
    expect(bench.partition.counters.total('timers')).toBe(1);
    // The guest allows interrupts again.
    bench.cpu.sti();
    bench.partition.vps[0].apic.setTpr(0);
    bench.until(200 * MS);
    expect(bench.taken.length).toBeGreaterThan(100 + 1);
    expect(bench.taken.length).toBeLessThanOrEqual(100 + 2 + CATCH_UP.most);
  });

  it('an open intercept makes a timer wait, too', () => {
    const bench = new Bench();
    const [vp] = bench.partition.vps;
    bench.start(DIRECT, BigInt(bench.now + MS));
    vp.suspend();
    bench.until(5 * MS);
    expect(vp.apic.isPending(VECTOR)).toBe(false);
    vp.resume();
    expect(vp.apic.isPending(VECTOR)).toBe(true);
  });
});

describe('a hostile period', () => {
  it('of 100 ns costs no more events than one of 10 us', () => {
    const bench = new Bench();
    bench.partition.attachInterrupts({ inject: (_vp, vector) => bench.taken.push(vector) });
    for (let timer = 0; timer < 4; timer++) {
      bench.write(COUNT + 2 * timer, 1n);
      bench.write(CONFIG + 2 * timer, ENABLE | PERIODIC | DIRECT);
    }
    const { events } = bench.partition.engine.run(100 * MS * TICKS);
    expect(events).toBeLessThanOrEqual((4 * 100 * MS) / LEAST_PERIOD);
    expect(events).toBeGreaterThan((3.9 * 100 * MS) / LEAST_PERIOD);
  });

  it.each([
    ['direct', DIRECT],
    ['by message', SINT2],
  ])('costs nothing at all while nobody takes the interrupt, %s', (_name, mode) => {
    const bench = new Bench();
    bench.start(mode | PERIODIC, 1n);
    const { events, kind } = bench.partition.engine.run(1000 * MS * TICKS);
    expect(kind).toBe('idle');
    expect(events).toBeLessThan(5);
  });

  it('leaves the neighbour its share of the processor', () => {
    const bench = new Bench({ shared: true });
    const neighbour = new Cpu(bench.hypervisor.createPartition({ memory: 64 * 1024 }));
    bench.compute();
    neighbour.run(busy(neighbour));
    for (let timer = 0; timer < 4; timer++) {
      bench.write(COUNT + 2 * timer, 1n);
      bench.write(CONFIG + 2 * timer, ENABLE | PERIODIC | DIRECT);
    }
    bench.until(1000 * MS);
    expect(neighbour.vp.runtime / (1000 * MS * TICKS)).toBeCloseTo(0.5, 1);
    expect(bench.taken.length).toBeLessThan((1000 * MS * 4) / LEAST_PERIOD);
  });
});
