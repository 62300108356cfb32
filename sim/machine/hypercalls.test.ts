import { describe, expect, it } from 'vitest';
import { controlWord, HV_STATUS, HVCALL, resultReps, resultStatus, statuses } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import type { Hypercall } from './hypercalls.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition, PartitionOptions } from './partition.ts';

const INPUT = 0x5000;
const CONNECTION = 4;

class Bench {
  readonly partition: Partition;
  readonly posted: { vp: number; type: number; payload: number[] }[] = [];
  readonly signalled: number[] = [];

  constructor(options: Partial<PartitionOptions> = {}) {
    this.partition = new Hypervisor().createPartition({ memory: 1024 * 1024, vps: 2, ...options });
    this.partition.writeMsr(0, HV_X64_MSR.GUEST_OS_ID, 1n);
    this.partition.writeMsr(0, HV_X64_MSR.HYPERCALL, 0x2001n);
    this.partition.synic.onMessagePort(CONNECTION, (vp, type, payload) => {
      this.posted.push({ vp, type, payload: [...payload] });
      return HV_STATUS.SUCCESS;
    });
    this.partition.synic.onEventPort(0x1_0001, (flag) => this.signalled.push(flag), 4);
  }

  /** Writes POST_MESSAGE's input. */
  message(connection: number, type: number, size: number, reserved = 0): void {
    const words = [connection, reserved, type, size];
    for (const [i, word] of words.entries()) this.partition.memory.write32(INPUT + 4 * i, word);
    this.partition.memory.u8.set([1, 2, 3, 4], INPUT + 16);
  }

  call(control: bigint, input: bigint | number = INPUT, output: bigint | number = 0): string {
    const result = this.partition.hypercall(0, control, BigInt(input), BigInt(output));
    return result === undefined ? '#UD' : statuses.nameOf(resultStatus(result));
  }
}

const POST = controlWord({ code: HVCALL.POST_MESSAGE });
const SIGNAL = controlWord({ code: HVCALL.SIGNAL_EVENT });
const SIGNAL_FAST = controlWord({ code: HVCALL.SIGNAL_EVENT, fast: 1 });

describe('POST_MESSAGE', () => {
  it('hands the payload to the port and the port’s answer to the guest', () => {
    const bench = new Bench();
    bench.message(CONNECTION, 1, 4);
    expect(bench.call(POST)).toBe('SUCCESS');
    expect(bench.posted).toEqual([{ vp: 0, type: 1, payload: [1, 2, 3, 4] }]);
    expect(bench.partition.counters.total('messages')).toBe(1);
    bench.partition.synic.onMessagePort(CONNECTION, () => HV_STATUS.INSUFFICIENT_BUFFERS);
    expect(bench.call(POST)).toBe('INSUFFICIENT_BUFFERS');
  });

  it.each([
    ['240 bytes are the most', CONNECTION, 1, 240, 0, 'SUCCESS'],
    ['241 bytes', CONNECTION, 1, 241, 0, 'INVALID_PARAMETER'],
    ['a length of 4 GiB', CONNECTION, 1, 0xffff_ffff, 0, 'INVALID_PARAMETER'],
    ['no such connection', 5, 1, 4, 0, 'INVALID_CONNECTION_ID'],
    ['the type of a free slot', CONNECTION, 0, 4, 0, 'INVALID_PARAMETER'],
    ['a type of the hypervisor', CONNECTION, 0x8000_0010, 4, 0, 'INVALID_PARAMETER'],
    ['a reserved field', CONNECTION, 1, 4, 1, 'INVALID_PARAMETER'],
  ])('%s', (_name, connection, type, size, reserved, status) => {
    const bench = new Bench();
    bench.message(connection, type, size, reserved);
    expect(bench.call(POST)).toBe(status);
    expect(bench.posted.length).toBe(status === 'SUCCESS' ? 1 : 0);
  });

  it('copies: what the guest changes during the call changes nothing', () => {
    const bench = new Bench();
    let kept: Uint8Array = new Uint8Array(0);
    bench.partition.synic.onMessagePort(CONNECTION, (_vp, _type, payload) => {
      bench.partition.memory.u8.fill(0xff, INPUT, INPUT + 256);
      kept = payload;
      return HV_STATUS.SUCCESS;
    });
    bench.message(CONNECTION, 1, 4);
    bench.call(POST);
    expect([...kept]).toEqual([1, 2, 3, 4]);
  });
});

