/**
 * One direction of a VMBus channel: a ring of packets in guest memory.
 *
 * Page 0 is the control page, the pages after it are the data. A packet is a 16-byte descriptor, an optional header, the payload,
 * zeros up to a multiple of 8, and an 8-byte trailer that holds the offset at which the packet starts. Any of these may wrap.
 * Whoever produces owns the write index, whoever consumes owns the read index; the other index is the peer's and is not trusted.
 *
 * Sources: Linux `drivers/hv/ring_buffer.c` and `Documentation/virt/hyperv/vmbus.rst`; OpenVMM `vm/devices/vmbus/vmbus_ring/src/lib.rs`.
 */
import { invariant, SimBug } from '../core/errors.ts';
import { RING_PAGE, RingBytes, type RingMemory } from './ring-bytes.ts';
import {
  PACKET_COMPLETION_REQUESTED,
  PACKET_DESCRIPTOR_SIZE,
  PACKET_TRAILER_SIZE,
  type Put,
  RING_CONTROL,
  RingPacket,
  type Taken,
} from './ring-packet.ts';

export * from './ring-packet.ts';

// This module's own constants: V8 writes them into its code, while it fetches and checks an imported one at each use.
const DESCRIPTOR = PACKET_DESCRIPTOR_SIZE;
const TRAILER = PACKET_TRAILER_SIZE;
const LAST_FLAG = PACKET_COMPLETION_REQUESTED;

/** Where the control page keeps them, in words. */
const WRITE = RING_CONTROL.WRITE_INDEX / 4;
const READ = RING_CONTROL.READ_INDEX / 4;
const MASK = RING_CONTROL.INTERRUPT_MASK / 4;
const PENDING = RING_CONTROL.PENDING_SEND_SIZE / 4;
const FEATURES = RING_CONTROL.FEATURE_BITS / 4;

/** Longest packet that the 16-bit length field can say, bytes. */
const MAX_PACKET = 0xffff * 8;

/** Packet types that a ring may carry: in-band, transfer pages, GPA direct, completion. */
const LEGAL_TYPES = (1 << 6) | (1 << 7) | (1 << 9) | (1 << 11);

const SIGNAL: Put = { needSignal: true };
const QUIET: Put = { needSignal: false };
const WRITER_WAITS: Taken = { signalWriter: true };
const NOBODY_WAITS: Taken = { signalWriter: false };

const aligned = (bytes: number): number => (bytes + 7) & ~7;
const isLegal = (type: number): boolean => type < 32 && ((LEGAL_TYPES >>> type) & 1) !== 0;

function nothingPeeked(): never {
  throw new SimBug('a packet is taken after a peek that found it');
}

/** One direction of a channel over guest memory: the control page and the data behind it. */
export class RingView {
  // `declare` and assigned once in the constructor: a field that starts as undefined is slower for V8 ever after.
  /** Bytes of the data area. At most `size - 8` can be in use, or full would look like empty. */
  declare readonly size: number;
  declare private readonly memory: RingMemory;
  declare private readonly bytes: RingBytes;
  /** As in `memory` and `bytes`; kept here because the hot paths below touch little else. */
  declare private u32: Uint32Array;
  /** The control page. `page` is the same after a look whether memory has moved. */
  declare private control: Uint32Array;
  declare private readonly base: number;
  /** Ring offsets up to this are simply `base` + offset: in the first 512 KiB when the pages are neighbours, else nowhere. */
  declare private readonly simpleUpTo: number;
  /** GPA of the control page. */
  declare private readonly controlGpa: number;
  private readonly packet = new RingPacket();
  /** Our own position: the next write when we produce, the next read when we consume. */
  private write = 0;
  private read = 0;
  /**
   * The peer's index as we last believed it, -1 if never. It is read anew each time, but checked only when it has changed: what it
   * promised, bytes available or bytes free, cannot become less without our doing.
   */
  private seenWrite = -1;
  private seenRead = -1;

