import { describe, expect, it } from 'vitest';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import { LocalApic } from './apic.ts';
import { addressed } from './apic-send.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

function machine(vps = 1): { partition: Partition; apic: LocalApic } {
  const partition = new Hypervisor().createPartition({ memory: 1024 * 1024, vps });
  return { partition, apic: partition.vps[0].apic };
}

const at = (register: number): number => MMIO.LOCAL_APIC + register;

describe('priorities', () => {
  it('take the highest vector first', () => {
    const { apic } = machine();
    for (const vector of [0x31, 0xf3, 0x20, 0x80]) apic.request(vector);
    const taken: number[] = [];
    while (apic.ready) {
      taken.push(apic.acknowledge());
      apic.eoi();
    }
    expect(taken).toEqual([0xf3, 0x80, 0x31, 0x20]);
  });

  it('hold back the class that is in service, and lower ones', () => {
    const { apic } = machine();
    apic.request(0x51);
    expect(apic.acknowledge()).toBe(0x51);
    apic.request(0x5f);
    apic.request(0x41);
    expect(apic.ready).toBe(false);
    apic.request(0x60);
    expect(apic.ready).toBe(true);
    expect(apic.acknowledge()).toBe(0x60);
    expect(apic.eoi()).toBe(0x60);
    expect(apic.ready).toBe(false);
    expect(apic.eoi()).toBe(0x51);
    expect(apic.acknowledge()).toBe(0x5f);
  });

  it('hold back what the task priority covers', () => {
    const { apic } = machine();
    apic.setTpr(0x50);
    apic.request(0x55);
    expect(apic.ready).toBe(false);
    apic.setTpr(0x40);
    expect(apic.ready).toBe(true);
  });

  it('are not touched by AutoEOI', () => {
    const { apic } = machine();
    apic.request(0xf3, true);
    apic.acknowledge();
    expect(apic.ppr).toBe(0);
    apic.request(0x20);
    expect(apic.ready).toBe(true);
    expect(apic.eoi()).toBe(-1);
  });

  it('merge a vector that is pending already', () => {
    const { apic } = machine();
    expect([apic.request(0x40), apic.request(0x40)]).toEqual([true, false]);
    apic.acknowledge();
    apic.eoi();
    expect(apic.ready).toBe(false);
  });
});

describe('registers in memory', () => {
  it('each cost one exit that the hypervisor answers', () => {
    const { partition, apic } = machine();
    partition.mmioWrite(0, at(APIC_REG.TPR), 4, 0x20);
    expect(partition.mmioRead(0, at(APIC_REG.TPR), 4)).toBe(0x20);
    expect(partition.mmioRead(0, at(APIC_REG.PPR), 4)).toBe(0x20);
    expect(partition.mmioRead(0, at(APIC_REG.VERSION), 4)).toBe(0x5_0014);
    expect(apic.tpr).toBe(0x20);
    expect(partition.counters.hypervisorExits).toBe(4);
    expect(partition.counters.deviceIntercepts).toBe(0);
    expect(partition.counters.ringTransitions).toBe(8);
  });

  it('show what is pending and what is in service', () => {
    const { partition, apic } = machine();
    apic.request(0x65);
    expect(partition.mmioRead(0, at(APIC_REG.IRR + 0x30), 4)).toBe(1 << 5);
    apic.acknowledge();
    expect(partition.mmioRead(0, at(APIC_REG.IRR + 0x30), 4)).toBe(0);
    expect(partition.mmioRead(0, at(APIC_REG.ISR + 0x30), 4)).toBe(1 << 5);
    partition.mmioWrite(0, at(APIC_REG.EOI), 4, 0);
    expect(apic.isInService(0x65)).toBe(false);
  });

  it('tell listeners of every EOI', () => {
    const { partition, apic } = machine();
    const ended: number[] = [];
    partition.onEoi((vp, vector) => ended.push(vp, vector));
    apic.request(0x65);
    apic.acknowledge();
    partition.mmioWrite(0, at(APIC_REG.EOI), 4, 0);
    partition.mmioWrite(0, at(APIC_REG.EOI), 4, 0);
    expect(ended).toEqual([0, 0x65]);
    expect(partition.counters.total('eois')).toBe(1);
  });
});