describe('SIGNAL_EVENT', () => {
  it('is the same by registers and by memory', () => {
    const bench = new Bench();
    expect(bench.call(SIGNAL_FAST, 0x0002_0001_0001n)).toBe('SUCCESS');
    bench.partition.memory.write64(INPUT, 0x0003_0001_0001n);
    expect(bench.call(SIGNAL)).toBe('SUCCESS');
    bench.partition.engine.run();
    expect(bench.signalled).toEqual([2, 3]);
    expect(bench.partition.counters.total('signals')).toBe(2);
    expect(bench.partition.counters.passed('hypervisor-signal')).toBe(2);
  });

  it.each([
    ['a flag beyond the port’s range', 0x0004_0001_0001n, 'INVALID_PARAMETER'],
    ['no such connection', 0x0000_0001_0002n, 'INVALID_CONNECTION_ID'],
    ['a reserved field', 0x0001_0000_0001_0001n, 'INVALID_PARAMETER'],
  ])('%s sets no flag', (_name, parameter, status) => {
    const bench = new Bench();
    expect(bench.call(SIGNAL_FAST, parameter)).toBe(status);
    bench.partition.engine.run();
    expect(bench.signalled).toEqual([]);
  });
});

describe('malformed calls', () => {
  it.each([
    ['an unknown code', controlWord({ code: 0x7fff }), INPUT, 'INVALID_HYPERCALL_CODE'],
    [
      'a code that this host does not serve',
      controlWord({ code: HVCALL.CREATE_VP }),
      INPUT,
      'INVALID_HYPERCALL_CODE',
    ],
    ['reserved bit 27', POST | (1n << 27n), INPUT, 'INVALID_HYPERCALL_INPUT'],
    ['reserved bit 31', POST | (1n << 31n), INPUT, 'INVALID_HYPERCALL_INPUT'],
    ['reserved bit 44', POST | (1n << 44n), INPUT, 'INVALID_HYPERCALL_INPUT'],
    ['reserved bit 63', POST | (1n << 63n), INPUT, 'INVALID_HYPERCALL_INPUT'],
    ['a rep count without a list', POST | (1n << 32n), INPUT, 'INVALID_HYPERCALL_INPUT'],
    ['a rep start without a list', POST | (1n << 48n), INPUT, 'INVALID_HYPERCALL_INPUT'],
    ['a variable header', POST | (1n << 17n), INPUT, 'INVALID_HYPERCALL_INPUT'],
    ['input at an odd address', POST, INPUT + 4, 'INVALID_ALIGNMENT'],
    ['input across a page', POST, 0x5f08, 'INVALID_ALIGNMENT'],
    ['input beyond memory', POST, 0x10_0000_0000, 'INVALID_ALIGNMENT'],
    ['input at the end of the address space', POST, 0xffff_ffff_ffff_fff8n, 'INVALID_ALIGNMENT'],
    ['256 bytes of input in registers', POST | (1n << 16n), INPUT, 'INVALID_HYPERCALL_INPUT'],
  ])('%s', (_name, control, input, status) => {
    const bench = new Bench();
    bench.message(CONNECTION, 1, 4);
    expect(bench.call(control, input)).toBe(status);
    expect(bench.posted).toEqual([]);
  });

  it('never throw, whatever the three registers hold', () => {
    const bench = new Bench();
    let state = 12345n;
    const next = (): bigint => {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
      return state;
    };
    for (let i = 0; i < 2000; i++) {
      const control = i % 2 === 0 ? next() : (next() & ~0xffffn) | BigInt(HVCALL.POST_MESSAGE + (i % 3));
      expect(bench.call(control, next(), next())).not.toBe('#UD');
    }
  });

  it('from user mode are #UD, as is any call without a page', () => {
    const bench = new Bench();
    bench.message(CONNECTION, 1, 4);
    bench.partition.setCpl(0, 3);
    expect(bench.call(POST)).toBe('#UD');
    bench.partition.setCpl(0, 0);
    expect(bench.call(POST)).toBe('SUCCESS');
    bench.partition.writeMsr(0, HV_X64_MSR.HYPERCALL, 0x2000n);
    expect(bench.call(POST)).toBe('#UD');
    expect(bench.partition.counters.total('faults')).toBe(2);
  });

  it('need the privilege', () => {
    const bench = new Bench({ features: { postMessages: false, signalEvents: false } });
    bench.message(CONNECTION, 1, 4);
    expect(bench.call(POST)).toBe('ACCESS_DENIED');
    expect(bench.call(SIGNAL_FAST, 0x1_0001n)).toBe('ACCESS_DENIED');
    expect(bench.posted).toEqual([]);
  });
});

