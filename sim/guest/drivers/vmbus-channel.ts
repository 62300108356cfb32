/**
 * One VMBus channel as its driver sees it: an offer, two rings in memory of the guest's own, and the rules of when to signal and when to
 * look again.
 *
 * After Linux 6.1 `drivers/hv/channel.c` (vmbus_open, vmbus_close, vmbus_setevent), `ring_buffer.c` (hv_begin_read, hv_end_read,
 * hv_pkt_iter_close) and `connection.c` (vmbus_on_event, batched mode).
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import type { Put } from '../../wire/ring.ts';
import { RING_FEATURE_PENDING_SEND_SIZE, RingView } from '../../wire/ring.ts';
import { CHANNELMSG, VMBUS_EVENT_CONNECTION_ID, VMBUS_STATUS } from '../../wire/vmbus.ts';
import { computeQuietly } from './inline.ts';
import { PAGE_SIZE } from './page-allocator.ts';
import type { VmbusConnection } from './vmbus-connection.ts';
import { establishGpadl, teardownGpadl } from './vmbus-gpadl.ts';
import type { ChannelOffer } from './vmbus-requests.ts';
import {
  closeChannel,
  closeReserved,
  openChannel,
  openReserved,
  readOpenStatus,
  relidReleased,
} from './vmbus-requests.ts';

/** Reads packets until the inbound ring is empty. Runs in interrupt context; calls {@link VmbusChannel.endBatch} at its end. */
export type ChannelCallback = (cpu: Cpu, channel: VmbusChannel) => Program;

/**
 * How this guest signals and sleeps. The first of each pair is the protocol's rule; the other is a mistake that people believe to be
 * the rule or that drivers have made, kept to show what it does.
 */
export interface ChannelRules {
  /** Signal when the ring was empty and the reader does not poll; or after every packet. */
  readonly signal: 'when-empty' | 'every-packet';
  /** After unmasking look into the ring once more; or go to sleep at once and lose what came in between. */
  readonly sleep: 'recheck' | 'no-recheck';
  /**
   * Cycles between the last look into the ring and the unmasking; by default what a ring operation takes. It is short, but a virtual
   * processor can lose its physical one right there, and then it is as long as a time slice.
   */
  readonly gap?: number;
}

/** What the protocol asks for. */
export const PROTOCOL_RULES: ChannelRules = { signal: 'when-empty', sleep: 'recheck' };

/** What happened on a channel, seen from the guest. */
export class ChannelCounters {
  packetsOut = 0;
  packetsIn = 0;
  /** SIGNAL_EVENT hypercalls for new packets. */
  signals = 0;
  /** Those among them that the protocol did not ask for. */
  needlessSignals = 0;
  /** Signals left to the monitor page: no hypercall. */
  monitored = 0;
  /** SIGNAL_EVENT hypercalls because the host waited for room. */
  roomSignals = 0;
  /** Times the callback was run by an interrupt. */
  interrupts = 0;
  /** Times the second look after unmasking found packets that no interrupt would have announced. */
  rescued = 0;
  /** Packets that did not fit at first. */
  full = 0;
}

export type ChannelState = 'offered' | 'opening' | 'open' | 'closed' | 'rescinded' | 'corrupt';

export interface OpenOptions {
  /** Pages of the guest-to-host and host-to-guest ring, control pages included. */
  readonly outPages: number;
  readonly inPages: number;
  /** Virtual processor index that takes the channel's interrupts. */
  readonly targetVp: number;
  readonly callback: ChannelCallback;
  readonly rules?: ChannelRules;
}

/** A packet taken out of the inbound ring: its place there is free, these bytes are copies. */
export interface Received {
  /** VM_PKT.* */
  readonly type: number;
  /** Transaction id, in halves of 32 bits. */
  readonly tidLow: number;
  readonly tidHigh: number;
  /** The header with what the packet type adds to it: transfer ranges, for one. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

export class VmbusChannel {
  readonly offer: ChannelOffer;
  readonly counters = new ChannelCounters();
  /** Channels that the host offered later for the same device. */
  readonly subChannels: VmbusChannel[] = [];
  state: ChannelState = 'offered';
  outbound!: RingView;
  inbound!: RingView;
  rules: ChannelRules = PROTOCOL_RULES;
  /** Called when a sub-channel is offered, and when the host takes this channel away; both in deferred work. */
  onSubChannel: ((cpu: Cpu, channel: VmbusChannel) => Program) | undefined;
  onRescind: (() => void) | undefined;
  private readonly connection: VmbusConnection;
  private readonly event: bigint;
  private callback: ChannelCallback | undefined;
  private pages: number[] = [];
  private gpadl = 0;
  private inCallback = false;
  private reserved = false;
  private gap = 0;

  constructor(connection: VmbusConnection, offer: ChannelOffer) {
    this.connection = connection;
    this.offer = offer;
    this.event = BigInt(offer.connectionId);
  }

