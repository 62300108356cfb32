/**
 * The VMBus server of one virtual machine: the half of the bus that the root partition plays.
 *
 * It takes the guest's channel messages and keeps the connection; the channels are kept by `vmbus-channels.ts`. A message that is
 * wrong in any way is counted and dropped, or answered with a failure where the protocol has an answer.
 *
 * Reserved channels (types 18 to 20) outlive the connection on which they were opened; their page lists do not, as far as the guest can name
 * them.
 *
 * Left out: version 6.0 with its features, Hyper-V sockets (their connect request is refused).
 *
 * Sources: Linux 6.1 `drivers/hv` and `Documentation/virt/hyperv/vmbus.rst` for what guests expect; OpenVMM
 * `vmbus_server/src/channels.rs` for what a host does with mistakes.
 */
import { invariant } from '../../core/errors.ts';
import {
  CONNECTION_STATE,
  VMBUS_EVENT_CONNECTION_ID,
  VMBUS_MESSAGE_CONNECTION_ID_4,
  VMBUS_MESSAGE_SINT,
  VMBUS_STATUS,
  VMBUS_VERSION,
  VP_INDEX_DISABLE_INTERRUPT,
} from '../../wire/vmbus.ts';
import type { SavedChannelState, VmbusChannel } from './channel.ts';
import { holdsConnection } from './channel-states.ts';
import type { GpadlAnswer } from './gpadl.ts';
import { ChannelKeeper, type ChannelLink } from './vmbus-channels.ts';
import { type Connection, judgeContact, loadConnection, type SavedConnection } from './vmbus-connection.ts';
import type { VmbusDevice } from './vmbus-device.ts';
import {
  type ContactMessage,
  type GuestMessage,
  type MessageOf,
  parseGuestMessage,
  type ReservedTarget,
  type UnreadableMessage,
} from './vmbus-guest-messages.ts';
import { encodeHostMessage, type HostMessage } from './vmbus-host-messages.ts';
import { Outbox, type Waiting } from './vmbus-outbox.ts';
import type { Refusal, VmbusPlatform } from './vmbus-platform.ts';
import { mayGuestSend, NEWEST_VERSION, type VersionRules } from './vmbus-versions.ts';

export interface VmbusServerOptions {
  /** Newest version to accept, to play hosts of other times. Version code. */
  readonly newestVersion?: number;
}

/** Bytes for the device in OPENCHANNEL; a reserved opening has none to say. */
const USER_DATA_BYTES = 120;

/** A bus as it is saved. */
export type SavedBus = {
  readonly connection: SavedConnection | undefined;
  readonly replyVp: number;
  readonly outbox: readonly Waiting[];
  readonly channels: readonly SavedChannelState[];
};

/** What follows the end of a connection. */
type Next =
  | { readonly kind: 'unload' | 'reset' }
  | { readonly kind: 'connect'; readonly contact: ContactMessage };

export class VmbusServer implements ChannelLink {
  /** Messages taken from the guest, and those among them that had no effect. */
  readonly counts = { messages: 0, refused: 0 };
  private readonly keeper: ChannelKeeper;
  private readonly platform: VmbusPlatform;
  private readonly outbox: Outbox;
  /** Newest version that is accepted; a change counts from the next contact on. */
  newest: number;
  private now: Connection | undefined;
  /** Set while channels still wait for their devices. */
  private leaving: Next | undefined;
  /** Where answers go when there is no connection. */
  private replyVp = 0;

  constructor(platform: VmbusPlatform, options: VmbusServerOptions = {}) {
    this.platform = platform;
    this.newest = options.newestVersion ?? NEWEST_VERSION;
    this.outbox = new Outbox((vp, sint, payload) => platform.postMessage(vp, sint, payload));
    this.keeper = new ChannelKeeper(platform, this);
  }

  /** The connection, also while it is being ended. */
  get current(): Connection | undefined {
    return this.now;
  }

  /** The connection, from the agreement on a version until the guest leaves. */
  get connection(): Connection | undefined {
    return this.leaving ? undefined : this.now;
  }

  /** Every channel the host knows, offered or not. */
  get channels(): readonly VmbusChannel[] {
    return this.keeper.table.channels;
  }

  /** The channel that the guest knows by this id. */
  channel(relid: number): VmbusChannel | undefined {
    return this.keeper.table.find(relid);
  }

