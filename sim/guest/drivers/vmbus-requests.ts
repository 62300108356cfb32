/**
 * Channel messages as bytes: those that a guest sends, and what it reads from those that it receives.
 *
 * Offsets are those of the structures named at each function (Linux 6.1 `include/linux/hyperv.h`); the tests compare the results with
 * messages that Linux's own code built. Every message starts with its type and four bytes of padding.
 */
import {
  CHANNELMSG,
  VMBUS_CHANNEL_CONNECTION_BASE,
  VMBUS_MESSAGE_SINT,
  VMBUS_VERSION,
} from '../../wire/vmbus.ts';

const HEADER_BYTES = 8;
const TWO_32 = 0x1_0000_0000;

function message(type: number, length: number = HEADER_BYTES): DataView {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, type, true);
  return view;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer);

function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

function setPfns(view: DataView, at: number, pfns: readonly number[]): void {
  for (const [i, pfn] of pfns.entries()) setU64(view, at + 8 * i, pfn);
}

/** A little-endian word that may lie behind the end of a short message: 0 there. */
function u32(view: DataView, at: number): number {
  return at + 4 <= view.byteLength ? view.getUint32(at, true) : 0;
}

/** Type of a received message. */
export const messageType = (bytes: Uint8Array): number => viewOf(bytes).getUint32(0, true);

/** Channel id of a received message that is about one channel. */
export const readRelid = (bytes: Uint8Array): number => u32(viewOf(bytes), 8);

export interface ContactRequest {
  readonly version: number;
  /** Virtual processor that is to receive the host's messages. */
  readonly targetVp: number;
  /** Address of the interrupt page; left out from version 5.0, which has the SINT in its place. */
  readonly interruptPage: number | undefined;
  readonly monitorPages: readonly [number, number];
}

/** `vmbus_channel_initiate_contact`. */
export function initiateContact(request: ContactRequest): Uint8Array {
  const view = message(CHANNELMSG.INITIATE_CONTACT, 40);
  view.setUint32(8, request.version, true);
  view.setUint32(12, request.targetVp, true);
  if (request.interruptPage === undefined) view.setUint8(16, VMBUS_MESSAGE_SINT);
  else setU64(view, 16, request.interruptPage);
  setU64(view, 24, request.monitorPages[0]);
  setU64(view, 32, request.monitorPages[1]);
  return bytesOf(view);
}

/** `vmbus_channel_version_response`. */
export function readVersionResponse(bytes: Uint8Array): {
  supported: boolean;
  state: number;
  messageConnection: number;
} {
  return { supported: bytes[8] !== 0, state: bytes[9] ?? 0, messageConnection: u32(viewOf(bytes), 12) };
}

export const requestOffers = (): Uint8Array => bytesOf(message(CHANNELMSG.REQUESTOFFERS));

export const unload = (): Uint8Array => bytesOf(message(CHANNELMSG.UNLOAD));

/** `vmbus_channel_gpadl_header`: one range of `pages` whole pages; `pfns` are the first of them. */
export function gpadlHeader(
  relid: number,
  handle: number,
  pages: number,
  pfns: readonly number[],
): Uint8Array {
  const view = message(CHANNELMSG.GPADL_HEADER, 28 + 8 * pfns.length);
  view.setUint32(8, relid, true);
  view.setUint32(12, handle, true);
  view.setUint16(16, 8 + 8 * pages, true);
  view.setUint16(18, 1, true);
  view.setUint32(20, pages * 4096, true);
  setPfns(view, 28, pfns);
  return bytesOf(view);
}

/** `vmbus_channel_gpadl_body`: more page numbers. It names no channel, and Linux leaves its message number 0. */
export function gpadlBody(handle: number, pfns: readonly number[]): Uint8Array {
  const view = message(CHANNELMSG.GPADL_BODY, 16 + 8 * pfns.length);
  view.setUint32(12, handle, true);
  setPfns(view, 16, pfns);
  return bytesOf(view);
}

/** `vmbus_channel_gpadl_created`; `status` is an NTSTATUS. */
export function readGpadlCreated(bytes: Uint8Array): { status: number } {
  return { status: u32(viewOf(bytes), 16) };
}

/** `vmbus_channel_gpadl_teardown`. */
export function gpadlTeardown(relid: number, handle: number): Uint8Array {
  const view = message(CHANNELMSG.GPADL_TEARDOWN, 16);
  view.setUint32(8, relid, true);
  view.setUint32(12, handle, true);
  return bytesOf(view);
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

/** `vmbus_channel_open_channel`. */
export function openChannel(request: OpenRequest): Uint8Array {
  const view = message(CHANNELMSG.OPENCHANNEL, 148);
  view.setUint32(8, request.relid, true);
  view.setUint32(12, request.openId, true);
  view.setUint32(16, request.gpadl, true);
  view.setUint32(20, request.targetVp, true);
  view.setUint32(24, request.splitPage, true);
  const bytes = bytesOf(view);
  if (request.userData) bytes.set(request.userData, 28);
  return bytes;
}

/** `vmbus_channel_open_result`. */
export function readOpenResult(bytes: Uint8Array): { status: number } {
  return { status: u32(viewOf(bytes), 16) };
}

/** Messages of nothing but a channel id: `vmbus_channel_close_channel`, `vmbus_channel_relid_released`. */
function aboutChannel(type: number, relid: number): Uint8Array {
  const view = message(type, 12);
  view.setUint32(8, relid, true);
  return bytesOf(view);
}

export const closeChannel = (relid: number): Uint8Array => aboutChannel(CHANNELMSG.CLOSECHANNEL, relid);

export const relidReleased = (relid: number): Uint8Array => aboutChannel(CHANNELMSG.RELID_RELEASED, relid);

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
  /** 120 bytes for the device's driver. */
  readonly userData: Uint8Array;
}

/** `vmbus_channel_offer_channel`. */
export function readOffer(bytes: Uint8Array): ChannelOffer {
  const view = viewOf(bytes);
  const relid = u32(view, 184);
  return {
    relid,
    classGuid: guidText(bytes, 8),
    instanceGuid: guidText(bytes, 24),
    subChannelIndex: view.getUint16(180, true),
    flags: view.getUint16(56, true),
    mmioMegabytes: view.getUint16(58, true),
    monitorId: (bytes[189] & 1) === 0 ? undefined : bytes[188],
    connectionId: u32(view, 192) || VMBUS_CHANNEL_CONNECTION_BASE | relid,
    userData: bytes.slice(60, 180),
  };
}

/** A GUID as text: its first three groups are little-endian numbers on the wire. */
function guidText(bytes: Uint8Array, at: number): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((i) => bytes[at + i].toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Versions from which the first message goes to connection 4 and names a SINT. */
export const namesSint = (version: number): boolean => version >= VMBUS_VERSION.WIN10_V5;
