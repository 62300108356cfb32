/**
 * One channel of a synthetic network adapter at the host's end: takes packets out of the ring, puts answers and received frames in.
 *
 * What a guest sends is copied before it is judged. A packet that breaks the rules of the channel (a section that is not there, pages
 * beyond memory, the completion of a packet that was never sent) stops this channel; an RNDIS message that makes no sense is answered with
 * "invalid" and forgotten.
 *
 * Source: OpenVMM `vm/devices/net/netvsp/src/lib.rs`.
 */

import { PAGE_SIZE } from '../../machine/memory.ts';
import { parseGpaDirectHeader } from '../../wire/gpa-direct.ts';
import { NVSP_CHANNEL, NVSP_MESSAGE_BYTES, NVSP_MSG, NVSP_NO_SECTION } from '../../wire/nvsp-codes.ts';
import type { RingPacket } from '../../wire/ring.ts';
import { RNDIS_MAX_TRANSFER } from '../../wire/rndis-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { VmbusChannel } from './channel.ts';
import type { ChannelRing } from './channel-ring.ts';
import type { Netvsp } from './netvsp.ts';

/** Longest header of a packet that names pages of the guest: 32 ranges of one page each, and some. */
const MAX_HEADER = 1024;
/** Room that an answer needs. */
const ROOM = NVSP_MESSAGE_BYTES;

/** What went over one channel. */
export interface NetvspQueueCounts {
  /** Messages of the guest: in the send buffer, by reference, and those that made no sense. */
  sections: number;
  references: number;
  invalid: number;
  /** Frames put into the receive buffer, and sections that came back. */
  received: number;
  returned: number;
  /** Packets that stopped the channel. */
  broken: number;
}

/** One channel. */
export class NetvspQueue {
  readonly counts: NetvspQueueCounts = {
    sections: 0,
    references: 0,
    invalid: 0,
    received: 0,
    returned: 0,
    broken: 0,
  };
  readonly channel: VmbusChannel;
  readonly ring: ChannelRing;
  private readonly device: Netvsp;
  private readonly copy = new Uint8Array(NVSP_MESSAGE_BYTES + 24);
  private readonly view = new DataView(this.copy.buffer);
  private readonly header = new Uint8Array(MAX_HEADER);
  private readonly message = new Uint8Array(RNDIS_MAX_TRANSFER);

  constructor(device: Netvsp, channel: VmbusChannel, ring: ChannelRing) {
    this.device = device;
    this.channel = channel;
    this.ring = ring;
  }

  /** Takes what the guest has sent, until there is nothing left to do. */
  run(): void {
    const { ring, device } = this;
    ring.mask();
    for (;;) {
      device.flushControls();
      while (ring.hasRoom(ROOM)) {
        const packet = ring.next();
        if (!packet) break;
        device.spendRingOp();
        if (!this.handle(packet)) this.stop();
      }
      if (!ring.unmask()) break;
      // With a full ring the packet must wait for room, and the guest's signal will say when there is.
      if (!ring.hasRoom(ROOM)) break;
      ring.mask();
    }
  }

  /** The guest broke the rules. */
  stop(): void {
    if (!this.ring.dead) this.counts.broken++;
    this.ring.kill();
  }

  /** Puts a message into a section and tells the guest; false when there is no room in the ring. */
  deliver(section: number, bytes: Uint8Array, kind: number): boolean {
    const { device, ring } = this;
    const sections = device.sections;
    const payload = device.nvsp(NVSP_MSG.SEND_RNDIS_PKT, kind, NVSP_NO_SECTION, 0);
    if (!sections || !ring.hasRoom(payload.length + 16)) return false;
    const at = section * sections.sectionBytes;
    sections.buffer.write(at, bytes);
    const header = new Uint8Array(16);
    const view = new DataView(header.buffer);
    view.setUint16(0, sections.id, true);
    view.setUint32(4, 1, true);
    view.setUint32(8, bytes.length, true);
    view.setUint32(12, at, true);
    device.spendRingOp();
    this.counts.received++;
    return ring.send(VM_PKT.DATA_USING_XFER_PAGES, 1, section + 1, 0, header, payload);
  }

