/** Rows 12, 15 and 16: each job done without and with, on the same machine. Counts, no times. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { reportCrash } from './crash-msrs.ts';
import { idleByHalt, idleByRegister, kick, waitForKick } from './guest-idle.ts';
import { ClockWatchdog, readRelaxedTiming } from './relaxed-timing.ts';
import { startSynic } from './synic-vmbus.ts';
import { armOneShot, prepareOneShot, startPeriodicTimer, stopTimer, takeExpiry } from './synthetic-timers.ts';
import { armApicTimer, isRtcRate, prepareApicTimer, startApicTick } from './tick-sources.ts';

const VECTOR = 0x61;
const MESSAGES = 0x3000;
const MS = 10_000;
const TICKS = 300;

class Bench {
  readonly partition: Partition;
  readonly cpus: readonly Cpu[];
  readonly cpu: Cpu;
  ticks = 0;

  constructor(features: Partial<Features> = {}, vps = 1) {
    this.partition = new Hypervisor().createPartition({
      memory: 64 * 1024,
      vps,
      features: { apicv: true, ...features },
    });
    this.cpus = this.partition.vps.map(({ index }) => new Cpu(this.partition, index));
    [this.cpu] = this.cpus;
  }

  /** Exits of the first processor's program, waiting not counted. */
  exits(program: Program<unknown>): number {
    const before = this.partition.counters.exits;
    this.cpu.finish(program);
    return this.partition.counters.exits - before;
  }

  onTick(handle: (cpu: Cpu) => Program): void {
    const bench = this;
    this.cpu.onVector(VECTOR, function* () {
      bench.ticks++;
      yield* handle(bench.cpu);
      yield* bench.cpu.eoi();
    });
  }

  /** Idles until so many ticks were taken. */
  *wait(ticks: number): Program {
    while (this.ticks < ticks) yield* this.cpu.hlt();
  }
}

function* nothing(): Program {}

describe('row 12, synthetic timers', () => {
  it('set going take two exits, and none a tick in direct mode; the APIC’s three, and none', () => {
    const [apic, direct] = [new Bench(), new Bench()];
    for (const bench of [apic, direct]) bench.onTick(nothing);
    expect(apic.exits(startApicTick(apic.cpu, VECTOR, 1000))).toBe(3);
    expect(direct.exits(startPeriodicTimer(direct.cpu, 0, MS, { vector: VECTOR }))).toBe(2);
    expect([apic.exits(apic.wait(50)), direct.exits(direct.wait(50))]).toEqual([0, 0]);
    expect(direct.partition.counters.total('timers')).toBe(50);
  });

  it('bring a message that says when, and no exit as long as one has come at a time', () => {
    const bench = new Bench();
    const dues: number[] = [];
    bench.onTick(function* (cpu) {
      const expiry = yield* takeExpiry(cpu, MESSAGES, 2);
      dues.push(expiry?.due ?? 0);
    });
    bench.cpu.finish(startSynic(bench.cpu, { messages: MESSAGES, events: 0x4000, sint: 2, vector: VECTOR }));
    expect(bench.exits(startPeriodicTimer(bench.cpu, 1, MS, { sint: 2 }))).toBe(2);
    expect(bench.exits(bench.wait(20))).toBe(0);
    for (const [n, due] of dues.slice(1).entries()) expect(due - dues[n]).toBe(MS);
  });

  it('share a slot: a second message costs the exit that asks for it', () => {
    const bench = new Bench();
    const timers: number[] = [];
    bench.onTick(function* (cpu) {
      const expiry = yield* takeExpiry(cpu, MESSAGES, 2);
      if (expiry) timers.push(expiry.timer);
    });
    bench.cpu.finish(startSynic(bench.cpu, { messages: MESSAGES, events: 0x4000, sint: 2, vector: VECTOR }));
    for (const timer of [0, 3]) bench.cpu.finish(prepareOneShot(bench.cpu, timer, { sint: 2 }));
    const at = bench.partition.referenceTime() + MS;
    for (const timer of [0, 3]) bench.cpu.finish(armOneShot(bench.cpu, timer, at));
    expect(bench.exits(bench.wait(2))).toBe(1);
    expect(timers).toEqual([0, 3]);
  });

  it('once are one exit each time, as with the APIC', () => {
    const [apic, timer] = [new Bench(), new Bench()];
    for (const bench of [apic, timer]) bench.onTick(nothing);
    apic.cpu.finish(prepareApicTimer(apic.cpu, VECTOR));
    timer.cpu.finish(prepareOneShot(timer.cpu, 0, { vector: VECTOR }));
    for (let n = 1; n <= 5; n++) {
      expect(apic.exits(armApicTimer(apic.cpu, 0.001))).toBe(1);
      expect(timer.exits(armOneShot(timer.cpu, 0, timer.cpu.now / TICKS + MS))).toBe(1);
      for (const bench of [apic, timer]) bench.cpu.finish(bench.wait(n));
    }
  });

  it('stop when they are told to', () => {
    const bench = new Bench();
    bench.onTick(nothing);
    bench.cpu.finish(startPeriodicTimer(bench.cpu, 0, MS, { vector: VECTOR }));
    bench.cpu.finish(bench.wait(3));
    bench.cpu.finish(stopTimer(bench.cpu, 0));
    bench.partition.engine.run();
    expect(bench.ticks).toBe(3);
  });

  it.each([
    ['the timers', { syntheticTimers: false }, { sint: 2 }],
    ['direct mode', { directTimers: false }, { vector: VECTOR }],
  ] as const)('are refused where %s are not offered', (_name, features, target) => {
    const bench = new Bench(features);
    expect(bench.cpu.finish(startPeriodicTimer(bench.cpu, 0, MS, target))).toBe(false);
  });

  it('know no rates; the real-time clock knows powers of two', () => {
    expect([64, 100, 1024, 8192, 16_384].map(isRtcRate)).toEqual([true, false, true, true, false]);
  });
});