  /** `pages` are the GPAs of the control page and the data pages, in order. */
  constructor(memory: RingMemory, pages: readonly number[]) {
    invariant(pages.length >= 2, 'a ring has a control page and at least one data page');
    invariant(
      pages.every((gpa) => gpa % 8 === 0 && gpa + 4096 <= memory.u8.length),
      'ring pages must be guest memory',
    );
    this.memory = memory;
    this.controlGpa = pages[0];
    this.bytes = new RingBytes(memory, pages.slice(1));
    this.size = this.bytes.size;
    this.base = this.bytes.base;
    this.simpleUpTo = this.base >= 0 ? Math.min(this.size, MAX_PACKET) : 0;
    this.follow();
    this.adopt();
  }

  /** Guest memory moved to another buffer. */
  private follow(): void {
    this.u32 = this.memory.u32;
    this.control = this.u32.subarray(this.controlGpa >>> 2, (this.controlGpa + RING_PAGE) >>> 2);
    this.bytes.sync();
  }

  private get page(): Uint32Array {
    if (this.memory.u32 !== this.u32) this.follow();
    return this.control;
  }

  /** Takes both positions from the control page, as at the opening of a channel. */
  private adopt(): void {
    this.write = this.writeIndex;
    this.read = this.readIndex;
    this.seenWrite = this.seenRead = -1;
  }

  /**
   * Is the producer's new index legal, and does it leave no fewer bytes to read than the one before? From a position of our own that
   * is not legal nothing can be worked: then every index is refused.
   */
  private believesWrite(write: number): boolean {
    const { read, seenWrite } = this;
    if (!this.legalIndex(write) || !this.legalIndex(read)) return false;
    if (seenWrite >= 0 && this.filled(read, write) < this.filled(read, seenWrite)) return false;
    this.seenWrite = write;
    return true;
  }

  /** Likewise the consumer's: it must leave no fewer bytes free. `put` remembers it once the packet fits. */
  private believesRead(read: number): boolean {
    const { write, seenRead } = this;
    if (!this.legalIndex(read) || !this.legalIndex(write)) return false;
    return seenRead < 0 || this.room(read, write) >= this.room(seenRead, write);
  }

  private legalIndex(index: number): boolean {
    return index < this.size && (index & 7) === 0;
  }

  get writeIndex(): number {
    return this.page[WRITE];
  }
  set writeIndex(value: number) {
    this.page[WRITE] = value;
    this.adopt();
  }
  get readIndex(): number {
    return this.page[READ];
  }
  set readIndex(value: number) {
    this.page[READ] = value;
    this.adopt();
  }
  /** Set by the reader: do not signal me. */
  get interruptMask(): number {
    return this.page[MASK];
  }
  set interruptMask(value: number) {
    this.page[MASK] = value;
  }
  /** Set by a writer that waits: signal me when this many bytes are free. The low 3 bits do not count (old guests). */
  get pendingSendSize(): number {
    return (this.page[PENDING] & ~7) >>> 0;
  }
  set pendingSendSize(value: number) {
    this.page[PENDING] = value;
  }
  get featureBits(): number {
    return this.page[FEATURES];
  }
  set featureBits(value: number) {
    this.page[FEATURES] = value;
  }

  /** Clears the control page and starts at offset 0, as the owner of a new ring does. */
  reset(featureBits = 0): void {
    this.page.fill(0);
    this.writeIndex = 0;
    this.readIndex = 0;
    this.featureBits = featureBits;
  }

  /** Bytes the producer may still fill; a packet must be smaller than this. -1 when the peer's index is not legal. */
  freeBytes(): number {
    const read = this.readIndex;
    return this.legalIndex(read) ? this.room(read, this.write) : -1;
  }

  /** Bytes the consumer has not read yet. -1 when the peer's index is not legal. */
  availableBytes(): number {
    const write = this.writeIndex;
    return this.legalIndex(write) ? this.filled(this.read, write) : -1;
  }