describe('list calls', () => {
  /** Adds up the elements of its list, two at a time. */
  function adder(sums: number[]): Hypercall {
    return {
      code: 0x7001,
      name: 'ADD',
      inputBytes: 8,
      repBytes: 8,
      allowed: () => true,
      run: ({ bytes, repCount, repStart }) => {
        const end = Math.min(repCount, repStart + 2);
        for (let i = repStart; i < end; i++) sums.push(bytes.getUint32(8 + 8 * i, true));
        return { status: HV_STATUS.SUCCESS, reps: end };
      },
    };
  }

  it('report how far they came, and go on from there', () => {
    const bench = new Bench();
    const seen: number[] = [];
    bench.partition.hypercalls.add(adder(seen));
    for (let i = 0; i < 5; i++) bench.partition.memory.write64(INPUT + 8 + 8 * i, BigInt(10 + i));
    let start = 0;
    const progress: number[] = [];
    while (start < 5) {
      const control = controlWord({ code: 0x7001, rep_count: 5, rep_start: start });
      const result = bench.partition.hypercall(0, control, BigInt(INPUT), 0n) ?? 0n;
      expect(resultStatus(result)).toBe(HV_STATUS.SUCCESS);
      start = resultReps(result);
      progress.push(start);
    }
    expect(progress).toEqual([2, 4, 5]);
    expect(seen).toEqual([10, 11, 12, 13, 14]);
  });

  it.each([
    ['no elements', { code: 0x7001, rep_count: 0 }, 'INVALID_HYPERCALL_INPUT'],
    ['a start behind the end', { code: 0x7001, rep_count: 3, rep_start: 3 }, 'INVALID_HYPERCALL_INPUT'],
    ['a list longer than the page', { code: 0x7001, rep_count: 512 }, 'INVALID_ALIGNMENT'],
    ['a list longer than the registers', { code: 0x7001, rep_count: 14, fast: 1 }, 'INVALID_HYPERCALL_INPUT'],
  ])('refuse %s', (_name, fields, status) => {
    const bench = new Bench();
    const seen: number[] = [];
    bench.partition.hypercalls.add(adder(seen));
    expect(bench.call(controlWord(fields), INPUT)).toBe(status);
    expect(seen).toEqual([]);
  });
});

it('NOTIFY_LONG_SPIN_WAIT is counted and returns', () => {
  const bench = new Bench();
  expect(bench.call(controlWord({ code: HVCALL.NOTIFY_LONG_SPIN_WAIT, fast: 1 }), 4096n)).toBe('SUCCESS');
  expect(bench.partition.hypercalls.longSpinWaits).toBe(1);
});
