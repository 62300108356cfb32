/**
 * RNDIS at the host's end: answers what a guest asks of its network adapter, and packs and unpacks frames. Bytes in, bytes out.
 *
 * Sources: Linux `include/linux/rndis.h`, `drivers/net/hyperv/rndis_filter.c` (what a guest asks); OpenVMM `vm/devices/net/netvsp/src/lib.rs`
 * (what a host answers). Left out: offloads (the capabilities are all zero); information with a packet is checked and not used.
 */
import {
  NDIS_OFFLOAD,
  NDIS_RSS_CAPABILITIES,
  RNDIS_COMPLETION,
  RNDIS_HEADER_BYTES,
  RNDIS_MAX_TRANSFER,
  RNDIS_MSG,
  RNDIS_OID,
  RNDIS_PACKET_BYTES,
  RNDIS_STATUS,
} from '../../wire/rndis-codes.ts';
import { ETHERNET } from '../backends/switch.ts';

/** What an adapter is. */
export interface AdapterFacts {
  /** Six bytes. */
  readonly mac: Uint8Array;
  readonly mtu: number;
  /** Units of 100 bit/s. */
  readonly linkSpeed: number;
  readonly connected: boolean;
  /** Channels that a guest may have; 1 says that there is no receive-side scaling. */
  readonly channels: number;
  readonly filter: number;
}

/** What a control message came to. */
export interface ControlOutcome {
  /** The answer; none to HALT and to what makes no sense. */
  readonly answer?: Uint8Array;
  readonly change?: 'initialised' | 'halted' | { readonly filter: number };
  /** The message breaks the rules. */
  readonly broken?: true;
}

const OBJECTS: readonly number[] = Object.values(RNDIS_OID);
const MOST_GROUP_ADDRESSES = 32;

/** Answers one control message; `operational` tells whether INIT has come. */
export function answerControl(
  message: Uint8Array,
  operational: boolean,
  facts: AdapterFacts,
): ControlOutcome {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (message.length < RNDIS_HEADER_BYTES + 4) return { broken: true };
  const [type, length, request] = [0, 4, 8].map((at) => view.getUint32(at, true));
  if (length > message.length || length < RNDIS_HEADER_BYTES + 4) return { broken: true };
  if (type === RNDIS_MSG.INIT) return initialise(view, request);
  if (!operational) return { broken: true };
  switch (type) {
    case RNDIS_MSG.HALT:
      return { change: 'halted' };
    case RNDIS_MSG.QUERY:
      return query(view, length, request, facts);
    case RNDIS_MSG.SET:
      return set(view, length, request);
    case RNDIS_MSG.RESET:
      return { answer: words(RNDIS_MSG.RESET, RNDIS_STATUS.SUCCESS, 0) };
    case RNDIS_MSG.KEEPALIVE:
      return { answer: words(RNDIS_MSG.KEEPALIVE, request, RNDIS_STATUS.SUCCESS) };
    default:
      return { broken: true };
  }
}

/** "The cable is plugged in", or out. Golden vector `rndis_indicate_media_connect`. */
export function indicateLink(connected: boolean): Uint8Array {
  const bytes = words(
    RNDIS_MSG.INDICATE,
    connected ? RNDIS_STATUS.MEDIA_CONNECT : RNDIS_STATUS.MEDIA_DISCONNECT,
    0,
    0,
  );
  new DataView(bytes.buffer).setUint32(0, RNDIS_MSG.INDICATE, true);
  return bytes;
}

/** A frame as the guest is to receive it. Golden vector `rndis_packet_no_ppi_arp`. */
export function packFrame(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RNDIS_PACKET_BYTES + frame.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, RNDIS_MSG.PACKET, true);
  view.setUint32(4, bytes.length, true);
  view.setUint32(8, RNDIS_PACKET_BYTES - RNDIS_HEADER_BYTES, true);
  view.setUint32(12, frame.length, true);
  bytes.set(frame, RNDIS_PACKET_BYTES);
  return bytes;
}

