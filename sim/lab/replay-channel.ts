/**
 * The guest's end of one channel while a recording is replayed: its rings in guest memory, and the packets that the host has put
 * there and the recording has not claimed yet.
 */
import type { GuestMemory } from '../machine/memory.ts';
import { RingView } from '../wire/ring.ts';
import { VM_PKT } from '../wire/vm-packet.ts';
import type { ReplayBuffers } from './replay-buffers.ts';

/** A packet that the host wrote. */
export interface HostPacket {
  readonly type: number;
  readonly tid: bigint;
  readonly bytes: Uint8Array;
  /** What it names in the receive buffer. */
  readonly message?: Uint8Array;
}

/** A packet of the recording, as it goes into the ring. */
export interface GuestPacket {
  readonly type: number;
  readonly flags: number;
  readonly tid: bigint;
  readonly header: Uint8Array | undefined;
  readonly payload: Uint8Array;
}

/** Takes a recorded packet apart: descriptor, header, payload. */
export function guestPacket(bytes: Uint8Array): GuestPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataAt = view.getUint16(2, true) * 8;
  return {
    type: view.getUint16(0, true),
    flags: view.getUint16(6, true),
    tid: view.getBigUint64(8, true),
    header: dataAt > 16 ? bytes.slice(16, dataAt) : undefined,
    payload: bytes.slice(dataAt),
  };
}

export class ReplayChannel {
  /** Channel ids in the recording and here. */
  readonly recorded: number;
  readonly relid: number;
  readonly connectionId: number;
  readonly classHex: string;
  /** Packets of the host that the recording has not claimed, oldest first. */
  readonly packets: HostPacket[] = [];
  /** Times that the host interrupted for this channel. */
  events = 0;
  /** Requests of the guest that have no answer in the recording yet, by transaction id. */
  private readonly asked = new Map<bigint, GuestPacket>();
  /** Our host's transaction ids for those of the recording's: whoever sends a packet chooses its number. */
  private readonly numbers = new Map<bigint, bigint>();
  private readonly buffers: ReplayBuffers;
  private outgoing: RingView | undefined;
  private incoming: RingView | undefined;

  constructor(
    recorded: number,
    relid: number,
    connectionId: number,
    classHex: string,
    buffers: ReplayBuffers,
  ) {
    this.buffers = buffers;
    this.recorded = recorded;
    this.relid = relid;
    this.connectionId = connectionId;
    this.classHex = classHex;
  }

  /** Lays out fresh rings, as the guest does before it opens the channel. */
  layOut(memory: GuestMemory, pages: readonly number[], splitPage: number, featureBits: number): void {
    this.outgoing = new RingView(memory, pages.slice(0, splitPage));
    this.incoming = new RingView(memory, pages.slice(splitPage));
    this.outgoing.reset(featureBits);
    this.incoming.reset(featureBits);
  }

  /** Puts a message where a packet says that it is, before the packet goes out. */
  place(packet: GuestPacket, message: Uint8Array): void {
    this.buffers.place(packet, message);
  }

  /** Writes a packet. Returns the write index behind it, or -1 when the ring took none. */
  write(packet: GuestPacket): number {
    if (!this.outgoing) return -1;
    const { type, flags, tid, header, payload } = packet;
    this.buffers.learn(packet);
    const number = type === VM_PKT.COMP ? (this.numbers.get(tid) ?? tid) : tid;
    const put = this.outgoing.put(type, flags, number, header, payload);
    if (typeof put === 'string') return -1;
    this.asked.set(tid, packet);
    return this.outgoing.writeIndex;
  }

  /** Takes our host's packet of the same type and transaction; the host's own requests are taken in their order. */
  claim({ type, tid }: HostPacket): HostPacket | undefined {
    const own = type === VM_PKT.DATA_USING_XFER_PAGES;
    const index = this.packets.findIndex((packet) => packet.type === type && (own || packet.tid === tid));
    const [found] = index < 0 ? [] : this.packets.splice(index, 1);
    if (own && found) this.numbers.set(tid, found.tid);
    return found;
  }

  /** The request that an answer belongs to; it is forgotten with that. */
  answered(tid: bigint): GuestPacket | undefined {
    const request = this.asked.get(tid);
    this.asked.delete(tid);
    return request;
  }

  /** Reads what the host has written. True when the host waits for that room and wants a signal. */
  read(): boolean {
    const ring = this.incoming;
    let wanted = false;
    for (let packet = ring?.peek(); ring && packet && typeof packet !== 'string'; packet = ring.peek()) {
      const header = new Uint8Array(packet.headerBytes);
      ring.copyHeader(packet, header);
      this.packets.push({
        type: packet.type,
        tid: packet.tid,
        bytes: ring.payload(packet),
        ...(packet.type === VM_PKT.DATA_USING_XFER_PAGES ? { message: this.buffers.received(header) } : {}),
      });
      wanted = ring.take().signalWriter || wanted;
    }
    return wanted;
  }
}
