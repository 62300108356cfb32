/** The rules of TLFS, "Hypercall Interface", one by one. Each title is a rule. */
import { describe, expect, it } from 'vitest';
import { controlWord, HV_STATUS, HVCALL, resultReps, resultStatus, statuses } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import type { Features } from './features.ts';
import type { Hypercall } from './hypercalls.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const INPUT = 0x5000;
const OUTPUT = 0x6000;
const PAGE = 0x1000;
const MEMORY = 1024 * 1024;
const HYPERCALL_PAGE = 0x2000;
/** "My own partition". */
const SELF = 0xffff_ffff_ffff_ffffn;
const APIC_IDS = HVCALL.GET_VP_INDEX_FROM_APIC_ID;
const VARIABLE = 0x7002;
const BIG = 0x7003;

const PRIVILEGED = { accessPartitionId: true, accessVpRegisters: true } as const;
const XMM = { hypercallXmmInput: true, hypercallXmmOutput: true } as const;

/** Takes a variable header and says how long it was. */
const VARIABLE_CALL: Hypercall = {
  code: VARIABLE,
  name: 'VARIABLE',
  inputBytes: 8,
  outputBytes: 8,
  variable: true,
  allowed: () => true,
  run: ({ bytes, variable, listAt, output }) => {
    const last = variable === 0 ? 0n : bytes.getBigUint64(listAt - 8, true);
    output.setBigUint64(0, last, true);
    return { status: HV_STATUS.SUCCESS };
  },
};

/** Takes 112 bytes, which is all that registers hold, and succeeds if the last is 7. */
const BIG_CALL: Hypercall = {
  code: BIG,
  name: 'BIG',
  inputBytes: 112,
  allowed: () => true,
  run: ({ bytes }) => ({
    status: bytes.getUint8(111) === 7 ? HV_STATUS.SUCCESS : HV_STATUS.INVALID_PARAMETER,
  }),
};

class Bench {
  readonly partition: Partition;

  constructor(features: Partial<Features> = PRIVILEGED, vps = 4) {
    this.partition = new Hypervisor().createPartition({ memory: MEMORY, vps, features });
    this.partition.writeMsr(0, HV_X64_MSR.GUEST_OS_ID, 1n);
    this.partition.writeMsr(0, HV_X64_MSR.HYPERCALL, BigInt(HYPERCALL_PAGE) | 1n);
    this.partition.hypercalls.add(VARIABLE_CALL);
    this.partition.hypercalls.add(BIG_CALL);
  }

  /** Writes the input of GET_VP_INDEX_FROM_APIC_ID at `gpa`. */
  apicIds(ids: readonly number[], gpa = INPUT): void {
    this.partition.memory.write64(gpa, SELF);
    this.partition.memory.write64(gpa + 8, 0n);
    for (const [i, id] of ids.entries()) this.partition.memory.write64(gpa + 16 + 8 * i, BigInt(id));
  }

  result(
    control: bigint,
    input: bigint | number = INPUT,
    output: bigint | number = OUTPUT,
  ): bigint | undefined {
    return this.partition.hypercall(0, control, BigInt(input), BigInt(output));
  }

  call(control: bigint, input: bigint | number = INPUT, output: bigint | number = OUTPUT): string {
    const result = this.result(control, input, output);
    return result === undefined ? '#UD' : statuses.nameOf(resultStatus(result));
  }

  /** Results that a list call wrote, 8 bytes each. */
  results(count: number): bigint[] {
    return Array.from({ length: count }, (_, i) => this.partition.memory.read64(OUTPUT + 8 * i));
  }
}

const list = (count: number, start = 0, more: { fast?: number } = {}): bigint =>
  controlWord({ code: APIC_IDS, rep_count: count, rep_start: start, ...more });
const PARTITION_ID = controlWord({ code: HVCALL.GET_PARTITION_ID });