  /** Sends a message of the host's own accord. */
  tell(bytes: Uint8Array): void {
    if (this.ring.hasRoom(bytes.length)) this.ring.send(VM_PKT.DATA_INBAND, 0, 0, 0, undefined, bytes);
  }

  private handle(packet: RingPacket): boolean {
    const { type, payloadBytes, headerBytes, tidLow, tidHigh } = packet;
    if (type === VM_PKT.COMP) {
      this.ring.take();
      return this.returned(tidLow, tidHigh);
    }
    const direct = type === VM_PKT.DATA_USING_GPA_DIRECT;
    if (!(direct || type === VM_PKT.DATA_INBAND)) return false;
    if (payloadBytes < 4 || payloadBytes > this.copy.length || headerBytes > MAX_HEADER) return false;
    this.copy.fill(0);
    this.ring.copyPayload(packet, this.copy);
    if (direct) this.ring.copyHeader(packet, this.header);
    this.ring.take();
    const answer = this.act(this.view.getUint32(0, true), direct ? headerBytes : 0);
    if (answer === 'broken') return false;
    if (!packet.completionRequested) return true;
    return this.ring.send(VM_PKT.COMP, 0, tidLow, tidHigh, undefined, answer);
  }

  /** The guest has read a section. */
  private returned(tidLow: number, tidHigh: number): boolean {
    if (tidHigh !== 0 || !this.device.sections?.give(tidLow - 1)) return false;
    this.counts.returned++;
    return true;
  }

  private act(type: number, headerBytes: number): Uint8Array | 'broken' {
    const { device, view } = this;
    if (type !== NVSP_MSG.SEND_RNDIS_PKT)
      return this.channel.subChannelIndex === 0 ? device.shakeHands(type, view) : 'broken';
    const [kind, section, size] = [4, 8, 12].map((at) => view.getUint32(at, true));
    const length = section === NVSP_NO_SECTION ? this.gather(headerBytes) : this.fetch(section, size);
    if (length < 0) return 'broken';
    const bytes = this.message.slice(0, length);
    const control = kind === NVSP_CHANNEL.CONTROL;
    if (control && this.channel.subChannelIndex !== 0) return 'broken';
    const status = control ? device.control(bytes) : device.transmit(bytes);
    if (status !== 1) this.counts.invalid++;
    return device.nvsp(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, status);
  }

  /** Copies a message out of the send buffer; -1 when there is no such section. */
  private fetch(section: number, size: number): number {
    const { sendBuffer, sendSectionBytes } = this.device;
    if (!sendBuffer || size > sendSectionBytes) return -1;
    const at = section * sendSectionBytes;
    if (at + sendSectionBytes > sendBuffer.size) return -1;
    sendBuffer.read(at, size, this.message);
    this.counts.sections++;
    return size;
  }

  /** Copies a message from the guest's own pages; -1 when they are not all there, or too many. */
  private gather(headerBytes: number): number {
    const ranges = parseGpaDirectHeader(this.header.subarray(0, headerBytes));
    if (ranges === 'corrupt') return -1;
    const { memory } = this.device;
    let length = 0;
    for (const { byteCount, byteOffset, pfns } of ranges) {
      if (length + byteCount > this.message.length) return -1;
      let [at, left] = [byteOffset, byteCount];
      for (const pfn of pfns) {
        const count = Math.min(left, PAGE_SIZE - at);
        const gpa = pfn * PAGE_SIZE + at;
        if (!memory.valid(gpa, count)) return -1;
        this.message.set(memory.u8.subarray(gpa, gpa + count), length);
        length += count;
        left -= count;
        at = 0;
      }
    }
    this.counts.references++;
    return length;
  }
}
