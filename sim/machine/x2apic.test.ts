import { describe, expect, it } from 'vitest';
import { APIC_BASE, x2apicMsr } from '../wire/apic.ts';
import { HV_X64_MSR, IA32_MSR } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { Features } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

function machine(features: Partial<Features> = { x2apic: true }, vps = 1): Partition {
  return new Hypervisor().createPartition({ memory: 1024 * 1024, vps, features });
}

const BASE = BigInt(MMIO.LOCAL_APIC) | APIC_BASE.BOOTSTRAP;
const MODES = {
  disabled: BASE,
  xapic: BASE | APIC_BASE.ENABLE,
  x2apic: BASE | APIC_BASE.ENABLE | APIC_BASE.X2APIC,
} as const;
type Mode = keyof typeof MODES;

/** A partition whose processors are in x2APIC mode. */
function extended(vps = 1, features: Partial<Features> = {}): Partition {
  const partition = machine({ x2apic: true, ...features }, vps);
  for (let vp = 0; vp < vps; vp++) {
    const own = BigInt(MMIO.LOCAL_APIC) | (vp === 0 ? APIC_BASE.BOOTSTRAP : 0n);
    expect(partition.writeMsr(vp, IA32_MSR.APIC_BASE, own | APIC_BASE.ENABLE | APIC_BASE.X2APIC)).toBe(true);
  }
  return partition;
}

const at = (register: number): number => MMIO.LOCAL_APIC + register;

describe('IA32_APIC_BASE', () => {
  const ALLOWED: readonly (readonly [Mode, Mode])[] = [
    ['disabled', 'disabled'],
    ['disabled', 'xapic'],
    ['xapic', 'xapic'],
    ['xapic', 'disabled'],
    ['xapic', 'x2apic'],
    ['x2apic', 'x2apic'],
    ['x2apic', 'disabled'],
  ];
  const way: Record<Mode, readonly Mode[]> = { xapic: [], disabled: ['disabled'], x2apic: ['x2apic'] };
  const all = (Object.keys(MODES) as Mode[]).flatMap((from) =>
    (Object.keys(MODES) as Mode[]).map((to) => [from, to] as const),
  );

  it.each(all)('goes from %s to %s exactly as the SDM draws it', (from, to) => {
    const partition = machine();
    for (const step of way[from]) expect(partition.writeMsr(0, IA32_MSR.APIC_BASE, MODES[step])).toBe(true);
    const allowed = ALLOWED.some(([a, b]) => a === from && b === to);
    expect(partition.writeMsr(0, IA32_MSR.APIC_BASE, MODES[to])).toBe(allowed);
    expect(partition.vps[0].apic.mode).toBe(allowed ? to : from);
    expect(partition.readMsr(0, IA32_MSR.APIC_BASE)).toBe(MODES[allowed ? to : from]);
  });

  it.each([
    ['x2APIC without enable', BASE | APIC_BASE.X2APIC],
    ['a reserved bit', MODES.xapic | 1n],
    ['bit 9', MODES.xapic | 0x200n],
    ['another address', MODES.xapic + 0x1000n],
    ['no bootstrap bit', MODES.xapic & ~APIC_BASE.BOOTSTRAP],
    ['an address of 64 bits', MODES.xapic | (1n << 60n)],
  ])('refuses %s', (_name, value) => {
    const partition = machine();
    expect(partition.writeMsr(0, IA32_MSR.APIC_BASE, value)).toBe(false);
    expect(partition.readMsr(0, IA32_MSR.APIC_BASE)).toBe(MODES.xapic);
    expect(partition.counters.total('faults')).toBe(1);
  });

  it('has no x2APIC mode where CPUID does not offer it', () => {
    const partition = machine({});
    expect(partition.cpuid(0, 1, 0).ecx & (1 << 21)).toBe(0);
    expect(partition.writeMsr(0, IA32_MSR.APIC_BASE, MODES.x2apic)).toBe(false);
    expect(machine().cpuid(0, 1, 0).ecx & (1 << 21)).not.toBe(0);
  });

  it('forgets everything when it is switched off, and takes nothing then but the 8259 pair', () => {
    const partition = machine();
    const { apic } = partition.vps[0];
    partition.connectExtInt(() => 0x76);
    apic.request(0x55);
    partition.writeMsr(0, IA32_MSR.APIC_BASE, MODES.disabled);
    expect([apic.ready, apic.isPending(0x55), apic.request(0x55)]).toEqual([false, false, false]);
    expect(partition.mmioRead(0, at(APIC_REG.VERSION), 4)).toBe(0xffff_ffff);
    partition.setExtInt(true);
    partition.engine.run();
    expect(apic.ready).toBe(true);
    partition.writeMsr(0, IA32_MSR.APIC_BASE, MODES.xapic);
    expect([apic.ready, apic.spurious]).toEqual([false, 0xff]);
  });

  it('keeps what is pending on the way to x2APIC mode', () => {
    const partition = machine();
    partition.vps[0].apic.request(0x55);
    partition.writeMsr(0, IA32_MSR.APIC_BASE, MODES.x2apic);
    expect(partition.readMsr(0, x2apicMsr(APIC_REG.IRR + 0x20))).toBe(1n << 21n);
  });
});