describe('output parameters', () => {
  it('are written to the output page', () => {
    const bench = new Bench();
    expect(bench.call(PARTITION_ID)).toBe('SUCCESS');
    expect(bench.partition.memory.read64(OUTPUT)).toBe(BigInt(bench.partition.id));
  });

  it('of a call without input: the input register is ignored', () => {
    expect(new Bench().call(PARTITION_ID, 0xffff_ffff_ffff_ffffn)).toBe('SUCCESS');
  });

  it('of a call without output: the output register is ignored', () => {
    const bench = new Bench();
    bench.partition.memory.write64(INPUT, 4096n);
    const spin = controlWord({ code: HVCALL.NOTIFY_LONG_SPIN_WAIT });
    expect(bench.call(spin, INPUT, 0xffff_ffff_ffff_ffffn)).toBe('SUCCESS');
  });

  it.each([
    ['at an address that is no multiple of 8 is INVALID_ALIGNMENT', OUTPUT + 4],
    ['at an address beyond the GPA space is INVALID_ALIGNMENT', MEMORY],
    ['at the last address of all is INVALID_ALIGNMENT', 0xffff_ffff_ffff_fff8n],
    ['on a page that a guest cannot write, the hypercall page, is INVALID_ALIGNMENT', HYPERCALL_PAGE],
  ])('%s', (_rule, output) => {
    expect(new Bench().call(PARTITION_ID, 0, output)).toBe('INVALID_ALIGNMENT');
  });

  it('that cross a page are INVALID_ALIGNMENT, those that end with it are not', () => {
    const bench = new Bench();
    bench.apicIds([0, 1]);
    expect(bench.call(list(2), INPUT, OUTPUT + PAGE - 8)).toBe('INVALID_ALIGNMENT');
    expect(bench.call(list(2), INPUT, OUTPUT + PAGE - 16)).toBe('SUCCESS');
  });

  it('that overlap the input are INVALID_ALIGNMENT', () => {
    const bench = new Bench();
    bench.apicIds([0, 1]);
    expect(bench.call(list(2), INPUT, INPUT + 24)).toBe('INVALID_ALIGNMENT');
    expect(bench.call(list(2), INPUT, INPUT - 8)).toBe('INVALID_ALIGNMENT');
    expect(bench.call(list(2), INPUT, INPUT + 32)).toBe('SUCCESS');
  });

  it('of a call that fails are not written', () => {
    const bench = new Bench({});
    bench.partition.memory.write64(OUTPUT, 77n);
    expect(bench.call(PARTITION_ID)).toBe('ACCESS_DENIED');
    expect(bench.partition.memory.read64(OUTPUT)).toBe(77n);
  });
});

describe('input parameters', () => {
  it('that cross a page are INVALID_ALIGNMENT, those that end with it are not', () => {
    const bench = new Bench();
    bench.apicIds([3], INPUT + PAGE - 24);
    expect(bench.call(list(1), INPUT + PAGE - 24)).toBe('SUCCESS');
    expect(bench.call(list(1), INPUT + PAGE - 16)).toBe('INVALID_ALIGNMENT');
  });

  it('may fill a whole page: 510 elements behind 16 bytes; one more is INVALID_ALIGNMENT', () => {
    const bench = new Bench();
    bench.apicIds(new Array(510).fill(2));
    expect(bench.call(list(510), INPUT, OUTPUT)).toBe('SUCCESS');
    expect(bench.call(list(511), INPUT, OUTPUT)).toBe('INVALID_ALIGNMENT');
  });
});