describe('interrupt commands', () => {
  const SHORTHAND = { self: 1 << 18, all: 2 << 18, others: 3 << 18 };
  const pending = (partition: Partition, vector: number): number[] => {
    partition.engine.run();
    return partition.vps.filter((vp) => vp.apic.isPending(vector)).map((vp) => vp.index);
  };

  it.each([
    ['one', 0, 2, [2]],
    ['everybody by id', 0, 0xff, [0, 1, 2]],
    ['nobody', 0, 9, []],
    ['itself', SHORTHAND.self, 0, [0]],
    ['all', SHORTHAND.all, 0, [0, 1, 2]],
    ['the others', SHORTHAND.others, 0, [1, 2]],
  ])('reach %s', (_name, shorthand, destination, targets) => {
    const { partition } = machine(3);
    partition.mmioWrite(0, at(APIC_REG.ICR_HIGH), 4, destination * 2 ** 24);
    partition.mmioWrite(0, at(APIC_REG.ICR_LOW), 4, shorthand | 0x71);
    expect(pending(partition, 0x71)).toEqual(targets);
  });

  it('reach one of several by lowest priority, none by INIT', () => {
    const { partition } = machine(3);
    partition.mmioWrite(0, at(APIC_REG.ICR_LOW), 4, SHORTHAND.others | 0x100 | 0x72);
    expect(pending(partition, 0x72)).toEqual([1]);
    partition.mmioWrite(0, at(APIC_REG.ICR_LOW), 4, SHORTHAND.others | 0x500 | 0x73);
    expect(pending(partition, 0x73)).toEqual([]);
  });

  it('understand logical destinations, flat and clustered', () => {
    const apic = new LocalApic(3);
    apic.logicalId = 0x08;
    expect(addressed(apic, 0x0c, true)).toBe(true);
    expect(addressed(apic, 0x04, true)).toBe(false);
    apic.destinationFormat = 0x0fff_ffff;
    apic.logicalId = 0x21;
    expect(addressed(apic, 0x23, true)).toBe(true);
    expect(addressed(apic, 0x11, true)).toBe(false);
  });
});

describe('the 8259 pair on LINT0', () => {
  it('gives its own vector, after the APIC’s', () => {
    const { partition, apic } = machine();
    let acknowledged = 0;
    partition.connectExtInt(() => {
      acknowledged++;
      partition.setExtInt(false);
      return 0x76;
    });
    partition.setExtInt(true);
    expect(apic.ready).toBe(false);
    partition.engine.run();
    apic.request(0x30);
    expect([apic.acknowledge(), apic.acknowledge()]).toEqual([0x30, 0x76]);
    expect(acknowledged).toBe(1);
    expect(apic.ready).toBe(false);
    expect(apic.isInService(0x76)).toBe(false);
    expect(partition.counters.passed('irq-assert')).toBe(1);
  });

  it('is silent when LINT0 is masked', () => {
    const { partition, apic } = machine();
    partition.connectExtInt(() => 0x76);
    partition.mmioWrite(0, at(0x350), 4, 0x1_0700);
    partition.setExtInt(true);
    partition.engine.run();
    expect(apic.ready).toBe(false);
    partition.mmioWrite(0, at(0x350), 4, 0x700);
    expect(apic.ready).toBe(true);
  });

  it('that has changed its mind is heard when its request was on the way, and not once it has arrived', () => {
    const { partition, apic } = machine();
    partition.connectExtInt(() => 0x77);
    partition.setExtInt(true);
    partition.setExtInt(false);
    partition.engine.run();
    expect(apic.ready).toBe(true);
    partition.setExtInt(false);
    expect(apic.ready).toBe(false);
  });
});

it('an interrupt of the worker arrives when its hypercall is through, four transitions later', () => {
  const { partition, apic } = machine();
  partition.assertInterrupt(0, 0x61);
  expect(apic.isPending(0x61)).toBe(false);
  partition.engine.run();
  expect(apic.isPending(0x61)).toBe(true);
  expect(partition.engine.now).toBeGreaterThan(0);
  expect(partition.counters.ringTransitions).toBe(4);
});
