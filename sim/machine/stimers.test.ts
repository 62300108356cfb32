import { describe, expect, it } from 'vitest';
import { HV_X64_MSR } from '../wire/msr.ts';
import { HVMSG } from '../wire/synic-constants.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const CONFIG = HV_X64_MSR.STIMER0_CONFIG;
const COUNT = HV_X64_MSR.STIMER0_COUNT;
const SIMP = 0x3000;
const SLOT2 = SIMP + 2 * 256;
/** What Linux writes: enable, auto-enable, SINT2. */
const LINUX = 0x2_0009n;

class Bench {
  readonly partition: Partition;
  readonly vectors: number[] = [];
  readonly times: number[] = [];

  constructor() {
    this.partition = new Hypervisor({ era: '2020' }).createPartition({ memory: 1024 * 1024 });
    this.partition.attachInterrupts({
      inject: (_vp, vector) => {
        this.vectors.push(vector);
        this.times.push(this.partition.referenceTime());
      },
    });
    this.write(HV_X64_MSR.SIMP, BigInt(SIMP | 1));
    this.write(HV_X64_MSR.SINT2, 0xf3n);
    this.write(HV_X64_MSR.SCONTROL, 1n);
  }

  write(index: number, value: bigint): void {
    expect(this.partition.writeMsr(0, index, value)).toBe(true);
  }

  /** Runs until reference time `at`. */
  until(at: number): void {
    this.partition.engine.run(at * 300);
  }
}

describe('a synthetic timer', () => {
  it('sends a message at its time, as Linux needs it', () => {
    const bench = new Bench();
    bench.write(CONFIG, LINUX);
    bench.write(COUNT, 1000n);
    bench.until(999);
    expect(bench.vectors).toEqual([]);
    bench.until(1000);
    expect(bench.vectors).toEqual([0xf3]);
    const { memory } = bench.partition;
    expect(memory.read32(SLOT2)).toBe(HVMSG.TIMER_EXPIRED);
    expect(memory.u8[SLOT2 + 4]).toBe(24);
    expect(memory.read32(SLOT2 + 16)).toBe(0);
    expect([memory.read64(SLOT2 + 24), memory.read64(SLOT2 + 32)]).toEqual([1000n, 1000n]);
    expect(bench.partition.readMsr(0, CONFIG)).toBe(LINUX & ~1n);
    expect(bench.partition.counters.total('timers')).toBe(1);
  });

  it('is set again by its count alone when it enables itself', () => {
    const bench = new Bench();
    bench.write(CONFIG, LINUX);
    for (const at of [1000n, 2000n, 3000n]) {
      bench.write(COUNT, at);
      bench.until(Number(at));
      bench.partition.memory.write32(SLOT2, 0);
    }
    expect(bench.times).toEqual([1000, 2000, 3000]);
  });

  it('fires at once when its time has passed, and never with count 0', () => {
    const bench = new Bench();
    bench.until(5000);
    bench.write(CONFIG, LINUX);
    bench.write(COUNT, 0n);
    bench.until(6000);
    expect(bench.vectors).toEqual([]);
    bench.write(COUNT, 10n);
    bench.partition.engine.run();
    expect(bench.vectors.length).toBe(1);
  });

  it('waits for the slot like any other message', () => {
    const bench = new Bench();
    bench.partition.synic.postMessage(0, 2, 1, Uint8Array.of(1));
    bench.write(CONFIG, LINUX);
    bench.write(COUNT, 1000n);
    bench.until(2000);
    expect(bench.partition.memory.read32(SLOT2)).toBe(1);
    expect(bench.partition.memory.u8[SLOT2 + 5]).toBe(1);
    bench.partition.memory.write32(SLOT2, 0);
    bench.write(HV_X64_MSR.EOM, 0n);
    expect(bench.partition.memory.read32(SLOT2)).toBe(HVMSG.TIMER_EXPIRED);
    expect(bench.vectors.length).toBe(2);
  });

  it('repeats when it is periodic, until it is stopped', () => {
    const bench = new Bench();
    bench.write(COUNT, 500n);
    bench.write(CONFIG, 0x2_0003n);
    const start = bench.partition.referenceTime();
    for (let i = 1; i <= 4; i++) {
      bench.until(start + 500 * i);
      bench.partition.memory.write32(SLOT2, 0);
    }
    expect(bench.times.map((at) => at - start)).toEqual([500, 1000, 1500, 2000]);
    bench.write(CONFIG, 0n);
    bench.until(start + 10_000);
    expect(bench.times.length).toBe(4);
  });

  it('raises a vector without a message in direct mode', () => {
    const bench = new Bench();
    bench.write(CONFIG, 0x1ed9n);
    bench.write(COUNT, 1000n);
    bench.until(1000);
    expect(bench.vectors).toEqual([0xed]);
    expect(bench.partition.memory.read32(SLOT2)).toBe(0);
  });

  it('has no direct mode where it is not offered', () => {
    const partition = new Hypervisor({ era: '2012' }).createPartition({ memory: 1024 * 1024 });
    expect(partition.writeMsr(0, CONFIG, 0x1ed9n)).toBe(false);
  });

  it('does not start without a source', () => {
    const bench = new Bench();
    bench.write(CONFIG, 0x9n);
    expect(bench.partition.readMsr(0, CONFIG)).toBe(0x8n);
  });

  it('stops at reset', () => {
    const bench = new Bench();
    bench.write(CONFIG, LINUX);
    bench.write(COUNT, 1000n);
    bench.partition.reset();
    expect(bench.partition.engine.run().kind).toBe('idle');
    expect(bench.vectors).toEqual([]);
  });
});

it('timers of different processors are apart', () => {
  const partition = new Hypervisor().createPartition({ memory: 1024 * 1024, vps: 2 });
  partition.writeMsr(1, CONFIG + 2, LINUX);
  expect(partition.readMsr(0, CONFIG + 2)).toBe(0n);
  expect(partition.readMsr(1, CONFIG + 2)).toBe(LINUX);
});
