/**
 * Channel messages as the host reads and writes them.
 *
 * A guest's message is read from the host's private copy; one that is shorter than its type needs is `unreadable`, bytes beyond are
 * ignored, since some clients always send the largest message. The host's messages carry zeros wherever nothing is defined.
 *
 * Source: golden layouts `vmbus_channel_*`, offsets named after them; OpenVMM `vmbus_core/src/protocol.rs` for TL_CONNECT_RESULT.
 */
import { invariant } from '../../core/errors.ts';
import { CHANNELMSG } from '../../wire/vmbus.ts';
import type { OfferDescription } from './vmbus-device.ts';

/** Bytes of a message that has no parameters: the header. */
const HEADER_BYTES = 8;
const GUID_BYTES = 16;
const USER_DATA_BYTES = 120;
const NO_MONITOR = 0xff;

/** INITIATE_CONTACT. */
export interface ContactMessage {
  readonly kind: 'initiate-contact';
  readonly type: number;
  readonly version: number;
  /** Virtual processor for messages. */
  readonly targetVp: number;
  /** GPA of the interrupt page; from 5.0 the same bytes are {@link sint} and {@link vtl}. */
  readonly interruptPage: number;
  readonly sint: number;
  readonly vtl: number;
  /** GPAs of the monitor pages, 0 for none: host to guest, guest to host. */
  readonly monitorPage1: number;
  readonly monitorPage2: number;
}

export type GuestMessage =
  | ContactMessage
  | { readonly kind: 'request-offers'; readonly type: number }
  | { readonly kind: 'unload'; readonly type: number }
  | {
      readonly kind: 'open';
      readonly type: number;
      readonly relid: number;
      readonly openId: number;
      readonly gpadl: number;
      readonly targetVp: number;
      readonly splitPage: number;
      readonly userData: Uint8Array;
    }
  | { readonly kind: 'close' | 'release'; readonly type: number; readonly relid: number }
  | {
      readonly kind: 'gpadl-header';
      readonly type: number;
      readonly relid: number;
      readonly gpadl: number;
      readonly listBytes: number;
      readonly rangeCount: number;
      /** The part of the list that is in this message. */
      readonly first: Uint8Array;
    }
  | { readonly kind: 'gpadl-body'; readonly type: number; readonly gpadl: number; readonly more: Uint8Array }
  | { readonly kind: 'gpadl-teardown'; readonly type: number; readonly relid: number; readonly gpadl: number }
  | { readonly kind: 'modify'; readonly type: number; readonly relid: number; readonly targetVp: number }
  | {
      readonly kind: 'tl-connect';
      readonly type: number;
      readonly endpointId: Uint8Array;
      readonly serviceId: Uint8Array;
    };

export type MessageOf<K extends GuestMessage['kind']> = Extract<GuestMessage, { kind: K }>;

/** Shorter than its type needs, or of a type that no guest sends. `type` is 0 when not even that could be read. */
export interface UnreadableMessage {
  readonly kind: 'unreadable';
  readonly type: number;
}

interface Form {
  /** Bytes it needs at least. */
  readonly bytes: number;
  readonly read: (view: DataView, bytes: Uint8Array, type: number) => GuestMessage;
}

const u16 = (view: DataView, at: number): number => view.getUint16(at, true);
const u32 = (view: DataView, at: number): number => view.getUint32(at, true);
/** A GPA; beyond 2^53 it loses low bits and stays far outside any memory. */
const gpa = (view: DataView, at: number): number => u32(view, at + 4) * 0x1_0000_0000 + u32(view, at);

const readContact = (view: DataView, bytes: Uint8Array, type: number): ContactMessage => ({
  kind: 'initiate-contact',
  type,
  version: u32(view, 8),
  targetVp: u32(view, 12),
  interruptPage: gpa(view, 16),
  sint: bytes[16],
  vtl: bytes[17],
  monitorPage1: gpa(view, 24),
  monitorPage2: gpa(view, 32),
});

