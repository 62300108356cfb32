/**
 * The host's end of an open channel: one ring to read, one to write, and the rule that says when to interrupt the guest.
 *
 * Nothing here trusts the guest. An index or a descriptor that is not legal kills the channel: from then on it reads as empty and
 * takes no packets, while every other channel goes on.
 */

import { type RingPacket, RingView } from '../../wire/ring.ts';
import { RING_PAGE, type RingMemory } from '../../wire/ring-bytes.ts';

/** What has passed through a channel since it was opened. */
export interface RingCounts {
  /** Packets read from the guest and written to it. */
  received: number;
  sent: number;
  /** Times the guest was interrupted, and times it was not because it was still reading or had masked the ring. */
  interrupts: number;
  interruptsSpared: number;
  /** Signals from the guest, and those among them that found nothing to do. A real host slows down a guest that sends many. */
  signals: number;
  needlessSignals: number;
  /** Times a packet had to wait because the guest had not made room. */
  stalls: number;
}

/** Splits a ring buffer into its two rings; `undefined` when one of them would have no data page. */
export function splitRings(
  pages: readonly number[],
  splitPage: number,
): { guestToHost: readonly number[]; hostToGuest: readonly number[] } | undefined {
  if (splitPage < 2 || pages.length - splitPage < 2) return undefined;
  return { guestToHost: pages.slice(0, splitPage), hostToGuest: pages.slice(splitPage) };
}

export class ChannelRing {
  readonly counts: RingCounts = {
    received: 0,
    sent: 0,
    interrupts: 0,
    interruptsSpared: 0,
    signals: 0,
    needlessSignals: 0,
    stalls: 0,
  };
  private readonly incoming: RingView;
  private readonly outgoing: RingView;
  private readonly interrupt: () => void;
  private readonly died: () => void;
  private broken = false;

  /** `interrupt` raises the channel's event in the guest; `died` is called once when the channel is killed. */
  constructor(
    memory: RingMemory,
    guestToHost: readonly number[],
    hostToGuest: readonly number[],
    interrupt: () => void,
    died: () => void = () => {},
  ) {
    this.incoming = new RingView(memory, guestToHost);
    this.outgoing = new RingView(memory, hostToGuest);
    this.interrupt = interrupt;
    this.died = died;
    this.broken = !hasLegalIndices(this.incoming) || !hasLegalIndices(this.outgoing);
  }

  /** The guest broke the rules of the ring, or the device gave up on what the guest sends. */
  get dead(): boolean {
    return this.broken;
  }

  /** Data bytes of the two rings. */
  get incomingBytes(): number {
    return this.incoming.size;
  }

  get outgoingBytes(): number {
    return this.outgoing.size;
  }

  /** Where both rings stand, for who draws them: the indices as they lie in guest memory. */
  get positions(): Readonly<
    Record<'incoming' | 'outgoing', { readonly read: number; readonly write: number }>
  > {
    const of = ({ readIndex: read, writeIndex: write }: RingView) => ({ read, write });
    return { incoming: of(this.incoming), outgoing: of(this.outgoing) };
  }

  /** Stops the channel, because the guest broke a rule: nothing more is read or written. */
  kill(): void {
    if (this.broken) return;
    this.broken = true;
    this.died();
  }

  /** The channel is closed: the pages are the guest's own again. */
  close(): void {
    this.broken = true;
  }

  /** The next packet, left in the ring until {@link take}; `undefined` when there is none or the ring is dead. */
  next(): RingPacket | undefined {
    if (this.broken) return undefined;
    const packet = this.incoming.peek();
    if (packet === 'empty') return undefined;
    if (packet !== 'corrupt') return packet;
    this.kill();
    return undefined;
  }

  /** Copies the bytes of a packet before anything is decided about them: the guest can still change the ring. */
  copyPayload(packet: RingPacket, into: Uint8Array, at = 0): number {
    return this.incoming.copyPayload(packet, into, at);
  }

  /** Where header and payload of a packet lie in guest memory, when they do so in one piece: the GPA of the payload, else -1. */
  inPlace(packet: RingPacket): number {
    const gpa = this.incoming.payloadGpa(packet);
    // Pages of a ring lie anywhere, so the header is sure to be in front of the payload only within one page.
    return gpa >= 0 && (gpa & (RING_PAGE - 1)) >= packet.headerBytes ? gpa : -1;
  }

  copyHeader(packet: RingPacket, into: Uint8Array, at = 0): number {
    return this.incoming.copyHeader(packet, into, at);
  }

  /** Gives the room of the last packet back to the guest. */
  take(): void {
    this.counts.received++;
    if (this.incoming.take().signalWriter) this.raise();
  }

  /** True when a packet of that many payload bytes could be written now. If not, the guest is asked to signal when it can. */
  hasRoom(payloadBytes: number): boolean {
    if (this.broken) return false;
    const needed = RingView.packetBytes(0, payloadBytes);
    const { outgoing } = this;
    const free = outgoing.freeBytes();
    if (free > needed) {
      if (outgoing.pendingSendSize !== 0) outgoing.pendingSendSize = 0;
      return true;
    }
    if (free < 0) {
      this.kill();
      return false;
    }
    this.counts.stalls++;
    outgoing.pendingSendSize = needed + 8;
    // The guest may have made room between the first look and the request (race R4).
    return outgoing.freeBytes() > needed;
  }

  /** Writes one packet, and interrupts the guest if it may be asleep. `false` when there is no room. */
  send(
    type: number,
    flags: number,
    tidLow: number,
    tidHigh: number,
    header: Uint8Array | undefined,
    payload: Uint8Array,
    length: number = payload.length,
  ): boolean {
    if (this.broken) return false;
    const put = this.outgoing.putHalves(type, flags, tidLow, tidHigh, header, payload, 0, length);
    if (put === 'full') return false;
    if (put === 'corrupt') {
      this.kill();
      return false;
    }
    this.counts.sent++;
    if (put.needSignal) this.raise();
    else this.counts.interruptsSpared++;
    return true;
  }

  /** The host is reading: the guest need not signal. */
  mask(): void {
    if (!this.broken) this.incoming.interruptMask = 1;
  }

  /** The host stops reading. `true` when a packet came in meanwhile and must be read now: nobody will signal for it (race R1). */
  unmask(): boolean {
    if (this.broken) return false;
    this.incoming.interruptMask = 0;
    return this.incoming.availableBytes() !== 0;
  }

  /** Reads all there is, deaf meanwhile, and again when a packet came in while the ears opened. `take` takes the packet it is given. */
  drain(take: (packet: RingPacket) => void): void {
    do {
      this.mask();
      for (let packet = this.next(); packet; packet = this.next()) take(packet);
    } while (this.unmask());
  }

  /** Counts a signal of the guest. */
  signalled(): void {
    this.counts.signals++;
    if (this.broken) return;
    if (this.incoming.availableBytes() === 0 && this.outgoing.pendingSendSize === 0)
      this.counts.needlessSignals++;
  }

  private raise(): void {
    this.counts.interrupts++;
    this.interrupt();
  }
}

function hasLegalIndices(ring: RingView): boolean {
  return [ring.readIndex, ring.writeIndex].every((index) => index < ring.size && index % 8 === 0);
}
