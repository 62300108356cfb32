/**
 * Dynamic memory: the host takes pages from a running guest (balloon), gives them back, and adds memory that was not there at the start.
 *
 * The guest begins, with its versions newest first; then it says what it can do, and from then on how much memory it needs, every second.
 * The host asks for a number of pages; which ones, the guest decides, and it may give fewer. One operation at a time.
 *
 * Nothing that the guest says is believed. A list of pages is taken whole or not at all: pages beyond the guest’s memory, a page twice,
 * more pages than were asked for, a page that the hypervisor covers: such a guest has broken the protocol, its channel stops, and its
 * memory stays as it was. A message with an old number is dropped. Pages that come after the host’s patience are taken all the same: the
 * guest has them no more.
 *
 * Sources: the messages and the guest’s end, Linux `drivers/hv/hv_balloon.c`. No source of a host is public: its patience, that it judges
 * numbers and lists like this, and that it puts memory behind pages before it says so are assumed. Left out: how a host decides whom to
 * take memory from.
 */
import type { Timer } from '../../core/engine.ts';
import type { Trace } from '../../core/trace.ts';
import { traceKind, WHO_ROOT } from '../../core/trace.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import type { Partition } from '../../machine/partition.ts';
import type { RootPartition } from '../../machine/root.ts';
import {
  dmBalloon,
  dmCapabilities,
  dmCapabilitiesRespMsg,
  dmHotAdd,
  dmHotAddResponse,
  dmStatus,
  dmVersionRequest,
  dmVersionResponse,
} from '../../wire/dynmem.ts';
import type { PageRange } from '../../wire/dynmem-codes.ts';
import {
  DM,
  DM_HEADER_BYTES,
  DM_MAX_MESSAGE,
  DM_MAX_RANGES,
  DM_VERSIONS,
  writePageRange,
} from '../../wire/dynmem-codes.ts';
import type { RingPacket } from '../../wire/ring.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import type { VmbusChannel } from './channel.ts';
import type { ChannelRing } from './channel-ring.ts';
import { maxPageCount, readRanges, SHORTEST, sumOf, unballoonMessage } from './dynmem-messages.ts';
import { GuestPages } from './guest-pages.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';

/** A message to the guest. */
export const DM_SENT = traceKind('dynmem.sent', ['type', 'pages'], 'the host sends a message about memory');
/** A message of the guest. */
export const DM_RECEIVED = traceKind(
  'dynmem.received',
  ['type', 'pages'],
  'a message of the guest about memory reaches the host',
);

/** Seconds that the host waits for an answer. */
export const DM_PATIENCE = 35;
/** Hot-added memory begins at a multiple of 128 MiB: what Linux asks for. */
const CHUNK_PAGES = (128 * 1024 * 1024) / PAGE_SIZE;

/** The service at the host’s end. */
export interface DynamicMemoryOptions {
  /** Pages that the guest begins with; the address space is the partition’s memory. */
  readonly startPages: number;
  /** Newest version that this host speaks; 2.0 when left out. */
  readonly newestVersion?: number;
  readonly patience?: number;
  /** Told of each report of the guest: pages free, and pages that it says it needs. */
  readonly onStatus?: (available: number, committed: number) => void;
}

/** How an operation ended. `pages`: those that changed hands. `broken`: the guest broke the rules. */
export interface MemoryAnswer {
  readonly kind: 'answer' | 'time-out' | 'gone' | 'broken';
  readonly pages: number;
  /** From the question to the end, cycles. */
  readonly cycles: number;
}

/** `failed`: no common version, or the guest broke the rules. */
export type DynamicMemoryState = 'closed' | 'negotiating' | 'ready' | 'failed';

/** What went over the channel. */
export interface DynamicMemoryCounts {
  sent: number;
  received: number;
  statuses: number;
  timeouts: number;
  /** Answers to a question given up, and those to no question at all. */
  late: number;
  stray: number;
  /** Messages with an old number. */
  replayed: number;
  broken: number;
}

type Answer = (answer: MemoryAnswer) => void;

interface Operation {
  /** Type of the answer. */
  readonly type: number;
  /** Pages asked for, or on their way; and those that have changed hands. */
  readonly asked: number;
  done: number;
  readonly from: number;
  readonly answer: Answer;
}