const readOpen = (view: DataView, bytes: Uint8Array, type: number): MessageOf<'open'> => ({
  kind: 'open',
  type,
  relid: u32(view, 8),
  openId: u32(view, 12),
  gpadl: u32(view, 16),
  targetVp: u32(view, 20),
  splitPage: u32(view, 24),
  userData: bytes.slice(28, 28 + USER_DATA_BYTES),
});

const readGpadlHeader = (view: DataView, bytes: Uint8Array, type: number): MessageOf<'gpadl-header'> => ({
  kind: 'gpadl-header',
  type,
  relid: u32(view, 8),
  gpadl: u32(view, 12),
  listBytes: u16(view, 16),
  rangeCount: u16(view, 18),
  first: bytes.subarray(20),
});

const FORMS: ReadonlyMap<number, Form> = new Map<number, Form>([
  [
    CHANNELMSG.REQUESTOFFERS,
    { bytes: HEADER_BYTES, read: (_view, _bytes, type) => ({ kind: 'request-offers', type }) },
  ],
  [CHANNELMSG.OPENCHANNEL, { bytes: 28 + USER_DATA_BYTES, read: readOpen }],
  [
    CHANNELMSG.CLOSECHANNEL,
    { bytes: 12, read: (view, _bytes, type) => ({ kind: 'close', type, relid: u32(view, 8) }) },
  ],
  [CHANNELMSG.GPADL_HEADER, { bytes: 20, read: readGpadlHeader }],
  [
    CHANNELMSG.GPADL_BODY,
    {
      bytes: 16,
      read: (view, bytes, type) => ({
        kind: 'gpadl-body',
        type,
        gpadl: u32(view, 12),
        more: bytes.subarray(16),
      }),
    },
  ],
  [
    CHANNELMSG.GPADL_TEARDOWN,
    {
      bytes: 16,
      read: (view, _bytes, type) => ({
        kind: 'gpadl-teardown',
        type,
        relid: u32(view, 8),
        gpadl: u32(view, 12),
      }),
    },
  ],
  [
    CHANNELMSG.RELID_RELEASED,
    { bytes: 12, read: (view, _bytes, type) => ({ kind: 'release', type, relid: u32(view, 8) }) },
  ],
  [CHANNELMSG.INITIATE_CONTACT, { bytes: 40, read: readContact }],
  [CHANNELMSG.UNLOAD, { bytes: HEADER_BYTES, read: (_view, _bytes, type) => ({ kind: 'unload', type }) }],
  [
    CHANNELMSG.TL_CONNECT_REQUEST,
    {
      bytes: HEADER_BYTES + 2 * GUID_BYTES,
      read: (_view, bytes, type) => ({
        kind: 'tl-connect',
        type,
        endpointId: bytes.slice(8, 24),
        serviceId: bytes.slice(24, 40),
      }),
    },
  ],
  [
    CHANNELMSG.MODIFYCHANNEL,
    {
      bytes: 16,
      read: (view, _bytes, type) => ({ kind: 'modify', type, relid: u32(view, 8), targetVp: u32(view, 12) }),
    },
  ],
]);

