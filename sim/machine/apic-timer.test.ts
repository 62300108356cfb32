import { describe, expect, it } from 'vitest';
import { APIC_BASE, LVT } from '../wire/apic.ts';
import { IA32_MSR } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import { APIC_BUS_HZ } from './apic-timer.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const VECTOR = 0x60;
const at = (register: number): number => MMIO.LOCAL_APIC + register;

/** A guest's processor 0 and its timer. Times are cycles of a 3 GHz TSC: one tick of the bus is fifteen. */
class Guest {
  readonly partition: Partition;
  readonly taken: number[] = [];

  constructor(tscDeadline = false) {
    this.partition = new Hypervisor({ era: '2020' }).createPartition({
      memory: 4096,
      features: { tscDeadline },
    });
  }

  get now(): number {
    return this.partition.engine.now;
  }

  get apic() {
    return this.partition.vps[0].apic;
  }

  set(register: number, value: number): void {
    this.partition.mmioWrite(0, at(register), 4, value);
  }

  get(register: number): number {
    return this.partition.mmioRead(0, at(register), 4);
  }

  /** Runs until the timer is pending, takes it, and notes when that was. */
  take(): void {
    while (!this.apic.ready) if (!this.partition.engine.step()) return;
    this.taken.push(this.now);
    expect(this.apic.acknowledge()).toBe(VECTOR);
    this.apic.eoi();
  }
}

const TICK = 3_000_000_000 / APIC_BUS_HZ;

describe('the divide configuration', () => {
  it.each([
    [0b0000, 2],
    [0b0001, 4],
    [0b0010, 8],
    [0b0011, 16],
    [0b1000, 32],
    [0b1001, 64],
    [0b1010, 128],
    [0b1011, 1],
  ])('%i divides by %i', (divide, by) => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR);
    guest.set(APIC_REG.TIMER_DIVIDE, divide);
    const before = guest.partition.engine.now;
    guest.set(APIC_REG.TIMER_INITIAL, 1000);
    guest.take();
    const exit = guest.taken[0] - before - 1000 * by * TICK;
    expect(exit).toBeGreaterThanOrEqual(0);
    expect(exit).toBeLessThan(4000);
  });
});

describe('one-shot', () => {
  it('goes off once, and the count stays at zero', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR);
    guest.set(APIC_REG.TIMER_DIVIDE, 0b1011);
    guest.set(APIC_REG.TIMER_INITIAL, 10_000);
    expect(guest.get(APIC_REG.TIMER_CURRENT)).toBeLessThan(10_000);
    expect(guest.get(APIC_REG.TIMER_CURRENT)).toBeGreaterThan(9000);
    guest.take();
    expect(guest.get(APIC_REG.TIMER_CURRENT)).toBe(0);
    expect(guest.get(APIC_REG.TIMER_INITIAL)).toBe(10_000);
    guest.partition.engine.run();
    expect(guest.apic.ready).toBe(false);
    expect(guest.partition.counters.total('timers')).toBe(1);
  });

  it('is stopped by an initial count of zero, and started again by another', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR);
    guest.set(APIC_REG.TIMER_INITIAL, 10_000);
    guest.set(APIC_REG.TIMER_INITIAL, 0);
    guest.partition.engine.run();
    expect(guest.apic.ready).toBe(false);
    guest.set(APIC_REG.TIMER_INITIAL, 10_000);
    guest.partition.engine.run();
    expect(guest.apic.ready).toBe(true);
  });

  it('is silent while its entry is masked, but counts', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.MASKED);
    guest.set(APIC_REG.TIMER_INITIAL, 1000);
    guest.partition.vps[0].catchUp(guest.now + 1_000_000);
    expect([guest.get(APIC_REG.TIMER_CURRENT), guest.apic.ready]).toEqual([0, false]);
    guest.set(APIC_REG.LVT_TIMER, VECTOR);
    guest.partition.engine.run();
    expect(guest.apic.ready).toBe(false);
  });
});