  /** Bytes from `read` up to `write`; equal means none. */
  private filled(read: number, write: number): number {
    const bytes = write - read;
    return bytes < 0 ? bytes + this.size : bytes;
  }

  /** Bytes from `write` up to `read`; equal means all. */
  private room(read: number, write: number): number {
    const bytes = read - write;
    return bytes > 0 ? bytes : bytes + this.size;
  }

  /** Bytes that a packet takes in the ring, trailer included. */
  static packetBytes(headerBytes: number, payloadBytes: number): number {
    return DESCRIPTOR + aligned(headerBytes) + aligned(payloadBytes) + TRAILER;
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
    const needed = DESCRIPTOR + headerBytes + length + TRAILER;
    const { write } = this;
    // What is not plain is done elsewhere: V8 builds a function into its caller only up to a certain length.
    if (
      write + needed > this.simpleUpTo ||
      ((headerBytes | length) & 7) !== 0 ||
      this.memory.u32 !== this.u32
    )
      return this.putPieces(type, flags, tidLow, tidHigh, header, payload, start, length);
    const { control, u32 } = this;
    const read = control[READ];
    if (read !== this.seenRead && !this.believesRead(read)) return 'corrupt';
    if (this.room(read, write) <= needed) return 'full';
    this.seenRead = read;
    const at = this.base + write;
    let i = at >>> 2;
    u32[i] = type | ((DESCRIPTOR + headerBytes) << 13);
    u32[i + 1] = ((needed - TRAILER) >>> 3) | (flags << 16);
    u32[i + 2] = tidLow;
    u32[i + 3] = tidHigh;
    if (header !== undefined) this.bytes.copyIn(at + DESCRIPTOR, header, 0, headerBytes);
    this.bytes.copyIn(at + DESCRIPTOR + headerBytes, payload, start, length);
    i += (needed - TRAILER) >>> 2;
    u32[i] = 0;
    u32[i + 1] = write;
    return this.publish(write, needed);
  }

  /** Shows the reader a packet that has been written. It may sleep when it does not poll and had read everything before this one. */
  private publish(write: number, needed: number): Put {
    const { control } = this;
    const next = this.wrap(write + needed);
    this.write = next;
    control[WRITE] = next;
    return control[MASK] === 0 && control[READ] === write ? SIGNAL : QUIET;
  }

  /** `putHalves` of a packet that has padding, wraps, lies in pages that are not neighbours, or when memory has moved. */
  private putPieces(
    type: number,
    flags: number,
    tidLow: number,
    tidHigh: number,
    header: Uint8Array | undefined,
    payload: Uint8Array,
    start: number,
    length: number,
  ): Put | 'full' | 'corrupt' {
    const bytes = DESCRIPTOR + aligned(header?.length ?? 0) + aligned(length);
    const needed = bytes + TRAILER;
    if (this.memory.u32 !== this.u32) this.follow();
    const { control, write } = this;
    const read = control[READ];
    if (read !== this.seenRead && !this.believesRead(read)) return 'corrupt';
    if (this.room(read, write) <= needed) return 'full';
    this.seenRead = read;
    this.writePieces(bytes, type, flags, tidLow, tidHigh, header, payload, start, length);
    return this.publish(write, needed);
  }

