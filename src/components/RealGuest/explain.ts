/** What crossed the seam, in words and with its structure read: one line of the log for each. */
import type { Seen } from '../../../sim/emulator/observe.ts';
import { hypercalls, parseControlWord, statuses } from '../../../sim/wire/hypercall.ts';
import { syntheticMsrs } from '../../../sim/wire/msr.ts';
import { byGoldenName } from '../../../sim/wire/registry.ts';
import { channelMessages } from '../../../sim/wire/vmbus.ts';
import type { Line } from './line-log.ts';

/** Structure of each channel message; the others are a header alone. */
const STRUCTS: Readonly<Record<string, string>> = {
  OFFERCHANNEL: 'vmbus_channel_offer_channel',
  RESCIND_CHANNELOFFER: 'vmbus_channel_rescind_offer',
  OPENCHANNEL: 'vmbus_channel_open_channel',
  OPENCHANNEL_RESULT: 'vmbus_channel_open_result',
  CLOSECHANNEL: 'vmbus_channel_close_channel',
  GPADL_HEADER: 'vmbus_channel_gpadl_header',
  GPADL_BODY: 'vmbus_channel_gpadl_body',
  GPADL_CREATED: 'vmbus_channel_gpadl_created',
  GPADL_TEARDOWN: 'vmbus_channel_gpadl_teardown',
  GPADL_TORNDOWN: 'vmbus_channel_gpadl_torndown',
  RELID_RELEASED: 'vmbus_channel_relid_released',
  INITIATE_CONTACT: 'vmbus_channel_initiate_contact',
  VERSION_RESPONSE: 'vmbus_channel_version_response',
  MODIFYCHANNEL: 'vmbus_channel_modifychannel',
  MODIFYCHANNEL_RESPONSE: 'vmbus_channel_modifychannel_response',
};

/** Bytes in front of a posted message, and of a packet. */
const POST_HEADER = 16;
const DESCRIPTOR = 16;
/** Fields of a structure that are shown, and letters of one of them. */
const MOST = { FIELDS: 40, LETTERS: 80, BYTES: 64 } as const;
const PACKET_TYPES: Readonly<Record<number, string>> = {
  6: 'data, in band',
  7: 'data, transfer pages',
  9: 'data, GPA direct',
  11: 'completion',
};

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const hexBytes = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, MOST.BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ') +
  (bytes.length > MOST.BYTES ? ` … ${bytes.length} bytes` : '');

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? hex(value) : String(value);
  return text.length > MOST.LETTERS ? `${text.slice(0, MOST.LETTERS)}…` : text;
}

/** Fields of a structure as text, in its own order. */
function decoded(struct: string, bytes: Uint8Array): Pick<Line, 'struct' | 'fields'> {
  const fields = Object.entries(byGoldenName(struct).decode(bytes))
    .slice(0, MOST.FIELDS)
    .map(([name, value]) => [name, shown(value)] as const);
  return { struct, fields };
}

function channelMessage(from: 'guest' | 'host', bytes: Uint8Array): Line {
  const type = bytes.length >= 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  const name = channelMessages.nameOf(type);
  return {
    ...{ from, title: name, says: channelMessages.docOf(type).replace(/^(guest|host) → \w+: /, '') },
    ...decoded(STRUCTS[name] ?? 'vmbus_channel_message_header', bytes),
  };
}

function hypercall(seen: Extract<Seen, { k: 'hypercall' }>): Line {
  const { code, fast } = parseControlWord(seen.control);
  const status = seen.result === undefined ? '#UD' : statuses.nameOf(Number(seen.result & 0xffffn));
  if (seen.bytes) {
    const line = channelMessage('guest', seen.bytes.subarray(POST_HEADER));
    return { ...line, says: `${line.says}${status === 'SUCCESS' ? '' : ` (POST_MESSAGE: ${status})`}` };
  }
  const input = fast ? `${hex(seen.input)} in registers` : `parameters at ${hex(seen.input)}`;
  return {
    from: 'guest',
    title: hypercalls.nameOf(code),
    says: `${input}: ${status}`,
    fields: [
      ['control', hex(seen.control)],
      ['input', hex(seen.input)],
      ['output', hex(seen.output)],
      ['result', seen.result === undefined ? '#UD' : hex(seen.result)],
    ],
  };
}

/** How a channel is called by its number. */
export type ChannelNames = (relid: number) => string;

function packet(seen: Extract<Seen, { k: 'ring_out' | 'ring_in' }>, names: ChannelNames): Line {
  const out = seen.k === 'ring_out';
  const view = new DataView(seen.bytes.buffer, seen.bytes.byteOffset);
  const type = out ? view.getUint16(0, true) : seen.type;
  const payload = out ? seen.bytes.subarray(view.getUint16(2, true) * 8) : seen.bytes;
  const name = names(seen.relid);
  const head = {
    from: out ? ('guest' as const) : ('host' as const),
    title: `packet · ${name}`,
    says: `${PACKET_TYPES[type] ?? `type ${type}`}, ${payload.length} bytes`,
  };
  if (/disk|SCSI|storage/i.test(name)) return { ...head, ...decoded('vstor_packet', payload) };
  const descriptor = out ? hexBytes(seen.bytes.subarray(0, DESCRIPTOR)) : '';
  return {
    ...head,
    fields: [
      ...(descriptor ? [['descriptor', descriptor] as const] : []),
      ['payload', hexBytes(payload)] as const,
    ],
  };
}

/** The line for what was seen. */
export function explain(seen: Seen, names: ChannelNames): Line {
  switch (seen.k) {
    case 'cpuid':
      return {
        ...{ from: 'guest', title: 'CPUID', says: `leaf ${hex(seen.leaf)}` },
        fields: ['EAX', 'EBX', 'ECX', 'EDX'].map((name, i) => [name, hex(seen.out[i] >>> 0)] as const),
      };
    case 'rdmsr':
      return {
        ...{ from: 'guest', title: `RDMSR ${syntheticMsrs.nameOf(seen.msr)}` },
        says: seen.value === undefined ? '#GP' : hex(seen.value),
      };
    case 'wrmsr':
      return {
        ...{ from: 'guest', title: `WRMSR ${syntheticMsrs.nameOf(seen.msr)}` },
        says: `${hex(seen.value)}${seen.fault ? ': #GP' : ''}`,
      };
    case 'hypercall':
      return hypercall(seen);
    case 'synic_message':
      return channelMessage('host', seen.bytes);
    case 'synic_event':
      return { from: 'host', title: 'interrupt', says: `event flag ${seen.flag} · ${names(seen.flag)}` };
    default:
      return packet(seen, names);
  }
}