  /** True when the guest must wait before it posts: too many answers wait for it already. */
  get congested(): boolean {
    return this.outbox.full;
  }

  /** Answers that the guest has not made room for. */
  get pendingMessages(): number {
    return this.outbox.pending;
  }

  /** The guest has freed a message slot. */
  messageTaken(): void {
    this.outbox.flush();
  }

  /** Adds a device; a connected guest is told at once. `undefined` when there are no channel ids left. */
  offer(device: VmbusDevice): VmbusChannel | undefined {
    return this.keeper.add(device);
  }

  /** Takes a device away, with its sub-channels. */
  revoke(device: VmbusDevice): void {
    for (const channel of this.channels.filter((one) => one.device === device)) this.keeper.withdraw(channel);
  }

  /** The virtual machine was reset: everything that the guest had said is void. */
  reset(): void {
    this.outbox.clear();
    this.disconnect({ kind: 'reset' });
  }

  /** The bus as it is saved: connection, channels, answers that wait. Sub-channels are not. */
  save(): SavedBus {
    invariant(!this.leaving, 'a connection that is being ended cannot be saved');
    return {
      connection: this.now?.save(),
      replyVp: this.replyVp,
      outbox: this.outbox.save(),
      channels: this.channels.filter(({ primary }) => !primary).map((channel) => channel.save()),
    };
  }

  /**
   * Puts back what {@link save} gave, into a server on which nobody has connected. Channels are found by what they are; one whose device is
   * not offered here is not put back. False when this host does not speak the version of the connection: then the guest must start again.
   */
  load({ connection: saved, replyVp, outbox, channels }: SavedBus): boolean {
    const connection = saved && loadConnection(this.platform.memory, saved, this.newest);
    if (saved && !connection) return false;
    this.replyVp = replyVp;
    this.outbox.load(outbox);
    this.now = connection;
    if (connection) this.attach(connection);
    for (const channel of channels) {
      const known = this.keeper.table.findOffer(channel.interfaceId, channel.instanceId);
      if (known) this.keeper.load(known, channel);
    }
    return true;
  }

  /** Takes one channel message. The bytes are the caller's own copy. */
  receive(payload: Uint8Array): void {
    this.counts.messages++;
    const message = parseGuestMessage(payload);
    const refusal = this.judge(message) ?? this.handle(message as GuestMessage);
    if (!refusal) return;
    this.counts.refused++;
    this.platform.noteRefusal(message.type, refusal);
  }

  /** Is it a message at all, and one that may be sent now? */
  private judge(message: GuestMessage | UnreadableMessage): Refusal | undefined {
    if (message.kind === 'unreadable') return 'unreadable';
    // UNLOAD also counts while an earlier connection is being ended.
    const rules = (message.kind === 'unload' ? this.now : this.connection)?.rules;
    if (!mayGuestSend(message.type, rules)) return 'not-allowed-now';
    this.platform.noteMessage(message.type, 'relid' in message ? message.relid : 0);
    return undefined;
  }

  private handle(message: GuestMessage): Refusal | undefined {
    if (message.kind === 'initiate-contact') return this.disconnect({ kind: 'connect', contact: message });
    if (message.kind === 'unload') return this.disconnect({ kind: 'unload' });
    if (message.kind === 'close-reserved') return this.closeReserved(message);
    const { connection } = this;
    invariant(connection !== undefined, 'the version rules let a message through without a connection');
    switch (message.kind) {
      case 'request-offers':
        return this.requestOffers(connection);
      case 'gpadl-header':
        return this.gpadlHeader(connection, message);
      case 'gpadl-body':
        return this.answerGpadl(connection.gpadls.body(message.gpadl, message.more), message.gpadl);
      case 'gpadl-teardown':
        return this.gpadlTeardown(connection, message);
      case 'tl-connect':
        return this.connectSocket(connection, message);
      case 'modify':
        return this.modify(connection, message);
      case 'open-reserved':
        return this.openReserved(message);
      default:
        return this.handleChannel(message);
    }
  }

  private handleChannel(message: MessageOf<'open' | 'close' | 'release'>): Refusal | undefined {
    const channel = this.channel(message.relid);
    if (!channel || channel.offerWaits) return 'unknown-channel';
    if (message.kind === 'open') return this.open(channel, message);
    if (channel.reserved) return 'wrong-state';
    if (!this.keeper.step(channel, message.kind)) return 'wrong-state';
    // A device's sub-channels do not outlive the channel that asked for them.
    if (message.kind === 'close') this.keeper.withdrawSubChannels(channel);
    return undefined;
  }