/** The frames in what a guest sent: one message or several in a row. `undefined` when one of them breaks the rules. */
export function unpackFrames(bytes: Uint8Array, mtu: number): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + RNDIS_PACKET_BYTES - 4 > bytes.length) return undefined;
    const [type, length, offset, size] = [0, 4, 8, 12].map((word) => view.getUint32(at + word, true));
    const start = RNDIS_HEADER_BYTES + offset;
    const fits = length <= bytes.length - at && start + size <= length && start >= RNDIS_PACKET_BYTES - 4;
    const frame = size >= ETHERNET.HEADER && size <= mtu + ETHERNET.HEADER + 4;
    if (type !== RNDIS_MSG.PACKET || !fits || !frame) return undefined;
    const [from, room] = [28, 32].map((word) => view.getUint32(at + word, true));
    if (!informationFits(view, at, RNDIS_HEADER_BYTES + from, room, start)) return undefined;
    frames.push(bytes.slice(at + start, at + start + size));
    at += length;
  }
  return frames.length > 0 ? frames : undefined;
}

/** Bytes of the head of one piece of information, and the kind that asks for a large frame to be cut into segments. */
const INFORMATION = { HEAD: 12, LARGE_SEND: 2 } as const;

/**
 * Is the information with a packet a list of pieces between the packet's head and its frame, none of which asks for what was not offered?
 * This adapter cuts no frames: whoever asks for it would see a frame leave that no network takes, whatever header offset and segment size
 * he names. Other kinds (checksum, VLAN, hash) say what a receiver may skip and are skipped.
 */
function informationFits(view: DataView, packet: number, from: number, room: number, frame: number): boolean {
  if (room === 0) return true;
  if (from < RNDIS_PACKET_BYTES || from + room > frame) return false;
  for (let at = from; at < from + room; ) {
    const left = from + room - at;
    if (left < INFORMATION.HEAD) return false;
    const [size, kind, offset] = [0, 4, 8].map((word) => view.getUint32(packet + at + word, true));
    if (size < INFORMATION.HEAD || size > left || offset < INFORMATION.HEAD || offset > size) return false;
    if ((kind & 0x7fff_ffff) === INFORMATION.LARGE_SEND) return false;
    at += size;
  }
  return true;
}

function initialise(view: DataView, request: number): ControlOutcome {
  if (view.byteLength < 24) return { broken: true };
  const fine = view.getUint32(12, true) === 1;
  const status = fine ? RNDIS_STATUS.SUCCESS : RNDIS_STATUS.FAILURE;
  // Version 1.0, without connections, Ethernet, eight packets a message, aligned to 2^3 bytes.
  const answer = words(RNDIS_MSG.INIT, request, status, 1, 0, 1, 0, 8, RNDIS_MAX_TRANSFER, 3, 0, 0);
  return fine ? { answer, change: 'initialised' } : { answer };
}

function query(view: DataView, length: number, request: number, facts: AdapterFacts): ControlOutcome {
  if (length < 24) return { broken: true };
  const value = objectValue(view.getUint32(12, true), facts);
  const status = value ? RNDIS_STATUS.SUCCESS : RNDIS_STATUS.NOT_SUPPORTED;
  const head = words(RNDIS_MSG.QUERY, request, status, value?.length ?? 0, value ? 16 : 0);
  if (!value) return { answer: head };
  const answer = new Uint8Array(head.length + value.length);
  answer.set(head);
  answer.set(value, head.length);
  new DataView(answer.buffer).setUint32(4, answer.length, true);
  return { answer };
}

