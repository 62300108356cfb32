/** Rows 9, 10 and 11: clocks read and frequencies found, without and with, and what a move to another host does to them. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import type { ClockPlacement } from '../host/devices/pc-clocks.ts';
import { attachPcClocks } from '../host/devices/pc-clocks.ts';
import type { Era } from '../machine/costs.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { PIT_HZ, PM_TIMER_HZ } from '../wire/pc-clocks.ts';
import { calibrateByPit, readFrequencies } from './frequency-msrs.ts';
import { PIT_PERIOD, readPit, readPmTimer, readRtc, startPit } from './pc-clock-reads.ts';
import { readReferenceCounter } from './reference-counter.ts';
import { enableReferenceTsc, ReferenceTscClock } from './reference-tsc.ts';
import { bySystemCall } from './system-call.ts';

const MEMORY = 0x10_0000;
const PAGE = 0x6000;
const SECOND = 3_000_000_000;

class Bench {
  readonly partition: Partition;
  readonly cpu: Cpu;

  constructor(features: Partial<Features> = {}, placement: ClockPlacement = 'worker', era: Era = '2020') {
    this.partition = new Hypervisor({ era }).createPartition({ memory: MEMORY, features });
    attachPcClocks(this.partition, { placement });
    this.cpu = new Cpu(this.partition);
  }

  get exits(): number {
    return this.partition.counters.exits;
  }

  /** What a program returns, and the exits that it made. */
  count<R>(program: Program<R>): { result: R; exits: number; cycles: number } {
    const [exits, now] = [this.exits, this.cpu.now];
    const result = this.cpu.finish(program);
    return { result, exits: this.exits - exits, cycles: this.cpu.now - now };
  }

  /** At engine time `at` the machine goes on, on a host with another rate. */
  moveAt(at: number, hz: number): void {
    const { engine, msrs } = this.partition;
    engine.post(
      at,
      engine.handler(`move ${at}`, () => msrs.reenlightenment.migrate(hz)),
    );
  }
}

function* after(cpu: Cpu, cycles: number): Program {
  yield* cpu.compute(cycles);
}

describe('a clock of the PC', () => {
  it('is read by ports: three exits, one, sixteen', () => {
    const bench = new Bench();
    expect(bench.count(startPit(bench.cpu)).exits).toBe(3);
    expect(bench.count(readPit(bench.cpu)).exits).toBe(3);
    expect(bench.count(readPmTimer(bench.cpu)).exits).toBe(1);
    expect(bench.count(readRtc(bench.cpu)).exits).toBe(16);
  });

  it('tells the same time as the others', () => {
    const bench = new Bench();
    bench.cpu.finish(startPit(bench.cpu));
    const [pit, pm] = [bench.cpu.finish(readPit(bench.cpu)), bench.cpu.finish(readPmTimer(bench.cpu))];
    bench.cpu.finish(after(bench.cpu, SECOND / 50));
    const passed = {
      pit: (bench.cpu.finish(readPit(bench.cpu)) - pit + PIT_PERIOD) % PIT_PERIOD,
      pm: bench.cpu.finish(readPmTimer(bench.cpu)) - pm,
    };
    expect(passed.pit / PIT_HZ).toBeCloseTo(0.02, 3);
    expect(passed.pm / PM_TIMER_HZ).toBeCloseTo(0.02, 3);
  });

  it('is waited for by a reader of the real-time clock that meets an update', () => {
    const bench = new Bench();
    bench.cpu.finish(after(bench.cpu, SECOND * 0.9985));
    const { result, exits } = bench.count(readRtc(bench.cpu));
    expect(result).toBe(1);
    expect(exits).toBeGreaterThan(100);
    expect(bench.cpu.now / SECOND).toBeGreaterThan(1);
  });
});

describe('the reference counter', () => {
  it('is one exit to the hypervisor', () => {
    const bench = new Bench();
    const { result, exits, cycles } = bench.count(readReferenceCounter(bench.cpu));
    expect([exits, cycles]).toEqual([1, 3360]);
    const { costs, counters } = bench.partition;
    expect(Number(result)).toBe(Math.floor((costs.cost('vm.exit') + costs.cost('hv.msr')) / 300));
    expect(counters.deviceIntercepts).toBe(0);
  });

  it('is #GP where it is not offered', () => {
    const bench = new Bench({ timeRefCount: false });
    expect(bench.cpu.finish(readReferenceCounter(bench.cpu))).toBe(0n);
    expect(bench.partition.counters.total('faults')).toBe(1);
  });
});

