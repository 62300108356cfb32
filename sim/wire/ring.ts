/**
 * One direction of a VMBus channel: a ring of packets in guest memory.
 *
 * Page 0 is the control page, the pages after it are the data. A packet is a 16-byte descriptor, an optional header, the payload,
 * zeros up to a multiple of 8, and an 8-byte trailer that holds the offset at which the packet starts. Any of these may wrap.
 * Whoever produces owns the write index, whoever consumes owns the read index; the other index is the peer's and is not trusted.
 *
 * Sources: Linux `drivers/hv/ring_buffer.c` and `Documentation/virt/hyperv/vmbus.rst`; OpenVMM `vm/devices/vmbus/vmbus_ring/src/lib.rs`.
 */
import { invariant } from '../core/errors.ts';
import { copyWords, LOOP_LIMIT, RingBytes, type RingMemory } from './ring-bytes.ts';
import {
  PACKET_COMPLETION_REQUESTED,
  PACKET_DESCRIPTOR_SIZE,
  PACKET_TRAILER_SIZE,
  type Put,
  RingPacket,
  type Taken,
} from './ring-packet.ts';

export * from './ring-packet.ts';

/** Longest packet that the 16-bit length field can say, bytes. */
const MAX_PACKET = 0xffff * 8;

/** Packet types that a ring may carry: in-band, transfer pages, GPA direct, completion. */
const LEGAL_TYPES = (1 << 6) | (1 << 7) | (1 << 9) | (1 << 11);

const SIGNAL: Put = { needSignal: true };
const QUIET: Put = { needSignal: false };
const WRITER_WAITS: Taken = { signalWriter: true };
const NOBODY_WAITS: Taken = { signalWriter: false };

const aligned = (bytes: number): number => (bytes + 7) & ~7;

/** One direction of a channel over guest memory: the control page and the data behind it. */
export class RingView {
  // `declare` and assigned once in the constructor: a field that starts as undefined is slower for V8 ever after.
  /** Bytes of the data area. At most `size - 8` can be in use, or full would look like empty. */
  declare readonly size: number;
  declare private readonly memory: RingMemory;
  declare private readonly bytes: RingBytes;
  /** As in `memory` and `bytes`; kept here because the hot paths below touch little else. */
  declare private u32: Uint32Array;
  declare private readonly base: number;
  /** Ring offsets up to this are simply `base` + offset: in the first 512 KiB when the pages are neighbours, else nowhere. */
  declare private readonly simpleUpTo: number;
  /** Index of the control page in `memory.u32`. */
  declare private readonly control: number;
  private readonly packet = new RingPacket();
  /** Our own position: the next write when we produce, the next read when we consume. */
  private write = 0;
  private read = 0;
  /** What the peer's index promised last time: bytes that were available, or free. It cannot become less without our doing. */
  private promisedBytes = 0;
  private promisedFree = 0;

  /** `pages` are the GPAs of the control page and the data pages, in order. */
  constructor(memory: RingMemory, pages: readonly number[]) {
    invariant(pages.length >= 2, 'a ring has a control page and at least one data page');
    invariant(
      pages.every((gpa) => gpa % 8 === 0 && gpa + 4096 <= memory.u8.length),
      'ring pages must be guest memory',
    );
    this.memory = memory;
    this.control = pages[0] / 4;
    this.bytes = new RingBytes(memory, pages.slice(1));
    this.size = this.bytes.size;
    this.base = this.bytes.base;
    this.simpleUpTo = this.base >= 0 ? Math.min(this.size, MAX_PACKET) : 0;
    this.u32 = memory.u32;
    this.adopt();
  }

  /** Guest memory moved to another buffer. */
  private follow(): void {
    this.u32 = this.memory.u32;
    this.bytes.sync();
  }

  /**
   * Takes both positions from the control page, as at the opening of a channel. A position that is not legal can never be worked
   * from: the promise of infinitely many bytes makes every later `peek` or `put` find the ring corrupt.
   */
  private adopt(): void {
    this.write = this.writeIndex;
    this.read = this.readIndex;
    this.promisedFree = this.legalIndex(this.write) ? 0 : Number.POSITIVE_INFINITY;
    this.promisedBytes = this.legalIndex(this.read) ? 0 : Number.POSITIVE_INFINITY;
  }

  private legalIndex(index: number): boolean {
    return index < this.size && (index & 7) === 0;
  }

