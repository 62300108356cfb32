/** The hypercalls of the virtual MMU, called as a guest does: real inputs in its memory, every status, every flag. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { KERNEL_PAGE } from '../guest/address-space.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import {
  controlWord,
  HV_FLUSH,
  HV_GENERIC_SET,
  HV_STATUS,
  HVCALL,
  resultReps,
  resultStatus,
} from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { PTE, pageTableEntry } from '../wire/page-tables.ts';
import { hvTlbFlush, hvTlbFlushEx } from '../wire/tlb.ts';
import type { Way } from './support/translating-machine.ts';
import { TranslatingMachine, WAYS } from './support/translating-machine.ts';

const FIRST = 0x40_0000;
const INPUT = 0x10_0000;
const { ALL_PROCESSORS, ALL_VIRTUAL_ADDRESS_SPACES: ALL_SPACES } = HV_FLUSH;
const SHADOW = WAYS[0];
const SLAT = WAYS[5];

interface Fields {
  readonly space?: number;
  readonly flags?: number;
  readonly mask?: bigint;
  readonly ranges?: readonly bigint[];
}

class Flushing extends TranslatingMachine {
  constructor(way: Way, vps = 2, features: Partial<Features> = {}) {
    super(way, { vps, features });
    this.cpu.finish(enable(this.cpu));
    for (let page = 0; page < 16; page++) this.partition.memory.write64(page * 0x1000, BigInt(page));
    for (let page = 0; page < 8; page++) this.space.map(FIRST + page * 0x1000, page * 0x1000);
    for (const cpu of this.cpus) for (let page = 0; page < 8; page++) this.read(page, cpu);
  }

  read(page: number, cpu: Cpu = this.cpu): number {
    return Number(this.do(cpu.read64(FIRST + page * 0x1000), cpu));
  }

  /** Every page now shows the one eight further up; nobody is told. */
  remap(bits = KERNEL_PAGE): void {
    for (let page = 0; page < 8; page++)
      this.setEntry(
        this.space.entryAddress(FIRST + page * 0x1000),
        pageTableEntry((page + 8) * 0x1000, bits),
      );
  }

  /** Pages that a processor sees as they are now. */
  fresh(cpu: Cpu): number[] {
    return [0, 1, 2, 3, 4, 5, 6, 7].filter((page) => this.read(page, cpu) === page + 8);
  }

  call(control: Parameters<typeof controlWord>[0], bytes: Uint8Array, at = INPUT): bigint {
    this.partition.memory.write(at, bytes);
    return this.do(this.cpu.vmcall(controlWord(control), BigInt(at), 0n));
  }

  space1({ space = this.space.cr3, flags = 0, mask = 3n }: Fields = {}): number {
    const bytes = hvTlbFlush.encode({ address_space: space, flags, processor_mask: mask });
    return resultStatus(this.call({ code: HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE }, bytes));
  }

  list({ space = this.space.cr3, flags = 0, mask = 3n, ranges = [BigInt(FIRST)] }: Fields = {}): bigint {
    const fields = { address_space: space, flags, processor_mask: mask, ...listFields(ranges) };
    const rep_count = ranges.length;
    return this.call({ code: HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST, rep_count }, hvTlbFlush.encode(fields));
  }

  ex(
    banks: Readonly<Record<number, bigint>>,
    fields: Fields & { format?: number; varhead?: number } = {},
  ): bigint {
    const { ranges, flags = 0, format = HV_GENERIC_SET.SPARSE_4K, space = this.space.cr3 } = fields;
    const numbers = Object.keys(banks).map(Number);
    const mask = numbers.reduce((sum, bank) => sum | (1n << BigInt(bank)), 0n);
    const words = [
      BigInt(space),
      BigInt(flags),
      BigInt(format),
      mask,
      ...Object.values(banks),
      ...(ranges ?? []),
    ];
    const code = ranges ? HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST_EX : HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE_EX;
    const varhead_qwords = fields.varhead ?? numbers.length;
    return this.call(
      { code, varhead_qwords, rep_count: ranges?.length ?? 0 },
      new Uint8Array(BigUint64Array.from(words).buffer),
    );
  }
}