describe('a list call', () => {
  it('answers every element in order, and reports all as completed', () => {
    const bench = new Bench();
    bench.apicIds([3, 0, 2]);
    const result = bench.result(list(3)) ?? -1n;
    expect(resultReps(result)).toBe(3);
    expect(bench.results(3)).toEqual([3n, 0n, 2n]);
  });

  it('that starts at an element does that and the ones behind it, and counts from the first of the list', () => {
    const bench = new Bench();
    bench.apicIds([3, 0, 2]);
    bench.partition.memory.write64(OUTPUT, 77n);
    const result = bench.result(list(3, 1)) ?? -1n;
    expect(resultReps(result)).toBe(3);
    expect(bench.results(3)).toEqual([77n, 0n, 2n]);
  });

  it('that meets an error says how many elements went before it', () => {
    const bench = new Bench();
    bench.apicIds([1, 2, 99, 3]);
    const result = bench.result(list(4)) ?? -1n;
    expect(resultStatus(result)).toBe(HV_STATUS.INVALID_PARAMETER);
    expect(resultReps(result)).toBe(2);
    expect(bench.results(4)).toEqual([1n, 2n, 0n, 0n]);
  });

  it('with a count of zero is INVALID_HYPERCALL_INPUT', () => {
    expect(new Bench().call(list(0))).toBe('INVALID_HYPERCALL_INPUT');
  });

  it.each([
    [3, 3],
    [3, 4],
    [1, 0xfff],
  ])('of %i whose start is %i is INVALID_HYPERCALL_INPUT', (count, start) => {
    expect(new Bench().call(list(count, start))).toBe('INVALID_HYPERCALL_INPUT');
  });

  it('with a count beyond the page, 4095, is INVALID_ALIGNMENT', () => {
    expect(new Bench().call(list(0xfff))).toBe('INVALID_ALIGNMENT');
  });
});

describe('a simple call', () => {
  it.each([
    ['a rep count', { rep_count: 1 }],
    ['a rep start', { rep_start: 1 }],
    ['a variable header', { varhead_qwords: 1 }],
  ])('with %s is INVALID_HYPERCALL_INPUT', (_rule, fields) => {
    const control = controlWord({ code: HVCALL.GET_PARTITION_ID, ...fields });
    expect(new Bench().call(control)).toBe('INVALID_HYPERCALL_INPUT');
  });
});

describe('a reserved bit of the control word', () => {
  const RESERVED = [27, 28, 29, 30, 31, 44, 45, 46, 47, 60, 61, 62, 63];

  it.each(RESERVED)('bit %i is INVALID_HYPERCALL_INPUT', (bit) => {
    expect(new Bench().call(PARTITION_ID | (1n << BigInt(bit)))).toBe('INVALID_HYPERCALL_INPUT');
  });
});

describe('a variable header', () => {
  const control = (qwords: number, fast = 0): bigint =>
    controlWord({ code: VARIABLE, varhead_qwords: qwords, fast });

  it('follows the fixed one', () => {
    const bench = new Bench();
    bench.partition.memory.write64(INPUT + 16, 42n);
    expect(bench.call(control(2))).toBe('SUCCESS');
    expect(bench.partition.memory.read64(OUTPUT)).toBe(42n);
  });

  it('may be empty', () => {
    expect(new Bench().call(control(0))).toBe('SUCCESS');
  });

  it('counts towards the page: 511 words fit behind 8 bytes, 512 are INVALID_ALIGNMENT', () => {
    const bench = new Bench();
    expect(bench.call(control(511))).toBe('SUCCESS');
    expect(bench.call(control(512))).toBe('INVALID_ALIGNMENT');
    expect(bench.call(control(1023))).toBe('INVALID_ALIGNMENT');
  });

  it('may come in registers', () => {
    const bench = new Bench(XMM);
    const registers = bench.partition.hypercalls.registers(0);
    expect(bench.call(control(1, 1), 0, 43)).toBe('SUCCESS');
    expect(registers.xmm(0, 0)).toBe(43n);
  });
});

describe('the status that is preferred', () => {
  it('to where the parameters are is ACCESS_DENIED', () => {
    expect(new Bench({}).call(PARTITION_ID, 0, MEMORY + 1)).toBe('ACCESS_DENIED');
  });

  it('to the control word is INVALID_HYPERCALL_CODE', () => {
    expect(new Bench().call(controlWord({ code: 0x7fff }) | (1n << 63n))).toBe('INVALID_HYPERCALL_CODE');
  });
});

