/**
 * What each VMBus protocol version allows, as data.
 *
 * A guest tries versions from the newest it knows downwards with INITIATE_CONTACT until the host says "supported". The version
 * then decides how both sides interrupt each other, which virtual processor gets the messages, and which messages exist.
 *
 * Sources: Linux 6.1 `drivers/hv/connection.c` (interrupt page, connection ids); OpenVMM `vmbus_core/src/protocol.rs` (message
 * table) and `vmbus_server/src/channels.rs` (which fields the host ignores before which version).
 */
import { CHANNELMSG, VMBUS_VERSION, VMBUS_VERSIONS } from '../../wire/vmbus.ts';

/** How a version behaves, for a host that speaks it. */
export interface VersionRules {
  /** Value on the wire. */
  readonly code: number;
  readonly name: string;
  /**
   * How the host interrupts the guest: by a bit in the receive half of the guest's interrupt page and event flag 0, or by the
   * channel's own event flag.
   */
  readonly hostInterrupts: 'interrupt-page' | 'event-flags';
  /** How the guest signals the host: by a bit in the send half of the interrupt page and connection 2, or by the channel's own connection. */
  readonly guestSignals: 'interrupt-page' | 'connection';
  /** Messages go to the virtual processor that the guest names; before, always to processor 0. */
  readonly choosesMessageVp: boolean;
  /** A failure after the version check can be told; before, it looks like an unsupported version. */
  readonly reportsFailure: boolean;
  /** INITIATE_CONTACT comes over connection 4 and the response names the connection to use from then on. */
  readonly ownMessageConnection: boolean;
  /** MODIFYCHANNEL is answered. */
  readonly answersModify: boolean;
}

/** The newest version this host speaks. Version 6.0 adds longer version messages and optional features; it is refused. */
export const NEWEST_VERSION = VMBUS_VERSION.WIN10_V5_3;

/** Every version this host speaks, oldest first. */
export const SPOKEN_VERSIONS: readonly VersionRules[] = VMBUS_VERSIONS.filter(
  (version) => version.value <= NEWEST_VERSION,
).map(({ value: code, name }) => ({
  code,
  name,
  hostInterrupts: code < VMBUS_VERSION.WIN8 ? 'interrupt-page' : 'event-flags',
  guestSignals: code < VMBUS_VERSION.WIN7 ? 'interrupt-page' : 'connection',
  choosesMessageVp: code >= VMBUS_VERSION.WIN8_1,
  reportsFailure: code >= VMBUS_VERSION.WIN8,
  ownMessageConnection: code >= VMBUS_VERSION.WIN10_V5,
  answersModify: code >= VMBUS_VERSION.WIN10_V5_3,
}));

/** The rules of the version with that code, unless the host does not speak it or `newest` forbids it. */
export function versionRules(code: number, newest: number = NEWEST_VERSION): VersionRules | undefined {
  return code > newest ? undefined : SPOKEN_VERSIONS.find((version) => version.code === code);
}

/**
 * The first version in which a guest may send each message. Types that only a host sends, and types that need a feature of
 * version 6.0, are not here: such a message is dropped.
 */
const SENT_BY_GUESTS: ReadonlyMap<number, number> = new Map([
  [CHANNELMSG.REQUESTOFFERS, VMBUS_VERSION.WS2008],
  [CHANNELMSG.OPENCHANNEL, VMBUS_VERSION.WS2008],
  [CHANNELMSG.CLOSECHANNEL, VMBUS_VERSION.WS2008],
  [CHANNELMSG.GPADL_HEADER, VMBUS_VERSION.WS2008],
  [CHANNELMSG.GPADL_BODY, VMBUS_VERSION.WS2008],
  [CHANNELMSG.GPADL_TEARDOWN, VMBUS_VERSION.WS2008],
  [CHANNELMSG.RELID_RELEASED, VMBUS_VERSION.WS2008],
  [CHANNELMSG.INITIATE_CONTACT, 0],
  [CHANNELMSG.UNLOAD, VMBUS_VERSION.WS2008],
  [CHANNELMSG.TL_CONNECT_REQUEST, VMBUS_VERSION.WIN10],
  [CHANNELMSG.MODIFYCHANNEL, VMBUS_VERSION.WIN10_V4_1],
  [CHANNELMSG.OPEN_RESERVED_CHANNEL, VMBUS_VERSION.WIN10],
  // A guest that has left may still close the channel that outlived its connection.
  [CHANNELMSG.CLOSE_RESERVED_CHANNEL, 0],
]);

/** True when a guest may send this type now. `connected` is undefined before a version has been agreed. */
export function mayGuestSend(type: number, connected: VersionRules | undefined): boolean {
  const since = SENT_BY_GUESTS.get(type);
  if (since === undefined) return false;
  return since === 0 || (connected !== undefined && connected.code >= since);
}