  /** Builds the rings, shows them to the host and opens the channel. False when the host refuses or takes the channel away. */
  *open(cpu: Cpu, options: OpenOptions): Program<boolean> {
    this.state = 'opening';
    this.callback = options.callback;
    this.rules = options.rules ?? PROTOCOL_RULES;
    this.gap = this.rules.gap ?? cpu.partition.costs.cost('ring.op');
    this.buildRings(cpu, options);
    const { relid } = this.offer;
    const gpadl = yield* establishGpadl(this.connection, cpu, relid, this.pages);
    // A rescind may have come with the answer; to a request on a channel that is gone there would be none (Linux asks newchannel->rescind).
    if (gpadl === undefined || this.taken) return this.abandon();
    this.gpadl = gpadl;
    const request = openChannel({
      relid,
      openId: relid,
      gpadl,
      targetVp: options.targetVp,
      splitPage: options.outPages,
    });
    const reply = yield* this.connection.exchange(cpu, request, CHANNELMSG.OPENCHANNEL_RESULT, [
      relid,
      relid,
    ]);
    if (reply === undefined || this.taken) return this.abandon();
    if (readOpenStatus(reply) === VMBUS_STATUS.SUCCESS) {
      this.state = 'open';
      return true;
    }
    yield* teardownGpadl(this.connection, cpu, relid, gpadl);
    return this.abandon();
  }

  /**
   * Opens the channel for a crash dump: outside the life of the connection, without interrupts. `callback` is never run; whoever uses it looks
   * into the ring. False when the host refuses, as it does while the channel is open for others.
   */
  *openReserved(cpu: Cpu, rings: Pick<OpenOptions, 'outPages' | 'inPages' | 'targetVp'>): Program<boolean> {
    const { connection } = this;
    const { relid } = this.offer;
    this.state = 'opening';
    this.reserved = true;
    this.gap = cpu.partition.costs.cost('ring.op');
    this.buildRings(cpu, rings);
    this.gpadl = (yield* establishGpadl(connection, cpu, relid, this.pages)) ?? 0;
    const request = openReserved(relid, rings.targetVp, this.gpadl, rings.outPages);
    const reply =
      this.gpadl === 0
        ? undefined
        : yield* connection.exchange(cpu, request, CHANNELMSG.OPENCHANNEL_RESULT, [relid, 0]);
    this.state = reply && readOpenStatus(reply) === VMBUS_STATUS.SUCCESS ? 'open' : 'closed';
    return this.state === 'open';
  }

  /** Closes a reserved channel, with or without a connection. False when no answer came. */
  *closeReserved(cpu: Cpu, targetVp: number): Program<boolean> {
    const { relid } = this.offer;
    this.state = 'closed';
    const request = closeReserved(relid, targetVp);
    const reply = yield* this.connection.exchange(cpu, request, CHANNELMSG.CLOSE_RESERVED_RESPONSE, [relid]);
    return reply !== undefined;
  }

  private buildRings(cpu: Cpu, { outPages, inPages }: Pick<OpenOptions, 'outPages' | 'inPages'>): void {
    const first = this.connection.hv.pages.block(outPages + inPages);
    this.pages = Array.from({ length: outPages + inPages }, (_, i) => first + i * PAGE_SIZE);
    this.outbound = new RingView(cpu.memory, this.pages.slice(0, outPages));
    this.inbound = new RingView(cpu.memory, this.pages.slice(outPages));
    this.outbound.reset(RING_FEATURE_PENDING_SEND_SIZE);
    this.inbound.reset(RING_FEATURE_PENDING_SEND_SIZE);
  }

  /** The host has taken the channel away, perhaps in the middle of something. */
  private get taken(): boolean {
    return this.state === 'rescinded';
  }

  private abandon(): false {
    if (this.state !== 'rescinded') this.state = 'closed';
    this.freeRings();
    return false;
  }

  private freeRings(): void {
    this.connection.hv.pages.release(this.pages);
    this.pages = [];
  }

  /** Closes the channel. CLOSECHANNEL has no reply; the ring pages are free again only after the page list is torn down. */
  *close(cpu: Cpu): Program {
    const { relid } = this.offer;
    const rescinded = this.state === 'rescinded';
    if (!rescinded) this.state = 'closed';
    yield* this.connection.post(cpu, closeChannel(relid));
    if (!rescinded) yield* teardownGpadl(this.connection, cpu, relid, this.gpadl);
    this.freeRings();
  }

  /** Tells the host that a rescinded channel's id may be used again. */
  *release(cpu: Cpu): Program {
    yield* this.connection.post(cpu, relidReleased(this.offer.relid));
  }

  /** The host has taken the channel away; nothing may be sent or expected any more. Interrupt context. */
  rescind(): void {
    this.state = 'rescinded';
    this.connection.cancelReplies(this.offer.relid);
  }