describe('row 15, relaxed timing', () => {
  it.each([
    [{}, true],
    [{ relaxedTiming: false }, false],
    [{ hypervisorPresent: false }, false],
  ])('is read from CPUID: %o', (features, expected) => {
    const bench = new Bench(features);
    expect(bench.cpu.finish(readRelaxedTiming(bench.cpu))).toBe(expected);
  });

  it('a watchdog bears so many ticks without one of another processor, and accuses by number', () => {
    const watchdog = new ClockWatchdog(3, 25);
    watchdog.tick(1);
    watchdog.tick(2);
    const results = Array.from({ length: 26 }, () => {
      watchdog.tick(2);
      return watchdog.tick(0);
    });
    expect(results.findIndex((result) => result !== undefined)).toBe(25);
    expect(results[25]).toEqual([0x101n, 25n, 0n, 0n, 1n]);
    expect(watchdog.expired).toEqual([1]);
  });

  it('a watcher that was away itself accuses nobody', () => {
    const watchdog = new ClockWatchdog(2, 5);
    for (let n = 0; n < 1000; n++) watchdog.tick(1);
    for (let n = 0; n < 4; n++) expect(watchdog.tick(0)).toBeUndefined();
  });

  it('what it finds goes to the host by the crash registers', () => {
    const bench = new Bench();
    const watchdog = new ClockWatchdog(2, 1);
    const parameters = watchdog.tick(0) ?? [0n, 0n, 0n, 0n, 0n];
    bench.cpu.finish(reportCrash(bench.cpu, parameters));
    expect(bench.partition.msrs.crash?.parameters).toEqual([0x101n, 1n, 0n, 0n, 1n]);
  });
});

describe('row 16, guest idle', () => {
  it('is as many waits as HLT, each by an exit of its own kind', () => {
    for (const [idle, route] of [
      [idleByHalt, 'hypervisor-halt'],
      [idleByRegister, 'hypervisor-idle'],
    ] as const) {
      const bench = new Bench({ guestIdle: true });
      bench.onTick(nothing);
      bench.cpu.finish(startPeriodicTimer(bench.cpu, 0, MS, { vector: VECTOR }));
      bench.cpu.finish(
        (function* (): Program {
          while (bench.ticks < 10) yield* idle(bench.cpu);
        })(),
      );
      expect(bench.partition.counters.passed(route)).toBe(10);
    }
  });

  it('a lock is waited for with interrupts off, and the kick ends it', () => {
    const bench = new Bench({ guestIdle: true }, 2);
    const [waiter, holder] = bench.cpus;
    let held = true;
    let kicks = 0;
    waiter.onVector(VECTOR, function* () {
      kicks++;
      yield* waiter.eoi();
    });
    const started = waiter.run(
      (function* (): Program {
        while (held) yield* waitForKick(waiter, () => held);
      })(),
    );
    holder.finish(
      (function* (): Program {
        yield* holder.compute(1_000_000);
        held = false;
        yield* kick(holder, 0, VECTOR);
      })(),
    );
    bench.partition.engine.run();
    expect([started.done, kicks, bench.partition.counters.passed('hypervisor-idle')]).toEqual([true, 1, 1]);
  });

  it('a kick between the look and the read is not lost', () => {
    const bench = new Bench({ guestIdle: true });
    let kicks = 0;
    bench.cpu.onVector(VECTOR, function* () {
      kicks++;
      yield* bench.cpu.eoi();
    });
    bench.cpu.finish(
      waitForKick(bench.cpu, () => {
        bench.partition.vps[0].apic.request(VECTOR);
        return true;
      }),
    );
    expect([kicks, bench.partition.counters.passed('hypervisor-idle')]).toEqual([1, 1]);
  });

  it('needs the privilege', () => {
    const bench = new Bench({ guestIdle: false });
    bench.cpu.finish(bench.cpu.rdmsr(HV_X64_MSR.GUEST_IDLE) as Program<bigint>);
    expect(bench.cpu.fault).toBe('#GP');
  });
});