  get writeIndex(): number {
    return this.memory.u32[this.control];
  }
  set writeIndex(value: number) {
    this.memory.u32[this.control] = value;
    this.adopt();
  }
  get readIndex(): number {
    return this.memory.u32[this.control + 1];
  }
  set readIndex(value: number) {
    this.memory.u32[this.control + 1] = value;
    this.adopt();
  }
  /** Set by the reader: do not signal me. */
  get interruptMask(): number {
    return this.memory.u32[this.control + 2];
  }
  set interruptMask(value: number) {
    this.memory.u32[this.control + 2] = value;
  }
  /** Set by a writer that waits: signal me when this many bytes are free. The low 3 bits do not count (old guests). */
  get pendingSendSize(): number {
    return (this.memory.u32[this.control + 3] & ~7) >>> 0;
  }
  set pendingSendSize(value: number) {
    this.memory.u32[this.control + 3] = value;
  }
  get featureBits(): number {
    return this.memory.u32[this.control + 16];
  }
  set featureBits(value: number) {
    this.memory.u32[this.control + 16] = value;
  }

  /** Clears the control page and starts at offset 0, as the owner of a new ring does. */
  reset(featureBits = 0): void {
    this.memory.u32.fill(0, this.control, this.control + 1024);
    this.writeIndex = 0;
    this.readIndex = 0;
    this.featureBits = featureBits;
  }

  /** Bytes the producer may still fill; a packet must be smaller than this. -1 when the peer's index is not legal. */
  freeBytes(): number {
    const read = this.readIndex;
    if (!this.legalIndex(read)) return -1;
    return read > this.write ? read - this.write : this.size - this.write + read;
  }

  /** Bytes the consumer has not read yet. -1 when the peer's index is not legal. */
  availableBytes(): number {
    const write = this.writeIndex;
    if (!this.legalIndex(write)) return -1;
    return write >= this.read ? write - this.read : this.size - this.read + write;
  }

  /** Bytes that a packet takes in the ring, trailer included. */
  static packetBytes(headerBytes: number, payloadBytes: number): number {
    return PACKET_DESCRIPTOR_SIZE + aligned(headerBytes) + aligned(payloadBytes) + PACKET_TRAILER_SIZE;
  }

  /**
   * Producer: writes a packet and publishes it. `header` follows the descriptor (GPA ranges, transfer page ranges). `payload` may be
   * guest memory itself, then `start` is a GPA. Refused with 'full' when the free bytes are not more than the packet needs (the Linux
   * rule), with 'corrupt' when the peer's read index is not legal: the channel is dead then.
   */
  put(
    type: number,
    flags: number,
    tid: number | bigint,
    header: Uint8Array | undefined,
    payload: Uint8Array,
    start = 0,
    length: number = payload.length - start,
  ): Put | 'full' | 'corrupt' {
    if (typeof tid === 'number') {
      const high = tid > 0xffff_ffff ? Math.floor(tid / 0x1_0000_0000) : 0;
      return this.putHalves(type, flags, tid >>> 0, high, header, payload, start, length);
    }
    const low = Number(tid & 0xffff_ffffn);
    return this.putHalves(
      type,
      flags,
      low,
      Number((tid >> 32n) & 0xffff_ffffn),
      header,
      payload,
      start,
      length,
    );
  }

  /** `put` with the transaction id in two 32-bit halves, as a `RingPacket` has it: a completion echoes it without a bigint. */
  putHalves(
    type: number,
    flags: number,
    tidLow: number,
    tidHigh: number,
    header: Uint8Array | undefined,
    payload: Uint8Array,
    start: number,
    length: number,
  ): Put | 'full' | 'corrupt' {
    const headerBytes = header === undefined ? 0 : header.length;
    const bytes = PACKET_DESCRIPTOR_SIZE + aligned(headerBytes) + aligned(length);
    const needed = bytes + PACKET_TRAILER_SIZE;
    if (this.memory.u32 !== this.u32) this.follow();
    const { u32, control, size, write, bytes: data } = this;
    const read = u32[control + 1];
    if (read >= size || (read & 7) !== 0) return 'corrupt';
    const free = read > write ? read - write : size - write + read;
    if (free < this.promisedFree) return 'corrupt';
    if (free <= needed) return 'full';
    this.promisedFree = free - needed;
    if (write + needed > this.simpleUpTo || ((headerBytes | length) & 7) !== 0) {
      this.writePieces(bytes, type, flags, tidLow, tidHigh, header, payload, start, length);
    } else {
      const at = this.base + write;
      const i = at >>> 2;
      const to = at + PACKET_DESCRIPTOR_SIZE + headerBytes;
      u32[i] = type | ((PACKET_DESCRIPTOR_SIZE + headerBytes) << 13);
      u32[i + 1] = (bytes >>> 3) | (flags << 16);
      u32[i + 2] = tidLow;
      u32[i + 3] = tidHigh;
      if (header !== undefined) data.copyIn(at + PACKET_DESCRIPTOR_SIZE, header, 0, headerBytes);
      if (payload === data.known && length <= LOOP_LIMIT && (start & 7) === 0) {
        copyWords(data.words, to >>> 3, data.knownWords, start >>> 3, length >>> 3);
      } else data.copyIn(to, payload, start, length);
      u32[i + (bytes >>> 2)] = 0;
      u32[i + (bytes >>> 2) + 1] = write;
    }
    const next = write + needed >= size ? write + needed - size : write + needed;
    this.write = next;
    u32[control] = next;
    // The reader may sleep when it does not poll and had read everything before this packet.
    return u32[control + 2] === 0 && u32[control + 1] === write ? SIGNAL : QUIET;
  }

