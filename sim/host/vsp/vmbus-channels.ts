/**
 * Keeps the channels of a server: offers them, opens and closes their devices, takes them away again.
 *
 * The states are data (`channel-states.ts`); here is what each step does.
 */
import { invariant } from '../../core/errors.ts';
import {
  VMBUS_CHANNEL_CONNECTION_BASE,
  VMBUS_EVENT_CONNECTION_ID,
  VMBUS_MESSAGE_SINT,
  VMBUS_STATUS,
  VP_INDEX_DISABLE_INTERRUPT,
} from '../../wire/vmbus.ts';
import { type ChannelOwner, type SavedChannelState, VmbusChannel } from './channel.ts';
import { ChannelRing, splitRings } from './channel-ring.ts';
import type { ChannelAction, ChannelEvent } from './channel-states.ts';
import { ChannelTable } from './channel-table.ts';
import type { Gpadl } from './gpadl.ts';
import type { Connection } from './vmbus-connection.ts';
import type { VmbusDevice } from './vmbus-device.ts';
import type { ReservedTarget } from './vmbus-guest-messages.ts';
import type { HostMessage } from './vmbus-host-messages.ts';
import type { VmbusPlatform } from './vmbus-platform.ts';

/** What the keeper needs of the server. */
export interface ChannelLink {
  /** The connection, also while it is being ended. */
  readonly current: Connection | undefined;
  /** `target`: instead of where the connection's messages go. */
  send(message: HostMessage, target?: ReservedTarget): void;
  /** A device has finished opening or closing: the end of a connection may wait for it. */
  deviceSettled(): void;
}

export class ChannelKeeper implements ChannelOwner {
  readonly table = new ChannelTable();
  private readonly platform: VmbusPlatform;
  private readonly link: ChannelLink;

  constructor(platform: VmbusPlatform, link: ChannelLink) {
    this.platform = platform;
    this.link = link;
  }

  /** Adds a device and its primary channel; `undefined` when there are no channel ids left. */
  add(device: VmbusDevice): VmbusChannel | undefined {
    const { interfaceId, instanceId } = device.offer;
    const known = this.table.findOffer(interfaceId, instanceId);
    if (known) {
      invariant(known.state === 'revoked', `${device.name} is offered twice`);
      known.successor = device;
      known.withdrawn = false;
      this.step(known, 'reoffer');
      return known;
    }
    if (!this.table.hasRoom) return undefined;
    const channel = new VmbusChannel(this, device);
    this.table.add(channel);
    if (this.link.current?.offersSent) this.step(channel, 'offer');
    return channel;
  }

  /** Takes a channel away for good. */
  withdraw(channel: VmbusChannel): void {
    channel.withdrawn = true;
    channel.successor = undefined;
    // An offer that was never sent needs no rescind.
    if (channel.offerWaits) channel.state = 'client-released';
    channel.offerWaits = false;
    this.step(channel, 'revoke');
  }

  /** Takes the sub-channels of a channel away. */
  withdrawSubChannels(primary: VmbusChannel): void {
    for (const channel of this.table.channels.filter((one) => one.primary === primary))
      this.withdraw(channel);
  }

  /** Takes a channel one step and does what follows. `false` when the step is not allowed. */
  step(channel: VmbusChannel, event: ChannelEvent): boolean {
    const action = channel.take(event);
    if (action !== undefined) this.act(channel, action);
    if (channel.state === 'client-released' && channel.withdrawn) this.table.remove(channel);
    if (event === 'device-closed' || event === 'device-opened' || event === 'device-refused')
      this.settled(channel);
    return action !== undefined;
  }

  private act(channel: VmbusChannel, action: ChannelAction): void {
    switch (action) {
      case 'nothing':
        break;
      case 'send-offer':
        this.sendOffer(channel);
        break;
      case 'open-device':
        this.openDevice(channel);
        break;
      case 'close-device':
        this.closeDevice(channel);
        break;
      case 'report-opened':
        this.sendOpenResult(channel, VMBUS_STATUS.SUCCESS);
        break;
      case 'report-refused':
        this.dropRing(channel);
        this.sendOpenResult(channel, VMBUS_STATUS.UNSUCCESSFUL);
        break;
      case 'rescind':
        this.link.send({ kind: 'rescind', relid: channel.relid });
        break;
      case 'rescind-and-close-device':
        this.link.send({ kind: 'rescind', relid: channel.relid });
        this.closeDevice(channel);
        break;
      case 'forget':
        this.link.current?.gpadls.releaseChannel(channel.relid);
        this.table.remove(channel);
    }
  }

  /** A device has answered: a re-offer or the end of the connection may have waited for it. */
  private settled(channel: VmbusChannel): void {
    if (channel.reserved && channel.deviceSide === 'idle') this.endReserved(channel, channel.reserved);
    if (channel.offerWaits && channel.deviceSide === 'idle') this.sendOffer(channel);
    this.link.deviceSettled();
  }

  /** A reserved channel is closed, or was never opened. Without a connection it is offered to nobody then. */
  private endReserved(channel: VmbusChannel, target: ReservedTarget): void {
    channel.reserved = undefined;
    if (channel.closing) this.link.send({ kind: 'close-reserved-response', relid: channel.relid }, target);
    channel.closing = false;
    if (this.link.current) return;
    channel.state = 'client-released';
    this.table.releaseIds(channel);
  }