/** Reads a channel message. Types that only a host sends, and unknown ones, are `unreadable`. */
export function parseGuestMessage(bytes: Uint8Array): GuestMessage | UnreadableMessage {
  if (bytes.length < HEADER_BYTES) return { kind: 'unreadable', type: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = u32(view, 0);
  const form = FORMS.get(type);
  if (!form || bytes.length < form.bytes) return { kind: 'unreadable', type };
  return form.read(view, bytes, type);
}

/** What the host says. */
export type HostMessage =
  | {
      readonly kind: 'offer';
      readonly offer: OfferDescription;
      readonly relid: number;
      readonly subChannelIndex: number;
      /** -1 for none. */
      readonly monitorId: number;
      /** The guest signals the channel by its own connection. */
      readonly dedicated: boolean;
      readonly connectionId: number;
    }
  | { readonly kind: 'rescind'; readonly relid: number }
  | { readonly kind: 'all-offers-delivered' | 'unload-response' }
  | { readonly kind: 'open-result'; readonly relid: number; readonly openId: number; readonly status: number }
  | {
      readonly kind: 'gpadl-created';
      readonly relid: number;
      readonly gpadl: number;
      readonly status: number;
    }
  | { readonly kind: 'gpadl-torndown'; readonly gpadl: number }
  | {
      readonly kind: 'version-response';
      readonly supported: boolean;
      readonly state: number;
      /** From 5.0 the message connection to use, before the version itself. */
      readonly connectionOrVersion: number;
    }
  | {
      readonly kind: 'tl-connect-result';
      readonly endpointId: Uint8Array;
      readonly serviceId: Uint8Array;
      readonly status: number;
    }
  | { readonly kind: 'modify-response'; readonly relid: number; readonly status: number };

/** A message of 32-bit words behind the header. */
function words(type: number, ...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + values.length * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  values.forEach((value, i) => {
    view.setUint32(HEADER_BYTES + i * 4, value, true);
  });
  return bytes;
}

export function encodeHostMessage(message: HostMessage): Uint8Array {
  switch (message.kind) {
    case 'offer':
      return encodeOffer(message);
    case 'rescind':
      return words(CHANNELMSG.RESCIND_CHANNELOFFER, message.relid);
    case 'all-offers-delivered':
      return words(CHANNELMSG.ALLOFFERS_DELIVERED);
    case 'unload-response':
      return words(CHANNELMSG.UNLOAD_RESPONSE);
    case 'open-result':
      return words(CHANNELMSG.OPENCHANNEL_RESULT, message.relid, message.openId, message.status);
    case 'gpadl-created':
      return words(CHANNELMSG.GPADL_CREATED, message.relid, message.gpadl, message.status);
    case 'gpadl-torndown':
      return words(CHANNELMSG.GPADL_TORNDOWN, message.gpadl);
    case 'version-response':
      return words(
        CHANNELMSG.VERSION_RESPONSE,
        (message.supported ? 1 : 0) | (message.state << 8),
        message.connectionOrVersion,
      );
    case 'tl-connect-result':
      return encodeConnectResult(message.endpointId, message.serviceId, message.status);
    case 'modify-response':
      return words(CHANNELMSG.MODIFYCHANNEL_RESPONSE, message.relid, message.status);
  }
}

function encodeOffer(message: Extract<HostMessage, { kind: 'offer' }>): Uint8Array {
  const { offer } = message;
  const userData = offer.userDefined ?? new Uint8Array(0);
  invariant(userData.length <= USER_DATA_BYTES, 'an offer carries at most 120 bytes of its device');
  const bytes = new Uint8Array(196);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CHANNELMSG.OFFERCHANNEL, true);
  bytes.set(guidBytes(offer.interfaceId), 8);
  bytes.set(guidBytes(offer.instanceId), 24);
  view.setUint16(56, offer.flags ?? 0, true);
  view.setUint16(58, offer.mmioMegabytes ?? 0, true);
  bytes.set(userData, 60);
  view.setUint16(180, message.subChannelIndex, true);
  view.setUint32(184, message.relid, true);
  bytes[188] = message.monitorId < 0 ? NO_MONITOR : message.monitorId;
  bytes[189] = message.monitorId < 0 ? 0 : 1;
  view.setUint16(190, message.dedicated ? 1 : 0, true);
  view.setUint32(192, message.connectionId, true);
  return bytes;
}

function encodeConnectResult(endpointId: Uint8Array, serviceId: Uint8Array, status: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 2 * GUID_BYTES + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CHANNELMSG.TL_CONNECT_RESULT, true);
  bytes.set(endpointId, 8);
  bytes.set(serviceId, 24);
  view.setUint32(40, status, true);
  return bytes;
}

/** A GUID as it lies in memory: its first three groups are little-endian numbers. */
export function guidBytes(text: string): Uint8Array {
  const hex = text.replaceAll('-', '');
  invariant(hex.length === 32, `${text} is no GUID`);
  const byte = (i: number): number => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return Uint8Array.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], byte);
}
