import { describe, expect, it } from 'vitest';
import { controlWord, HV_STATUS, HVCALL, statuses } from '../wire/hypercall.ts';
import { hvSendIpi } from '../wire/ipi.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import type { Features } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const INPUT = 0x5000;
const VECTOR = 0xfb;
const OFFERED = { hintClusterIpi: true, hintExProcessorMasks: true } as const;
const ONES = 0xffff_ffff_ffff_ffffn;

class Bench {
  readonly partition: Partition;

  constructor(vps = 8, features: Partial<Features> = OFFERED) {
    this.partition = new Hypervisor().createPartition({ memory: 1024 * 1024, vps, features });
    this.partition.writeMsr(0, HV_X64_MSR.GUEST_OS_ID, 1n);
    this.partition.writeMsr(0, HV_X64_MSR.HYPERCALL, 0x2001n);
  }

  /** SEND_IPI in registers: vector and what is reserved in one, the mask in the other. */
  mask(mask: bigint, vector = VECTOR, reserved = 0): string {
    const control = controlWord({ code: HVCALL.SEND_IPI, fast: 1 });
    const first = BigInt(vector) | (BigInt(reserved) << 32n);
    return this.name(this.partition.hypercall(0, control, first, mask));
  }

  /** SEND_IPI_EX from memory. `header` is what the control word says of the banks. */
  set(
    format: number,
    mask: bigint,
    banks: readonly bigint[],
    header = banks.length,
    vector = VECTOR,
  ): string {
    const { memory } = this.partition;
    memory.write64(INPUT, BigInt(vector));
    memory.write64(INPUT + 8, BigInt(format));
    memory.write64(INPUT + 16, mask);
    for (const [i, bank] of banks.entries()) memory.write64(INPUT + 24 + 8 * i, bank);
    const control = controlWord({ code: HVCALL.SEND_IPI_EX, varhead_qwords: header });
    return this.name(this.partition.hypercall(0, control, BigInt(INPUT), 0n));
  }

  /** Processors at which the vector is pending when everything has arrived. */
  get pending(): number[] {
    this.partition.engine.run();
    return this.partition.localApics.filter((apic) => apic.isPending(VECTOR)).map((apic) => apic.id);
  }

  private name(result: bigint | undefined): string {
    return result === undefined ? '#UD' : statuses.nameOf(Number(result & 0xffffn));
  }
}

describe('SEND_IPI', () => {
  it('interrupts the processors of its mask, the caller too, by one exit', () => {
    const bench = new Bench();
    const before = bench.partition.counters.exits;
    expect(bench.mask(0x89n)).toBe('SUCCESS');
    expect(bench.pending).toEqual([0, 3, 7]);
    expect(bench.partition.counters.exits - before).toBe(1);
  });

  it('takes the bytes of its declaration', () => {
    const bench = new Bench(64);
    bench.partition.memory.write(
      INPUT,
      hvSendIpi.encode({ vector: VECTOR, cpu_mask: 0x8000_0000_0000_0009n }),
    );
    const control = controlWord({ code: HVCALL.SEND_IPI });
    expect(bench.partition.hypercall(0, control, BigInt(INPUT), 0n)).toBe(BigInt(HV_STATUS.SUCCESS));
    expect(bench.pending).toEqual([0, 3, 63]);
  });

  it('reaches one target after the other, and keeps the caller that long', () => {
    const bench = new Bench(4);
    const one = new Bench(4);
    const cost = bench.partition.costs.cost('irq.target');
    const start = bench.partition.vps[0].now;
    bench.mask(0xen);
    one.mask(0x2n);
    expect(bench.partition.vps[0].now - one.partition.vps[0].now).toBe(2 * cost);
    const arrivals: number[] = [];
    for (const apic of bench.partition.localApics)
      apic.onReady = () => arrivals.push(bench.partition.engine.now);
    bench.partition.engine.run();
    expect(arrivals.map((at) => at - arrivals[0])).toEqual([0, cost, 2 * cost]);
    expect(arrivals[0]).toBeGreaterThan(start);
  });

  it('to nobody, and to bits beyond the processors, succeeds and does nothing', () => {
    const bench = new Bench(4);
    expect(bench.mask(0n)).toBe('SUCCESS');
    expect(bench.mask(ONES & ~0xfn)).toBe('SUCCESS');
    expect(bench.pending).toEqual([]);
  });

  it.each([
    ['the vector of an exception', 15, 0, 'INVALID_PARAMETER'],
    ['vector 0', 0, 0, 'INVALID_PARAMETER'],
    ['the lowest vector that may be sent', 16, 0, 'SUCCESS'],
    ['the highest', 255, 0, 'SUCCESS'],
    ['vector 256', 256, 0, 'INVALID_PARAMETER'],
    ['a vector of 32 ones', 0xffff_ffff, 0, 'INVALID_PARAMETER'],
    ['another VTL', VECTOR, 1, 'INVALID_PARAMETER'],
    ['padding that is not zero', VECTOR, 0x100, 'INVALID_PARAMETER'],
  ])('with %s', (_name, vector, reserved, status) => {
    expect(new Bench().mask(0x2n, vector, reserved)).toBe(status);
  });

  it('is denied where it is not recommended', () => {
    const bench = new Bench(4, { hintClusterIpi: false });
    expect(bench.mask(0x2n)).toBe('ACCESS_DENIED');
    expect(bench.pending).toEqual([]);
  });

  it.each([
    ['a rep count', { rep_count: 1 }],
    ['a variable header', { varhead_qwords: 1 }],
  ])('with %s is INVALID_HYPERCALL_INPUT', (_name, fields) => {
    const bench = new Bench();
    const control = controlWord({ code: HVCALL.SEND_IPI, fast: 1, ...fields });
    expect(bench.partition.hypercall(0, control, BigInt(VECTOR), 2n)).toBe(
      BigInt(HV_STATUS.INVALID_HYPERCALL_INPUT),
    );
  });
});

