/**
 * What keyboard, mouse and video share at the host's end: short messages in both directions over one channel, some of them behind a pipe
 * header.
 *
 * A message of the guest is copied before anything is decided about it, and is only taken when there is room for what it may be answered
 * with: a guest that asks and never reads is no longer served, and nothing is remembered for it. What the host has to say by itself waits
 * for room in a list of bounded length; what comes when the list is full is lost, as keys are that nobody reads. A message that breaks
 * the rules stops this channel and no other.
 *
 * On Windows these devices run in the worker process: each time one goes to work, waking its thread is charged. Completions are not sent,
 * although Linux asks for them: neither OpenVMM's pipes (`vm/devices/vmbus/vmbus_async/src/pipe.rs`) nor the recorded host does.
 */
import type { Partition } from '../../machine/partition.ts';
import type { RootPartition } from '../../machine/root.ts';
import type { RingPacket } from '../../wire/ring.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { VMBUS_CHANNEL, VMBUS_PIPE_TYPE } from '../../wire/vmbus.ts';
import type { VmbusChannel } from './channel.ts';
import type { ChannelRing } from './channel-ring.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';

/** What kind of device it is. */
export interface MessageDeviceKind {
  readonly name: string;
  readonly interfaceId: string;
  readonly instanceId: string;
  /** A message stands behind a pipe header: type 1, and its bytes. */
  readonly piped: boolean;
  /** Most bytes of a message of the guest, pipe header included. */
  readonly mostBytes: number;
  /** Most bytes that one message of the guest is answered with. */
  readonly answerBytes: number;
  /** Address space that the device wants, MB. */
  readonly mmioMegabytes?: number;
}

/** What went over the channel. */
export interface MessageCounts {
  received: number;
  sent: number;
  /** Messages of the host that nobody could be told. */
  lost: number;
  /** Messages that stopped the channel. */
  broken: number;
}

/** Messages of the host's own that may wait for room. */
export const MOST_WAITING = 64;
const PIPE_BYTES = 8;
const PIPE_DATA = 1;

export abstract class MessageDevice implements VmbusDevice {
  readonly name: string;
  readonly offer: OfferDescription;
  readonly counts: MessageCounts = { received: 0, sent: 0, lost: 0, broken: 0 };
  protected readonly root: RootPartition;
  private readonly kind: MessageDeviceKind;
  private readonly sendWork: number;
  private readonly copy: Uint8Array;
  private readonly outbox: Uint8Array[] = [];
  private ring: ChannelRing | undefined;

  protected constructor({ root }: Partition, kind: MessageDeviceKind) {
    this.kind = kind;
    this.name = kind.name;
    this.root = root;
    this.copy = new Uint8Array(kind.mostBytes);
    this.offer = {
      interfaceId: kind.interfaceId,
      instanceId: kind.instanceId,
      flags: VMBUS_CHANNEL.NAMED_PIPE_MODE,
      userDefined: Uint8Array.of(VMBUS_PIPE_TYPE.MESSAGE, 0, 0, 0),
      ...(kind.mmioMegabytes === undefined ? {} : { mmioMegabytes: kind.mmioMegabytes }),
    };
    this.sendWork = root.work(`message.${kind.name}`, () => {
      root.spend('worker.dispatch');
      this.run();
    });
  }

  /** The channel is open and was not stopped. */
  get alive(): boolean {
    return this.ring !== undefined && !this.ring.dead;
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    if (!channel.ring) return 'refused';
    this.ring = channel.ring;
    this.begin();
    return 'opened';
  }

  onClose(): CloseAnswer {
    this.ring = undefined;
    this.outbox.length = 0;
    this.begin();
    return 'closed';
  }

  /** The guest has sent something, or made room. */
  onSignal(): void {
    this.root.spend('worker.dispatch');
    this.run();
  }

  /** Forgets what was agreed: the channel was opened or closed. */
  protected abstract begin(): void;

  /** Acts on one message of the guest; false when it breaks the rules. The bytes are the host's own copy, valid during the call. */
  protected abstract take(message: DataView): boolean;

  /** Answers the message in hand. */
  protected answer(message: Uint8Array): void {
    this.outbox.push(this.framed(message));
  }

  /** Says something of the host's own accord, at any time. False when nobody could be told. */
  protected tell(message: Uint8Array): boolean {
    if (!this.alive || this.outbox.length >= MOST_WAITING) {
      this.counts.lost++;
      return false;
    }
    this.outbox.push(this.framed(message));
    this.root.interrupt(this.sendWork);
    return true;
  }

  private run(): void {
    const { ring } = this;
    if (!ring) return;
    const room = this.kind.answerBytes;
    for (;;) {
      ring.mask();
      this.flush(ring);
      while (this.outbox.length === 0 && ring.hasRoom(room)) {
        const packet = ring.next();
        if (!packet) break;
        this.root.spend('ring.op');
        if (!this.accept(ring, packet)) this.stop(ring);
        this.flush(ring);
      }
      if (!ring.unmask()) break;
      // What is left waits for room; the guest's signal says when there is some.
      if (this.outbox.length > 0 || !ring.hasRoom(room)) break;
    }
  }

  private flush(ring: ChannelRing): void {
    const { outbox } = this;
    while (outbox.length > 0 && ring.hasRoom(outbox[0].length)) {
      this.root.spend('ring.op');
      const [message] = outbox.splice(0, 1);
      if (ring.send(VM_PKT.DATA_INBAND, 0, 0, 0, undefined, message)) this.counts.sent++;
    }
  }

  private stop(ring: ChannelRing): void {
    this.counts.broken++;
    this.outbox.length = 0;
    ring.kill();
  }

  private accept(ring: ChannelRing, packet: RingPacket): boolean {
    const { payloadBytes, type } = packet;
    if (type !== VM_PKT.DATA_INBAND || payloadBytes > this.copy.length) return false;
    ring.copyPayload(packet, this.copy);
    ring.take();
    this.counts.received++;
    const message = this.unframed(payloadBytes);
    return message !== undefined && this.take(message);
  }

  /** The message within the copy: lengths are judged there, because the guest can still change the ring. */
  private unframed(bytes: number): DataView | undefined {
    const { buffer } = this.copy;
    if (!this.kind.piped) return new DataView(buffer, 0, bytes);
    if (bytes < PIPE_BYTES) return undefined;
    const pipe = new DataView(buffer, 0, PIPE_BYTES);
    const size = pipe.getUint32(4, true);
    if (pipe.getUint32(0, true) !== PIPE_DATA || size > bytes - PIPE_BYTES) return undefined;
    return new DataView(buffer, PIPE_BYTES, size);
  }

  private framed(message: Uint8Array): Uint8Array {
    if (!this.kind.piped) return message;
    const bytes = new Uint8Array(PIPE_BYTES + message.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, PIPE_DATA, true);
    view.setUint32(4, message.length, true);
    bytes.set(message, PIPE_BYTES);
    return bytes;
  }
}