describe('the reference TSC page', () => {
  it('is read without an exit, and tells what the counter tells', () => {
    const bench = new Bench();
    const clock = new ReferenceTscClock(bench.cpu, PAGE);
    expect(bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE))).toBe(true);
    for (const cycles of [1, 1000, 12_345, SECOND, 60 * SECOND]) {
      bench.cpu.finish(after(bench.cpu, cycles));
      const page = bench.count(clock.read());
      expect([page.exits, page.cycles]).toEqual([0, 49]);
      const counter = bench.cpu.finish(readReferenceCounter(bench.cpu));
      expect(Number(counter - page.result)).toBeLessThanOrEqual(3360 / 300);
      expect(counter).toBeGreaterThanOrEqual(page.result);
    }
  });

  it('is read by a program without a system call; the counter is not', () => {
    const bench = new Bench();
    bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE));
    const page = bench.count(new ReferenceTscClock(bench.cpu, PAGE, 'user').read());
    expect([page.exits, page.cycles]).toEqual([0, 131]);
    expect(bench.partition.counters.switches().privilege).toBe(0);
    const counter = bench.count(bySystemCall(bench.cpu, () => readReferenceCounter(bench.cpu)));
    expect([counter.exits, counter.cycles]).toEqual([1, 5664]);
    expect(bench.partition.counters.switches().privilege).toBe(2);
    expect(bench.cpu.vp.cpl).toBe(3);
  });

  it('is refused where it is not offered', () => {
    const bench = new Bench({}, 'worker', '2008');
    expect(bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE))).toBe(false);
  });

  it('sends to the counter a guest whose page never becomes valid', () => {
    const bench = new Bench({ referenceTscValid: false });
    bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE));
    const clock = new ReferenceTscClock(bench.cpu, PAGE);
    const { exits } = bench.count(clock.read());
    expect([exits, clock.fallbacks]).toEqual([1, 1]);
  });

  it('cannot be written by the guest', () => {
    const bench = new Bench();
    bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE));
    expect(bench.partition.memory.write32(PAGE, 7)).toBe(false);
  });

  it('cannot be reached where there is no memory: no fault, and a reader takes the counter', () => {
    const bench = new Bench();
    expect(bench.cpu.finish(enableReferenceTsc(bench.cpu, MEMORY))).toBe(true);
    expect(bench.partition.counters.total('faults')).toBe(0);
    const clock = new ReferenceTscClock(bench.cpu, MEMORY);
    expect(bench.cpu.finish(clock.read())).toBeGreaterThan(0n);
    expect(clock.fallbacks).toBe(1);
    bench.moveAt(bench.cpu.now + 10, SECOND / 2);
    bench.cpu.finish(after(bench.cpu, SECOND));
  });

  it('keeps its reserved bits', () => {
    const { partition } = new Bench();
    partition.writeMsr(0, HV_X64_MSR.REFERENCE_TSC, BigInt(PAGE) | 0xabcn);
    expect(partition.readMsr(0, HV_X64_MSR.REFERENCE_TSC)).toBe(BigInt(PAGE) | 0xabcn);
    expect(partition.memory.read32(PAGE)).toBe(0);
  });

  it('may lie over a hypercall page that is locked, and gives it back', () => {
    const bench = new Bench();
    const { partition, cpu } = bench;
    partition.writeMsr(0, HV_X64_MSR.GUEST_OS_ID, 1n);
    partition.writeMsr(0, HV_X64_MSR.HYPERCALL, BigInt(PAGE) | 3n);
    const code = partition.memory.read32(PAGE);
    cpu.finish(enableReferenceTsc(cpu, PAGE));
    expect(partition.memory.read32(PAGE)).toBe(1);
    // The lock holds: the hypercall page cannot be moved away.
    expect(partition.writeMsr(0, HV_X64_MSR.HYPERCALL, 0n)).toBe(false);
    bench.moveAt(cpu.now + 10, SECOND / 2);
    cpu.finish(after(cpu, SECOND / 100));
    expect(partition.memory.read32(PAGE)).toBe(2);
    partition.writeMsr(0, HV_X64_MSR.REFERENCE_TSC, 0n);
    expect(partition.memory.read32(PAGE)).toBe(code);
  });

  it('is renewed also beneath another overlay', () => {
    const bench = new Bench();
    const { partition, cpu } = bench;
    cpu.finish(enableReferenceTsc(cpu, PAGE));
    const above = partition.memory.mapOverlay(PAGE, new Uint8Array(4096).fill(0x55));
    bench.moveAt(cpu.now + 10, SECOND / 2);
    cpu.finish(after(cpu, SECOND / 100));
    expect(partition.memory.read32(PAGE)).toBe(0x5555_5555);
    if (above) partition.memory.unmapOverlay(above);
    expect(partition.memory.read32(PAGE)).toBe(2);
  });
});