  private open(channel: VmbusChannel, message: MessageOf<'open'>): Refusal | undefined {
    const before = channel.request;
    channel.request = message;
    if (this.keeper.step(channel, 'open')) return undefined;
    channel.request = before;
    return 'wrong-state';
  }

  /** Opens a channel that is not open, without interrupts: nobody waits in an interrupt handler when a dump is written. */
  private openReserved(message: MessageOf<'open-reserved'>): Refusal | undefined {
    const channel = this.channel(message.relid);
    if (!channel || channel.offerWaits) return 'unknown-channel';
    if (channel.state !== 'closed') return channel.state === 'revoked' ? undefined : 'wrong-state';
    const { gpadl, splitPage, target } = message;
    if (target.vp >= this.platform.vps || target.sint !== VMBUS_MESSAGE_SINT) return 'bad-target';
    const targetVp = VP_INDEX_DISABLE_INTERRUPT;
    channel.reserved = target;
    channel.request = { openId: 0, gpadl, targetVp, splitPage, userData: new Uint8Array(USER_DATA_BYTES) };
    this.keeper.step(channel, 'open');
    return undefined;
  }

  /** The one message besides INITIATE_CONTACT that a guest without a connection may send. */
  private closeReserved({ relid, target }: MessageOf<'close-reserved'>): Refusal | undefined {
    const channel = this.channel(relid);
    if (!channel) return 'unknown-channel';
    if (!channel.reserved || !channel.isOpen) return 'wrong-state';
    if (target.vp >= this.platform.vps || target.sint !== VMBUS_MESSAGE_SINT) return 'bad-target';
    channel.reserved = target;
    channel.closing = true;
    this.keeper.step(channel, 'close');
    return undefined;
  }

  private requestOffers(connection: Connection): Refusal | undefined {
    if (connection.offersSent) return 'asked-twice';
    connection.offersSent = true;
    for (const channel of [...this.channels]) this.keeper.step(channel, 'offer');
    this.send({ kind: 'all-offers-delivered' });
    return undefined;
  }

  private gpadlHeader(connection: Connection, message: MessageOf<'gpadl-header'>): Refusal | undefined {
    const { relid, gpadl, listBytes, rangeCount, first } = message;
    if (this.channel(relid)) {
      return this.answerGpadl(
        connection.gpadls.header(relid, gpadl, listBytes, rangeCount, first),
        gpadl,
        relid,
      );
    }
    this.send({ kind: 'gpadl-created', relid, gpadl, status: VMBUS_STATUS.UNSUCCESSFUL });
    return 'unknown-channel';
  }

  private answerGpadl(answer: GpadlAnswer, gpadl: number, headerRelid?: number): Refusal | undefined {
    if (answer.kind === 'accepted') {
      this.send({ kind: 'gpadl-created', relid: answer.gpadl.relid, gpadl, status: VMBUS_STATUS.SUCCESS });
    }
    if (answer.kind !== 'refused') return undefined;
    // A stray body names no channel, so there is nobody to tell.
    const relid = answer.relid ?? headerRelid;
    if (relid !== undefined)
      this.send({ kind: 'gpadl-created', relid, gpadl, status: VMBUS_STATUS.UNSUCCESSFUL });
    return 'bad-gpadl';
  }

  private gpadlTeardown(
    connection: Connection,
    { relid, gpadl }: MessageOf<'gpadl-teardown'>,
  ): Refusal | undefined {
    const channel = this.channel(relid);
    if (!channel) return 'unknown-channel';
    if (channel.ring && channel.request?.gpadl === gpadl) return 'bad-gpadl';
    const answer = connection.gpadls.teardown(relid, gpadl);
    if (answer.kind === 'torn-down') this.send({ kind: 'gpadl-torndown', gpadl });
    return answer.kind === 'refused' ? 'bad-gpadl' : undefined;
  }

  private modify(connection: Connection, { relid, targetVp }: MessageOf<'modify'>): Refusal | undefined {
    const channel = this.channel(relid);
    const refusal = this.judgeModify(channel, targetVp);
    if (channel && !refusal) channel.targetVp = targetVp;
    const status = refusal ? VMBUS_STATUS.UNSUCCESSFUL : VMBUS_STATUS.SUCCESS;
    if (connection.rules.answersModify) this.send({ kind: 'modify-response', relid, status });
    return refusal;
  }

