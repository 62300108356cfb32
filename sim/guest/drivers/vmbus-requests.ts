/**
 * Channel messages: those that a guest sends, as bytes, and what it reads from those that it receives.
 *
 * The structures are declared in `wire/`; the tests compare the results with messages that Linux's own code built. A host's message may
 * be shorter than its structure: what is cut off reads as 0.
 */
import {
  vmbusChannelGpadlBody,
  vmbusChannelGpadlCreated,
  vmbusChannelGpadlHeader,
  vmbusChannelGpadlTeardown,
} from '../../wire/gpadl-messages.ts';
import { vmbusCloseReservedChannel, vmbusOpenReservedChannel } from '../../wire/reserved-messages.ts';
import type { Struct } from '../../wire/struct.ts';
import {
  CHANNELMSG,
  VMBUS_CHANNEL_CONNECTION_BASE,
  VMBUS_MESSAGE_SINT,
  VMBUS_VERSION,
} from '../../wire/vmbus.ts';
import {
  vmbusChannelCloseChannel,
  vmbusChannelInitiateContact,
  vmbusChannelMessageHeader,
  vmbusChannelOpenChannel,
  vmbusChannelOpenResult,
  vmbusChannelVersionResponse,
} from '../../wire/vmbus-messages.ts';
import {
  vmbusChannelOffer,
  vmbusChannelOfferChannel,
  vmbusChannelRelidReleased,
} from '../../wire/vmbus-offers.ts';
import { PAGE_SIZE } from './page-allocator.ts';

type FieldValues = Parameters<Struct['encode']>[0];

function message(layout: Struct, type: number, fields: FieldValues = {}): Uint8Array {
  return layout.encode({ 'header.msgtype': type, ...fields });
}

/** Numbers of a received message by field name; 0 where the message ends before the field. */
function read(layout: Struct, bytes: Uint8Array): (field: string) => number {
  const fields = layout.decode(bytes);
  return (field) => Number(fields[field] ?? 0);
}

/** Type of a received message. */
export const messageType = (bytes: Uint8Array): number =>
  Number(vmbusChannelMessageHeader.decode(bytes).msgtype);

/** Channel id of a received message that is about one channel. */
export const readRelid = (bytes: Uint8Array): number => read(vmbusChannelRelidReleased, bytes)('child_relid');

/** Versions from which the first message goes to connection 4 and names a SINT. */
export const namesSint = (version: number): boolean => version >= VMBUS_VERSION.WIN10_V5;

export interface ContactRequest {
  readonly version: number;
  /** Virtual processor that is to receive the host's messages. */
  readonly targetVp: number;
  /** Address of the page of event bits; a version that {@link namesSint} has the SINT in its place. */
  readonly interruptPage: number;
  readonly monitorPages: readonly [number, number];
}

export function initiateContact({
  version,
  targetVp,
  interruptPage,
  monitorPages,
}: ContactRequest): Uint8Array {
  return message(vmbusChannelInitiateContact, CHANNELMSG.INITIATE_CONTACT, {
    vmbus_version_requested: version,
    target_vcpu: targetVp,
    ...(namesSint(version) ? { msg_sint: VMBUS_MESSAGE_SINT } : { interrupt_page: interruptPage }),
    monitor_page1: monitorPages[0],
    monitor_page2: monitorPages[1],
  });
}

export interface VersionResponse {
  readonly supported: boolean;
  /** `CONNECTION_STATE`. */
  readonly state: number;
  /** Connection for all further messages, from version 5.0. */
  readonly messageConnection: number;
}

export function readVersionResponse(bytes: Uint8Array): VersionResponse {
  const field = read(vmbusChannelVersionResponse, bytes);
  return {
    supported: field('version_supported') !== 0,
    state: field('connection_state'),
    messageConnection: field('msg_conn_id'),
  };
}

export const requestOffers = (): Uint8Array =>
  vmbusChannelMessageHeader.encode({ msgtype: CHANNELMSG.REQUESTOFFERS });

export const unload = (): Uint8Array => vmbusChannelMessageHeader.encode({ msgtype: CHANNELMSG.UNLOAD });

/** One range of `pages` whole pages, of which `pfns` are the first. */
export function gpadlHeader(
  relid: number,
  handle: number,
  pages: number,
  pfns: readonly number[],
): Uint8Array {
  return message(vmbusChannelGpadlHeader, CHANNELMSG.GPADL_HEADER, {
    child_relid: relid,
    gpadl: handle,
    range_buflen: 8 + 8 * pages,
    rangecount: 1,
    'range[0].byte_count': pages * PAGE_SIZE,
    'range[0].pfn_array': pfns,
  });
}

