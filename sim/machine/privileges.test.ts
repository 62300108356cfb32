/** A partition that is offered nothing gets the architecture's refusal for everything: #GP for registers, ACCESS_DENIED for calls. */
import { describe, expect, it } from 'vitest';
import { controlWord, HV_STATUS, HVCALL, hypercalls, resultStatus } from '../wire/hypercall.ts';
import { HV_X64_MSR, syntheticMsrs } from '../wire/msr.ts';
import type { Features } from './features.ts';
import { eraFeatures } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const INPUT = 0x5000;
const OUTPUT = 0x6000;

function features(on: boolean): Features {
  const all = Object.entries(eraFeatures('2020')).map(([name, value]) => [
    name,
    typeof value === 'boolean' ? on : value,
  ]);
  return { ...(Object.fromEntries(all) as unknown as Features), hypervisorPresent: true, apicv: false };
}

function guest(on: boolean): Partition {
  const partition = new Hypervisor().createPartition({
    memory: 1024 * 1024,
    vps: 4,
    features: features(on),
    paging: 'slat',
  });
  partition.writeMsr(0, HV_X64_MSR.GUEST_OS_ID, 1n);
  partition.writeMsr(0, HV_X64_MSR.HYPERCALL, 0x2001n);
  return partition;
}

/** They come with the interface itself. */
const ALWAYS: readonly number[] = [HV_X64_MSR.GUEST_OS_ID, HV_X64_MSR.HYPERCALL, HV_X64_MSR.VP_INDEX];
/** Timers that count while a VP does not halt: not implemented, so never offered. */
const NEVER: readonly number[] = [
  HV_X64_MSR.STIME_UNHALTED_TIMER_CONFIG,
  HV_X64_MSR.STIME_UNHALTED_TIMER_COUNT,
];
/** Registers that can be written only: end of interrupt, and of message. */
const WRITE_ONLY: readonly number[] = [HV_X64_MSR.EOI];

describe('a register', () => {
  const registers = syntheticMsrs.rows
    .filter(({ value }) => !ALWAYS.includes(value) && !NEVER.includes(value))
    .map(({ name, value }) => [name, value] as const);

  it.each(registers)('%s is #GP without its privilege, to read and to write', (_name, index) => {
    const partition = guest(false);
    expect(partition.readMsr(0, index)).toBeUndefined();
    expect(partition.writeMsr(0, index, 0n)).toBe(false);
    expect(partition.counters.total('faults')).toBe(2);
  });

  it.each(registers.filter(([, value]) => !WRITE_ONLY.includes(value) && value !== HV_X64_MSR.GUEST_IDLE))(
    '%s can be read with it',
    (_name, index) => {
      expect(guest(true).readMsr(0, index)).toBeDefined();
    },
  );

  it.each(NEVER)('%i is #GP however much is offered', (index) => {
    expect(guest(true).readMsr(0, index)).toBeUndefined();
  });
});

describe('a hypercall', () => {
  const served = hypercalls.rows.filter(({ value }) => guest(true).hypercalls.find(value));
  const listed = (partition: Partition, code: number): number =>
    partition.hypercalls.find(code)?.repBytes ? 1 : 0;
  const status = (partition: Partition, code: number): number => {
    const control = controlWord({ code, rep_count: listed(partition, code) });
    const result = partition.hypercall(0, control, BigInt(INPUT), BigInt(OUTPUT));
    return result === undefined ? -1 : resultStatus(result);
  };

  it.each(served.filter(({ value }) => value !== HVCALL.NOTIFY_LONG_SPIN_WAIT))(
    '$name is denied without its privilege',
    ({ value }) => {
      expect(status(guest(false), value)).toBe(HV_STATUS.ACCESS_DENIED);
    },
  );

  it.each(served)('$name is not denied with it', ({ value }) => {
    expect(status(guest(true), value)).not.toBe(HV_STATUS.ACCESS_DENIED);
  });

  it('that gives advice only needs no privilege', () => {
    expect(status(guest(false), HVCALL.NOTIFY_LONG_SPIN_WAIT)).toBe(HV_STATUS.SUCCESS);
  });

  it.each(hypercalls.rows.filter((row) => !served.includes(row)))(
    '$name is no call of this hypervisor, whatever is offered',
    ({ value }) => {
      expect(status(guest(true), value)).toBe(HV_STATUS.INVALID_HYPERCALL_CODE);
    },
  );
});

describe('whatever a guest throws at the interface', () => {
  /** Numbers without end, from a seed. */
  function* numbers(seed: bigint): Generator<bigint, never> {
    let state = seed;
    for (;;) {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
      yield state;
    }
  }

  it('is answered with a status or a fault, never with an exception', () => {
    const partition = guest(true);
    const next = numbers(7n);
    const served = hypercalls.rows.filter(({ value }) => partition.hypercalls.find(value));
    const seen = new Set<number>();
    for (let i = 0; i < 4000; i++) {
      const wild = next.next().value;
      const { value: code } = served[Number(wild >> 40n) % served.length];
      for (let word = 0; word < 16; word++)
        partition.memory.write64(
          INPUT + 8 * word,
          word % 3 === 0 ? next.next().value & 0xffn : next.next().value,
        );
      const sane = controlWord({
        code,
        fast: i % 5 === 0 ? 1 : 0,
        varhead_qwords: i % 7 === 0 ? 2 : 0,
        rep_count: partition.hypercalls.find(code)?.repBytes ? 1 + (i % 4) : 0,
      });
      const control = i % 3 === 0 ? (wild & ~0xffffn) | BigInt(code) : sane;
      const input = i % 4 === 0 ? next.next().value : BigInt(INPUT);
      const result = partition.hypercall(i % 4, control, input, BigInt(OUTPUT));
      if (result !== undefined) seen.add(resultStatus(result));
      partition.engine.run(partition.engine.now + 100_000);
    }
    expect(seen.has(HV_STATUS.SUCCESS)).toBe(true);
    expect(seen.has(HV_STATUS.INVALID_PARAMETER)).toBe(true);
    expect(seen.has(HV_STATUS.INVALID_HYPERCALL_INPUT)).toBe(true);
    expect(seen.has(HV_STATUS.INVALID_ALIGNMENT)).toBe(true);
    expect(seen.has(HV_STATUS.ACCESS_DENIED)).toBe(false);
  });

  it('also in registers: every synthetic one takes any value, or is #GP', () => {
    const partition = guest(true);
    const next = numbers(11n);
    for (let i = 0; i < 4000; i++) {
      const wild = next.next().value;
      const index = 0x4000_0000 + Number(wild & 0x1ffn);
      if (index === HV_X64_MSR.RESET || index === HV_X64_MSR.GUEST_IDLE) continue;
      partition.writeMsr(i % 4, index, next.next().value);
      partition.readMsr(i % 4, index);
      partition.engine.run(partition.engine.now + 10_000);
    }
    expect(partition.counters.total('faults')).toBeGreaterThan(1000);
  });
});