  /** Writes a packet that has padding, wraps, or lies in pages that are not neighbours. */
  private writePieces(
    bytes: number,
    type: number,
    flags: number,
    tidLow: number,
    tidHigh: number,
    header: Uint8Array | undefined,
    payload: Uint8Array,
    start: number,
    length: number,
  ): void {
    invariant(bytes <= MAX_PACKET, 'a packet is at most 65 535 units of 8 bytes long');
    const { write } = this;
    const dataAt = bytes - aligned(length);
    this.pair(write, type | (dataAt << 13), (bytes >>> 3) | (flags << 16));
    this.pair(write + 8, tidLow, tidHigh);
    if (header !== undefined) this.fill(write + PACKET_DESCRIPTOR_SIZE, header, 0, header.length);
    this.fill(write + dataAt, payload, start, length);
    this.pair(write + bytes, 0, write);
  }

  private wrap(at: number): number {
    return at >= this.size ? at - this.size : at;
  }

  /** Writes 8 bytes at a ring offset that is a multiple of 8: they never wrap nor cross a page. */
  private pair(at: number, low: number, high: number): void {
    const i = this.bytes.gpa(this.wrap(at)) >>> 2;
    this.u32[i] = low;
    this.u32[i + 1] = high;
  }

  /** Copies bytes to `at` and zeroes the padding behind them. */
  private fill(at: number, from: Uint8Array, start: number, length: number): void {
    this.bytes.write(this.wrap(at), from, start, length);
    const padding = -length & 7;
    if (padding === 0) return;
    const gpa = this.bytes.gpa(this.wrap(at + length));
    this.memory.u8.fill(0, gpa, gpa + padding);
  }

  /**
   * Consumer: the next packet, without taking it. 'corrupt' when the peer's index or the descriptor is not legal; nothing has been
   * touched outside the ring then, and the channel is to be treated as dead.
   */
  peek(): RingPacket | 'empty' | 'corrupt' {
    if (this.memory.u32 !== this.u32) this.follow();
    const { u32, size, read, packet } = this;
    const write = u32[this.control];
    if (write >= size || (write & 7) !== 0) return 'corrupt';
    const available = write >= read ? write - read : size - read + write;
    if (available < this.promisedBytes) return 'corrupt';
    if (available === 0) return 'empty';
    this.promisedBytes = available;
    if (available < PACKET_DESCRIPTOR_SIZE + PACKET_TRAILER_SIZE) return 'corrupt';
    const simple = read + PACKET_DESCRIPTOR_SIZE <= this.simpleUpTo;
    const i = (simple ? this.base + read : this.bytes.gpa(read)) >>> 2;
    const j = simple ? i + 2 : this.bytes.gpa(this.wrap(read + 8)) >>> 2;
    const first = u32[i];
    const second = u32[i + 1];
    const offset = (first >>> 16) << 3;
    const length = (second & 0xffff) << 3;
    packet.start = read;
    packet.type = first & 0xffff;
    packet.flags = second >>> 16;
    packet.tidLow = u32[j];
    packet.tidHigh = u32[j + 1];
    packet.headerBytes = offset - PACKET_DESCRIPTOR_SIZE;
    packet.payloadBytes = length - offset;
    // The offset lies behind the descriptor and within the packet, packet and trailer within the data; type and flags exist.
    if (offset < PACKET_DESCRIPTOR_SIZE || length < offset || length + PACKET_TRAILER_SIZE > available)
      return 'corrupt';
    if (packet.flags > PACKET_COMPLETION_REQUESTED) return 'corrupt';
    return packet.type < 32 && ((LEGAL_TYPES >>> packet.type) & 1) !== 0 ? packet : 'corrupt';
  }

