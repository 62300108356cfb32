/**
 * What producer and consumer of a ring have in common: where the control page keeps its words, the sizes around a packet, and the
 * packet itself as the consumer sees it. `ring.ts` does the work.
 */

/** Offsets in the control page. */
export const RING_CONTROL = {
  WRITE_INDEX: 0,
  READ_INDEX: 4,
  INTERRUPT_MASK: 8,
  PENDING_SEND_SIZE: 12,
  FEATURE_BITS: 64,
} as const;
/** Feature bit: this side looks at `pending_send_sz`. */
export const RING_FEATURE_PENDING_SEND_SIZE = 1;
/** Bytes of a packet descriptor and of a trailer. */
export const PACKET_DESCRIPTOR_SIZE = 16;
/** Bytes after every packet: where it began, for a reader that walks backwards. */
export const PACKET_TRAILER_SIZE = 8;
/** Descriptor flag: the sender waits for a completion packet with the same transaction id. */
export const PACKET_COMPLETION_REQUESTED = 1;

/** What became of a packet that was put into the ring. */
export interface Put {
  /** The reader may be asleep: signal it. */
  readonly needSignal: boolean;
}
/** What follows from taking packets out of the ring. */
export interface Taken {
  /** The writer waits for room and now has it: signal it. */
  readonly signalWriter: boolean;
}
/**
 * The packet at the read position, valid until the next `peek`. Its numbers were copied out of the ring and checked; payload and
 * header still lie in memory that the peer can change, so copy them first and judge the copy.
 */
export class RingPacket {
  type = 0;
  flags = 0;
  /** The two halves of the transaction id. */
  tidLow = 0;
  tidHigh = 0;
  /** Ring offset of the descriptor, -1 once the packet was stepped over. */
  start = -1;
  /** Bytes from the descriptor to the payload, and to the trailer. */
  offset = PACKET_DESCRIPTOR_SIZE;
  length = PACKET_DESCRIPTOR_SIZE;

  /** Bytes between descriptor and payload. */
  get headerBytes(): number {
    return this.offset - PACKET_DESCRIPTOR_SIZE;
  }

  /** Bytes of payload, padding included: a ring does not say how much of the last 8 bytes is meant. */
  get payloadBytes(): number {
    return this.length - this.offset;
  }

  /** The transaction id, 64 bits. */
  get tid(): bigint {
    return (BigInt(this.tidHigh) << 32n) | BigInt(this.tidLow);
  }

  /** The sender waits for a completion. */
  get completionRequested(): boolean {
    return (this.flags & PACKET_COMPLETION_REQUESTED) !== 0;
  }
}
