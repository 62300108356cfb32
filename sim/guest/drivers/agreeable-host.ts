/**
 * A host for tests of the guest alone: accepts version and page lists, offers the channels it is told to, and hands the test its own view
 * of an opened channel's rings. It does nothing by itself; the real one is under `host/vsp`, which guest code must not know.
 */
import type { Partition } from '../../machine/partition.ts';
import { HV_STATUS } from '../../wire/hypercall.ts';
import { RingView } from '../../wire/ring.ts';
import { CHANNELMSG, VMBUS_MESSAGE_SINT, VMBUS_MESSAGE_TYPE } from '../../wire/vmbus.ts';

export interface HostRings {
  /** The host reads here. */
  readonly fromGuest: RingView;
  /** The host writes here. */
  readonly toGuest: RingView;
}

/** Connection id and event port of channel `relid`. */
export const connectionOf = (relid: number): number => 0x2000 | relid;

export class AgreeableHost {
  readonly partition: Partition;
  /** Types of all messages received, in order. */
  readonly received: number[] = [];
  readonly rings = new Map<number, HostRings>();
  private readonly offers: readonly Uint8Array[];
  private readonly gpadls = new Map<number, number[]>();

  constructor(partition: Partition, offers: readonly Uint8Array[]) {
    this.partition = partition;
    this.offers = offers;
    partition.synic.onMessagePort(4, (_vp, _type, payload) => {
      this.receive(payload);
      return HV_STATUS.SUCCESS;
    });
  }

  /** Sends a channel message: type, then the words behind its header. */
  send(type: number, ...words: readonly number[]): void {
    const view = new DataView(new ArrayBuffer(8 + 4 * words.length));
    view.setUint32(0, type, true);
    for (const [i, word] of words.entries()) view.setUint32(8 + 4 * i, word, true);
    this.post(new Uint8Array(view.buffer));
  }

  post(message: Uint8Array): void {
    this.partition.synic.postMessage(0, VMBUS_MESSAGE_SINT, VMBUS_MESSAGE_TYPE, message);
  }

  /** Signals channel `relid` to the guest. */
  signal(relid: number): void {
    this.partition.synic.signalEvent(0, VMBUS_MESSAGE_SINT, relid);
  }

  private receive(payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const type = view.getUint32(0, true);
    this.received.push(type);
    if (type === CHANNELMSG.INITIATE_CONTACT) this.send(CHANNELMSG.VERSION_RESPONSE, 1, 4);
    else if (type === CHANNELMSG.REQUESTOFFERS) this.offerAll();
    else if (type === CHANNELMSG.GPADL_HEADER) this.header(view);
    else if (type === CHANNELMSG.GPADL_BODY) this.body(view);
    else if (type === CHANNELMSG.GPADL_TEARDOWN)
      this.send(CHANNELMSG.GPADL_TORNDOWN, view.getUint32(12, true));
    else if (type === CHANNELMSG.OPENCHANNEL) this.open(view);
    else if (type === CHANNELMSG.UNLOAD) this.send(CHANNELMSG.UNLOAD_RESPONSE);
  }

  private offerAll(): void {
    for (const offer of this.offers) this.post(offer);
    this.send(CHANNELMSG.ALLOFFERS_DELIVERED);
  }

  private header(view: DataView): void {
    const pages: number[] = [];
    for (let at = 28; at < view.byteLength; at += 8) pages.push(view.getUint32(at, true) * 4096);
    this.gpadls.set(view.getUint32(12, true), pages);
    this.created(view.getUint32(8, true), view.getUint32(12, true), view.getUint32(20, true) / 4096);
  }

  private body(view: DataView): void {
    const pages = this.gpadls.get(view.getUint32(12, true)) as number[];
    for (let at = 16; at < view.byteLength; at += 8) pages.push(view.getUint32(at, true) * 4096);
    this.created(this.last.relid, view.getUint32(12, true), this.last.pages);
  }

  private last = { relid: 0, pages: 0 };

  private created(relid: number, handle: number, pages: number): void {
    this.last = { relid, pages };
    if (this.gpadls.get(handle)?.length === pages) this.send(CHANNELMSG.GPADL_CREATED, relid, handle, 0);
  }

  private open(view: DataView): void {
    const relid = view.getUint32(8, true);
    const pages = this.gpadls.get(view.getUint32(16, true)) as number[];
    const split = view.getUint32(24, true);
    const { memory } = this.partition;
    const fromGuest = new RingView(memory, pages.slice(0, split));
    this.rings.set(relid, { fromGuest, toGuest: new RingView(memory, pages.slice(split)) });
    this.send(CHANNELMSG.OPENCHANNEL_RESULT, relid, view.getUint32(12, true), 0);
  }
}

/** An offer of a SCSI controller as channel `relid`; with `monitorId` its signals go through the monitor page. */
export function scsiOffer(relid: number, monitorId?: number): Uint8Array {
  const bytes = new Uint8Array(196);
  const view = new DataView(bytes.buffer);
  const classId = 'd96361baa104294db60572e2ffb1dc7f';
  view.setUint32(0, CHANNELMSG.OFFERCHANNEL, true);
  for (let i = 0; i < 16; i++) bytes[8 + i] = Number.parseInt(classId.slice(2 * i, 2 * i + 2), 16);
  bytes[24] = relid;
  view.setUint32(184, relid, true);
  bytes[188] = monitorId ?? 0xff;
  bytes[189] = monitorId === undefined ? 0 : 1;
  view.setUint16(190, 1, true);
  view.setUint32(192, connectionOf(relid), true);
  return bytes;
}