describe('the MSRs of x2APIC mode', () => {
  it('do not exist before, and the page does not exist after', () => {
    const partition = machine();
    expect(partition.readMsr(0, x2apicMsr(APIC_REG.VERSION))).toBeUndefined();
    expect(partition.writeMsr(0, x2apicMsr(APIC_REG.TPR), 0x20n)).toBe(false);
    const after = extended();
    expect(after.readMsr(0, x2apicMsr(APIC_REG.VERSION))).toBe(0x5_0014n);
    expect(after.mmioRead(0, at(APIC_REG.VERSION), 4)).toBe(0xffff_ffff);
    after.mmioWrite(0, at(APIC_REG.TPR), 4, 0x50);
    expect(after.vps[0].apic.tpr).toBe(0);
  });

  it('serve id and logical id of 32 bits: cluster in the upper half', () => {
    const partition = extended(19);
    expect(partition.readMsr(18, x2apicMsr(APIC_REG.ID))).toBe(18n);
    expect(partition.readMsr(18, x2apicMsr(APIC_REG.LDR))).toBe(0x1_0004n);
    expect(partition.readMsr(3, x2apicMsr(APIC_REG.LDR))).toBe(0x0008n);
  });

  it.each([
    ['ID', APIC_REG.ID],
    ['VERSION', APIC_REG.VERSION],
    ['PPR', APIC_REG.PPR],
    ['LDR', APIC_REG.LDR],
    ['ISR', APIC_REG.ISR],
    ['TMR', APIC_REG.TMR],
    ['IRR', APIC_REG.IRR],
    ['the current count', APIC_REG.TIMER_CURRENT],
  ])('let %s be read only', (_name, register) => {
    const partition = extended();
    expect(partition.readMsr(0, x2apicMsr(register))).toBeDefined();
    expect(partition.writeMsr(0, x2apicMsr(register), 0n)).toBe(false);
  });

  it.each([
    ['EOI', APIC_REG.EOI],
    ['SELF IPI', APIC_REG.SELF_IPI],
  ])('let %s be written only', (_name, register) => {
    expect(extended().readMsr(0, x2apicMsr(register))).toBeUndefined();
  });

  it.each([
    ['DFR', APIC_REG.DFR],
    ['the high half of ICR', APIC_REG.ICR_HIGH],
    ['0x804', 0x40],
    ['0x8FF', 0xff0],
  ])('have no %s', (_name, register) => {
    const partition = extended();
    expect(partition.readMsr(0, x2apicMsr(register))).toBeUndefined();
    expect(partition.writeMsr(0, x2apicMsr(register), 0n)).toBe(false);
  });

  it.each([
    ['TPR bit 8', APIC_REG.TPR, 0x100n],
    ['SVR bit 9', APIC_REG.SVR, 0x200n],
    ['EOI other than 0', APIC_REG.EOI, 1n],
    ['ESR other than 0', APIC_REG.ESR, 1n],
    ['bit 32 of a register of 32 bits', APIC_REG.SVR, 1n << 32n],
    ['ICR bit 13', APIC_REG.ICR_LOW, 0x2041n],
    ['ICR bit 16', APIC_REG.ICR_LOW, 0x1_0041n],
    ['ICR bit 20', APIC_REG.ICR_LOW, 0x10_0041n],
    ['the timer entry’s bit 13', APIC_REG.LVT_TIMER, 0x2041n],
    ['the deadline mode that is not offered', APIC_REG.LVT_TIMER, 0x4_0041n],
    ['divide configuration bit 2', APIC_REG.TIMER_DIVIDE, 4n],
    ['SELF IPI bit 8', APIC_REG.SELF_IPI, 0x141n],
  ])('raise #GP for %s and change nothing', (_name, register, value) => {
    const partition = extended();
    const { apic } = partition.vps[0];
    apic.request(0x61);
    apic.acknowledge();
    expect(partition.writeMsr(0, x2apicMsr(register), value)).toBe(false);
    expect([apic.tpr, apic.spurious, apic.isInService(0x61), apic.ready]).toEqual([0, 0x1ff, true, false]);
  });

  it('end an interrupt, set the priority, and send to oneself', () => {
    const partition = extended();
    const { apic } = partition.vps[0];
    partition.writeMsr(0, x2apicMsr(APIC_REG.SELF_IPI), 0x61n);
    expect(apic.acknowledge()).toBe(0x61);
    partition.writeMsr(0, x2apicMsr(APIC_REG.EOI), 0n);
    partition.writeMsr(0, x2apicMsr(APIC_REG.TPR), 0x30n);
    expect([apic.isInService(0x61), apic.ppr]).toEqual([false, 0x30]);
    expect(partition.counters.passed('hypervisor-x2apic')).toBe(3);
  });

  it('send with a destination of 32 bits: physical, by cluster, to everybody', () => {
    const sent = (command: bigint): number[] => {
      const partition = extended(20);
      partition.writeMsr(0, x2apicMsr(APIC_REG.ICR_LOW), command);
      partition.engine.run();
      return partition.vps.filter(({ apic }) => apic.isPending(0x71)).map(({ index }) => index);
    };
    expect(sent((17n << 32n) | 0x71n)).toEqual([17]);
    expect(sent((0x1_0006n << 32n) | 0x871n)).toEqual([17, 18]);
    expect(sent((0x0005n << 32n) | 0x871n)).toEqual([0, 2]);
    expect(sent((0xffn << 32n) | 0x71n)).toEqual([]);
    expect(sent((0xffff_ffffn << 32n) | 0x71n)).toHaveLength(20);
  });

  it('do not send by lowest priority', () => {
    const partition = extended(3);
    expect(partition.writeMsr(0, x2apicMsr(APIC_REG.ICR_LOW), (1n << 32n) | 0x171n)).toBe(true);
    partition.engine.run();
    expect(partition.vps[1].apic.isPending(0x71)).toBe(false);
  });

  it('read the command back', () => {
    const partition = extended(2);
    partition.writeMsr(0, x2apicMsr(APIC_REG.ICR_LOW), (1n << 32n) | 0x71n);
    expect(partition.readMsr(0, x2apicMsr(APIC_REG.ICR_LOW))).toBe((1n << 32n) | 0x71n);
    expect(partition.readMsr(0, HV_X64_MSR.ICR)).toBe((1n << 32n) | 0x71n);
  });
});