/** More page numbers. A body names no channel, and Linux leaves its message number 0. */
export function gpadlBody(handle: number, pfns: readonly number[]): Uint8Array {
  return message(vmbusChannelGpadlBody, CHANNELMSG.GPADL_BODY, { gpadl: handle, pfn: pfns });
}

/** NTSTATUS of a GPADL_CREATED. */
export const readGpadlStatus = (bytes: Uint8Array): number =>
  read(vmbusChannelGpadlCreated, bytes)('creation_status');

export function gpadlTeardown(relid: number, handle: number): Uint8Array {
  return message(vmbusChannelGpadlTeardown, CHANNELMSG.GPADL_TEARDOWN, { child_relid: relid, gpadl: handle });
}

export interface OpenRequest {
  readonly relid: number;
  /** Comes back in the result; Linux uses the channel id. */
  readonly openId: number;
  readonly gpadl: number;
  readonly targetVp: number;
  /** First page of the host-to-guest ring within the page list. */
  readonly splitPage: number;
  /** Up to 120 bytes for the device. */
  readonly userData?: Uint8Array;
}

export function openChannel(request: OpenRequest): Uint8Array {
  const bytes = message(vmbusChannelOpenChannel, CHANNELMSG.OPENCHANNEL, {
    child_relid: request.relid,
    openid: request.openId,
    ringbuffer_gpadlhandle: request.gpadl,
    target_vp: request.targetVp,
    downstream_ringbuffer_pageoffset: request.splitPage,
  });
  if (request.userData) bytes.set(request.userData, vmbusChannelOpenChannel.offsets.userdata);
  return bytes;
}

/** Opens a channel that will be polled; the answers go to this processor's SINT of VMBus. */
export const openReserved = (relid: number, targetVp: number, gpadl: number, splitPage: number): Uint8Array =>
  message(vmbusOpenReservedChannel, CHANNELMSG.OPEN_RESERVED_CHANNEL, {
    child_relid: relid,
    target_vp: targetVp,
    target_sint: VMBUS_MESSAGE_SINT,
    ringbuffer_gpadlhandle: gpadl,
    downstream_ringbuffer_pageoffset: splitPage,
  });

export const closeReserved = (relid: number, targetVp: number): Uint8Array =>
  message(vmbusCloseReservedChannel, CHANNELMSG.CLOSE_RESERVED_CHANNEL, {
    child_relid: relid,
    target_vp: targetVp,
    target_sint: VMBUS_MESSAGE_SINT,
  });

/** NTSTATUS of an OPENCHANNEL_RESULT. */
export const readOpenStatus = (bytes: Uint8Array): number => read(vmbusChannelOpenResult, bytes)('status');

export const closeChannel = (relid: number): Uint8Array =>
  message(vmbusChannelCloseChannel, CHANNELMSG.CLOSECHANNEL, { child_relid: relid });

export const relidReleased = (relid: number): Uint8Array =>
  message(vmbusChannelRelidReleased, CHANNELMSG.RELID_RELEASED, { child_relid: relid });

/** What an offer says about a channel. */
export interface ChannelOffer {
  readonly relid: number;
  /** Class and instance of the device, as lower-case GUID text. */
  readonly classGuid: string;
  readonly instanceGuid: string;
  /** 0 for a device's first channel. */
  readonly subChannelIndex: number;
  readonly flags: number;
  readonly mmioMegabytes: number;
  /** Number of the channel's bit in the monitor pages, when the host gave it one. */
  readonly monitorId: number | undefined;
  /** Connection to signal. */
  readonly connectionId: number;
  /** 120 bytes whose meaning the class of the device defines. */
  readonly userData: Uint8Array;
}

const USER_DATA = vmbusChannelOfferChannel.offsets.offer + vmbusChannelOffer.offsets.u;
const USER_DATA_BYTES = 120;

export function readOffer(bytes: Uint8Array): ChannelOffer {
  const fields = vmbusChannelOfferChannel.decode(bytes);
  const field = (name: string): number => Number(fields[name] ?? 0);
  const guid = (name: string): string => String(fields[name]).replace('guid:', '');
  const relid = field('child_relid');
  return {
    relid,
    classGuid: guid('offer.if_type'),
    instanceGuid: guid('offer.if_instance'),
    subChannelIndex: field('offer.sub_channel_index'),
    flags: field('offer.chn_flags'),
    mmioMegabytes: field('offer.mmio_megabytes'),
    monitorId: field('monitor_allocated') === 0 ? undefined : field('monitorid'),
    connectionId: field('connection_id') || VMBUS_CHANNEL_CONNECTION_BASE | relid,
    userData: bytes.slice(USER_DATA, USER_DATA + USER_DATA_BYTES),
  };
}
