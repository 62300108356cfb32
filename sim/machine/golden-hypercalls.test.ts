/** Golden vectors of the families `hypercall` and `synic`, not only as bytes: each goes through the machine as a guest would send it. */
import { describe, expect, it } from 'vitest';
import golden from '../wire/golden/vectors.json' with { type: 'json' };
import { HV_STATUS, resultReps, resultStatus } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { HV_EVENT_FLAGS_BYTE_COUNT } from '../wire/synic-constants.ts';
import type { Features } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const INPUT = 0x5000;
const M = HV_X64_MSR;
const OFFERED: Partial<Features> = {
  hintRemoteFlush: true,
  hintClusterIpi: true,
  hintExProcessorMasks: true,
  reenlightenment: true,
  directTimers: true,
};

const vectors = golden.vectors as readonly {
  readonly name: string;
  readonly family: string;
  readonly hex: string;
}[];
const ours = vectors.filter(({ family }) => family === 'hypercall' || family === 'synic');
const used = new Set<string>();

/** The bytes of a vector. */
function bytesOf(name: string): Uint8Array {
  used.add(name);
  const vector = ours.find((one) => one.name === name);
  return Uint8Array.from((vector?.hex ?? '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The first eight bytes as a register’s value. */
const wordOf = (name: string): bigint => new DataView(bytesOf(name).buffer).getBigUint64(0, true);

function guest(vps = 8, memory = 1024 * 1024): Partition {
  const partition = new Hypervisor().createPartition({ memory, vps, features: OFFERED, paging: 'slat' });
  partition.writeMsr(0, M.GUEST_OS_ID, 1n);
  partition.writeMsr(0, M.HYPERCALL, 0x2001n);
  return partition;
}

/** Puts a vector into guest memory and calls with a control word. */
function call(partition: Partition, control: bigint, name: string): bigint {
  partition.memory.write(INPUT, bytesOf(name));
  return partition.hypercall(0, control, BigInt(INPUT), 0n) ?? -1n;
}

describe('hypercalls', () => {
  it('SEND_IPI interrupts the processors of the vector’s mask', () => {
    const partition = guest(64);
    expect(call(partition, 0x000bn, 'send_ipi_vector_fb')).toBe(0n);
    partition.engine.run();
    const pending = partition.localApics.filter((apic) => apic.isPending(0xfb)).map(({ id }) => id);
    expect(pending).toEqual([0, 3, 63]);
  });

  it('a flush with two banks is done', () => {
    expect(resultStatus(call(guest(), 0x13n | (2n << 17n), 'flush_va_space_ex_two_banks'))).toBe(
      HV_STATUS.SUCCESS,
    );
  });

  it('a flush of two ranges is refused with a flag that TLFS forbids for lists, and done without it', () => {
    const partition = guest();
    const control = 0x14n | (2n << 32n);
    const refused = call(partition, control, 'flush_va_list_ex_all_set_2_gvas');
    expect(resultStatus(refused)).toBe(HV_STATUS.INVALID_PARAMETER);
    partition.memory.write64(INPUT + 8, 0n);
    const result = partition.hypercall(0, control, BigInt(INPUT), 0n) ?? -1n;
    expect(resultStatus(result)).toBe(HV_STATUS.SUCCESS);
    expect(resultReps(result)).toBe(2);
  });

  it('the flushes of a nested hypervisor are not served here', () => {
    const result = call(guest(), 0xb0n | (2n << 32n), 'flush_guest_physical_list_2_ranges');
    expect(resultStatus(result)).toBe(HV_STATUS.INVALID_HYPERCALL_CODE);
  });

  it.each([
    ['post_message_open_channel', 4, 148],
    ['post_message_request_offers_conn1', 1, 8],
  ])('%s reaches its port', (name, connection, size) => {
    const partition = guest();
    const seen: [number, number][] = [];
    partition.synic.onMessagePort(connection, (_vp, type, payload) => {
      seen.push([type, payload.length]);
      return HV_STATUS.SUCCESS;
    });
    expect(call(partition, 0x5cn, name)).toBe(0n);
    expect(seen).toEqual([[1, size]]);
  });

  it('a signal in registers sets flag 3 of its port', () => {
    const partition = guest();
    const flags: number[] = [];
    partition.synic.onEventPort(0x200b, (flag) => flags.push(flag), 4);
    const control = wordOf('control_signal_event_fast');
    const input = wordOf('signal_event_input_connection_0x200b_flag_3');
    expect(partition.hypercall(0, control, input, 0n)).toBe(0n);
    partition.engine.run();
    expect(flags).toEqual([3]);
  });

  it('a long wait is reported', () => {
    const partition = guest();
    const input = wordOf('notify_long_spin_wait_input_4096');
    expect(partition.hypercall(0, 0x1_0008n, input, 0n)).toBe(0n);
    expect(partition.hypercalls.longSpinWaits).toBe(1);
  });
});

describe('control words', () => {
  /** Three ranges of one page each, on all processors; `banks` words of a set before them. */
  function ranges(partition: Partition, banks: number, count: number): void {
    partition.memory.write64(INPUT + 8, 1n);
    if (banks > 0) partition.memory.write64(INPUT + 24, 3n);
    const at = banks > 0 ? 32 + 8 * banks : 24;
    for (let i = 0; i < count; i++) partition.memory.write64(INPUT + at + 8 * i, BigInt((i + 1) * 0x1000));
  }

  it.each([
    ['control_flush_va_list_rep3', 0, 3],
    ['control_flush_va_list_rep3_resume_at_1', 0, 3],
    ['control_flush_va_list_ex_varhead2_rep5', 2, 5],
  ])('%s names a list that is done to its end', (name, banks, count) => {
    const partition = guest();
    ranges(partition, banks, count);
    const result = partition.hypercall(0, wordOf(name), BigInt(INPUT), 0n) ?? -1n;
    expect(resultStatus(result)).toBe(HV_STATUS.SUCCESS);
    expect(resultReps(result)).toBe(count);
  });
});

describe('registers', () => {
  it('REENLIGHTENMENT_CONTROL is kept, and refused where the processor is missing', () => {
    const value = wordOf('msr_reenlightenment');
    const partition = guest(8);
    expect(partition.writeMsr(0, M.REENLIGHTENMENT_CONTROL, value)).toBe(true);
    expect(partition.readMsr(0, M.REENLIGHTENMENT_CONTROL)).toBe(value);
    expect(guest(6).writeMsr(0, M.REENLIGHTENMENT_CONTROL, value)).toBe(false);
  });

  it.each([
    ['SINT2 with AutoEOI', M.SINT2, 'synic_sint2_vector_f3_autoeoi'],
    ['a SINT that is polled', M.SINT3, 'synic_sint_masked_polling'],
    ['SIMP', M.SIMP, 'simp_enabled'],
    ['SIEFP', M.SIEFP, 'siefp_enabled'],
    ['a timer with a vector of its own', M.STIMER0_CONFIG, 'stimer0_direct_vector_ed'],
    ['a periodic timer', M.STIMER1_CONFIG, 'stimer1_periodic_sint4'],
  ])('%s reads as it was written', (_title, register, name) => {
    const partition = guest();
    const value = wordOf(name);
    expect(partition.writeMsr(0, register, value)).toBe(true);
    expect(partition.readMsr(0, register)).toBe(value);
  });
});

describe('pages', () => {
  it('the reference TSC page has the vector’s three fields', () => {
    const partition = guest();
    partition.writeMsr(0, M.REFERENCE_TSC, 0x7001n);
    const mine = new DataView(partition.memory.read(0x7000, 24).buffer);
    const theirs = new DataView(bytesOf('reference_tsc_page').buffer);
    expect(theirs.byteLength).toBe(24);
    for (const view of [mine, theirs]) expect(view.getUint32(0, true)).not.toBe(0);
    for (const view of [mine, theirs]) expect(view.getUint32(4, true)).toBe(0);
    expect(mine.getBigUint64(8, true)).not.toBe(0n);
  });

  it('event flags lie where the vector has them', () => {
    const partition = guest();
    partition.writeMsr(0, M.SIEFP, 0x8001n);
    partition.writeMsr(0, M.SCONTROL, 1n);
    for (const flag of [11, 31, 64, 2047]) partition.synic.signalEvent(0, 2, flag);
    const page = bytesOf('synic_event_flags_page_relids_11_31_64_2047');
    expect(partition.memory.read(0x8000, 4096)).toEqual(page);
    expect(HV_EVENT_FLAGS_BYTE_COUNT).toBe(256);
  });
});

it('every vector of both families has been used', () => {
  expect(ours.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
});
