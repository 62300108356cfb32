import { describe, expect, it } from 'vitest';
import { Hypervisor } from './hypervisor.ts';
import { MONITOR_PAGE, MonitorPage } from './monitor-page.ts';
import type { Partition } from './partition.ts';

const PAGE = 0x8000;
const TRIGGER = 37;
const CONNECTION = 0x1_0001;
/** 100 us in units of 100 ns, as netvsp offers. */
const LATENCY = 1000;

class Bench {
  readonly partition: Partition;
  readonly monitor: MonitorPage;
  readonly heard: number[] = [];

  constructor() {
    this.partition = new Hypervisor().createPartition({ memory: 1024 * 1024 });
    this.monitor = new MonitorPage(this.partition);
    this.partition.synic.onEventPort(CONNECTION, () => this.heard.push(this.partition.referenceTime()));
  }

  /** The guest sets the trigger's pending bit. */
  set(trigger = TRIGGER): void {
    const word = PAGE + MONITOR_PAGE.GROUPS + 8 * (trigger >>> 5);
    this.partition.memory.write32(word, this.partition.memory.read32(word) | (1 << (trigger & 31)));
  }

  until(microseconds: number): void {
    this.partition.engine.run(microseconds * 3000);
  }
}

describe('a monitored trigger', () => {
  it('becomes one signal within its latency, without an exit', () => {
    const bench = new Bench();
    bench.monitor.connect(TRIGGER, LATENCY, CONNECTION);
    bench.monitor.place(PAGE);
    bench.until(30);
    for (let i = 0; i < 50; i++) bench.set();
    bench.until(300);
    expect(bench.heard.length).toBe(1);
    expect(bench.heard[0]).toBeGreaterThanOrEqual(1000);
    expect(bench.heard[0]).toBeLessThanOrEqual(1000 + 60);
    expect(bench.partition.counters.exits).toBe(0);
    expect(bench.partition.memory.read32(PAGE + MONITOR_PAGE.GROUPS + 8)).toBe(0);
  });

  it('is looked at once per latency of its own', () => {
    const bench = new Bench();
    bench.monitor.connect(1, 1000, CONNECTION);
    bench.monitor.connect(2, 3000, CONNECTION);
    bench.monitor.place(PAGE);
    bench.set(2);
    bench.until(250);
    expect(bench.heard).toEqual([]);
    bench.until(320);
    expect(bench.heard.length).toBe(1);
    expect(bench.partition.counters.passed('monitor-scan')).toBe(3);
  });

  it('shows its settings in the page', () => {
    const bench = new Bench();
    bench.monitor.place(PAGE);
    bench.monitor.connect(TRIGGER, LATENCY, CONNECTION, 3);
    const { memory } = bench.partition;
    expect(memory.read32(PAGE)).toBe(1 << 1);
    expect(memory.u16[(PAGE + MONITOR_PAGE.LATENCY) / 2 + TRIGGER]).toBe(LATENCY);
    expect(memory.read32(PAGE + MONITOR_PAGE.PARAMETER + 8 * TRIGGER)).toBe(CONNECTION);
    expect(memory.u16[(PAGE + MONITOR_PAGE.PARAMETER + 8 * TRIGGER + 4) / 2]).toBe(3);
  });

  it('is not looked at without a page or without a connection', () => {
    const bench = new Bench();
    bench.monitor.connect(TRIGGER, LATENCY, CONNECTION);
    expect(bench.partition.engine.run().kind).toBe('idle');
    expect(bench.monitor.place(0x10_0000)).toBe(false);
    bench.monitor.place(PAGE);
    bench.monitor.disconnect(TRIGGER);
    bench.set();
    expect(bench.partition.engine.run().kind).toBe('idle');
    expect(bench.heard).toEqual([]);
  });
});