/** Dynamic memory at the host’s end. */
export class DynamicMemory implements VmbusDevice {
  readonly name = 'dynamic memory';
  readonly offer: OfferDescription = {
    interfaceId: DEVICE_CLASS.DM.guid,
    instanceId: '1eccfd72-4b41-45ef-b73a-4a6e44c12924',
  };
  readonly counts: DynamicMemoryCounts = {
    sent: 0,
    received: 0,
    statuses: 0,
    timeouts: 0,
    late: 0,
    stray: 0,
    replayed: 0,
    broken: 0,
  };
  /** The host’s account of the guest’s memory. */
  readonly pages: GuestPages;
  state: DynamicMemoryState = 'closed';
  /** The agreed version; 0 before. */
  version = 0;
  /** What the guest said that it can do. */
  canBalloon = false;
  canHotAdd = false;
  /** The guest has said that adding memory will never work. */
  hotAddEnded = false;
  /** What the guest last said of itself, pages. */
  available = 0;
  committed = 0;
  private readonly root: RootPartition;
  private readonly trace: Trace;
  private readonly options: DynamicMemoryOptions;
  private readonly hz: number;
  private readonly kinds: readonly [sent: number, received: number];
  private readonly flushWork: number;
  private readonly patience: Timer;
  private readonly copy = new Uint8Array(DM_MAX_MESSAGE);
  private readonly view = new DataView(this.copy.buffer);
  private ring: ChannelRing | undefined;
  private readonly outbox: Uint8Array[] = [];
  private operation: Operation | undefined;
  /** How many were begun: the number of the one under way. */
  private operations = 0;
  /** Pages that were asked for and not waited for any longer: an answer names no question, so this is only a bound. */
  private owed = 0;
  /** Pages that the guest gave away, in the order in which it did. */
  private readonly taken: PageRange[] = [];
  private lastTransaction = 0;
  private transaction = 0;
  private adding: PageRange = { start: 0, count: 0 };

  constructor({ engine, root, trace, memory, costs }: Partition, options: DynamicMemoryOptions) {
    this.root = root;
    this.trace = trace;
    this.options = options;
    this.hz = costs.hz;
    this.pages = new GuestPages(memory, options.startPages);
    this.kinds = [trace.kind(DM_SENT), trace.kind(DM_RECEIVED)];
    this.flushWork = root.work('dynmem', () => {
      root.spend('worker.dispatch');
      this.flush();
    });
    const giveUp = root.work('dynmem.time-out', (number) => this.giveUp(number));
    this.patience = engine.timer('dynmem', () => root.interrupt(giveUp, this.operations));
  }

  /** An operation is under way. */
  get busy(): boolean {
    return this.operation !== undefined;
  }

  /** Pages that the guest gave away and has not got back. */
  get ballooned(): number {
    return this.taken.reduce((sum, { count }) => sum + count, 0);
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    this.ring = channel.ring;
    this.state = 'negotiating';
    this.version = 0;
    this.lastTransaction = 0;
    this.hotAddEnded = false;
    this.owed = 0;
    return 'opened';
  }

  /** A guest that leaves has all its pages again when it comes back: a fresh start finds the memory it began with. */
  onClose(): CloseAnswer {
    this.ring = undefined;
    this.outbox.length = 0;
    this.state = 'closed';
    for (const range of this.taken.splice(0)) this.pages.give(range);
    this.end('gone');
    return 'closed';
  }

  /** The guest has sent, or made room. Work of the root. */
  onSignal(): void {
    this.root.spend('worker.dispatch');
    const { ring } = this;
    if (!ring) return;
    ring.drain((packet) => this.take(ring, packet));
    this.flush();
  }

  /** Asks for so many pages. False, and nothing happens, when the service is not ready, busy, or the guest cannot. */
  balloon(pages: number, answer: Answer): boolean {
    if (!this.canBalloon || !this.begin(DM.BALLOON_RESPONSE, pages, answer)) return false;
    this.post(dmBalloon.encode({ 'hdr.type': DM.BALLOON_REQUEST, num_pages: pages }), pages);
    return true;
  }