describe('the synthetic APIC MSRs', () => {
  it('raise #GP while the APIC is switched off, and EOI with a bit above 31', () => {
    const partition = machine();
    expect(partition.writeMsr(0, HV_X64_MSR.EOI, 1n << 32n)).toBe(false);
    expect(partition.writeMsr(0, HV_X64_MSR.EOI, 0xffff_ffffn)).toBe(true);
    partition.writeMsr(0, IA32_MSR.APIC_BASE, MODES.disabled);
    expect(partition.writeMsr(0, HV_X64_MSR.EOI, 0n)).toBe(false);
    expect(partition.writeMsr(0, HV_X64_MSR.ICR, 0x71n)).toBe(false);
  });

  it('cannot be read where there is nothing to read', () => {
    expect(machine().readMsr(0, HV_X64_MSR.EOI)).toBeUndefined();
  });

  it('read the interrupt command back in the layout of the page', () => {
    const partition = machine({}, 2);
    partition.writeMsr(0, HV_X64_MSR.ICR, (1n << 56n) | 0x71n);
    expect(partition.readMsr(0, HV_X64_MSR.ICR)).toBe((1n << 56n) | 0x71n);
    expect(partition.mmioRead(0, at(APIC_REG.ICR_LOW), 4)).toBe(0x71);
  });
});
