/** What was seen, as an event of a recording: the same form in which recordings of real guests are kept and replayed. */
import type { Seen } from '../../../sim/emulator/observe.ts';
import { HVCALL, parseControlWord } from '../../../sim/wire/hypercall.ts';
import { syntheticMsrs } from '../../../sim/wire/msr.ts';

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const CALL_NAMES: Readonly<Record<number, string>> = {
  [HVCALL.POST_MESSAGE]: 'HvPostMessage',
  [HVCALL.SIGNAL_EVENT]: 'HvSignalEvent',
};

function hypercall(seen: Extract<Seen, { k: 'hypercall' }>): object {
  const { code, fast } = parseControlWord(seen.control);
  const common = {
    ...{ code: hex(code), name: CALL_NAMES[code] ?? hex(code), vp: 0, control: hex(seen.control) },
    ...{ input: hex(seen.input), output: hex(seen.output) },
  };
  if (seen.bytes) return { ...common, inputBytes: hexOf(seen.bytes) };
  if (code !== HVCALL.SIGNAL_EVENT || !fast) return common;
  const connection = { conn: hex(seen.input & 0xffff_ffffn), flag: Number((seen.input >> 32n) & 0xffffn) };
  return { ...common, fast: true, ...connection };
}

/** The event; `t` is the guest's time in units of 100 ns. */
export function recorded(seen: Seen, t: number): object {
  switch (seen.k) {
    case 'cpuid':
      return { k: 'cpuid', leaf: hex(seen.leaf), out: seen.out.map((value) => hex(value >>> 0)), t };
    case 'rdmsr':
    case 'wrmsr':
      return {
        ...{ k: seen.k, vp: 0, msr: hex(seen.msr), name: syntheticMsrs.nameOf(seen.msr) },
        ...{ val: hex(seen.value ?? 0n), t },
      };
    case 'hypercall':
      return { k: 'hypercall', ...hypercall(seen), t };
    case 'synic_message': {
      // A message of the host as it lies in its slot: type, size, flags and sender in front.
      const slot = new Uint8Array(16 + seen.bytes.length);
      slot[0] = 1;
      slot[4] = seen.bytes.length;
      slot.set(seen.bytes, 16);
      return { k: 'synic_message', vp: 0, sint: seen.sint, bytes: hexOf(slot), t };
    }
    case 'synic_event':
      return { k: 'synic_event', vp: 0, sint: seen.sint, flag: seen.flag, t };
    case 'ring_out':
      return { k: 'ring_out', relid: seen.relid, bytes: hexOf(seen.bytes), len: seen.bytes.length, t };
    case 'ring_in':
      return {
        ...{ k: 'ring_in', relid: seen.relid, type: seen.type },
        tid: hex((BigInt(seen.tid[1] >>> 0) << 32n) | BigInt(seen.tid[0] >>> 0)),
        ...(seen.header ? { hdr: hexOf(seen.header) } : {}),
        ...{ bytes: hexOf(seen.bytes), t },
      };
  }
}
