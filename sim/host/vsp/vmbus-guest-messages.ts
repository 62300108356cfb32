/**
 * Channel messages of the guest, as the host reads them from its private copy. One that is shorter than its type needs is
 * `unreadable`; bytes beyond are ignored, since some clients always send the largest message. The layouts are declared in `wire/`.
 */
import {
  vmbusChannelGpadlBody,
  vmbusChannelGpadlHeader,
  vmbusChannelGpadlTeardown,
} from '../../wire/gpadl-messages.ts';
import type { Fields } from '../../wire/layout.ts';
import { vmbusCloseReservedChannel, vmbusOpenReservedChannel } from '../../wire/reserved-messages.ts';
import type { Struct } from '../../wire/struct.ts';
import { CHANNELMSG } from '../../wire/vmbus.ts';
import {
  vmbusChannelCloseChannel,
  vmbusChannelInitiateContact,
  vmbusChannelMessageHeader,
  vmbusChannelModifychannel,
  vmbusChannelOpenChannel,
  vmbusChannelTlConnectRequest,
} from '../../wire/vmbus-messages.ts';
import { vmbusChannelRelidReleased } from '../../wire/vmbus-offers.ts';

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

/** Where answers about a reserved channel go, whether there is a connection or not. */
export interface ReservedTarget {
  readonly vp: number;
  readonly sint: number;
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
      readonly kind: 'open-reserved';
      readonly type: number;
      readonly relid: number;
      readonly target: ReservedTarget;
      readonly gpadl: number;
      readonly splitPage: number;
    }
  | {
      readonly kind: 'close-reserved';
      readonly type: number;
      readonly relid: number;
      readonly target: ReservedTarget;
    }
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

type Reader<K extends GuestMessage['kind']> = (
  view: DataView,
  bytes: Uint8Array,
  type: number,
) => MessageOf<K>;

interface Form {
  /** Bytes it needs at least. */
  readonly bytes: number;
  readonly read: (view: DataView, bytes: Uint8Array, type: number) => GuestMessage;
}

const u32 = (view: DataView, at: number): number => view.getUint32(at, true);
/** Reads one declared number of a message. */
const reader = <F extends Fields>(layout: Struct<F>, field: string): ((view: DataView) => number) => {
  const accessor = layout.accessor(field);
  return (view) => accessor.get(view, 0);
};

const CONTACT = {
  version: reader(vmbusChannelInitiateContact, 'vmbus_version_requested'),
  targetVp: reader(vmbusChannelInitiateContact, 'target_vcpu'),
  interruptPage: reader(vmbusChannelInitiateContact, 'interrupt_page'),
  sint: reader(vmbusChannelInitiateContact, 'msg_sint'),
  monitorPage1: reader(vmbusChannelInitiateContact, 'monitor_page1'),
  monitorPage2: reader(vmbusChannelInitiateContact, 'monitor_page2'),
};

const readContact: Reader<'initiate-contact'> = (view, bytes, type) => ({
  kind: 'initiate-contact',
  type,
  version: CONTACT.version(view),
  targetVp: CONTACT.targetVp(view),
  interruptPage: CONTACT.interruptPage(view),
  sint: CONTACT.sint(view),
  // The trust level is the byte behind the SINT (OpenVMM `TargetInfo`); Linux declares it as padding.
  vtl: bytes[vmbusChannelInitiateContact.offsets.padding1],
  monitorPage1: CONTACT.monitorPage1(view),
  monitorPage2: CONTACT.monitorPage2(view),
});

const OPEN = vmbusChannelOpenChannel.offsets;
const readOpen: Reader<'open'> = (view, bytes, type) => ({
  kind: 'open',
  type,
  relid: u32(view, OPEN.child_relid),
  openId: u32(view, OPEN.openid),
  gpadl: u32(view, OPEN.ringbuffer_gpadlhandle),
  targetVp: u32(view, OPEN.target_vp),
  splitPage: u32(view, OPEN.downstream_ringbuffer_pageoffset),
  userData: bytes.slice(OPEN.userdata, vmbusChannelOpenChannel.size),
});

const HEADER = vmbusChannelGpadlHeader.offsets;
const readGpadlHeader: Reader<'gpadl-header'> = (view, bytes, type) => ({
  kind: 'gpadl-header',
  type,
  relid: u32(view, HEADER.child_relid),
  gpadl: u32(view, HEADER.gpadl),
  listBytes: view.getUint16(HEADER.range_buflen, true),
  rangeCount: view.getUint16(HEADER.rangecount, true),
  first: bytes.subarray(HEADER.range),
});

const BODY = vmbusChannelGpadlBody.offsets;
const readGpadlBody: Reader<'gpadl-body'> = (view, bytes, type) => ({
  kind: 'gpadl-body',
  type,
  gpadl: u32(view, BODY.gpadl),
  more: bytes.subarray(BODY.pfn),
});