  /** Writes a packet wherever its pieces lie. */
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
    if (header !== undefined) this.fill(write + DESCRIPTOR, header, 0, header.length);
    this.fill(write + dataAt, payload, start, length);
    this.pair(write + bytes, 0, write);
  }

  /** Index in `u32` of the word at a ring offset. */
  private index(at: number): number {
    return this.bytes.gpa(at) >>> 2;
  }

  private wrap(at: number): number {
    return at >= this.size ? at - this.size : at;
  }

  /** Writes 8 bytes at a ring offset that is a multiple of 8: they never wrap nor cross a page. */
  private pair(at: number, low: number, high: number): void {
    const i = this.index(this.wrap(at));
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
    const write = this.control[WRITE];
    if (write !== this.seenWrite && !this.believesWrite(write)) return 'corrupt';
    const { read, packet } = this;
    const available = this.filled(read, write);
    if (available === 0) return 'empty';
    let { u32 } = this;
    let i = (this.base + read) >>> 2;
    if (read + DESCRIPTOR > this.simpleUpTo) {
      u32 = this.descriptorAt(read);
      i = 0;
    }
    const first = u32[i];
    const second = u32[i + 1];
    const type = first & 0xffff;
    const flags = second >>> 16;
    const offset = (first >>> 16) << 3;
    const length = (second << 16) >>> 13;
    // The offset lies behind the descriptor and within the packet, packet and trailer within the data; type and flags exist.
    if (offset < DESCRIPTOR || length < offset || length + TRAILER > available) return 'corrupt';
    if (flags > LAST_FLAG || !isLegal(type)) return 'corrupt';
    packet.start = read;
    packet.type = type;
    packet.flags = flags;
    packet.tidLow = u32[i + 2];
    packet.tidHigh = u32[i + 3];
    packet.offset = offset;
    packet.length = length;
    return packet;
  }

  /** A copy of the descriptor at a ring offset where its halves may lie apart. */
  private descriptorAt(read: number): Uint32Array {
    const { u32 } = this;
    const i = this.index(read);
    const j = this.index(this.wrap(read + 8));
    return Uint32Array.of(u32[i], u32[i + 1], u32[j], u32[j + 1]);
  }

  /** Consumer: steps over the packet last peeked, without giving its room back yet. */
  advance(): void {
    const { packet } = this;
    if (packet.start !== this.read) nothingPeeked();
    this.read = this.wrap(packet.start + packet.length + TRAILER);
    packet.start = -1;
  }

  /**
   * Consumer: gives back the room of all packets stepped over. The writer wants a signal when it waits for room (`pending_send_sz`)
   * and this call made enough of it.
   */
  commit(): Taken {
    const control = this.page;
    const { read } = this;
    const before = control[READ];
    control[READ] = read;
    const wanted = (control[PENDING] & ~7) >>> 0;
    if (wanted === 0) return NOBODY_WAITS;
    const write = control[WRITE];
    return this.room(read, write) >= wanted && this.room(before, write) < wanted
      ? WRITER_WAITS
      : NOBODY_WAITS;
  }

  /** Consumer: `advance` and `commit` in one. */
  take(): Taken {
    this.advance();
    const { control } = this;
    if (this.memory.u32 !== this.u32 || (control[PENDING] & ~7) !== 0) return this.commit();
    control[READ] = this.read;
    return NOBODY_WAITS;
  }

  /** Copies payload of a peeked packet; returns how many bytes were copied. `into` may be guest memory itself, then `at` is a GPA. */
  copyPayload(packet: RingPacket, into: Uint8Array, at = 0, length?: number): number {
    const room = into.length - at;
    let bytes = packet.length - packet.offset;
    if (length !== undefined && length < bytes) bytes = length;
    if (room < bytes) bytes = room;
    this.copyOut(packet.start + packet.offset, into, at, bytes);
    return bytes;
  }

  /** Copies the header (GPA or transfer page ranges) of a peeked packet; returns how many bytes were copied. */
  copyHeader(packet: RingPacket, into: Uint8Array, at = 0, length: number = packet.headerBytes): number {
    const bytes = Math.min(length, packet.headerBytes, into.length - at);
    this.copyOut(packet.start + DESCRIPTOR, into, at, bytes);
    return bytes;
  }

  /** Copies from a ring offset, which may lie past the end by less than a packet. */
  private copyOut(from: number, into: Uint8Array, at: number, bytes: number): void {
    if (from + bytes <= this.simpleUpTo) this.bytes.copyOut(this.base + from, into, at, bytes);
    else this.bytes.read(this.wrap(from), into, at, bytes);
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
    const at = this.wrap(packet.start + packet.offset);
    return packet.payloadBytes <= this.bytes.extent(at) ? this.bytes.gpa(at) : -1;
  }
}