describe('periodic', () => {
  it('goes off every period, exactly', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.PERIODIC);
    guest.set(APIC_REG.TIMER_DIVIDE, 0b1011);
    guest.set(APIC_REG.TIMER_INITIAL, 20_000);
    for (let n = 0; n < 5; n++) guest.take();
    const gaps = guest.taken.slice(1).map((time, n) => time - guest.taken[n]);
    expect(gaps).toEqual([1, 2, 3, 4].map(() => 20_000 * TICK));
  });

  it('merges what is not taken in time, and keeps its phase', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.PERIODIC);
    guest.set(APIC_REG.TIMER_DIVIDE, 0b1011);
    guest.set(APIC_REG.TIMER_INITIAL, 1000);
    guest.take();
    const first = guest.taken[0];
    guest.partition.vps[0].catchUp(first + 10.5 * 1000 * TICK);
    guest.take();
    guest.take();
    expect((guest.taken[2] - first) % (1000 * TICK)).toBe(0);
    expect(guest.taken[2] - first).toBe(11 * 1000 * TICK);
  });

  it('of five nanoseconds does not keep anybody busy but its guest', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.PERIODIC);
    guest.set(APIC_REG.TIMER_DIVIDE, 0b1011);
    guest.set(APIC_REG.TIMER_INITIAL, 1);
    const { events } = guest.partition.engine;
    guest.partition.vps[0].catchUp(guest.now + 3_000_000_000);
    expect(guest.partition.engine.events - events).toBeLessThan(10);
    expect(guest.apic.ready).toBe(true);
  });

  it('counts on under a mask without an event', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.PERIODIC | LVT.MASKED);
    guest.set(APIC_REG.TIMER_DIVIDE, 0b1011);
    guest.set(APIC_REG.TIMER_INITIAL, 1_000_000);
    expect(guest.partition.engine.nextDue).toBe(Infinity);
    guest.partition.vps[0].catchUp(guest.now + 3.5 * 1_000_000 * TICK);
    const current = guest.get(APIC_REG.TIMER_CURRENT);
    expect(current).toBeGreaterThan(490_000);
    expect(current).toBeLessThan(510_000);
  });
});

describe('TSC-deadline', () => {
  it('waits for the guest’s TSC, and clears its register', () => {
    const guest = new Guest(true);
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.TSC_DEADLINE);
    guest.partition.writeMsr(0, IA32_MSR.TSC, 0n);
    const zero = guest.partition.vps[0].now;
    expect(guest.partition.writeMsr(0, IA32_MSR.TSC_DEADLINE, 600_000n)).toBe(true);
    expect(guest.partition.readMsr(0, IA32_MSR.TSC_DEADLINE)).toBe(600_000n);
    guest.take();
    expect(guest.taken[0] - zero).toBeGreaterThan(595_000);
    expect(guest.taken[0] - zero).toBeLessThan(600_001);
    expect(guest.partition.readMsr(0, IA32_MSR.TSC_DEADLINE)).toBe(0n);
  });

  it('goes off at once when the time has passed, and never after a zero', () => {
    const guest = new Guest(true);
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.TSC_DEADLINE);
    guest.partition.writeMsr(0, IA32_MSR.TSC_DEADLINE, 1n);
    const before = guest.partition.vps[0].now;
    guest.take();
    expect(guest.taken[0]).toBeLessThanOrEqual(before);
    guest.partition.writeMsr(0, IA32_MSR.TSC_DEADLINE, 1n << 40n);
    guest.partition.writeMsr(0, IA32_MSR.TSC_DEADLINE, 0n);
    guest.partition.engine.run();
    expect(guest.apic.ready).toBe(false);
  });

  it('ignores the count, and the count ignores it', () => {
    const guest = new Guest(true);
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.TSC_DEADLINE);
    guest.set(APIC_REG.TIMER_INITIAL, 1000);
    expect(guest.get(APIC_REG.TIMER_CURRENT)).toBe(0);
    guest.set(APIC_REG.LVT_TIMER, VECTOR);
    guest.partition.writeMsr(0, IA32_MSR.TSC_DEADLINE, 1n);
    expect(guest.partition.readMsr(0, IA32_MSR.TSC_DEADLINE)).toBe(0n);
    guest.partition.engine.run();
    expect(guest.apic.ready).toBe(false);
  });

  it('is disarmed by a change of mode', () => {
    const guest = new Guest(true);
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.TSC_DEADLINE);
    guest.partition.writeMsr(0, IA32_MSR.TSC_DEADLINE, 1n << 30n);
    guest.set(APIC_REG.LVT_TIMER, VECTOR);
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.TSC_DEADLINE);
    guest.partition.engine.run();
    expect([guest.apic.ready, guest.partition.readMsr(0, IA32_MSR.TSC_DEADLINE)]).toEqual([false, 0n]);
  });

  it('does not exist where CPUID does not offer it', () => {
    const guest = new Guest(false);
    expect(guest.partition.readMsr(0, IA32_MSR.TSC_DEADLINE)).toBeUndefined();
    expect(guest.partition.writeMsr(0, IA32_MSR.TSC_DEADLINE, 1n)).toBe(false);
    guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.TSC_DEADLINE);
    expect(guest.get(APIC_REG.LVT_TIMER)).toBe(VECTOR);
  });
});

it('stops when the APIC is switched off', () => {
  const guest = new Guest();
  guest.set(APIC_REG.LVT_TIMER, VECTOR | LVT.PERIODIC);
  guest.set(APIC_REG.TIMER_INITIAL, 1000);
  guest.partition.writeMsr(0, IA32_MSR.APIC_BASE, BigInt(MMIO.LOCAL_APIC) | APIC_BASE.BOOTSTRAP);
  guest.partition.engine.run();
  expect([guest.apic.ready, guest.partition.engine.nextDue]).toEqual([false, Infinity]);
});
