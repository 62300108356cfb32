/**
 * What was seen of a guest, as an event of a recording: the form in which recordings of real guests are kept, and in which a replay takes them.
 */
import type { RecordedEvent } from '../lab/replay-recording.ts';
import { hexOf } from '../lab/replay-recording.ts';
import { HVCALL, parseControlWord } from '../wire/hypercall.ts';
import { syntheticMsrs } from '../wire/msr.ts';
import { VMBUS_MESSAGE_TYPE } from '../wire/vmbus.ts';
import type { Seen } from './observe.ts';

/** A message slot before its payload: type, size, flags, sender. */
const SLOT = { HEADER: 16, SIZE_AT: 4 } as const;

/** The event; `t` is the guest's time in units of 100 ns. Undefined for a read that faulted: a recording has no word for it. */
export function recordedEvent(seen: Seen, t: number): RecordedEvent | undefined {
  switch (seen.k) {
    case 'cpuid':
      return { t, k: 'cpuid', leaf: hex(seen.leaf), out: seen.out.map((value) => hex(value >>> 0)) };
    case 'rdmsr':
    case 'wrmsr': {
      const { k, msr, value } = seen;
      if (value === undefined) return undefined;
      return { t, k, vp: 0, msr: hex(msr), name: syntheticMsrs.nameOf(msr), val: hex(value) };
    }
    case 'hypercall':
      return hypercall(seen, t);
    case 'synic_message': {
      const slot = new Uint8Array(SLOT.HEADER + seen.bytes.length);
      slot[0] = VMBUS_MESSAGE_TYPE;
      slot[SLOT.SIZE_AT] = seen.bytes.length;
      slot.set(seen.bytes, SLOT.HEADER);
      return { t, k: 'synic_message', vp: 0, sint: seen.sint, bytes: hexOf(slot) };
    }
    case 'synic_event':
      return { t, k: 'synic_event', vp: 0, sint: seen.sint, flag: seen.flag };
    case 'ring_out':
      return { t, k: 'ring_out', relid: seen.relid, bytes: hexOf(seen.bytes), len: seen.bytes.length };
    case 'ring_in': {
      const { k, relid, type, header, bytes } = seen;
      const tid = hex((BigInt(seen.tid[1] >>> 0) << 32n) | BigInt(seen.tid[0] >>> 0));
      return { t, k, relid, type, tid, bytes: hexOf(bytes), ...(header ? { hdr: hexOf(header) } : {}) };
    }
  }
}

/** Other calls than the two of VMBus are left out: a replay does not know them. */
function hypercall(seen: Extract<Seen, { k: 'hypercall' }>, t: number): RecordedEvent | undefined {
  const { code, fast } = parseControlWord(seen.control);
  const { control, input, output, bytes } = seen;
  const common = { t, k: 'hypercall' as const, code: hex(code), vp: 0, control: hex(control) };
  if (bytes) return { ...common, input: hex(input), output: hex(output), inputBytes: hexOf(bytes) };
  if (code !== HVCALL.SIGNAL_EVENT || fast === 0) return undefined;
  return { ...common, fast: true, conn: hex(input & 0xffff_ffffn), flag: Number((input >> 32n) & 0xffffn) };
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