describe('SEND_IPI_EX', () => {
  it('reaches processors beyond 63', () => {
    const bench = new Bench(130);
    expect(bench.set(0, 0x5n, [0x20n, 0x3n])).toBe('SUCCESS');
    expect(bench.pending).toEqual([5, 128, 129]);
  });

  it('interrupts all, with a set of format 1', () => {
    const bench = new Bench(5);
    expect(bench.set(1, 0n, [])).toBe('SUCCESS');
    expect(bench.pending).toEqual([0, 1, 2, 3, 4]);
  });

  it('comes in registers up to eleven banks', () => {
    const bench = new Bench(70);
    const { registers } = { registers: bench.partition.hypercalls.registers(0) };
    registers.setXmm(0, 0, 0x3n);
    registers.setXmm(0, 1, 0x4n);
    registers.setXmm(1, 0, 0x1n);
    const control = controlWord({ code: HVCALL.SEND_IPI_EX, fast: 1, varhead_qwords: 2 });
    expect(bench.partition.hypercall(0, control, BigInt(VECTOR), 0n)).toBe(0n);
    expect(bench.pending).toEqual([2, 64]);
    const tooMany = controlWord({ code: HVCALL.SEND_IPI_EX, fast: 1, varhead_qwords: 12 });
    expect(bench.partition.hypercall(0, tooMany, BigInt(VECTOR), 0n)).toBe(3n);
  });

  it.each([
    ['names nobody', 0, 0n, []],
    ['has a bank of zeros', 0, 1n, [0n]],
    ['names banks that no processor is in', 0, 1n << 40n, [ONES]],
  ])('with a set that %s succeeds and does nothing', (_name, format, mask, banks) => {
    const bench = new Bench(8);
    expect(bench.set(format, mask, banks)).toBe('SUCCESS');
    expect(bench.pending).toEqual([]);
  });

  it.each([
    ['more banks in the mask than in the header', 0, 3n, [1n], 1, VECTOR, 'INVALID_PARAMETER'],
    ['more banks in the header than in the mask', 0, 1n, [1n, 1n], 2, VECTOR, 'INVALID_PARAMETER'],
    ['format 2', 2, 1n, [1n], 1, VECTOR, 'INVALID_PARAMETER'],
    ['banks beyond the page', 0, ONES, [], 510, VECTOR, 'INVALID_ALIGNMENT'],
    ['vector 15', 0, 1n, [1n], 1, 15, 'INVALID_PARAMETER'],
  ])('with %s interrupts nobody', (_name, format, mask, banks, header, vector, status) => {
    const bench = new Bench(8);
    expect(bench.set(format, mask, banks, header, vector)).toBe(status);
    expect(bench.pending).toEqual([]);
  });

  it('needs both hints', () => {
    expect(new Bench(4, { hintClusterIpi: true, hintExProcessorMasks: false }).set(1, 0n, [])).toBe(
      'ACCESS_DENIED',
    );
  });
});

describe('the interrupt command register', () => {
  it('pays for each target as well: what is spared are exits, not deliveries', () => {
    const { partition } = new Bench(4);
    const start = partition.vps[0].now;
    partition.writeMsr(0, HV_X64_MSR.ICR, (0xffn << 56n) | BigInt(VECTOR));
    const { costs } = partition;
    const expected = costs.cost('total.light') + costs.cost('ipi.send') + 3 * costs.cost('irq.target');
    expect(partition.vps[0].now - start).toBe(expected);
  });
});