const listFields = (ranges: readonly bigint[]): Record<string, bigint> =>
  Object.fromEntries(ranges.map((range, index) => [`gva_list[${index}]`, range]));

function* enable(cpu: Cpu): Program {
  yield* cpu.wrmsr(HV_X64_MSR.GUEST_OS_ID, 0x8100_0000_0000_0000n);
  yield* cpu.wrmsr(HV_X64_MSR.HYPERCALL, 0x20_0001n);
}

const NOT_TRACED = WAYS.filter(
  (way) => way.options?.policy !== 'traced' && way.options?.shadowPages === undefined,
);
const EVERY = [0, 1, 2, 3, 4, 5, 6, 7];

describe.each(NOT_TRACED)('$name', (way) => {
  const ex = way.era !== '2008';

  it('flushes an address space on the processors of the mask, on no other', () => {
    const machine = new Flushing(way);
    machine.remap();
    expect(machine.space1({ mask: 2n })).toBe(HV_STATUS.SUCCESS);
    expect(machine.fresh(machine.cpus[1])).toEqual(EVERY);
    machine.remap();
    expect(machine.space1({ flags: ALL_PROCESSORS, mask: 0n })).toBe(HV_STATUS.SUCCESS);
    expect(machine.cpus.map((cpu) => machine.fresh(cpu))).toEqual([EVERY, EVERY]);
  });

  it('leaves the others as they were, where nothing else has flushed them', () => {
    const machine = new Flushing(way);
    machine.remap();
    machine.list({ mask: 2n, ranges: [BigInt(FIRST)] });
    expect(machine.fresh(machine.cpus[1])).toEqual([0]);
    expect(machine.fresh(machine.cpu)).toEqual([]);
  });

  it('flushes the ranges of a list: a page and as many more as the low 12 bits say', () => {
    const machine = new Flushing(way);
    machine.remap();
    const ranges = [BigInt(FIRST) + 1n, BigInt(FIRST + 0x5000) + 1n, 0x1234_0000_0000_0000n];
    const result = machine.list({ ranges });
    expect([resultStatus(result), resultReps(result)]).toEqual([HV_STATUS.SUCCESS, 3]);
    for (const cpu of machine.cpus) expect(machine.fresh(cpu)).toEqual([0, 1, 5, 6]);
  });

  it('goes on with a list where the call before has stopped', () => {
    const machine = new Flushing(way);
    machine.remap();
    const ranges = EVERY.map((page) => BigInt(FIRST + page * 0x1000));
    machine.partition.memory.write(
      INPUT,
      hvTlbFlush.encode({ address_space: machine.space.cr3, processor_mask: 3n, ...listFields(ranges) }),
    );
    const control = controlWord({ code: HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST, rep_count: 8, rep_start: 6 });
    expect(resultReps(machine.do(machine.cpu.vmcall(control, BigInt(INPUT), 0n)))).toBe(8);
    expect(machine.fresh(machine.cpu)).toEqual([6, 7]);
  });

  it('flushes global pages by list, and by space unless told not to', () => {
    const machine = new Flushing(way);
    machine.remap(KERNEL_PAGE | PTE.GLOBAL);
    machine.space1({ flags: ALL_SPACES });
    expect(machine.fresh(machine.cpu)).toEqual(EVERY);
    for (const page of EVERY)
      machine.setEntry(
        machine.space.entryAddress(FIRST + page * 0x1000),
        pageTableEntry(page * 0x1000, KERNEL_PAGE),
      );
    machine.list({ ranges: [BigInt(FIRST) + 3n] });
    expect(EVERY.map((page) => machine.read(page)).slice(0, 4)).toEqual([0, 1, 2, 3]);
    machine.space1({ flags: ALL_SPACES });
    expect(EVERY.map((page) => machine.read(page))).toEqual(EVERY);
  });

  it.runIf(ex)('takes sparse sets of processors, and the set of all', () => {
    const machine = new Flushing(way, 130);
    machine.remap();
    expect(resultStatus(machine.ex({ 0: 2n, 2: 1n }))).toBe(HV_STATUS.SUCCESS);
    for (const vp of [1, 128]) expect(machine.fresh(machine.cpus[vp]), `vp ${vp}`).toEqual(EVERY);
    expect(machine.fresh(machine.cpus[129])).toEqual([]);
    expect(resultStatus(machine.ex({}, { format: HV_GENERIC_SET.ALL, ranges: [BigInt(FIRST) + 7n] }))).toBe(
      0,
    );
    expect(machine.fresh(machine.cpus[129])).toEqual(EVERY);
  });

  it.runIf(ex)('takes the inputs of the golden vectors', () => {
    const machine = new Flushing(way, 130);
    const space = hvTlbFlushEx.encode({
      address_space: 0x98_7650_0000,
      'hv_vp_set.valid_bank_mask': 5,
      'hv_vp_set.bank_contents[0]': 0x8000_0000_0000_0002n,
      'hv_vp_set.bank_contents[1]': 16,
    });
    // The vector's address space is beyond the 36 bits of this processor.
    const control = { code: HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE_EX, varhead_qwords: 2 };
    expect(resultStatus(machine.call(control, space))).toBe(HV_STATUS.INVALID_PARAMETER);
    new DataView(space.buffer).setBigUint64(0, BigInt(machine.space.cr3), true);
    expect(resultStatus(machine.call(control, space))).toBe(HV_STATUS.SUCCESS);
  });

  it('refuses what the specification refuses', () => {
    const machine = new Flushing(way);
    const bad = HV_STATUS.INVALID_PARAMETER;
    expect(machine.space1({ mask: 0n })).toBe(bad);
    expect(machine.space1({ flags: 0x10 })).toBe(bad);
    expect(machine.space1({ flags: HV_FLUSH.USE_EXTENDED_RANGE_FORMAT })).toBe(bad);
    expect(machine.space1({ space: 0x1001 })).toBe(bad);
    expect(machine.space1({ space: 0x1001, flags: ALL_SPACES })).toBe(HV_STATUS.SUCCESS);
    expect(machine.space1({ mask: 1n << 63n })).toBe(HV_STATUS.SUCCESS);
    const list = machine.list({ flags: HV_FLUSH.NON_GLOBAL_MAPPINGS_ONLY });
    expect([resultStatus(list), resultReps(list)]).toEqual([bad, 0]);
    const bytes = hvTlbFlush.encode({ address_space: machine.space.cr3, processor_mask: 1n });
    const code = HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST;
    expect(resultStatus(machine.call({ code, rep_count: 0 }, bytes))).toBe(HV_STATUS.INVALID_HYPERCALL_INPUT);
    expect(resultStatus(machine.call({ code, rep_count: 510 }, bytes))).toBe(HV_STATUS.INVALID_ALIGNMENT);
    expect(resultStatus(machine.call({ code, rep_count: 1 }, bytes, INPUT + 4))).toBe(
      HV_STATUS.INVALID_ALIGNMENT,
    );
    // 24 bytes do not fit the two general registers: without XMM registers for the rest it is no legal call.
    const fast = machine.call({ code: HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE, fast: 1 }, bytes);
    if (way.era === '2020') expect(resultStatus(fast)).toBe(bad);
    else expect(machine.cpu.fault).toBe('#UD');
  });
});

