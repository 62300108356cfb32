/**
 * The channels of one virtual machine and the numbers they have: channel ids 1 to 2047, which are event flag numbers, and monitor
 * ids 0 to 127. The lowest free number is given out; a channel id is free again only when the guest has let go of it.
 */
import { VMBUS_MAX_CHANNELS, VMBUS_MAX_MONITOR_IDS } from '../../wire/vmbus.ts';
import type { VmbusChannel } from './channel.ts';

export class ChannelTable {
  private readonly all: VmbusChannel[] = [];
  private readonly byRelid: (VmbusChannel | undefined)[] = [];
  private readonly monitors: (VmbusChannel | undefined)[] = [];

  /** Every channel the host knows, offered or not, in the order they were added. */
  get channels(): readonly VmbusChannel[] {
    return this.all;
  }

  /** True when one more channel can have an id. */
  get hasRoom(): boolean {
    return this.all.length < VMBUS_MAX_CHANNELS;
  }

  add(channel: VmbusChannel): void {
    this.all.push(channel);
  }

  remove(channel: VmbusChannel): void {
    this.releaseIds(channel);
    const index = this.all.indexOf(channel);
    if (index >= 0) this.all.splice(index, 1);
  }

  /** The channel that the guest knows by this id. */
  find(relid: number): VmbusChannel | undefined {
    return relid === 0 ? undefined : this.byRelid[relid];
  }

  findOffer(interfaceId: string, instanceId: string): VmbusChannel | undefined {
    return this.all.find(
      ({ device: { offer }, primary }) =>
        !primary && offer.interfaceId === interfaceId && offer.instanceId === instanceId,
    );
  }

  /** Gives the channel its numbers, unless it has them. */
  assignIds(channel: VmbusChannel, monitored: boolean): void {
    if (channel.relid === 0) {
      let relid = 1;
      while (this.byRelid[relid]) relid++;
      channel.relid = relid;
      this.byRelid[relid] = channel;
    }
    if (!monitored || channel.monitorId >= 0) return;
    let id = 0;
    while (this.monitors[id]) id++;
    if (id >= VMBUS_MAX_MONITOR_IDS) return;
    channel.monitorId = id;
    this.monitors[id] = channel;
  }

  /** Gives a channel the numbers that it had when it was saved. */
  claimIds(channel: VmbusChannel, relid: number, monitorId: number): void {
    channel.relid = relid;
    channel.monitorId = monitorId;
    if (relid !== 0) this.byRelid[relid] = channel;
    if (monitorId >= 0) this.monitors[monitorId] = channel;
  }

  releaseIds(channel: VmbusChannel): void {
    if (channel.relid !== 0) this.byRelid[channel.relid] = undefined;
    if (channel.monitorId >= 0) this.monitors[channel.monitorId] = undefined;
    channel.relid = 0;
    channel.monitorId = -1;
  }
}
