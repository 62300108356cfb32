/**
 * hv_balloon: gives pages of the running guest to the host, takes them back, and takes on memory that is added.
 *
 * The driver begins the conversation, newest version first. From then on it reports every second how much memory the guest needs; the
 * first 45 reports are left out, so that a guest that is still starting is not judged. It gives whole blocks of 2 MiB as long as it has
 * any, then single pages, and never more than leaves the floor: what a guest of this size needs to live.
 *
 * After Linux 6.1 `drivers/hv/hv_balloon.c`. Linux believes the host which pages it gives back; this driver takes only those that it gave.
 * Added memory must lie above all that the guest has; Linux also fills gaps of a region.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import {
  dmCapabilities,
  dmHotAddResponse,
  dmStatus,
  dmUnballoonResponse,
  dmVersionRequest,
} from '../../wire/dynmem.ts';
import type { PageRange } from '../../wire/dynmem-codes.ts';
import {
  DM,
  DM_HEADER_BYTES,
  DM_MAX_MESSAGE,
  DM_RANGES_AT,
  DM_VERSIONS,
  readPageRange,
  writePageRange,
} from '../../wire/dynmem-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { DelayedWork } from './delayed-work.ts';
import { PAGE_SIZE, PAGES_IN_2M, type PageAllocator } from './page-allocator.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** `dm_ring_size` with the control page. */
const RING_PAGES = 5;
/** Seconds that the driver waits for an answer to its first messages. */
const HANDSHAKE = 5;
/** Seconds until a message that found no room is tried again. */
const RETRY = 0.02;

const pagesOf = (mib: number): number => (mib * 1024 * 1024) / PAGE_SIZE;

/** Fewest pages that the driver leaves to a guest of so many: compute_balloon_floor. */
export function balloonFloor(pages: number): number {
  const [base, share] = FLOORS.find(([below]) => pages < pagesOf(below))?.[1] ?? [488, 32];
  return pagesOf(base) + Math.floor(pages / share);
}

/** MiB below which a row holds, MiB of its base, and the share of the guest's memory on top. */
const FLOORS: readonly (readonly [below: number, row: readonly [base: number, share: number]])[] = [
  [128, [8, 2]],
  [512, [40, 4]],
  [2048, [104, 8]],
  [8192, [232, 16]],
];

/** How the driver behaves. */
export interface BalloonOptions {
  /** Reports that are left out at first; 45 when nothing is said (`pressure_report_delay`). */
  readonly reportDelay?: number;
  /** Takes on memory that is added; true when left out (`hot_add`). */
  readonly hotAdd?: boolean;
  /** Pages of the guest's address space; all of its memory when left out. */
  readonly mostPages?: number;
}

/** `error`: no common version, or no answer in time. */
export type BalloonState = 'initializing' | 'initialized' | 'error';

/** The driver. */
export class Balloon {
  readonly channel: VmbusChannel;
  state: BalloonState = 'initializing';
  /** The agreed version; 0 before. */
  version = 0;
  /** Pages that the guest gave away, and those that were added while it ran. */
  ballooned = 0;
  added = 0;
  reports = 0;
  /** Requests that the floor cut short. */
  partly = 0;
  /** Pages that the host "gave back" though it never had them, and messages that made no sense. */
  refused = 0;
  ignored = 0;
  /** The most pages that the host will give, as it said; 0 when it did not. */
  mostByHost = 0;
  private readonly vmbus: Vmbus;
  private readonly delayed: DelayedWork;
  private readonly pages: PageAllocator;
  private readonly options: BalloonOptions;
  private readonly given = new Set<number>();
  private transaction = 0;
  private answered: 'no' | 'yes' | 'refused' = 'no';
  private hotAddWorks: boolean;
  private reportDelay: number;
  /** Pages that a request still wants. */
  private wanted = 0;

  constructor(vmbus: Vmbus, channel: VmbusChannel, delayed: DelayedWork, options: BalloonOptions = {}) {
    this.vmbus = vmbus;
    this.channel = channel;
    this.delayed = delayed;
    this.pages = vmbus.hv.pages;
    this.options = options;
    this.hotAddWorks = options.hotAdd ?? true;
    this.reportDelay = options.reportDelay ?? 45;
  }

  /** Fewest pages that the driver leaves. */
  get floor(): number {
    return balloonFloor(this.pages.managed);
  }

  /** balloon_probe: opens the channel, agrees on a version, says what the driver can do. False when any of it fails. */
  *probe(cpu: Cpu): Program<boolean> {
    const opened = yield* this.channel.open(cpu, {
      outPages: RING_PAGES,
      inPages: RING_PAGES,
      targetVp: this.vmbus.hv.vpIndex(cpu),
      callback: (running) => this.drain(running),
    });
    if (!opened) return false;
    const fine = (yield* this.negotiate(cpu)) && (yield* this.introduce(cpu));
    this.state = fine ? 'initialized' : 'error';
    if (fine) yield* this.everySecond();
    else yield* this.channel.close(cpu);
    return fine;
  }

