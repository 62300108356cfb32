/**
 * A service provider that only takes packets: the least that can sit at the host's end of a channel. It exists to look at the ring
 * and its signals without a device in the way.
 *
 * It drains as a real provider does: mask, take packets until the ring is empty, unmask, look once more. Each packet takes its own
 * stretch of the root's time, so a sender meets the reader at every point of that loop.
 */
import type { RootPartition } from '../../machine/root.ts';
import type { VmbusChannel } from './channel.ts';
import type { ChannelRing } from './channel-ring.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';

/** Class and instance of the sink's offer; no real device has them. */
export const SINK_CLASS = '52696e67-7369-6465-0000-000000000001';
export const SINK_INSTANCE = '52696e67-7369-6465-0000-000000000002';

export interface SinkOptions {
  /** Cycles that the provider spends on each packet. */
  readonly drainCycles: number;
  /** Sets the interrupt mask while it drains. Without it a sender signals whenever it finds the ring empty. */
  readonly mask: boolean;
  /** Looks once more after unmasking. Leaving that out is the mistake that loses wake-ups. */
  readonly recheck: boolean;
  /** Latency of the monitor trigger in units of 100 ns; no trigger when left out. */
  readonly monitorLatency?: number;
  /** Called with the first word of each packet and the moment it was taken. */
  readonly onPacket: (word: number, at: number) => void;
}

export class Sink implements VmbusDevice {
  readonly name = 'sink';
  readonly offer: OfferDescription;
  /** Times the provider went to work. */
  wakeUps = 0;
  private readonly root: RootPartition;
  private readonly options: SinkOptions;
  private readonly drainWork: number;
  private readonly sleepWork: number;
  private readonly word = new Uint8Array(8);
  private ring: ChannelRing | undefined;
  private working = false;

  constructor(root: RootPartition, options: SinkOptions) {
    this.root = root;
    this.options = options;
    const { monitorLatency } = options;
    this.offer = {
      interfaceId: SINK_CLASS,
      instanceId: SINK_INSTANCE,
      ...(monitorLatency === undefined ? {} : { monitorLatency }),
    };
    this.drainWork = root.work('sink.drain', () => this.drain());
    this.sleepWork = root.work('sink.sleep', () => this.sleep());
  }

  /** What has passed through the open channel. */
  get counts(): ChannelRing['counts'] | undefined {
    return this.ring?.counts;
  }

  /** True while the provider is at work. */
  get awake(): boolean {
    return this.working;
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    this.ring = channel.ring;
    return 'opened';
  }

  onClose(): CloseAnswer {
    this.ring = undefined;
    this.working = false;
    return 'closed';
  }

  /** Runs on the root, in the interrupt of the guest's signal. One that comes while the provider works finds it working. */
  onSignal(): void {
    if (this.working || !this.ring) return;
    this.working = true;
    this.wakeUps++;
    if (this.options.mask) this.ring.mask();
    this.drain();
  }

  /** One packet, then the next at the end of this one's time. An empty ring: the last look before sleep. */
  private drain(): void {
    const packet = this.ring?.next();
    if (!this.ring || !packet) {
      this.root.spend('ring.op');
      this.root.queue(this.sleepWork, 0, this.root.now);
      return;
    }
    this.ring.copyPayload(packet, this.word);
    this.ring.take();
    this.root.elapse(this.options.drainCycles);
    this.options.onPacket(new DataView(this.word.buffer).getUint32(0, true), this.root.now);
    this.root.queue(this.drainWork, 0, this.root.now);
  }

  /** Ears open again. What arrived since the last look was not announced: whoever does not look now never hears of it. */
  private sleep(): void {
    if (!this.ring) return;
    const waiting = this.ring.unmask();
    if (waiting && this.options.recheck) {
      if (this.options.mask) this.ring.mask();
      this.drain();
    } else this.working = false;
  }
}