  /** Gives up to so many pages back, those that came last first; memory is behind them before the guest is told. */
  unballoon(pages: number, answer: Answer): boolean {
    const most = Math.min(pages, this.ballooned);
    if (most === 0 || !this.begin(DM.UNBALLOON_RESPONSE, most, answer)) return false;
    const ranges = this.lastTaken(most);
    for (const range of ranges) this.pages.give(range);
    for (let i = 0; i < ranges.length; i += DM_MAX_RANGES) {
      const some = ranges.slice(i, i + DM_MAX_RANGES);
      this.post(unballoonMessage(some, i + DM_MAX_RANGES < ranges.length), sumOf(some));
    }
    return true;
  }

  /** Adds up to so many pages above all that the guest has seen. False also when there is no room in its address space. */
  hotAdd(pages: number, answer: Answer): boolean {
    const start = Math.ceil(this.pages.top / CHUNK_PAGES) * CHUNK_PAGES;
    const count = Math.min(pages, this.pages.most - start);
    if (!this.canHotAdd || this.hotAddEnded || count <= 0) return false;
    if (!this.begin(DM.HOT_ADD_RESPONSE, count, answer)) return false;
    this.adding = { start, count };
    this.pages.give(this.adding);
    const message = dmHotAdd.encode({ 'hdr.type': DM.HOT_ADD_REQUEST });
    writePageRange(new DataView(message.buffer), DM_HEADER_BYTES, this.adding);
    this.post(message, count);
    return true;
  }

  private begin(type: number, asked: number, answer: Answer): boolean {
    if (this.state !== 'ready' || this.operation) return false;
    const { now } = this.root;
    this.operations++;
    this.operation = { type, asked, done: 0, from: now, answer };
    this.patience.set(now + Math.round((this.options.patience ?? DM_PATIENCE) * this.hz));
    return true;
  }

  private lastTaken(pages: number): PageRange[] {
    const ranges: PageRange[] = [];
    for (let left = pages; left > 0; ) {
      const { start, count } = this.taken.pop() as PageRange;
      const some = Math.min(count, left);
      if (some < count) this.taken.push({ start, count: count - some });
      ranges.push({ start: start + count - some, count: some });
      left -= some;
    }
    return ranges;
  }

  /** Numbers a message, fills in its size, and sends it as soon as there is room. */
  private post(message: Uint8Array, pages = 0): void {
    const view = new DataView(message.buffer);
    this.transaction++;
    view.setUint16(2, message.length, true);
    view.setUint32(4, this.transaction, true);
    this.outbox.push(message);
    this.trace.emit(this.kinds[0], this.root.now, WHO_ROOT, view.getUint16(0, true), pages);
    if (this.outbox.length === 1) this.root.interrupt(this.flushWork);
  }

  private flush(): void {
    const { ring, outbox } = this;
    while (ring && outbox.length > 0 && ring.hasRoom(outbox[0].length)) {
      const message = outbox.shift() as Uint8Array;
      this.root.spend('ring.op');
      this.counts.sent++;
      ring.send(VM_PKT.DATA_INBAND, 0, 0, 0, undefined, message);
    }
  }

  /** Copies a message before anything is decided about it: the guest can change the ring. */
  private take(ring: ChannelRing, packet: RingPacket): void {
    this.root.spend('ring.op');
    this.counts.received++;
    const { payloadBytes } = packet;
    const fits = payloadBytes >= DM_HEADER_BYTES && payloadBytes <= this.copy.length;
    if (!fits || packet.type !== VM_PKT.DATA_INBAND) {
      this.fail();
      return;
    }
    ring.copyPayload(packet, this.copy);
    ring.take();
    const type = this.view.getUint16(0, true);
    const size = this.view.getUint16(2, true);
    const shortest = SHORTEST[type];
    if (shortest === undefined || size < shortest || size > payloadBytes) this.fail();
    else if (this.isOld()) this.counts.replayed++;
    else this.judge(type, size);
  }

  /** The guest numbers its messages upwards. */
  private isOld(): boolean {
    const transaction = this.view.getUint32(4, true);
    if (transaction <= this.lastTransaction) return true;
    this.lastTransaction = transaction;
    return false;
  }

  private judge(type: number, size: number): void {
    const talking = type === DM.VERSION_REQUEST || type === DM.CAPABILITIES_REPORT;
    if (this.state !== (talking ? 'negotiating' : 'ready')) {
      this.counts.stray++;
      return;
    }
    if (type === DM.VERSION_REQUEST) this.agree();
    else if (type === DM.CAPABILITIES_REPORT) this.learn();
    else if (type === DM.STATUS_REPORT) this.hear();
    else if (type === DM.BALLOON_RESPONSE) this.receivePages(size);
    else if (this.operation?.type !== type) this.stray(type);
    else if (type === DM.UNBALLOON_RESPONSE) this.end('answer', this.operation.asked);
    else this.added();
  }