  private *negotiate(cpu: Cpu): Program<boolean> {
    for (const version of DM_VERSIONS) {
      const last = version === DM_VERSIONS[DM_VERSIONS.length - 1];
      const message = dmVersionRequest.encode({
        'hdr.type': DM.VERSION_REQUEST,
        'version.version': version,
        is_last_attempt: last ? 1 : 0,
      });
      const answer = yield* this.handshake(cpu, message);
      if (answer === 'no') return false;
      this.version = answer === 'yes' ? version : 0;
      if (answer === 'yes') return true;
    }
    return false;
  }

  /** Balloon and hot add, the latter in steps of 128 MiB. */
  private *introduce(cpu: Cpu): Program<boolean> {
    const message = dmCapabilities.encode({
      'hdr.type': DM.CAPABILITIES_REPORT,
      'caps.cap_bits.balloon': 1,
      'caps.cap_bits.hot_add': 1,
      'caps.cap_bits.hot_add_alignment': 7,
      max_page_number: 0xffff_ffff_ffff_ffffn,
    });
    return (yield* this.handshake(cpu, message)) === 'yes';
  }

  /** Sends, and waits for the answer five seconds at most. */
  private *handshake(cpu: Cpu, message: Uint8Array): Program<'no' | 'yes' | 'refused'> {
    let over = false;
    this.answered = 'no';
    // biome-ignore lint/correctness/useYield: delayed work is a program.
    const timeout = yield* this.delayed.after(HANDSHAKE, function* () {
      over = true;
    });
    yield* this.send(cpu, message);
    yield* this.vmbus.connection.waitUntil(cpu, () => over || this.answered !== 'no');
    this.delayed.cancel(timeout);
    return this.answered;
  }

  /** dm_thread_func. */
  private *everySecond(): Program {
    const balloon = this;
    yield* this.delayed.after(1, function* (cpu) {
      yield* balloon.report(cpu);
      if (balloon.channel.state === 'open') yield* balloon.everySecond();
    });
  }

  /** post_status: free pages, and pages in use with those that were given away and the floor. */
  private *report(cpu: Cpu): Program {
    if (this.reportDelay > 0) {
      this.reportDelay--;
      return;
    }
    const { free, managed } = this.pages;
    const used = managed - free - this.ballooned;
    const message = dmStatus.encode({
      'hdr.type': DM.STATUS_REPORT,
      num_avail: free,
      num_committed: used + this.ballooned + this.floor,
    });
    if (yield* this.send(cpu, message)) this.reports++;
  }

  /** Numbers a message, fills in its size, sends it. False when there is no room. */
  private *send(cpu: Cpu, message: Uint8Array): Program<boolean> {
    const { channel } = this;
    if (channel.state !== 'open') return false;
    const view = new DataView(message.buffer);
    this.transaction++;
    view.setUint16(2, message.length, true);
    view.setUint32(4, this.transaction, true);
    yield* cpu.compute(cpu.partition.costs.cost('ring.op'));
    const put = channel.outbound.putHalves(
      VM_PKT.DATA_INBAND,
      0,
      0,
      0,
      undefined,
      message,
      0,
      message.length,
    );
    if (typeof put === 'string') return false;
    if (channel.mustSignal(put)) yield* channel.signal(cpu);
    return true;
  }

  /** The channel's callback: what takes time is left to deferred work. */
  private *drain(cpu: Cpu): Program {
    yield* this.channel.drain(cpu, ({ payload }) => this.receive(payload));
  }