describe('a move to a host with another TSC', () => {
  /** Reads as fast as it can until `end`; every reading with its time. */
  function* readUntil(bench: Bench, clock: ReferenceTscClock, end: number): Program<[number, bigint][]> {
    const readings: [number, bigint][] = [];
    while (bench.cpu.now < end) readings.push([bench.cpu.now, yield* clock.read()]);
    return readings;
  }

  it.each([
    ['slower', 2_100_000_001],
    ['faster', 4_700_000_000],
    ['hardly different', 2_999_999_999],
  ])('that is %s: the reader falls back, and time never goes back', (_name, hz) => {
    const bench = new Bench();
    bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE));
    const clock = new ReferenceTscClock(bench.cpu, PAGE);
    const start = bench.cpu.now;
    bench.moveAt(start + 100_017, hz);
    bench.moveAt(start + 800_003, SECOND);
    const readings = bench.cpu.finish(readUntil(bench, clock, start + 1_500_000));
    expect(clock.fallbacks).toBeGreaterThan(100);
    let last = 0n;
    for (const [at, time] of readings) {
      expect(time, `at ${at}`).toBeGreaterThanOrEqual(last);
      last = time;
      // The reading is that of a moment between its begin and its end.
      expect(Number(time)).toBeGreaterThanOrEqual(Math.floor(at / 300) - 1);
      expect(Number(time)).toBeLessThanOrEqual(Math.floor((at + 3400) / 300) + 1);
    }
    expect(bench.partition.memory.read32(PAGE)).toBe(3);
  });

  it('in the middle of a reading: it begins anew', () => {
    let retries = 0;
    for (let offset = 0; offset < 60; offset++) {
      const bench = new Bench();
      bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE));
      const clock = new ReferenceTscClock(bench.cpu, PAGE);
      const start = bench.cpu.now;
      bench.moveAt(start + offset, SECOND / 3);
      const time = Number(bench.cpu.finish(clock.read()));
      expect(Math.abs(time - bench.cpu.now / 300)).toBeLessThan(12);
      retries += clock.retries;
    }
    expect(retries).toBeGreaterThan(0);
  });

  it('changes what the frequency register says, and the page of a guest that asks for it later', () => {
    const bench = new Bench();
    bench.moveAt(1000, 2_500_000_000);
    bench.cpu.finish(after(bench.cpu, SECOND));
    expect(bench.cpu.finish(readFrequencies(bench.cpu))?.tscHz).toBe(2_500_000_000);
    bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE));
    const time = Number(bench.cpu.finish(new ReferenceTscClock(bench.cpu, PAGE).read()));
    expect(Math.abs(time - bench.cpu.now / 300)).toBeLessThanOrEqual(1);
  });

  it('leaves the page as it is while the old rate is emulated', () => {
    const bench = new Bench({ reenlightenment: true });
    const { partition, cpu } = bench;
    cpu.finish(enableReferenceTsc(cpu, PAGE));
    partition.writeMsr(0, HV_X64_MSR.TSC_EMULATION_CONTROL, 1n);
    bench.moveAt(cpu.now + 10, SECOND / 2);
    cpu.finish(after(cpu, SECOND));
    expect(partition.memory.read32(PAGE)).toBe(1);
    const clock = new ReferenceTscClock(cpu, PAGE);
    const { result, exits } = bench.count(clock.read());
    expect(exits).toBe(1);
    expect(Math.abs(Number(result) - cpu.now / 300)).toBeLessThan(12);
    partition.writeMsr(0, HV_X64_MSR.TSC_EMULATION_STATUS, 0n);
    cpu.finish(after(cpu, SECOND));
    expect(partition.memory.read32(PAGE)).toBe(2);
    expect(bench.count(clock.read()).exits).toBe(0);
  });

  it('twice in a short time: the page waits for the second', () => {
    const bench = new Bench();
    bench.cpu.finish(enableReferenceTsc(bench.cpu, PAGE));
    const start = bench.cpu.now;
    bench.moveAt(start + 10, SECOND / 2);
    bench.moveAt(start + 200_000, SECOND / 3);
    bench.cpu.finish(after(bench.cpu, 400_000));
    expect(bench.partition.memory.read32(PAGE)).toBe(0);
    bench.cpu.finish(after(bench.cpu, 200_000));
    expect(bench.partition.memory.read32(PAGE)).toBe(2);
  });
});

describe('the rate of the TSC', () => {
  it.each([
    ['worker', 0.002],
    ['root-kernel', 0.002],
    ['hypervisor', 0.0002],
  ] as const)('is measured by hundreds of port reads in the %s, and never exactly', (placement, error) => {
    const bench = new Bench({}, placement);
    const { result, exits } = bench.count(calibrateByPit(bench.cpu));
    expect(exits).toBe(result.accesses);
    expect(exits).toBeGreaterThan(600);
    expect(result.tscHz).not.toBe(SECOND);
    expect(Math.abs(result.tscHz / SECOND - 1)).toBeLessThan(error);
  });

  it('is told by two registers, exactly', () => {
    const bench = new Bench();
    const { result, exits } = bench.count(readFrequencies(bench.cpu));
    expect(exits).toBe(2);
    expect(result).toEqual({ tscHz: SECOND, apicHz: 200_000_000 });
    const without = new Bench({}, 'worker', '2008');
    expect(without.cpu.finish(readFrequencies(without.cpu))).toBeUndefined();
  });
});