const TEARDOWN = vmbusChannelGpadlTeardown.offsets;
const readTeardown: Reader<'gpadl-teardown'> = (view, _bytes, type) => ({
  kind: 'gpadl-teardown',
  type,
  relid: u32(view, TEARDOWN.child_relid),
  gpadl: u32(view, TEARDOWN.gpadl),
});

const SOCKET = vmbusChannelTlConnectRequest.offsets;
const readSocket: Reader<'tl-connect'> = (_view, bytes, type) => ({
  kind: 'tl-connect',
  type,
  endpointId: bytes.slice(SOCKET.guest_endpoint_id, SOCKET.host_service_id),
  serviceId: bytes.slice(SOCKET.host_service_id, vmbusChannelTlConnectRequest.size),
});

const MODIFY = vmbusChannelModifychannel.offsets;
const readModify: Reader<'modify'> = (view, _bytes, type) => ({
  kind: 'modify',
  type,
  relid: u32(view, MODIFY.child_relid),
  targetVp: u32(view, MODIFY.target_vp),
});

const CLOSE = vmbusChannelCloseChannel.offsets;
const readClose: Form['read'] = (view, _bytes, type) => ({
  kind: 'close',
  type,
  relid: u32(view, CLOSE.child_relid),
});

const RESERVED = vmbusOpenReservedChannel.offsets;
const readTarget = (view: DataView): ReservedTarget => ({
  vp: u32(view, RESERVED.target_vp),
  // The host takes the low byte of it (OpenVMM).
  sint: u32(view, RESERVED.target_sint) & 0xff,
});
const readOpenReserved: Reader<'open-reserved'> = (view, _bytes, type) => ({
  kind: 'open-reserved',
  type,
  relid: u32(view, RESERVED.child_relid),
  target: readTarget(view),
  gpadl: u32(view, RESERVED.ringbuffer_gpadlhandle),
  splitPage: u32(view, RESERVED.downstream_ringbuffer_pageoffset),
});
const readCloseReserved: Reader<'close-reserved'> = (view, _bytes, type) => ({
  kind: 'close-reserved',
  type,
  relid: u32(view, RESERVED.child_relid),
  target: readTarget(view),
});

const RELEASED = vmbusChannelRelidReleased.offsets;
const readReleased: Form['read'] = (view, _bytes, type) => ({
  kind: 'release',
  type,
  relid: u32(view, RELEASED.child_relid),
});

const form = <F extends Fields>(type: number, layout: Struct<F>, read: Form['read']): [number, Form] => [
  type,
  { bytes: layout.size, read },
];

const FORMS: ReadonlyMap<number, Form> = new Map([
  form(CHANNELMSG.INITIATE_CONTACT, vmbusChannelInitiateContact, readContact),
  form(CHANNELMSG.REQUESTOFFERS, vmbusChannelMessageHeader, (_view, _bytes, type) => ({
    kind: 'request-offers',
    type,
  })),
  form(CHANNELMSG.UNLOAD, vmbusChannelMessageHeader, (_view, _bytes, type) => ({ kind: 'unload', type })),
  form(CHANNELMSG.OPENCHANNEL, vmbusChannelOpenChannel, readOpen),
  form(CHANNELMSG.CLOSECHANNEL, vmbusChannelCloseChannel, readClose),
  form(CHANNELMSG.RELID_RELEASED, vmbusChannelRelidReleased, readReleased),
  form(CHANNELMSG.GPADL_HEADER, vmbusChannelGpadlHeader, readGpadlHeader),
  form(CHANNELMSG.GPADL_BODY, vmbusChannelGpadlBody, readGpadlBody),
  form(CHANNELMSG.GPADL_TEARDOWN, vmbusChannelGpadlTeardown, readTeardown),
  form(CHANNELMSG.TL_CONNECT_REQUEST, vmbusChannelTlConnectRequest, readSocket),
  form(CHANNELMSG.MODIFYCHANNEL, vmbusChannelModifychannel, readModify),
  form(CHANNELMSG.OPEN_RESERVED_CHANNEL, vmbusOpenReservedChannel, readOpenReserved),
  form(CHANNELMSG.CLOSE_RESERVED_CHANNEL, vmbusCloseReservedChannel, readCloseReserved),
]);

/** Reads a channel message. Types that only a host sends, and unknown ones, are `unreadable`. */
export function parseGuestMessage(bytes: Uint8Array): GuestMessage | UnreadableMessage {
  if (bytes.length < vmbusChannelMessageHeader.size) return { kind: 'unreadable', type: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = u32(view, 0);
  const found = FORMS.get(type);
  if (!found || bytes.length < found.bytes) return { kind: 'unreadable', type };
  return found.read(view, bytes, type);
}
