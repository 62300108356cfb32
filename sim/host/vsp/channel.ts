/**
 * One VMBus channel at the host's end: its place in the protocol, and what its device sees of it.
 *
 * The server moves a channel through the states of `channel-states.ts`; the device behind it reads and writes through
 * {@link VmbusChannel.ring} while it is open. A sub-channel is a channel of its own with the same class and instance and an index
 * above zero.
 */
import { invariant } from '../../core/errors.ts';
import type { ChannelRing } from './channel-ring.ts';
import {
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  channelTransition,
} from './channel-states.ts';
import type { Gpadl } from './gpadl.ts';
import type { VmbusDevice } from './vmbus-device.ts';
import type { ReservedTarget } from './vmbus-guest-messages.ts';

/** What OPENCHANNEL asks for. */
export type OpenRequest = {
  readonly openId: number;
  /** Page list that holds both rings. */
  readonly gpadl: number;
  /** Virtual processor to interrupt; 0xFFFFFFFF for none. */
  readonly targetVp: number;
  /** Index of the first page of the second ring, which is the host's to write. */
  readonly splitPage: number;
  /** 120 bytes for the device. */
  readonly userData: Uint8Array;
};

/** What a channel needs of its server. */
export interface ChannelOwner {
  step(channel: VmbusChannel, event: ChannelEvent): boolean;
  gpadl(channel: VmbusChannel, id: number): Gpadl | undefined;
  holdGpadl(channel: VmbusChannel, id: number): void;
  dropGpadl(channel: VmbusChannel, id: number): void;
  offerSubChannels(primary: VmbusChannel, count: number): boolean;
}

/** What the device is doing with the channel, whatever the guest has done meanwhile. */
type DeviceSide = 'idle' | 'opening' | 'open' | 'closing';

/** A channel as it is saved. Class and instance say which offer it belongs to. */
export type SavedChannelState = {
  readonly interfaceId: string;
  readonly instanceId: string;
  readonly relid: number;
  readonly connectionId: number;
  readonly monitorId: number;
  readonly state: ChannelState;
  readonly deviceSide: DeviceSide;
  readonly withdrawn: boolean;
  readonly request: OpenRequest | undefined;
  readonly targetVp: number;
};

export class VmbusChannel {
  device: VmbusDevice;
  readonly subChannelIndex: number;
  /** The channel that asked for this sub-channel. */
  readonly primary: VmbusChannel | undefined;
  /** Channel id, which is also the event flag; 0 while the channel is not offered. */
  relid = 0;
  /** Event connection that the guest signals. */
  connectionId = 0;
  /** Trigger in the monitor pages, or -1. */
  monitorId = -1;
  state: ChannelState = 'client-released';
  deviceSide: DeviceSide = 'idle';
  /** Opened outside the life of a connection: where answers about it go. `undefined` for every other channel. */
  reserved: ReservedTarget | undefined;
  /** The guest has asked to close a reserved channel, and waits to hear that it is. */
  closing = false;
  /** The host has withdrawn the offer for good. */
  withdrawn = false;
  /** A new device waits behind a rescinded offer. */
  successor: VmbusDevice | undefined;
  /** The next offer is due as soon as the device has finished with the last one. */
  offerWaits = false;
  /** Parameters of the current or the next opening. */
  request: OpenRequest | undefined;
  /** Both rings, from the moment the device is told until it is told to close. */
  ring: ChannelRing | undefined;
  /** Virtual processor that takes this channel's interrupts. */
  targetVp = 0;
  private readonly owner: ChannelOwner;

  constructor(owner: ChannelOwner, device: VmbusDevice, primary?: VmbusChannel, subChannelIndex = 0) {
    this.owner = owner;
    this.device = device;
    this.primary = primary;
    this.subChannelIndex = subChannelIndex;
  }

  /** The channel as it is saved. Not while its device is opening or closing. */
  save(): SavedChannelState {
    const { relid, connectionId, monitorId, state, deviceSide, withdrawn, request, targetVp, device } = this;
    const { interfaceId, instanceId } = device.offer;
    invariant(deviceSide === 'idle' || deviceSide === 'open', 'a channel in motion cannot be saved');
    invariant(this.reserved === undefined, 'a reserved channel cannot be saved');
    return {
      ...{ interfaceId, instanceId, relid, connectionId, monitorId, state, deviceSide, withdrawn, targetVp },
      request: request && { ...request, userData: request.userData.slice() },
    };
  }

  /** Takes the step that `event` causes; `undefined` when it is not allowed in this state. */
  take(event: ChannelEvent): ChannelAction | undefined {
    const step = channelTransition(this.state, event);
    if (!step) return undefined;
    this.state = step.next;
    return step.action;
  }

  /** True while the guest may use the rings. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** The guest has signalled, by its connection, its interrupt page or its monitor page. */
  signalled(): void {
    if (!this.ring) return;
    this.ring.signalled();
    this.device.onSignal(this);
  }

  /** For a device that answered `later` to its opening. */
  opened(accepted: boolean): void {
    invariant(this.deviceSide === 'opening', `${this.device.name} answered an opening that nobody asked for`);
    this.deviceSide = accepted ? 'open' : 'idle';
    this.owner.step(this, accepted ? 'device-opened' : 'device-refused');
  }

  /** For a device that answered `later` to its closing. */
  closed(): void {
    invariant(this.deviceSide === 'closing', `${this.device.name} answered a closing that nobody asked for`);
    this.deviceSide = 'idle';
    this.owner.step(this, 'device-closed');
  }

  /** A page list of this channel by its handle; `undefined` when the guest has not completed such a list here. */
  gpadl(id: number): Gpadl | undefined {
    return this.owner.gpadl(this, id);
  }

  /** Keeps a page list: its teardown waits for {@link dropGpadl}. */
  holdGpadl(id: number): void {
    this.owner.holdGpadl(this, id);
  }

  dropGpadl(id: number): void {
    this.owner.dropGpadl(this, id);
  }

  /** Offers `count` more channels of this device. `false` when there are no channel ids left. */
  offerSubChannels(count: number): boolean {
    return this.owner.offerSubChannels(this, count);
  }
}
