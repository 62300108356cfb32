/**
 * The work on one channel of storvsp: takes requests from the ring, gives them to the disk, puts completions back.
 *
 * Three rules make it fast and safe. While requests are in flight the ring's interrupt mask stays set, and new requests are picked
 * up when completions run: at depth above one the guest never signals (poll mode). A request is taken only when its completion would
 * fit, so a guest that does not drain its ring stops being served and the host remembers at most 256 requests. And what breaks the
 * packet rules stops this channel, nothing else.
 *
 * Source: OpenVMM `storvsp/src/lib.rs` (the three rules and their numbers).
 */
import type { GuestMemory } from '../../machine/memory.ts';
import type { RingPacket } from '../../wire/ring.ts';
import { NT_STATUS, VSTOR_HEADER_SIZE, VSTOR_OPERATION, VSTOR_PACKET_SIZE } from '../../wire/storvsp.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { VmbusChannel } from './channel.ts';
import type { ChannelRing } from './channel-ring.ts';
import type { StorvspHandshake } from './storvsp-protocol.ts';
import { StorvspReply } from './storvsp-reply.ts';
import { MAX_RANGE_BYTES, StorvspRequest } from './storvsp-request.ts';

/** Most requests in flight on one channel, unless the device says otherwise. */
export const MAX_IN_FLIGHT = 256;
/** From this many requests in flight on, the guest need not signal, unless the device says otherwise. */
export const POLL_MODE_DEPTH = 1;
/** Where the copy of the vstor packet begins, behind the copy of the ranges. */
const PACKET_AT = MAX_RANGE_BYTES;

/** What a worker needs of the device. */
export interface StorvspCore {
  readonly memory: GuestMemory;
  readonly handshake: StorvspHandshake;
  readonly maxInFlight: number;
  readonly pollModeDepth: number;
  /** Starts a request. `true` when it is done already; otherwise `StorvspWorker.diskDone` follows. */
  execute(worker: StorvspWorker, request: StorvspRequest): boolean;
  /** The disk has finished with a request: its bytes move now. */
  finish(request: StorvspRequest): void;
  /** Charges the root for putting a packet into a ring or taking one out. */
  spendRingOp(): void;
  /** Runs `StorvspWorker.complete` on the root partition. */
  wake(worker: StorvspWorker): void;
  offerSubChannels(count: number): void;
}

/** What happened on one channel. */
export interface WorkerCounts {
  requests: number;
  completions: number;
  /** Most requests that were in flight at once. */
  deepest: number;
  /** Packets that stopped the channel. */
  broken: number;
}

export class StorvspWorker {
  /** Place in the device's table of workers. */
  readonly index: number;
  readonly counts: WorkerCounts = { requests: 0, completions: 0, deepest: 0, broken: 0 };
  /** Called by the disk with the slot of the request. */
  readonly onDisk: (slot: number) => void = (slot) => this.diskDone(slot);
  private readonly core: StorvspCore;
  private readonly channel: VmbusChannel;
  private readonly ring: ChannelRing;
  private readonly reply = new StorvspReply();
  /** Private copy of the packet in hand: its ranges, then the packet itself. */
  private readonly copy = new Uint8Array(MAX_RANGE_BYTES + VSTOR_PACKET_SIZE);
  private readonly copyWords = new Uint32Array(this.copy.buffer);
  private readonly copyView = new DataView(this.copy.buffer);
  private readonly requests: StorvspRequest[] = [];
  private readonly free: StorvspRequest[] = [];
  /**
   * Requests that the disk has finished, oldest first, and whose completions are not written yet: so many at the front. The array is
   * not cut, because it would have to grow again for the next ones.
   */
  private readonly finished: StorvspRequest[] = [];
  private finishedCount = 0;
  private inFlight = 0;
  private woken = false;
  private closing = false;
  private notice = 0;

  constructor(index: number, core: StorvspCore, channel: VmbusChannel, ring: ChannelRing) {
    this.index = index;
    this.core = core;
    this.channel = channel;
    this.ring = ring;
  }

  /** Requests taken from the ring and not completed. */
  get pending(): number {
    return this.inFlight;
  }