  private judgeModify(channel: VmbusChannel | undefined, targetVp: number): Refusal | undefined {
    if (!channel) return 'unknown-channel';
    if (!channel.isOpen || channel.reserved) return 'wrong-state';
    return targetVp < this.platform.vps ? undefined : 'bad-target';
  }

  /** There are no sockets on this host: the guest hears "connection refused" where its version has an answer at all. */
  private connectSocket(
    connection: Connection,
    { endpointId, serviceId }: MessageOf<'tl-connect'>,
  ): undefined {
    if (connection.rules.code < VMBUS_VERSION.WIN10_V4_1) return;
    this.send({ kind: 'tl-connect-result', endpointId, serviceId, status: VMBUS_STATUS.CONNECTION_REFUSED });
  }

  /** Ends the connection, waits for devices that are still busy, then does what comes next. */
  private disconnect(next: Next): undefined {
    this.leaving = next;
    for (const channel of [...this.channels]) {
      if (channel.reserved && next.kind !== 'reset') continue;
      if (channel.primary) channel.withdrawn = true;
      channel.offerWaits = false;
      this.keeper.step(channel, 'disconnect');
    }
    this.deviceSettled();
  }

  deviceSettled(): void {
    const next = this.leaving;
    if (!next || this.channels.some((channel) => holdsConnection(channel.state))) return;
    if (this.now) this.forget(this.now);
    this.leaving = undefined;
    if (next.kind === 'unload') this.send({ kind: 'unload-response' });
    if (next.kind === 'connect') this.connect(next.contact);
  }

  private forget(connection: Connection): void {
    this.replyVp = connection.messageVp;
    connection.gpadls.clear();
    if (connection.rules.guestSignals === 'interrupt-page')
      this.platform.disconnectEvents(VMBUS_EVENT_CONNECTION_ID);
    for (const channel of this.channels) if (!channel.reserved) this.keeper.table.releaseIds(channel);
    this.now = undefined;
    this.platform.placeMonitorPage(undefined);
  }

  private connect(contact: ContactMessage): void {
    const { memory, vps } = this.platform;
    const answer = judgeContact(memory, vps, contact, this.newest);
    this.replyVp = contact.version >= VMBUS_VERSION.WIN8_1 && contact.targetVp < vps ? contact.targetVp : 0;
    if (answer.kind === 'connected') this.begin(answer.connection);
    else if (answer.kind === 'failed') {
      this.sendVersion(answer.rules, CONNECTION_STATE.FAILED_UNKNOWN_FAILURE);
    } else this.sendVersion(undefined);
  }

  private begin(connection: Connection): void {
    this.now = connection;
    this.attach(connection);
    this.sendVersion(connection.rules);
  }

  /** Lets the guest's signals of a connection reach its channels. */
  private attach(connection: Connection): void {
    this.platform.placeMonitorPage(connection.monitorPages?.guestToHost);
    if (connection.rules.guestSignals === 'interrupt-page') {
      this.platform.connectEvents(VMBUS_EVENT_CONNECTION_ID, () => this.signalledByPage(connection));
    }
  }

  /** Guests of version 0.13 share one connection: their interrupt page says which channels are meant. */
  private signalledByPage(connection: Connection): void {
    for (const relid of connection.takeSignalBits()) this.channel(relid)?.signalled();
  }

  /** Before version 2.4 a guest cannot be told of a failure: it hears that the version is not supported. */
  private sendVersion(rules: VersionRules | undefined, state: number = CONNECTION_STATE.SUCCESSFUL): void {
    const supported = rules !== undefined && (state === CONNECTION_STATE.SUCCESSFUL || rules.reportsFailure);
    const connectionOrVersion = rules?.ownMessageConnection
      ? VMBUS_MESSAGE_CONNECTION_ID_4
      : (rules?.code ?? 0);
    this.send(
      supported
        ? { kind: 'version-response', supported, state, connectionOrVersion }
        : { kind: 'version-response', supported, state: CONNECTION_STATE.SUCCESSFUL, connectionOrVersion: 0 },
    );
  }

  send(message: HostMessage, target?: ReservedTarget): void {
    const vp = target?.vp ?? this.now?.messageVp ?? this.replyVp;
    this.outbox.send(vp, VMBUS_MESSAGE_SINT, encodeHostMessage(message));
  }
}