  /** The peer broke the ring: the channel is dead for its driver. */
  corrupt(): void {
    this.state = 'corrupt';
  }

  /** Counts a packet just put, and says whether {@link signal} must follow. */
  mustSignal(put: Put): boolean {
    this.counters.packetsOut++;
    if (put.needSignal) return true;
    if (this.rules.signal === 'when-empty') return false;
    this.counters.needlessSignals++;
    return true;
  }

  /**
   * Tells the host that there is something in the ring. If the host offered a monitor id for the channel, a bit in the shared monitor
   * page is enough, and the hypervisor looks at it in its own time; else it is a SIGNAL_EVENT hypercall.
   */
  *signal(cpu: Cpu): Program {
    const { monitorId } = this.offer;
    if (monitorId === undefined || this.reserved) {
      this.counters.signals++;
      yield* this.ring(cpu);
      return;
    }
    this.counters.monitored++;
    const pending = (this.connection.monitorPages[1] + 8 + 8 * (monitorId >>> 5)) >>> 2;
    cpu.memory.u32[pending] |= 1 << (monitorId & 31);
  }

  /** The hypercall: on the channel's own connection, or before version 1.1 on the one that all channels share. */
  private ring(cpu: Cpu): Program<number> {
    const { connection } = this;
    if (!connection.signalsInPage) return connection.hv.signalEvent(cpu, this.event);
    connection.mark(cpu, this.offer.relid);
    return connection.hv.signalEvent(cpu, BigInt(VMBUS_EVENT_CONNECTION_ID));
  }

  /** First thing in the interrupt: ask the host for silence while the ring is being drained. */
  beginRead(): void {
    this.counters.interrupts++;
    this.inbound.interruptMask = 1;
  }

  /** Runs the driver's callback until the ring is empty and stays so. The batched mode of vmbus_on_event. */
  *onEvent(cpu: Cpu): Program {
    this.inCallback = true;
    for (;;) {
      if (this.state === 'open') yield* (this.callback as ChannelCallback)(cpu, this);
      if (!computeQuietly(cpu, this.gap)) yield* cpu.compute(this.gap);
      this.inbound.interruptMask = 0;
      if (this.rules.sleep === 'no-recheck' || this.state !== 'open' || this.inbound.availableBytes() <= 0)
        break;
      this.counters.rescued++;
      this.inbound.interruptMask = 1;
    }
    this.inCallback = false;
  }

  /**
   * Takes out what is in the inbound ring, packet by packet (`receive` may return work to be done before the next), and signals a host that waited for the room. A ring that cannot be read
   * closes the channel; then the result is false. After `hv_ringbuffer_read` (Linux `drivers/hv/ring_buffer.c`): a driver that keeps
   * its packets works on copies, since the host may write over the place as soon as it is given back.
   */
  *drain(cpu: Cpu, receive: (packet: Received) => Program | undefined): Program<boolean> {
    const { inbound } = this;
    for (;;) {
      const packet = inbound.peek();
      if (packet === 'empty') break;
      if (packet === 'corrupt') {
        this.corrupt();
        return false;
      }
      this.counters.packetsIn++;
      const { type, tidLow, tidHigh } = packet;
      const header = new Uint8Array(packet.headerBytes);
      inbound.copyHeader(packet, header);
      const payload = inbound.payload(packet);
      inbound.advance();
      yield* cpu.compute(cpu.partition.costs.cost('ring.op'));
      const work = receive({ type, tidLow, tidHigh, header, payload });
      if (work) yield* work;
    }
    if (this.endBatch()) yield* this.signalRoom(cpu);
    return true;
  }

  /** Gives back the room of all packets read in a batch. True when the host waited for that much room: {@link signalRoom} must follow. */
  endBatch(): boolean {
    return this.inbound.commit().signalWriter;
  }

  /** Tells a host that waited for room that there is some. */
  *signalRoom(cpu: Cpu): Program {
    this.counters.roomSignals++;
    yield* this.ring(cpu);
  }

  /**
   * Asks to be signalled once `bytes` are free in the outbound ring. True when they already are: the host may have made room between the
   * failed write and the request, and would not signal for that.
   */
  askForRoom(bytes: number): boolean {
    this.counters.full++;
    this.outbound.pendingSendSize = bytes;
    if (this.outbound.freeBytes() <= bytes) return false;
    this.outbound.pendingSendSize = 0;
    return true;
  }

  /**
   * The lost wake-up, as a state: packets wait, interrupts are not masked, nobody is reading, and the host has no reason to signal again.
   * Meaningful once nothing else is going on in the machine.
   */
  get stuck(): boolean {
    if (this.state !== 'open' || this.inCallback) return false;
    return this.inbound.interruptMask === 0 && this.inbound.availableBytes() > 0;
  }
}