  private agree(): void {
    const version = this.view.getUint32(dmVersionRequest.offsets.version, true);
    const last = (this.view.getUint32(dmVersionRequest.offsets.is_last_attempt, true) & 1) === 1;
    const newest = this.options.newestVersion ?? DM_VERSIONS[0];
    const accepted = DM_VERSIONS.includes(version) && version <= newest;
    this.received(DM.VERSION_REQUEST, 0);
    this.version = accepted ? version : 0;
    if (!accepted && last) this.state = 'failed';
    this.post(dmVersionResponse.encode({ 'hdr.type': DM.VERSION_RESPONSE, is_accepted: accepted ? 1 : 0 }));
  }

  private learn(): void {
    if (this.version === 0) {
      this.counts.stray++;
      return;
    }
    const caps = this.view.getUint32(dmCapabilities.offsets.caps, true);
    this.received(DM.CAPABILITIES_REPORT, 0);
    this.canBalloon = (caps & 1) !== 0;
    this.canHotAdd = (caps & 2) !== 0;
    this.state = 'ready';
    this.post(dmCapabilitiesRespMsg.encode({ 'hdr.type': DM.CAPABILITIES_RESPONSE, is_accepted: 1 }));
    if (this.version >= 0x1_0000) this.post(maxPageCount(this.pages.most), this.pages.most);
  }

  private hear(): void {
    this.counts.statuses++;
    this.available = Number(this.view.getBigUint64(dmStatus.offsets.num_avail, true));
    this.committed = Number(this.view.getBigUint64(dmStatus.offsets.num_committed, true));
    this.options.onStatus?.(this.available, this.committed);
  }

  private receivePages(size: number): void {
    const { operation } = this;
    const open = operation?.type === DM.BALLOON_RESPONSE ? operation : undefined;
    const left = open ? open.asked - open.done : 0;
    if (!open && this.owed === 0) {
      this.stray(DM.BALLOON_RESPONSE);
      return;
    }
    const list = readRanges(this.view, size);
    const pages = list ? sumOf(list.ranges) : 0;
    if (!list || pages > left + this.owed || this.pages.take(list.ranges) !== undefined) {
      this.fail();
      return;
    }
    this.taken.push(...list.ranges);
    this.received(DM.BALLOON_RESPONSE, pages);
    this.owed -= Math.max(0, pages - left);
    if (!open) this.counts.late++;
    else {
      open.done += Math.min(pages, left);
      if (!list.more) this.end('answer', open.done);
    }
  }

  private added(): void {
    const pages = this.view.getUint32(dmHotAddResponse.offsets.page_count, true);
    const success = this.view.getUint32(dmHotAddResponse.offsets.result, true) !== 0;
    const { start, count } = this.adding;
    if (pages > count) {
      this.fail();
      return;
    }
    this.received(DM.HOT_ADD_RESPONSE, pages);
    if (pages < count) {
      this.pages.withdraw({ start: start + pages, count: count - pages });
      this.hotAddEnded = success;
    }
    this.end('answer', pages);
  }

  private stray(type: number): void {
    this.counts.stray++;
    this.received(type, 0);
  }

  private received(type: number, pages: number): void {
    this.trace.emit(this.kinds[1], this.root.now, WHO_ROOT, type, pages);
  }

  private fail(): void {
    this.counts.broken++;
    this.state = 'failed';
    this.ring?.kill();
    this.outbox.length = 0;
    this.end('broken');
  }

  private giveUp(number: number): void {
    const { operation } = this;
    if (!operation || number !== this.operations) return;
    this.counts.timeouts++;
    if (operation.type === DM.BALLOON_RESPONSE) this.owed += operation.asked - operation.done;
    this.end('time-out', operation.done);
  }

  private end(kind: MemoryAnswer['kind'], pages = 0): void {
    const { operation } = this;
    this.operation = undefined;
    this.patience.cancel();
    operation?.answer({ kind, pages, cycles: this.root.now - operation.from });
  }
}