function set(view: DataView, length: number, request: number): ControlOutcome {
  if (length < 24) return { broken: true };
  const [oid, size, offset] = [12, 16, 20].map((at) => view.getUint32(at, true));
  if (RNDIS_HEADER_BYTES + offset + size > length)
    return { answer: words(RNDIS_MSG.SET, request, RNDIS_STATUS.INVALID_DATA) };
  const done = words(RNDIS_MSG.SET, request, RNDIS_STATUS.SUCCESS);
  switch (oid) {
    case RNDIS_OID.GEN_CURRENT_PACKET_FILTER:
      if (size !== 4) return { answer: words(RNDIS_MSG.SET, request, RNDIS_STATUS.INVALID_LENGTH) };
      return { answer: done, change: { filter: view.getUint32(RNDIS_HEADER_BYTES + offset, true) } };
    case RNDIS_OID['802_3_MULTICAST_LIST']:
    case RNDIS_OID.TCP_OFFLOAD_PARAMETERS:
    case RNDIS_OID.GEN_RECEIVE_SCALE_PARAMETERS:
    case RNDIS_OID.GEN_RNDIS_CONFIG_PARAMETER:
      return { answer: done };
    default:
      return { answer: words(RNDIS_MSG.SET, request, RNDIS_STATUS.NOT_SUPPORTED) };
  }
}

function objectValue(oid: number, facts: AdapterFacts): Uint8Array | undefined {
  switch (oid) {
    case RNDIS_OID.GEN_SUPPORTED_LIST:
      return numbers(...OBJECTS);
    case RNDIS_OID.GEN_HARDWARE_STATUS:
    case RNDIS_OID.GEN_MEDIA_SUPPORTED:
    case RNDIS_OID.GEN_MEDIA_IN_USE:
      return numbers(0);
    case RNDIS_OID.GEN_MAXIMUM_FRAME_SIZE:
      return numbers(facts.mtu);
    case RNDIS_OID.GEN_MAXIMUM_TOTAL_SIZE:
      return numbers(facts.mtu + ETHERNET.HEADER);
    case RNDIS_OID.GEN_LINK_SPEED:
      return numbers(facts.linkSpeed);
    case RNDIS_OID.GEN_CURRENT_PACKET_FILTER:
      return numbers(facts.filter);
    case RNDIS_OID.GEN_MEDIA_CONNECT_STATUS:
      return numbers(facts.connected ? 0 : 1);
    case RNDIS_OID['802_3_PERMANENT_ADDRESS']:
    case RNDIS_OID['802_3_CURRENT_ADDRESS']:
      return facts.mac;
    case RNDIS_OID['802_3_MAXIMUM_LIST_SIZE']:
      return numbers(MOST_GROUP_ADDRESSES);
    case RNDIS_OID.TCP_OFFLOAD_HARDWARE_CAPABILITIES:
      return object(NDIS_OFFLOAD);
    case RNDIS_OID.GEN_RECEIVE_SCALE_CAPABILITIES:
      return facts.channels > 1 ? scaling(facts.channels) : undefined;
    default:
      return undefined;
  }
}

/** An NDIS object: type, revision, size, and zeros. */
function object({ TYPE, REVISION, BYTES }: { TYPE: number; REVISION: number; BYTES: number }): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  bytes[0] = TYPE;
  bytes[1] = REVISION;
  new DataView(bytes.buffer).setUint16(2, BYTES, true);
  return bytes;
}

/** `ndis_recv_scale_cap`: capabilities, interrupt messages, receive queues, entries of the table. */
function scaling(channels: number): Uint8Array {
  const bytes = object(NDIS_RSS_CAPABILITIES);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, channels, true);
  view.setUint32(12, channels, true);
  view.setUint16(16, 128, true);
  return bytes;
}

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  return bytes;
}

/** An answer made of 32-bit words behind its header. */
function words(type: number, ...values: readonly number[]): Uint8Array {
  const body = numbers(...values);
  const bytes = new Uint8Array(RNDIS_HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (type | RNDIS_COMPLETION) >>> 0, true);
  view.setUint32(4, bytes.length, true);
  bytes.set(body, RNDIS_HEADER_BYTES);
  return bytes;
}