  private receive(bytes: Uint8Array): undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < DM_HEADER_BYTES + 8) {
      this.ignored++;
      return;
    }
    const { connection } = this.vmbus;
    switch (view.getUint16(0, true)) {
      case DM.VERSION_RESPONSE:
      case DM.CAPABILITIES_RESPONSE:
        this.answered = (view.getUint32(DM_HEADER_BYTES, true) & 1) === 1 ? 'yes' : 'refused';
        break;
      case DM.BALLOON_REQUEST:
        connection.defer((cpu) => this.balloonUp(cpu, view.getUint32(DM_HEADER_BYTES, true)));
        break;
      case DM.UNBALLOON_REQUEST:
        connection.defer((cpu) => this.balloonDown(cpu, view));
        break;
      case DM.HOT_ADD_REQUEST:
        connection.defer((cpu) => this.hotAdd(cpu, readPageRange(view, DM_HEADER_BYTES)));
        break;
      case DM.INFO:
        if (bytes.length >= 32) this.mostByHost = Number(view.getBigUint64(24, true));
        break;
      default:
        this.ignored++;
    }
  }

  /** balloon_up: no more than leaves the floor, whole blocks of 2 MiB. */
  private *balloonUp(cpu: Cpu, asked: number): Program {
    const { free } = this.pages;
    const { floor } = this;
    this.wanted = asked;
    if (free - asked < floor) {
      this.partly++;
      const most = Math.max(0, free - floor);
      this.wanted = most - (most % PAGES_IN_2M);
    }
    yield* this.give(cpu);
  }

  /** Fills messages with pages until none is wanted or to be had. */
  private *give(cpu: Cpu): Program {
    for (let more = true; more; ) {
      const ranges = this.allocate();
      const pages = ranges.reduce((sum, { count }) => sum + count, 0);
      more = pages > 0 && pages < this.wanted;
      if (yield* this.send(cpu, balloonResponse(ranges, more))) {
        this.wanted -= pages;
        continue;
      }
      for (const range of ranges) this.free(range);
      if (this.channel.state === 'open') yield* this.delayed.after(RETRY, (running) => this.give(running));
      return;
    }
  }

  private allocate(): PageRange[] {
    const ranges: PageRange[] = [];
    let left = this.wanted;
    const take = (address: number | undefined, count: number): boolean => {
      if (address === undefined) return false;
      const start = address / PAGE_SIZE;
      ranges.push({ start, count });
      left -= count;
      this.ballooned += count;
      for (let page = start; page < start + count; page++) this.given.add(page);
      return true;
    };
    const room = (): boolean => DM_RANGES_AT + 8 * (ranges.length + 1) <= DM_MAX_MESSAGE;
    while (left >= PAGES_IN_2M && room() && take(this.pages.twoMegabytes(), PAGES_IN_2M));
    if (ranges.length > 0) return ranges;
    while (left > 0 && room() && take(this.pages.single(), 1));
    return ranges;
  }

  /** balloon_down. */
  private *balloonDown(cpu: Cpu, view: DataView): Program {
    const count = view.getUint32(DM_HEADER_BYTES + 4, true);
    const fits = Math.min(count, Math.floor((view.byteLength - DM_RANGES_AT) / 8));
    if (fits < count) this.ignored++;
    for (let i = 0; i < fits; i++) this.free(readPageRange(view, DM_RANGES_AT + 8 * i));
    if ((view.getUint32(DM_HEADER_BYTES, true) & 1) === 1) return;
    yield* this.send(cpu, dmUnballoonResponse.encode({ 'hdr.type': DM.UNBALLOON_RESPONSE }));
  }

  /** Pages that the driver gave away go back to the allocator; all others are refused. */
  private free({ start, count }: PageRange): void {
    const end = Math.min(start + count, this.pages.memoryPages);
    this.refused += start + count - Math.max(end, start);
    let from = start;
    for (let page = start; page < end; page++) {
      if (this.given.delete(page)) continue;
      this.refused++;
      this.release(from, page - from);
      from = page + 1;
    }
    this.release(from, Math.max(0, end - from));
  }

  private release(start: number, count: number): void {
    if (count === 0) return;
    this.ballooned -= count;
    this.pages.releaseRange(start * PAGE_SIZE, count);
  }

  /** hot_add_req: all of the range or nothing. "Success" with no pages says that there is no use in trying again. */
  private *hotAdd(cpu: Cpu, { start, count }: PageRange): Program {
    const most = this.options.mostPages ?? this.pages.memoryPages;
    const free = start * PAGE_SIZE >= this.pages.top && start + count <= most;
    if (this.hotAddWorks && !free) this.hotAddWorks = false;
    const pages = this.hotAddWorks ? count : 0;
    if (pages > 0) this.pages.add(start * PAGE_SIZE, pages);
    this.added += pages;
    const message = dmHotAddResponse.encode({
      'hdr.type': DM.HOT_ADD_RESPONSE,
      page_count: pages,
      result: pages > 0 || !this.hotAddWorks ? 1 : 0,
    });
    yield* this.send(cpu, message);
  }
}

function balloonResponse(ranges: readonly PageRange[], more: boolean): Uint8Array {
  const message = new Uint8Array(DM_RANGES_AT + 8 * ranges.length);
  const view = new DataView(message.buffer);
  view.setUint16(0, DM.BALLOON_RESPONSE, true);
  view.setUint32(DM_RANGES_AT - 4, ((ranges.length << 1) | (more ? 1 : 0)) >>> 0, true);
  ranges.forEach((range, i) => {
    writePageRange(view, DM_RANGES_AT + 8 * i, range);
  });
  return message;
}