describe('a fast call', () => {
  const fast = (code: number): bigint => controlWord({ code, fast: 1 });

  it('of 16 bytes needs no XMM registers', () => {
    expect(new Bench().call(fast(HVCALL.NOTIFY_LONG_SPIN_WAIT), 1, 0)).toBe('SUCCESS');
  });

  it('of up to 112 bytes goes on in XMM0 to XMM5', () => {
    const bench = new Bench(XMM);
    expect(bench.call(fast(BIG))).toBe('INVALID_PARAMETER');
    bench.partition.hypercalls.registers(0).setXmm(5, 1, 7n << 56n);
    expect(bench.call(fast(BIG))).toBe('SUCCESS');
  });

  it('of more than 16 bytes is #UD where XMM input is not offered', () => {
    const bench = new Bench({ hypercallXmmInput: false });
    expect(bench.call(fast(BIG))).toBe('#UD');
    expect(bench.partition.counters.total('faults')).toBe(1);
  });

  it('of more than 112 bytes is INVALID_HYPERCALL_INPUT', () => {
    const bench = new Bench({ ...PRIVILEGED, ...XMM });
    expect(bench.call(fast(HVCALL.POST_MESSAGE))).toBe('INVALID_HYPERCALL_INPUT');
    expect(bench.call(list(13, 0, { fast: 1 }))).toBe('INVALID_HYPERCALL_INPUT');
  });

  it('returns its output in the first register pair behind the input', () => {
    const bench = new Bench({ ...PRIVILEGED, ...XMM });
    const { view } = bench.partition.hypercalls.registers(0);
    expect(bench.call(fast(HVCALL.GET_PARTITION_ID))).toBe('SUCCESS');
    expect(view.getBigUint64(0, true)).toBe(BigInt(bench.partition.id));
  });

  it('that returns something is #UD where XMM output is not offered', () => {
    const bench = new Bench({ ...PRIVILEGED, hypercallXmmOutput: false });
    expect(bench.call(fast(HVCALL.GET_PARTITION_ID))).toBe('#UD');
  });

  it('whose input and output together need more than 112 bytes is INVALID_HYPERCALL_INPUT', () => {
    const bench = new Bench({ ...PRIVILEGED, ...XMM });
    const registers = bench.partition.hypercalls.registers(0);
    registers.setXmm(0, 0, 3n);
    expect(bench.call(list(6, 0, { fast: 1 }), SELF, 0)).toBe('SUCCESS');
    expect(registers.view.getBigUint64(64, true)).toBe(3n);
    expect(bench.call(list(7, 0, { fast: 1 }), SELF, 0)).toBe('INVALID_HYPERCALL_INPUT');
  });

  it('keeps the registers of its processor apart from others’', () => {
    const bench = new Bench(XMM);
    bench.partition.hypercalls.registers(0).setXmm(5, 1, 7n << 56n);
    const other = bench.partition.hypercall(1, fast(BIG), 0n, 0n) ?? -1n;
    expect(resultStatus(other)).toBe(HV_STATUS.INVALID_PARAMETER);
  });
});

describe('who may call', () => {
  it('GET_PARTITION_ID and GET_VP_INDEX_FROM_APIC_ID need their privilege', () => {
    const bench = new Bench({});
    bench.apicIds([0]);
    expect(bench.call(PARTITION_ID)).toBe('ACCESS_DENIED');
    expect(bench.call(list(1))).toBe('ACCESS_DENIED');
  });

  it('another partition’s processors are nobody’s business: INVALID_PARTITION_ID', () => {
    const bench = new Bench();
    bench.apicIds([0]);
    bench.partition.memory.write64(INPUT, 1n);
    expect(bench.call(list(1))).toBe('INVALID_PARTITION_ID');
  });

  it('a call of another VTL is INVALID_PARAMETER: there is one', () => {
    const bench = new Bench();
    bench.apicIds([0]);
    bench.partition.memory.write64(INPUT + 8, 1n);
    expect(bench.call(list(1))).toBe('INVALID_PARAMETER');
  });
});