  private sendOffer(channel: VmbusChannel): void {
    const connection = this.link.current;
    invariant(connection !== undefined, 'an offer needs a connection');
    // The device of the last offer may still be busy with the old rings; the next one is offered when it is done.
    channel.offerWaits = channel.deviceSide !== 'idle';
    if (channel.offerWaits) return;
    connection.gpadls.releaseChannel(channel.relid);
    if (channel.successor) channel.device = channel.successor;
    channel.successor = undefined;
    const { offer } = channel.device;
    const dedicated = connection.rules.guestSignals === 'connection';
    const monitored = dedicated && connection.monitorPages !== undefined;
    this.table.assignIds(channel, monitored && offer.monitorLatency !== undefined);
    channel.connectionId = dedicated
      ? VMBUS_CHANNEL_CONNECTION_BASE | channel.relid
      : VMBUS_EVENT_CONNECTION_ID;
    this.link.send({
      kind: 'offer',
      offer,
      relid: channel.relid,
      subChannelIndex: channel.subChannelIndex,
      monitorId: channel.monitorId,
      dedicated,
      connectionId: dedicated ? channel.connectionId : 0,
    });
  }

  /** Puts a channel back where it was when the machine was saved. An open one gets its rings and its device again; the guest hears nothing. */
  load(channel: VmbusChannel, saved: SavedChannelState): void {
    this.table.claimIds(channel, saved.relid, saved.monitorId);
    channel.connectionId = saved.connectionId;
    channel.state = saved.state;
    channel.withdrawn = saved.withdrawn;
    channel.request = saved.request;
    if (saved.deviceSide === 'open') {
      channel.ring = this.ringFor(channel);
      invariant(channel.ring !== undefined, 'the rings of a saved channel lie in its memory');
      this.connect(channel);
      channel.deviceSide = 'open';
      channel.device.onOpen(channel);
    }
    channel.targetVp = saved.targetVp;
  }

  private openDevice(channel: VmbusChannel): void {
    channel.ring = this.ringFor(channel);
    if (!channel.ring) {
      this.step(channel, 'device-refused');
      return;
    }
    this.connect(channel);
    channel.deviceSide = 'opening';
    const answer = channel.device.onOpen(channel);
    if (answer !== 'later') channel.opened(answer === 'opened');
  }

  /** Lets the guest's signals reach the channel. */
  private connect(channel: VmbusChannel): void {
    if (this.link.current?.rules.guestSignals === 'connection') {
      this.platform.connectEvents(channel.connectionId, () => channel.signalled());
    }
    const { monitorLatency } = channel.device.offer;
    if (channel.monitorId >= 0 && monitorLatency !== undefined && !channel.reserved) {
      this.platform.connectMonitor(channel.monitorId, monitorLatency, channel.connectionId);
    }
  }

  /** The rings that the guest asks for; `undefined` when it named no such rings. */
  private ringFor(channel: VmbusChannel): ChannelRing | undefined {
    const { request } = channel;
    const gpadl = request && this.gpadl(channel, request.gpadl);
    if (!request || gpadl?.state !== 'accepted' || gpadl.ranges.length !== 1) return undefined;
    const [{ byteCount, byteOffset, pages }] = gpadl.ranges;
    const rings = byteOffset === 0 && byteCount === gpadl.bytes && splitRings(pages, request.splitPage);
    if (!rings) return undefined;
    if (request.targetVp >= this.platform.vps && request.targetVp !== VP_INDEX_DISABLE_INTERRUPT)
      return undefined;
    channel.targetVp = request.targetVp;
    const ring = new ChannelRing(
      this.platform.memory,
      rings.guestToHost,
      rings.hostToGuest,
      () => this.interrupt(channel),
      () => this.platform.noteDead(channel.relid),
    );
    return ring.dead ? undefined : ring;
  }

  private closeDevice(channel: VmbusChannel): void {
    this.dropRing(channel);
    channel.deviceSide = 'closing';
    if (channel.device.onClose(channel) === 'closed') channel.closed();
  }

  private dropRing(channel: VmbusChannel): void {
    if (!channel.ring) return;
    channel.ring.close();
    channel.ring = undefined;
    if (channel.reserved || this.link.current?.rules.guestSignals === 'connection')
      this.platform.disconnectEvents(channel.connectionId);
    if (channel.monitorId >= 0 && !channel.reserved) this.platform.disconnectMonitor(channel.monitorId);
  }

  private sendOpenResult(channel: VmbusChannel, status: number): void {
    this.link.send(
      { kind: 'open-result', relid: channel.relid, openId: channel.request?.openId ?? 0, status },
      channel.reserved,
    );
  }

  /** Raises a channel's event in the guest, the way its version wants it. */
  private interrupt(channel: VmbusChannel): void {
    const connection = this.link.current;
    if (!connection || channel.targetVp === VP_INDEX_DISABLE_INTERRUPT) return;
    if (connection.rules.hostInterrupts === 'event-flags') {
      this.platform.signalEvent(channel.targetVp, VMBUS_MESSAGE_SINT, channel.relid);
      return;
    }
    connection.setInterruptBit(channel.relid);
    this.platform.signalEvent(connection.messageVp, VMBUS_MESSAGE_SINT, 0);
  }

  gpadl(channel: VmbusChannel, id: number): Gpadl | undefined {
    const gpadl = this.link.current?.gpadls.get(id);
    return gpadl && gpadl.relid === channel.relid && gpadl.state !== 'in-progress' ? gpadl : undefined;
  }

  holdGpadl(channel: VmbusChannel, id: number): void {
    if (this.gpadl(channel, id)) this.link.current?.gpadls.hold(id);
  }

  dropGpadl(_channel: VmbusChannel, id: number): void {
    if (this.link.current?.gpadls.drop(id)) this.link.send({ kind: 'gpadl-torndown', gpadl: id });
  }

  offerSubChannels(primary: VmbusChannel, count: number): boolean {
    for (let index = 1; index <= count; index++) {
      if (!this.table.hasRoom) return false;
      const channel = new VmbusChannel(this, primary.device, primary, index);
      this.table.add(channel);
      this.step(channel, 'offer');
    }
    return true;
  }
}