describe('what is offered', () => {
  const status = (machine: Flushing, code: number): number =>
    resultStatus(machine.call({ code, rep_count: code === 3 || code === 0x14 ? 1 : 0 }, new Uint8Array(64)));

  it('follows from how the host translates', () => {
    const offered = [SHADOW, SLAT].map((way) => new Flushing(way).partition.features);
    expect(offered.map((f) => [f.hintAddressSpaceSwitch, f.hintLocalFlush, f.hintRemoteFlush])).toEqual([
      [true, true, true],
      [false, false, true],
    ]);
  });

  it('is refused without the hint', () => {
    const none = { hintRemoteFlush: false, hintLocalFlush: false, hintAddressSpaceSwitch: false };
    const machine = new Flushing(SLAT, 1, none);
    for (const code of [1, 2, 3, 0x13, 0x14]) expect(status(machine, code)).toBe(HV_STATUS.ACCESS_DENIED);
    const old = new Flushing(SHADOW, 1);
    for (const code of [0x13, 0x14]) expect(status(old, code)).toBe(HV_STATUS.ACCESS_DENIED);
  });
});

describe('SWITCH_VIRTUAL_ADDRESS_SPACE', () => {
  it('changes CR3 and keeps what the address space had, under shadow tables', () => {
    const machine = new Flushing(SHADOW, 1);
    const { counts } = machine.partition.mmu;
    const filled = counts.smallPageTlbFills;
    const control = controlWord({ code: HVCALL.SWITCH_VIRTUAL_ADDRESS_SPACE, fast: 1 });
    const go = (cr3: number): number =>
      resultStatus(machine.do(machine.cpu.vmcall(control, BigInt(cr3), 0n)));
    expect(go(0x8000)).toBe(HV_STATUS.SUCCESS);
    expect(machine.partition.mmu.cr3(machine.cpu.vp)).toBe(0x8000);
    expect(go(machine.space.cr3)).toBe(HV_STATUS.SUCCESS);
    for (const page of EVERY) machine.read(page);
    expect(counts.smallPageTlbFills).toBe(filled);
    expect(go(0x8001)).toBe(HV_STATUS.INVALID_PARAMETER);
    expect(go(2 ** 40)).toBe(HV_STATUS.INVALID_PARAMETER);
  });
});

