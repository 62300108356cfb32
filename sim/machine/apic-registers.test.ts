import { describe, expect, it } from 'vitest';
import { APIC_ERROR, LVT } from '../wire/apic.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

class Guest {
  readonly partition: Partition = new Hypervisor().createPartition({ memory: 4096, vps: 2 });
  readonly apic = this.partition.vps[0].apic;

  set(register: number, value: number): void {
    this.partition.mmioWrite(0, MMIO.LOCAL_APIC + register, 4, value);
  }

  get(register: number): number {
    return this.partition.mmioRead(0, MMIO.LOCAL_APIC + register, 4);
  }

  /** The error status: written before it is read, as the SDM says. */
  errors(): number {
    this.set(APIC_REG.ESR, 0);
    return this.get(APIC_REG.ESR);
  }
}

const ENTRIES = [
  ['timer', APIC_REG.LVT_TIMER, 0x3_00ff],
  ['thermal', APIC_REG.LVT_THERMAL, 0x1_07ff],
  ['performance', APIC_REG.LVT_PERFORMANCE, 0x1_07ff],
  ['LINT0', APIC_REG.LVT_LINT0, 0x1_a7ff],
  ['LINT1', APIC_REG.LVT_LINT1, 0x1_a7ff],
  ['error', APIC_REG.LVT_ERROR, 0x1_00ff],
] as const;

describe('the local vector table', () => {
  it('is left by firmware as a virtual wire', () => {
    const guest = new Guest();
    expect(ENTRIES.map(([, register]) => guest.get(register))).toEqual([
      LVT.MASKED,
      LVT.MASKED,
      LVT.MASKED,
      0x700,
      0x400,
      LVT.MASKED,
    ]);
  });

  it.each(ENTRIES)('keeps the bits of %s that exist', (_name, register, writable) => {
    const guest = new Guest();
    guest.set(register, 0xffff_ffff);
    expect(guest.get(register)).toBe(writable);
    guest.set(register, 0);
    expect(guest.get(register)).toBe(0);
  });

  it.each(ENTRIES)('keeps %s masked while software has the APIC disabled', (_name, register) => {
    const guest = new Guest();
    guest.set(register, 0x20);
    guest.set(APIC_REG.SVR, 0xff);
    expect(guest.get(register) & LVT.MASKED).toBe(LVT.MASKED);
    guest.set(register, 0x20);
    expect(guest.get(register)).toBe(LVT.MASKED | 0x20);
    guest.set(APIC_REG.SVR, 0x1ff);
    guest.set(register, 0x20);
    expect(guest.get(register)).toBe(0x20);
  });
});

describe('an APIC that software has disabled', () => {
  it('accepts nothing new, keeps what it has, and still sends', () => {
    const guest = new Guest();
    guest.apic.request(0x51);
    guest.set(APIC_REG.SVR, 0xff);
    expect(guest.apic.request(0x61)).toBe(false);
    expect([guest.apic.isPending(0x51), guest.apic.isPending(0x61)]).toEqual([true, false]);
    guest.set(APIC_REG.ICR_HIGH, 1 << 24);
    guest.set(APIC_REG.ICR_LOW, 0x71);
    guest.partition.engine.run();
    expect(guest.partition.vps[1].apic.isPending(0x71)).toBe(true);
  });
});

describe('errors', () => {
  it('name a vector below 16 that was sent, and nobody gets it', () => {
    const guest = new Guest();
    guest.set(APIC_REG.ICR_HIGH, 1 << 24);
    guest.set(APIC_REG.ICR_LOW, 0x0f);
    expect(guest.partition.vps[1].apic.ready).toBe(false);
    expect(guest.errors()).toBe(APIC_ERROR.SEND_ILLEGAL_VECTOR);
  });

  it('name a vector below 16 that was received', () => {
    const guest = new Guest();
    expect(guest.apic.request(0x0f)).toBe(false);
    expect(guest.errors()).toBe(APIC_ERROR.RECEIVED_ILLEGAL_VECTOR);
  });

  it.each([0x00, 0x10, 0x40, 0x90, 0x290, 0x2f0, 0x3f0])(
    'name the register at %i that does not exist',
    (offset) => {
      const guest = new Guest();
      expect(guest.get(offset)).toBe(0);
      expect(guest.errors()).toBe(APIC_ERROR.ILLEGAL_REGISTER);
      guest.set(offset, 1);
      expect(guest.errors()).toBe(APIC_ERROR.ILLEGAL_REGISTER);
    },
  );

  it('are shown by a write, and gone after the next', () => {
    const guest = new Guest();
    guest.apic.request(1);
    expect(guest.get(APIC_REG.ESR)).toBe(0);
    expect([guest.errors(), guest.get(APIC_REG.ESR), guest.errors()]).toEqual([0x40, 0x40, 0]);
  });

  it('interrupt at the first one after a write, and not at the others', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_ERROR, 0x55);
    guest.apic.request(1);
    expect(guest.apic.acknowledge()).toBe(0x55);
    guest.apic.eoi();
    guest.apic.request(2);
    expect(guest.apic.ready).toBe(false);
    guest.errors();
    guest.apic.request(3);
    expect(guest.apic.ready).toBe(true);
  });

  it('of an illegal vector in the error entry itself end there', () => {
    const guest = new Guest();
    guest.set(APIC_REG.LVT_ERROR, 0x05);
    guest.apic.request(1);
    expect([guest.apic.ready, guest.errors()]).toEqual([false, 0x40]);
  });
});

describe('registers that a store cannot change', () => {
  it.each([
    ['the id', APIC_REG.ID],
    ['the version', APIC_REG.VERSION],
    ['the processor priority', APIC_REG.PPR],
    ['the current count', APIC_REG.TIMER_CURRENT],
  ])('keep %s, without an error', (_name, register) => {
    const guest = new Guest();
    const before = guest.get(register);
    guest.set(register, 0xffff_ffff);
    expect([guest.get(register), guest.errors()]).toEqual([before, 0]);
  });
});

it('reads trigger modes: level-triggered vectors have their bit set', () => {
  const guest = new Guest();
  guest.partition.assertInterrupt(0, 0x65, true);
  guest.partition.engine.run();
  expect(guest.get(APIC_REG.TMR + 0x30)).toBe(1 << 5);
  guest.partition.assertInterrupt(0, 0x65);
  guest.partition.engine.run();
  expect(guest.get(APIC_REG.TMR + 0x30)).toBe(0);
});
