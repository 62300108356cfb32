/**
 * The life of a VMBus channel as the host sees it, as data.
 *
 * Ten states, because two parties let go of a channel at different times: the guest releases its end with messages, the device
 * behind the channel finishes opening and closing when its own work allows. A message that has no row here is a guest's mistake:
 * the server notes it and nothing changes.
 *
 * Source: the state list and its rules are those of OpenVMM, `vm/devices/vmbus/vmbus_server/src/channels.rs`.
 */

/** Where a channel is between its offer and its release. */
export type ChannelState =
  /** Known to the host, not offered on this connection. */
  | 'client-released'
  /** Offered; the guest may open it. */
  | 'closed'
  /** The guest asked to open; the device has not answered. */
  | 'opening'
  | 'open'
  /** The guest closed; the device still has work in flight. CLOSE_CHANNEL has no reply. */
  | 'closing'
  /** The guest opened again before the device had finished closing. */
  | 'closing-reopen'
  /** Rescinded by the host; the guest still owes RELID_RELEASED. */
  | 'revoked'
  /** Rescinded, then offered again: the new offer waits for RELID_RELEASED. */
  | 'reoffered'
  /** The connection went away while the device was closing. */
  | 'closing-client-release'
  /** The connection went away while the device was opening. */
  | 'opening-client-release';

/** What can happen to a channel: messages of the guest, answers of the device, decisions of the host. */
export type ChannelEvent =
  | 'offer'
  | 'open'
  | 'device-opened'
  | 'device-refused'
  | 'close'
  | 'device-closed'
  | 'revoke'
  | 'reoffer'
  | 'release'
  | 'disconnect';

/** What the server must do when the transition is taken. */
export type ChannelAction =
  | 'nothing'
  | 'send-offer'
  | 'open-device'
  | 'close-device'
  | 'report-opened'
  | 'report-refused'
  | 'rescind'
  | 'rescind-and-close-device'
  /** The channel id is free again and the offer is gone. */
  | 'forget';

export interface ChannelTransition {
  readonly next: ChannelState;
  readonly action: ChannelAction;
}

type Row = Partial<Record<ChannelEvent, readonly [next: ChannelState, action: ChannelAction]>>;

/** Every legal step. */
export const CHANNEL_TRANSITIONS: Readonly<Record<ChannelState, Row>> = {
  'client-released': {
    offer: ['closed', 'send-offer'],
    revoke: ['client-released', 'forget'],
    disconnect: ['client-released', 'nothing'],
  },
  closed: {
    open: ['opening', 'open-device'],
    revoke: ['revoked', 'rescind'],
    disconnect: ['client-released', 'nothing'],
  },
  opening: {
    'device-opened': ['open', 'report-opened'],
    'device-refused': ['closed', 'report-refused'],
    revoke: ['revoked', 'rescind'],
    disconnect: ['opening-client-release', 'nothing'],
  },
  open: {
    close: ['closing', 'close-device'],
    revoke: ['revoked', 'rescind-and-close-device'],
    disconnect: ['closing-client-release', 'close-device'],
  },
  closing: {
    open: ['closing-reopen', 'nothing'],
    'device-closed': ['closed', 'nothing'],
    revoke: ['revoked', 'rescind'],
    disconnect: ['closing-client-release', 'nothing'],
  },
  'closing-reopen': {
    'device-closed': ['opening', 'open-device'],
    revoke: ['revoked', 'rescind'],
    disconnect: ['closing-client-release', 'nothing'],
  },
  revoked: {
    // The guest may have sent these before it saw the rescind; they have no one left to reach.
    open: ['revoked', 'nothing'],
    close: ['revoked', 'nothing'],
    'device-opened': ['revoked', 'close-device'],
    'device-refused': ['revoked', 'nothing'],
    'device-closed': ['revoked', 'nothing'],
    reoffer: ['reoffered', 'nothing'],
    release: ['client-released', 'forget'],
    disconnect: ['client-released', 'forget'],
  },
  reoffered: {
    open: ['reoffered', 'nothing'],
    close: ['reoffered', 'nothing'],
    'device-opened': ['reoffered', 'close-device'],
    'device-refused': ['reoffered', 'nothing'],
    'device-closed': ['reoffered', 'nothing'],
    revoke: ['revoked', 'nothing'],
    release: ['closed', 'send-offer'],
    disconnect: ['client-released', 'nothing'],
  },
  'closing-client-release': {
    'device-closed': ['client-released', 'nothing'],
    revoke: ['closing-client-release', 'nothing'],
    disconnect: ['closing-client-release', 'nothing'],
  },
  'opening-client-release': {
    'device-opened': ['closing-client-release', 'close-device'],
    'device-refused': ['client-released', 'nothing'],
    revoke: ['opening-client-release', 'nothing'],
    disconnect: ['opening-client-release', 'nothing'],
  },
};

/** The step that `event` causes in `state`, or `undefined` when it is not allowed there. */
export function channelTransition(state: ChannelState, event: ChannelEvent): ChannelTransition | undefined {
  const row = CHANNEL_TRANSITIONS[state][event];
  return row && { next: row[0], action: row[1] };
}

/** True while a disconnect must still wait for the channel's device. */
export function holdsConnection(state: ChannelState): boolean {
  return state === 'closing-client-release' || state === 'opening-client-release';
}