describe('ranges of large pages', () => {
  it('are flushed in the extended format, where it is offered', () => {
    const machine = new Flushing(SLAT, 1);
    machine.remap();
    // Two large pages from the one before: bit 11, and one more in the low bits.
    const ranges = [BigInt(FIRST - 0x20_0000) | 0x800n | 1n];
    machine.list({ flags: HV_FLUSH.USE_EXTENDED_RANGE_FORMAT, ranges });
    expect(machine.fresh(machine.cpu)).toEqual(EVERY);
    const old = new Flushing({ ...SLAT, era: '2012' }, 1);
    expect(resultStatus(old.list({ flags: HV_FLUSH.USE_EXTENDED_RANGE_FORMAT, ranges }))).toBe(
      HV_STATUS.INVALID_PARAMETER,
    );
  });
});

describe('time', () => {
  it('a long list stops after 50 microseconds, and the guest calls again', () => {
    const machine = new Flushing(SLAT, 1);
    const ranges = Array.from({ length: 60 }, (_, index) => BigInt(FIRST + index * 0x2_0000) | 31n);
    const first = machine.list({ ranges });
    expect(resultStatus(first)).toBe(HV_STATUS.SUCCESS);
    expect(resultReps(first)).toBeGreaterThan(10);
    expect(resultReps(first)).toBeLessThan(60);
  });

  it('a processor that computes is held up; one that waits is not, and is flushed all the same', () => {
    const ends = [3n, 1n].map((mask) => {
      const machine = new Flushing(SLAT);
      const [, second] = machine.cpus;
      const started = second.run(compute(second, 1_000_000));
      machine.space1({ mask });
      while (!started.done) machine.hypervisor.engine.step();
      return started.result as number;
    });
    const { costs } = new Flushing(SLAT).partition;
    expect(ends[0] - ends[1]).toBe(costs.cost('total.light') + costs.cost('tlb.cr3'));
    const machine = new Flushing(SLAT);
    machine.cpus[1].run(wait(machine.cpus[1]));
    machine.hypervisor.engine.run();
    machine.space1();
    expect(machine.partition.mmu.counts.deferredFlushes).toBe(1);
  });
});

function* compute(cpu: Cpu, cycles: number): Program<number> {
  const from = cpu.now;
  yield* cpu.compute(cycles);
  return cpu.now - from;
}

function* wait(cpu: Cpu): Program {
  yield* cpu.hlt();
}
