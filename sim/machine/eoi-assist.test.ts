import { describe, expect, it } from 'vitest';
import { HV_X64_MSR, MSR_PAGE_ENABLE } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { Features } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const PAGE = 0x4000;

/** A guest that has placed its assist page and takes interrupts by hand. */
class Guest {
  readonly partition: Partition;

  constructor(features: Partial<Features> = {}) {
    this.partition = new Hypervisor().createPartition({ memory: 0x10_000, features });
    this.place(PAGE);
  }

  get apic() {
    return this.partition.vps[0].apic;
  }

  place(gpa: number): void {
    this.partition.writeMsr(0, HV_X64_MSR.VP_ASSIST_PAGE, BigInt(gpa) | MSR_PAGE_ENABLE);
  }

  get word(): number {
    return this.partition.memory.read32(PAGE);
  }

  /** `btr [page], 0`: true when the bit was set. */
  test(page = PAGE): boolean {
    const before = this.partition.memory.read32(page);
    this.partition.memory.write32(page, before & ~1);
    return (before & 1) !== 0;
  }

  /** EOI as the TLFS recommends it. True when it was spared. */
  end(): boolean {
    if (this.test()) return true;
    this.partition.writeMsr(0, HV_X64_MSR.EOI, 0n);
    return false;
  }

  take(...vectors: number[]): void {
    for (const vector of vectors) expect(this.apic.acknowledge()).toBe(vector);
  }
}

describe('"No EOI required"', () => {
  it('is set when an edge-triggered interrupt is injected and no other waits', () => {
    const guest = new Guest();
    expect(guest.word).toBe(0);
    guest.apic.request(0x51);
    expect(guest.word).toBe(0);
    guest.take(0x51);
    expect(guest.word).toBe(1);
    expect(guest.end()).toBe(true);
    expect(guest.apic.isInService(0x51)).toBe(false);
    expect(guest.partition.counters.passed('hypervisor-eoi')).toBe(0);
  });

  it('is not set while a lower-priority interrupt waits, and is for the last one', () => {
    const guest = new Guest();
    for (const vector of [0x51, 0x61, 0x71]) guest.apic.request(vector);
    const spared = [0x71, 0x61, 0x51].map((vector) => {
      guest.take(vector);
      return guest.end();
    });
    expect(spared).toEqual([false, false, true]);
    expect(guest.partition.counters.passed('hypervisor-eoi')).toBe(2);
  });

  it.each([
    ['lower', 0x41],
    ['equal', 0x58],
  ])('is taken back when one of %s priority is requested', (_name, other) => {
    const guest = new Guest();
    guest.apic.request(0x51);
    guest.take(0x51);
    guest.apic.request(other);
    expect(guest.word).toBe(0);
    expect(guest.apic.ready).toBe(false);
    expect(guest.end()).toBe(false);
    expect(guest.apic.ready).toBe(true);
    guest.take(other);
    expect(guest.end()).toBe(true);
  });

  it('ends the interrupt when the hypervisor looks the next time, not before', () => {
    const guest = new Guest();
    guest.apic.request(0x51);
    guest.take(0x51);
    expect(guest.test()).toBe(true);
    expect(guest.partition.counters.total('eois')).toBe(0);
    guest.apic.request(0x41);
    expect(guest.partition.counters.total('eois')).toBe(1);
    expect(guest.apic.ready).toBe(true);
  });

  it('spares only the first of two nested ones', () => {
    const guest = new Guest();
    guest.apic.request(0x51);
    guest.take(0x51);
    guest.apic.request(0x81);
    guest.take(0x81);
    expect([guest.end(), guest.end()]).toEqual([true, false]);
    expect([guest.apic.isInService(0x81), guest.apic.isInService(0x51)]).toEqual([false, false]);
  });

  it('is not set for a level-triggered interrupt', () => {
    const guest = new Guest();
    guest.apic.request(0x51, false, true);
    guest.take(0x51);
    expect(guest.word).toBe(0);
  });

  it('is not set for an AutoEOI interrupt, and stays for the one below it', () => {
    const guest = new Guest();
    guest.apic.request(0x51, true);
    guest.take(0x51);
    expect(guest.word).toBe(0);
    guest.apic.request(0x61);
    guest.take(0x61);
    guest.apic.request(0x81, true);
    guest.take(0x81);
    expect(guest.word).toBe(1);
  });

  it('is not set where the processor ends interrupts by itself', () => {
    const guest = new Guest({ apicv: true });
    guest.apic.request(0x51);
    guest.take(0x51);
    expect(guest.word).toBe(0);
  });

  it('does not end anything that a guest has made up', () => {
    const guest = new Guest();
    guest.partition.memory.write32(PAGE, 1);
    guest.apic.request(0x51);
    guest.apic.request(0x41);
    guest.take(0x51);
    expect(guest.word).toBe(0);
    guest.partition.memory.write32(PAGE, 1);
    expect(guest.test()).toBe(true);
    expect(guest.apic.isInService(0x51)).toBe(true);
  });

  it('leaves the other bits of the word alone', () => {
    const guest = new Guest();
    guest.partition.memory.write32(PAGE, 0xabcd_ef00);
    guest.apic.request(0x51);
    guest.take(0x51);
    expect(guest.word).toBe(0xabcd_ef01);
  });
});

describe('a guest that does not use it', () => {
  it.each(['page', 'msr'])('ends interrupts all the same, by %s', (by) => {
    const guest = new Guest();
    guest.apic.request(0x51);
    guest.take(0x51);
    if (by === 'msr') guest.partition.writeMsr(0, HV_X64_MSR.EOI, 0n);
    else guest.partition.mmioWrite(0, MMIO.LOCAL_APIC + APIC_REG.EOI, 4, 0);
    expect([guest.word, guest.apic.isInService(0x51)]).toEqual([0, false]);
    expect(guest.partition.counters.total('eois')).toBe(1);
  });
});

describe('the page', () => {
  it('may be moved and removed while an interrupt is in service: the EOI is then needed', () => {
    for (const value of [BigInt(0x8000) | MSR_PAGE_ENABLE, 0n]) {
      const guest = new Guest();
      guest.apic.request(0x51);
      guest.take(0x51);
      guest.partition.writeMsr(0, HV_X64_MSR.VP_ASSIST_PAGE, value);
      expect(guest.test(0x8000)).toBe(false);
      expect(guest.apic.isInService(0x51)).toBe(true);
      guest.partition.writeMsr(0, HV_X64_MSR.EOI, 0n);
      expect(guest.apic.isInService(0x51)).toBe(false);
    }
  });

  it('that names no RAM is no page', () => {
    const guest = new Guest();
    guest.place(0x100_0000);
    guest.apic.request(0x51);
    guest.take(0x51);
    expect(guest.end()).toBe(false);
  });

  it('is gone after a reset', () => {
    const guest = new Guest();
    guest.apic.request(0x51);
    guest.take(0x51);
    guest.partition.reset();
    guest.apic.request(0x61);
    guest.take(0x61);
    expect([guest.word, guest.apic.isInService(0x61)]).toEqual([0, true]);
  });
});