  /** Tells the guest something of the host's own accord, as soon as there is room. */
  notify(operation: number): void {
    this.notice = operation;
    this.run();
  }

  /** Ends the work. `true` when nothing is in flight; else the channel is told when the last disk operation is done. */
  close(): boolean {
    this.closing = true;
    this.dropFinished();
    return this.inFlight === 0;
  }

  /** Nobody will read these completions. */
  private dropFinished(): void {
    for (let i = 0; i < this.finishedCount; i++) this.release(this.finished[i]);
    this.finishedCount = 0;
  }

  /** Completions first, then new requests, until there is nothing left to do. */
  run(): void {
    if (this.closing) return;
    const { ring } = this;
    ring.mask();
    for (;;) {
      this.writeCompletions();
      this.takeRequests();
      if (this.inFlight >= this.core.pollModeDepth) return;
      if (!ring.unmask()) return;
      // With a full ring the packet must wait for room, and the guest's signal will say when there is.
      if (!ring.hasRoom(VSTOR_PACKET_SIZE)) return;
      ring.mask();
    }
  }

  /** Runs on the root partition after {@link StorvspCore.wake}. */
  complete(): void {
    this.woken = false;
    this.run();
  }

  private diskDone(slot: number): void {
    const request = this.requests[slot];
    this.core.finish(request);
    if (this.closing) {
      this.release(request);
      if (this.inFlight === 0) this.channel.closed();
      return;
    }
    this.finished[this.finishedCount++] = request;
    if (this.woken) return;
    this.woken = true;
    this.core.wake(this);
  }

  private writeCompletions(): void {
    const { ring, finished } = this;
    if (ring.dead) this.dropFinished();
    let written = 0;
    while (written < this.finishedCount && ring.hasRoom(VSTOR_PACKET_SIZE))
      this.writeCompletion(finished[written++]);
    // Fewer than were written: the channel died meanwhile, and the rest was dropped.
    const left = Math.max(0, this.finishedCount - written);
    if (written > 0 && left > 0) finished.copyWithin(0, written, written + left);
    this.finishedCount = left;
    if (this.notice !== 0 && ring.hasRoom(VSTOR_PACKET_SIZE)) this.writeNotice();
  }

  private writeCompletion(request: StorvspRequest): void {
    this.core.spendRingOp();
    const { tidLow, tidHigh, packetBytes } = request;
    this.ring.send(VM_PKT.COMP, 0, tidLow, tidHigh, undefined, this.reply.request(request), packetBytes);
    this.counts.completions++;
    this.release(request);
  }

  private writeNotice(): void {
    this.core.spendRingOp();
    const bytes = this.reply.notice(this.notice);
    this.ring.send(VM_PKT.DATA_INBAND, 0, 0, 0, undefined, bytes, this.core.handshake.packetBytes);
    this.notice = 0;
  }

  private takeRequests(): void {
    const { ring } = this;
    while (this.inFlight < this.core.maxInFlight && ring.hasRoom(VSTOR_PACKET_SIZE)) {
      const packet = ring.next();
      if (!packet) return;
      // A sub-channel's requests wait until the primary channel has ended the handshake.
      if (this.index > 0 && this.core.handshake.state !== 'ready') return;
      this.core.spendRingOp();
      if (!this.handle(packet)) {
        this.counts.broken++;
        ring.kill();
        return;
      }
    }
  }

  /** Takes a packet out of the ring, gives its room back and acts on what it said. `false` when it breaks the packet rules. */
  private handle(packet: RingPacket): boolean {
    const { type, headerBytes, payloadBytes } = packet;
    const direct = type === VM_PKT.DATA_USING_GPA_DIRECT;
    if (!packet.completionRequested || !(direct || type === VM_PKT.DATA_INBAND)) return false;
    if (payloadBytes < VSTOR_HEADER_SIZE || (direct && headerBytes > MAX_RANGE_BYTES)) return false;
    const { u32 } = this.core.memory;
    const gpa = this.ring.inPlace(packet);
    // Requests are the many, and their record keeps what it reads. Of anything else a copy is judged: the guest can change the ring.
    if (gpa >= 0 && u32[gpa >>> 2] === VSTOR_OPERATION.EXECUTE_SRB)
      return this.startRequest(packet, u32, gpa >>> 2, (gpa - headerBytes) >>> 2);
    return this.handleCopy(packet);
  }

