import { describe, expect, it } from 'vitest';
import { HV_X64_MSR, IA32_MSR } from '../wire/msr.ts';
import type { Era } from './costs.ts';
import { ERAS } from './costs.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition, PartitionOptions } from './partition.ts';

const M = HV_X64_MSR;

function guest(era: Era = '2020', options: Partial<PartitionOptions> = {}): Partition {
  return new Hypervisor({ era }).createPartition({ memory: 1024 * 1024, vps: 2, ...options });
}

describe('the order of a stock Linux kernel', () => {
  it('finds every register as it expects it', () => {
    const partition = guest();
    const read = (index: number): bigint | undefined => partition.readMsr(0, index);
    const write = (index: number, value: bigint): void =>
      expect(partition.writeMsr(0, index, value), index.toString(16)).toBe(true);
    expect(partition.readMsr(1, M.VP_INDEX)).toBe(1n);
    write(M.VP_ASSIST_PAGE, 0x9001n);
    write(M.GUEST_OS_ID, 0x8100_0006_01c0_0000n);
    expect(read(M.HYPERCALL)).toBe(0n);
    write(M.HYPERCALL, 0xa001n);
    expect(read(M.HYPERCALL)).toBe(0xa001n);
    expect(read(M.SIMP)).toBe(0n);
    write(M.SIMP, 0xb001n);
    expect(read(M.SIEFP)).toBe(0n);
    write(M.SIEFP, 0xc001n);
    expect(read(M.SINT2)).toBe(0x1_0000n);
    write(M.SINT2, 0xf3n);
    expect(read(M.SCONTROL)).toBe(0n);
    write(M.SCONTROL, 1n);
    write(M.EOM, 0n);
    expect(partition.counters.total('faults')).toBe(0);
    expect(partition.counters.passed('hypervisor-msr')).toBe(15);
  });
});

describe('the hypercall page', () => {
  it.each([
    ['intel', [0x0f, 0x01, 0xc1, 0xc3]],
    ['amd', [0x0f, 0x01, 0xd9, 0xc3]],
  ] as const)('holds the instruction of %s and a return', (vendor, code) => {
    const partition = guest('2020', { vendor });
    partition.memory.u8.fill(0x90, 0xa000, 0xb000);
    partition.writeMsr(0, M.GUEST_OS_ID, 1n);
    partition.writeMsr(0, M.HYPERCALL, 0xa001n);
    expect([...partition.memory.u8.slice(0xa000, 0xa004)]).toEqual(code);
    expect(partition.memory.write32(0xa000, 0)).toBe(false);
    partition.writeMsr(0, M.HYPERCALL, 0xa000n);
    expect(partition.memory.u8[0xa000]).toBe(0x90);
  });

  it('needs the guest’s identity, and goes with it', () => {
    const partition = guest();
    expect(partition.writeMsr(0, M.HYPERCALL, 0xa001n)).toBe(true);
    expect(partition.readMsr(0, M.HYPERCALL)).toBe(0xa000n);
    partition.writeMsr(0, M.GUEST_OS_ID, 1n);
    partition.writeMsr(0, M.HYPERCALL, 0xa001n);
    partition.writeMsr(0, M.GUEST_OS_ID, 0n);
    expect(partition.readMsr(0, M.HYPERCALL)).toBe(0xa000n);
    expect(partition.memory.u8[0xa000]).toBe(0);
  });

  it('cannot be changed once it is locked, until reset', () => {
    const partition = guest();
    partition.writeMsr(0, M.GUEST_OS_ID, 1n);
    expect(partition.writeMsr(0, M.HYPERCALL, 0xa003n)).toBe(true);
    expect(partition.writeMsr(0, M.HYPERCALL, 0xb001n)).toBe(false);
    expect(partition.memory.u8[0xa000]).toBe(0x0f);
    partition.reset();
    expect(partition.readMsr(0, M.HYPERCALL)).toBe(0n);
  });

  it('must be RAM', () => {
    const partition = guest();
    partition.writeMsr(0, M.GUEST_OS_ID, 1n);
    expect(partition.writeMsr(0, M.HYPERCALL, 0x10_0001n)).toBe(false);
    expect(partition.readMsr(0, M.HYPERCALL)).toBe(0n);
  });

  it('may hold the code of an emulator', () => {
    const partition = guest('2020', { hypercallCode: Uint8Array.of(0xe6, 0x42, 0xc3) });
    partition.writeMsr(0, M.GUEST_OS_ID, 1n);
    partition.writeMsr(0, M.HYPERCALL, 0xa001n);
    expect([...partition.memory.u8.slice(0xa000, 0xa003)]).toEqual([0xe6, 0x42, 0xc3]);
  });
});

describe('#GP', () => {
  it.each([
    ['a vector below 16', M.SINT2, 0x0fn],
    ['SVERSION', M.SVERSION, 1n],
    ['VP_INDEX', M.VP_INDEX, 1n],
    ['TIME_REF_COUNT', M.TIME_REF_COUNT, 0n],
    ['TSC_FREQUENCY', M.TSC_FREQUENCY, 1n],
    ['reserved bits of a timer', M.STIMER0_CONFIG, 1n << 20n],
    ['reserved bits of TPR', M.TPR, 0x100n],
    ['reserved bits of RESET', M.RESET, 2n],
    ['a synthetic register that does not exist', 0x4000_0050, 0n],
    ['a register of no processor', 0xdead_beef, 0n],
  ])('for a write of %s', (_name, index, value) => {
    const partition = guest();
    expect(partition.writeMsr(0, index, value)).toBe(false);
    expect(partition.counters.total('faults')).toBe(1);
  });

  it('for a read of what was not offered', () => {
    const partition = guest('2008');
    expect(partition.readMsr(0, M.REFERENCE_TSC)).toBeUndefined();
    expect(partition.readMsr(0, M.CRASH_CTL)).toBeUndefined();
    expect(partition.readMsr(0, M.GUEST_IDLE)).toBeUndefined();
    expect(partition.readMsr(0, M.TIME_REF_COUNT)).toBeDefined();
  });

  it('for every synthetic register when there is no hypervisor', () => {
    const partition = guest('2020', { features: { hypervisorPresent: false } });
    for (const index of Object.values(M)) expect(partition.readMsr(0, index)).toBeUndefined();
    expect(partition.readMsr(0, IA32_MSR.APIC_BASE)).toBe(0xfee0_0900n);
    expect(partition.readMsr(1, IA32_MSR.APIC_BASE)).toBe(0xfee0_0800n);
  });

  it('not for the reset value of a masked source', () => {
    expect(guest().writeMsr(0, M.SINT5, 0x1_0000n)).toBe(true);
  });
});

