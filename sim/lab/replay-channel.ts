/**
 * The guest's end of one channel while a recording is replayed: its rings in guest memory, and the packets that the host has put
 * there and the recording has not claimed yet.
 */
import type { GuestMemory } from '../machine/memory.ts';
import { RingView } from '../wire/ring.ts';

/** A packet that the host wrote. */
export interface HostPacket {
  readonly type: number;
  readonly tid: bigint;
  readonly bytes: Uint8Array;
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
  private outgoing: RingView | undefined;
  private incoming: RingView | undefined;

  constructor(recorded: number, relid: number, connectionId: number, classHex: string) {
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

  /** Writes a packet. Returns the write index behind it, or -1 when the ring took none. */
  write(packet: GuestPacket): number {
    if (!this.outgoing) return -1;
    const { type, flags, tid, header, payload } = packet;
    const put = this.outgoing.put(type, flags, tid, header, payload);
    if (typeof put === 'string') return -1;
    this.asked.set(tid, packet);
    return this.outgoing.writeIndex;
  }

  /** Takes our host's packet of the same type and transaction. */
  claim({ type, tid }: HostPacket): HostPacket | undefined {
    const index = this.packets.findIndex((packet) => packet.type === type && packet.tid === tid);
    return index < 0 ? undefined : this.packets.splice(index, 1)[0];
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
      this.packets.push({ type: packet.type, tid: packet.tid, bytes: ring.payload(packet) });
      wanted = ring.take().signalWriter || wanted;
    }
    return wanted;
  }
}
