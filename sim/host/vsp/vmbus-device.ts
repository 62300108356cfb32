/**
 * What a virtualisation service provider (VSP) is to the VMBus server, and what it gets from it.
 *
 * A VSP offers a device, is told when the guest opens and closes a channel of it, and is woken when the guest signals. It sees
 * guest memory only through the rings and page lists that the guest named.
 */
import type { VmbusChannel } from './channel.ts';

/** What the guest learns of a device before it opens anything. */
export interface OfferDescription {
  /** Device class, as in `DEVICE_CLASS`. */
  readonly interfaceId: string;
  /** Which device of the class. Class and instance together name an offer. */
  readonly instanceId: string;
  /** `VMBUS_CHANNEL` flags. */
  readonly flags?: number;
  /** Guest-physical address space that the device wants, MB. */
  readonly mmioMegabytes?: number;
  /** Class-specific bytes, at most 120. */
  readonly userDefined?: Uint8Array;
  /**
   * Allocates a monitor id: the guest may then signal by a bit in the monitor page instead of a hypercall, and the bit is noticed
   * after this many units of 100 ns.
   */
  readonly monitorLatency?: number;
}

/** `later`: the device calls {@link VmbusChannel.opened} or {@link VmbusChannel.closed} itself when it is done. */
export type OpenAnswer = 'opened' | 'refused' | 'later';
export type CloseAnswer = 'closed' | 'later';

/** A device behind VMBus. All calls come on the root partition, at a virtual time. */
export interface VmbusDevice {
  readonly name: string;
  readonly offer: OfferDescription;
  /** The guest opened a channel; its rings are ready. */
  onOpen(channel: VmbusChannel): OpenAnswer;
  /** The guest closed it or the connection is gone: use the rings no more. Requests in flight may still touch guest buffers. */
  onClose(channel: VmbusChannel): CloseAnswer;
  /** The guest signalled, or there is reason to look at the ring. Spurious calls are normal. */
  onSignal(channel: VmbusChannel): void;
}