describe('time', () => {
  it.each(ERAS)('runs in units of 100 ns in the reference counter of %s', (era) => {
    const partition = guest(era);
    const start = Number(partition.readMsr(0, M.TIME_REF_COUNT));
    partition.vps[0].elapse(partition.costs.hz);
    const end = Number(partition.readMsr(0, M.TIME_REF_COUNT));
    const exit = (partition.costs.cost('total.msr') * 1e7) / partition.costs.hz;
    expect(Math.abs(end - start - 1e7 - exit)).toBeLessThanOrEqual(1);
  });

  it.each(['2012', '2020'] as const)('is the same by the reference TSC page in %s', (era) => {
    const partition = guest(era);
    partition.writeMsr(0, M.REFERENCE_TSC, 0x6001n);
    const { memory } = partition;
    expect(memory.read32(0x6000)).toBe(1);
    for (const seconds of [0, 0.000_001, 1, 3600, 86_400]) {
      partition.vps[0].now = Math.round(seconds * partition.costs.hz);
      partition.vps[0].reach();
      const tsc = BigInt(partition.vps[0].now);
      expect((tsc * memory.read64(0x6008)) >> 64n).toBe(BigInt(partition.referenceTime()));
    }
  });

  it('sends a guest with another TSC to the counter', () => {
    const partition = guest('2020', { features: { referenceTscValid: false } });
    partition.writeMsr(0, M.REFERENCE_TSC, 0x6001n);
    expect(partition.memory.read32(0x6000)).toBe(0);
  });

  it('has its frequencies', () => {
    const partition = guest('2012');
    expect(partition.readMsr(0, M.TSC_FREQUENCY)).toBe(2_600_000_000n);
    expect(partition.readMsr(0, M.APIC_FREQUENCY)).toBe(200_000_000n);
  });

  it('is also in the TSC, which a guest may set', () => {
    const partition = guest();
    partition.writeMsr(0, IA32_MSR.TSC, 0n);
    const first = partition.readMsr(0, IA32_MSR.TSC) ?? 0n;
    expect(first).toBe(BigInt(partition.costs.cost('total.msr')));
  });
});

describe('the rest', () => {
  it('reports a crash with its text', () => {
    const partition = guest();
    partition.memory.write(0x7000, new TextEncoder().encode('panic'));
    [M.CRASH_P0, M.CRASH_P1, M.CRASH_P2].forEach((index, i) => {
      partition.writeMsr(0, index, BigInt(i + 1));
    });
    partition.writeMsr(0, M.CRASH_P3, 0x7000n);
    partition.writeMsr(0, M.CRASH_P4, 5n);
    expect(partition.readMsr(0, M.CRASH_CTL)).toBe(3n << 62n);
    partition.writeMsr(0, M.CRASH_CTL, 3n << 62n);
    expect(partition.msrs.crash).toEqual({ parameters: [1n, 2n, 3n, 0x7000n, 5n], text: 'panic' });
  });

  it('resets everything but memory', () => {
    const partition = guest();
    let resets = 0;
    partition.onReset(() => resets++);
    partition.memory.write32(0x100, 77);
    partition.writeMsr(0, M.SIMP, 0xb001n);
    partition.writeMsr(0, M.SINT2, 0xf3n);
    expect(partition.writeMsr(0, M.RESET, 1n)).toBe(true);
    expect(resets).toBe(1);
    expect(partition.readMsr(0, M.SIMP)).toBe(0n);
    expect(partition.readMsr(0, M.SINT2)).toBe(0x1_0000n);
    expect(partition.memory.read32(0x100)).toBe(77);
  });

  it('keeps plain registers of the processor', () => {
    const partition = guest();
    const EFER = 0xc000_0080;
    expect(partition.writeMsr(0, EFER, 0x501n)).toBe(true);
    expect([partition.readMsr(0, EFER), partition.readMsr(1, EFER)]).toEqual([0x501n, 0n]);
    expect(partition.writeMsr(0, IA32_MSR.APIC_BASE, 0n)).toBe(false);
  });

  it('makes EOI, ICR and TPR cheaper than the others', () => {
    const partition = guest('2008');
    const { apic } = partition.vps[0];
    apic.request(0x55);
    apic.acknowledge();
    partition.writeMsr(0, M.EOI, 0n);
    expect(apic.isInService(0x55)).toBe(false);
    expect(partition.vps[0].now).toBe(3300);
    partition.writeMsr(0, M.TPR, 0x60n);
    expect(partition.readMsr(0, M.TPR)).toBe(0x60n);
    partition.writeMsr(0, M.ICR, (1n << 56n) | 0x71n);
    partition.engine.run();
    expect(partition.vps[1].apic.isPending(0x71)).toBe(true);
    expect(partition.counters.passed('hypervisor-eoi')).toBe(4);
  });
});