  private handleCopy(packet: RingPacket): boolean {
    const { tidLow, tidHigh } = packet;
    const bytes = this.ring.copyPayload(packet, this.copy, PACKET_AT);
    const operation = this.copyWords[PACKET_AT / 4];
    if (operation === VSTOR_OPERATION.EXECUTE_SRB) {
      if (packet.type === VM_PKT.DATA_USING_GPA_DIRECT) this.ring.copyHeader(packet, this.copy, 0);
      return this.startRequest(packet, this.copyWords, PACKET_AT / 4, 0);
    }
    this.ring.take();
    switch (operation) {
      case VSTOR_OPERATION.RESET_LUN:
      case VSTOR_OPERATION.RESET_ADAPTER:
      case VSTOR_OPERATION.RESET_BUS:
        return this.answer(tidLow, tidHigh, bytes, this.reply.plain(this.resetStatus));
      case VSTOR_OPERATION.BEGIN_INITIALIZATION:
      case VSTOR_OPERATION.END_INITIALIZATION:
      case VSTOR_OPERATION.QUERY_PROTOCOL_VERSION:
      case VSTOR_OPERATION.QUERY_PROPERTIES:
      case VSTOR_OPERATION.CREATE_SUB_CHANNELS:
        return this.shakeHands(operation, tidLow, tidHigh, bytes);
      default:
        return false;
    }
  }

  /** Resets are acknowledged and do nothing: every command ends by itself. */
  private get resetStatus(): number {
    return this.core.handshake.state === 'ready' ? NT_STATUS.SUCCESS : NT_STATUS.INVALID_DEVICE_STATE;
  }

  private answer(tidLow: number, tidHigh: number, packetBytes: number, reply: Uint8Array): boolean {
    return this.ring.send(VM_PKT.COMP, 0, tidLow, tidHigh, undefined, reply, packetBytes);
  }

  private shakeHands(operation: number, tidLow: number, tidHigh: number, bytes: number): boolean {
    const { handshake } = this.core;
    const argument =
      bytes >= VSTOR_HEADER_SIZE + 2 ? this.copyView.getUint16(PACKET_AT + VSTOR_HEADER_SIZE, true) : 0;
    const answer =
      this.index === 0 ? handshake.answer(operation, argument) : { status: NT_STATUS.INVALID_DEVICE_STATE };
    const sent = this.answer(tidLow, tidHigh, bytes, this.reply.handshake(answer));
    if (answer.subChannels !== undefined) this.core.offerSubChannels(answer.subChannels);
    return sent;
  }

  /** Starts the request whose packet begins at word `at` of `words`; its ranges begin at word `range`. */
  private startRequest(packet: RingPacket, words: Uint32Array, at: number, range: number): boolean {
    const { core, ring, counts } = this;
    const request = this.free.pop() ?? this.newRequest();
    const loaded = request.load(packet, words, at, range);
    ring.take();
    if (!loaded || core.handshake.state !== 'ready') return this.refuse(request, loaded);
    counts.requests++;
    this.inFlight++;
    if (this.inFlight > counts.deepest) counts.deepest = this.inFlight;
    if (core.execute(this, request)) this.writeCompletion(request);
    return true;
  }

  /** `false` for what is no request; one that comes too early is answered. */
  private refuse(request: StorvspRequest, loaded: boolean): boolean {
    this.free.push(request);
    if (this.core.handshake.state === 'ready') return loaded;
    const { tidLow, tidHigh, packetBytes } = request;
    return this.answer(tidLow, tidHigh, packetBytes, this.reply.plain(NT_STATUS.INVALID_DEVICE_STATE));
  }

  private newRequest(): StorvspRequest {
    const request = new StorvspRequest(this.requests.length, this.core.memory);
    this.requests.push(request);
    return request;
  }

  private release(request: StorvspRequest): void {
    this.inFlight--;
    this.free.push(request);
  }
}