  /** Consumer: steps over the packet last peeked, without giving its room back yet. */
  advance(): void {
    const { packet } = this;
    invariant(packet.start === this.read, 'advance follows a peek that found a packet');
    const bytes = PACKET_DESCRIPTOR_SIZE + packet.headerBytes + packet.payloadBytes + PACKET_TRAILER_SIZE;
    this.promisedBytes -= bytes;
    this.read = this.wrap(this.read + bytes);
    packet.start = -1;
  }

  /**
   * Consumer: gives back the room of all packets stepped over. The writer wants a signal when it waits for room (`pending_send_sz`)
   * and this call made enough of it.
   */
  commit(): Taken {
    if (this.memory.u32 !== this.u32) this.follow();
    const { u32, control, read } = this;
    const before = u32[control + 1];
    u32[control + 1] = read;
    const wanted = (u32[control + 3] & ~7) >>> 0;
    if (wanted === 0) return NOBODY_WAITS;
    const write = u32[control];
    return this.room(read, write) >= wanted && this.room(before, write) < wanted
      ? WRITER_WAITS
      : NOBODY_WAITS;
  }

  private room(read: number, write: number): number {
    return read > write ? read - write : this.size - write + read;
  }

  /** Consumer: `advance` and `commit` in one. */
  take(): Taken {
    const { packet, u32, control } = this;
    if ((u32[control + 3] & ~7) !== 0 || u32 !== this.memory.u32) {
      this.advance();
      return this.commit();
    }
    invariant(packet.start === this.read, 'take follows a peek that found a packet');
    const bytes = PACKET_DESCRIPTOR_SIZE + packet.headerBytes + packet.payloadBytes + PACKET_TRAILER_SIZE;
    const next = this.read + bytes >= this.size ? this.read + bytes - this.size : this.read + bytes;
    this.promisedBytes -= bytes;
    this.read = next;
    packet.start = -1;
    u32[control + 1] = next;
    return NOBODY_WAITS;
  }

  /** Copies payload of a peeked packet; returns how many bytes were copied. `into` may be guest memory itself, then `at` is a GPA. */
  copyPayload(packet: RingPacket, into: Uint8Array, at = 0, length: number = packet.payloadBytes): number {
    const bytes = Math.min(length, packet.payloadBytes, into.length - at);
    const { bytes: data } = this;
    const from = this.wrap(packet.start + PACKET_DESCRIPTOR_SIZE + packet.headerBytes);
    if (
      bytes <= LOOP_LIMIT &&
      from + bytes <= this.simpleUpTo &&
      into === data.known &&
      ((at | bytes) & 7) === 0
    ) {
      copyWords(data.knownWords, at >>> 3, data.words, (this.base + from) >>> 3, bytes >>> 3);
    } else if (bytes <= this.bytes.extent(from)) this.bytes.copyOut(this.bytes.gpa(from), into, at, bytes);
    else this.bytes.read(from, into, at, bytes);
    return bytes;
  }

  /** Copies the header (GPA or transfer page ranges) of a peeked packet; returns how many bytes were copied. */
  copyHeader(packet: RingPacket, into: Uint8Array, at = 0, length: number = packet.headerBytes): number {
    const bytes = Math.min(length, packet.headerBytes, into.length - at);
    const from = this.wrap(packet.start + PACKET_DESCRIPTOR_SIZE);
    if (bytes <= this.bytes.extent(from)) this.bytes.copyOut(this.bytes.gpa(from), into, at, bytes);
    else this.bytes.read(from, into, at, bytes);
    return bytes;
  }

  /** A fresh copy of the payload. */
  payload(packet: RingPacket): Uint8Array {
    const into = new Uint8Array(packet.payloadBytes);
    this.copyPayload(packet, into);
    return into;
  }

  /** A fresh copy of the header. */
  header(packet: RingPacket): Uint8Array {
    const into = new Uint8Array(packet.headerBytes);
    this.copyHeader(packet, into);
    return into;
  }

  /** GPA of the payload when it lies in one piece, else -1: to look without copying when the peer is trusted. */
  payloadGpa(packet: RingPacket): number {
    const at = this.wrap(packet.start + PACKET_DESCRIPTOR_SIZE + packet.headerBytes);
    return packet.payloadBytes <= this.bytes.extent(at) ? this.bytes.gpa(at) : -1;
  }
}
