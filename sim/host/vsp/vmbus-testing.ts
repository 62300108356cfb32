/**
 * A guest made of bytes, for the tests of the VMBus server and of the devices behind it. It knows the wire and the seam, not the
 * server: it posts messages by hypercall, reads its message slot and its event flags, and owns the guest's end of the rings.
 */
import { invariant } from '../../core/errors.ts';
import { Hypervisor, type HypervisorOptions } from '../../machine/hypervisor.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import type { Partition, PartitionOptions } from '../../machine/partition.ts';
import { HVCALL } from '../../wire/hypercall.ts';
import { HV_X64_MSR } from '../../wire/msr.ts';
import { RingView } from '../../wire/ring.ts';
import { HV_EVENT_FLAGS_BYTE_COUNT, HV_MESSAGE_OFFSET, HV_MESSAGE_SIZE } from '../../wire/synic-constants.ts';
import { CHANNELMSG, VMBUS_VERSION } from '../../wire/vmbus.ts';
import { attachVmbus } from './vmbus-attach.ts';
import type { VmbusServer } from './vmbus-server.ts';

const SINT = 2;
const VECTOR = 0xf3;
/** Pages at fixed places; everything else is handed out above. */
const HYPERCALL_PAGE = 0x1000;
const INPUT_PAGE = 0x2000;
const INTERRUPT_PAGE = 0x3000;
const MONITOR_PAGES = 0x4000;
const FIRST_VP_PAGE = 0x10_000;
const FIRST_FREE_PAGE = 0x40_000;

/** A channel message as the guest got it. */
export interface TestMessage {
  readonly type: number;
  readonly vp: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export interface TestGuestOptions {
  readonly vps?: number;
  readonly memoryBytes?: number;
  readonly newestVersion?: number;
  readonly machine?: HypervisorOptions;
  /** Puts the guest on a hypervisor that is there already. */
  readonly hypervisor?: Hypervisor;
  /** What its partition is other than by default. */
  readonly partition?: Omit<PartitionOptions, 'memory' | 'vps'>;
  /** Cycles that {@link TestGuest.settle} waits at most at a time, where somebody never comes to rest. */
  readonly patience?: number;
}

/** A message of 32-bit words behind the 8-byte header. */
export function testMessage(type: number, ...words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + words.length * 4);
  new Uint32Array(bytes.buffer).set([type, 0, ...words]);
  return bytes;
}

export class TestGuest {
  readonly hypervisor: Hypervisor;
  readonly partition: Partition;
  readonly server: VmbusServer;
  /** Interrupts by virtual processor. */
  readonly interrupts: number[];
  private readonly received: TestMessage[] = [];
  private readonly patience: number;
  private nextPage = FIRST_FREE_PAGE;
  private nextGpadl = 0xe1e10;

  constructor(options: TestGuestOptions = {}) {
    this.hypervisor = options.hypervisor ?? new Hypervisor(options.machine);
    this.patience = options.patience ?? Number.POSITIVE_INFINITY;
    this.partition = this.hypervisor.createPartition({
      memory: options.memoryBytes ?? 1 << 24,
      vps: options.vps ?? 1,
      ...options.partition,
    });
    this.server = attachVmbus(this.partition, { newestVersion: options.newestVersion });
    this.interrupts = this.partition.vps.map(() => 0);
    this.partition.attachInterrupts({
      inject: (vp) => {
        this.interrupts[vp]++;
      },
    });
    this.powerOn();
  }

  /** Enables the hypercall page and the SynIC of every processor, as a kernel does at its start. */
  powerOn(): void {
    const msr = (vp: number, index: number, value: number): void => {
      invariant(
        this.partition.writeMsr(vp, index, BigInt(value)),
        `MSR ${index.toString(16)} refuses ${value}`,
      );
    };
    msr(0, HV_X64_MSR.GUEST_OS_ID, 1);
    msr(0, HV_X64_MSR.HYPERCALL, HYPERCALL_PAGE | 1);
    for (const { index } of this.partition.vps) {
      msr(index, HV_X64_MSR.SIMP, this.messagePage(index) | 1);
      msr(index, HV_X64_MSR.SIEFP, this.siefp(index) | 1);
      msr(index, HV_X64_MSR.SINT0 + SINT, VECTOR);
      msr(index, HV_X64_MSR.SCONTROL, 1);
    }
  }

  get memory(): Partition['memory'] {
    return this.partition.memory;
  }

  /** GPA of the message page of a processor. */
  messagePage(vp: number): number {
    return FIRST_VP_PAGE + vp * 2 * PAGE_SIZE;
  }

  private siefp(vp: number): number {
    return this.messagePage(vp) + PAGE_SIZE;
  }

  /** Lets everything happen that is under way, and reads the messages that come. */
  settle(): void {
    do this.ignore();
    while (this.readSlots());
  }

  /** `settle` without reading messages: the guest is busy with something else. */
  ignore(): void {
    const { engine } = this.hypervisor;
    engine.run(engine.now + this.patience, 100_000);
  }

  private readSlots(): boolean {
    return this.partition.vps.filter(({ index }) => this.readSlot(index)).length > 0;
  }

  private readSlot(vp: number): boolean {
    const slot = this.messagePage(vp) + SINT * HV_MESSAGE_SIZE;
    const { u8, view } = this.memory;
    if (view.getUint32(slot, true) === 0) return false;
    const from = slot + HV_MESSAGE_OFFSET.PAYLOAD;
    const bytes = u8.slice(from, from + u8[slot + HV_MESSAGE_OFFSET.PAYLOAD_SIZE]);
    const message = new DataView(bytes.buffer);
    this.received.push({ type: message.getUint32(0, true), vp, bytes, view: message });
    view.setUint32(slot, 0, true);
    if (u8[slot + HV_MESSAGE_OFFSET.FLAGS] !== 0) this.partition.writeMsr(vp, HV_X64_MSR.EOM, 0n);
    return true;
  }

  /** The messages that have come since the last call. */
  messages(): TestMessage[] {
    this.settle();
    return this.received.splice(0);
  }

  /** Posts a channel message and returns the hypercall's status. */
  post(payload: Uint8Array, connection = 4): number {
    const input = new Uint8Array(16 + 240);
    const view = new DataView(input.buffer);
    view.setUint32(0, connection, true);
    view.setUint32(8, 1, true);
    view.setUint32(12, payload.length, true);
    input.set(payload.subarray(0, 240), 16);
    this.memory.write(INPUT_PAGE, input);
    const result = this.partition.hypercall(0, BigInt(HVCALL.POST_MESSAGE), BigInt(INPUT_PAGE), 0n);
    return Number((result ?? 0xffffn) & 0xffffn);
  }

  /** Posts and returns the answers. */
  ask(payload: Uint8Array, connection = 4): TestMessage[] {
    this.post(payload, connection);
    return this.messages();
  }

  /** Signals a connection; returns the hypercall's status. */
  signal(connection: number, flag = 0): number {
    const input = (BigInt(flag) << 32n) | BigInt(connection);
    return Number(
      (this.partition.hypercall(0, BigInt(HVCALL.SIGNAL_EVENT) | (1n << 16n), input, 0n) ?? 0xffffn) &
        0xffffn,
    );
  }

  /** The event flags that are set for the bus, which are cleared. */
  events(vp = 0): number[] {
    const flags: number[] = [];
    const from = this.siefp(vp) + SINT * HV_EVENT_FLAGS_BYTE_COUNT;
    const { u8 } = this.memory;
    for (let i = 0; i < HV_EVENT_FLAGS_BYTE_COUNT * 8; i++) {
      if ((u8[from + (i >>> 3)] >>> (i & 7)) & 1) flags.push(i);
    }
    u8.fill(0, from, from + HV_EVENT_FLAGS_BYTE_COUNT);
    return flags;
  }

  /** GPAs of fresh pages, neighbours of each other. */
  pages(count: number): number[] {
    const first = this.nextPage;
    this.nextPage += count * PAGE_SIZE;
    invariant(this.memory.valid(first, count * PAGE_SIZE), 'the test needs more memory');
    return Array.from({ length: count }, (_, i) => first + i * PAGE_SIZE);
  }

  contact(
    version: number,
    options: { vp?: number; sint?: number; monitor1?: number; monitor2?: number } = {},
  ): Uint8Array {
    const bytes = testMessage(CHANNELMSG.INITIATE_CONTACT, version, options.vp ?? 0, 0, 0, 0, 0, 0, 0);
    const view = new DataView(bytes.buffer);
    if (version >= VMBUS_VERSION.WIN10_V5) bytes[16] = options.sint ?? SINT;
    else view.setUint32(16, INTERRUPT_PAGE, true);
    view.setUint32(24, options.monitor1 ?? MONITOR_PAGES, true);
    view.setUint32(32, options.monitor2 ?? MONITOR_PAGES + PAGE_SIZE, true);
    return bytes;
  }

  /** Connects and asks for the offers; returns them. */
  connect(version: number = VMBUS_VERSION.WIN10_V5_3): TestMessage[] {
    const connection = version >= VMBUS_VERSION.WIN10_V5 ? 4 : 1;
    const [response] = this.ask(this.contact(version), connection);
    invariant(response?.bytes[8] === 1, 'the version was refused');
    return this.ask(testMessage(CHANNELMSG.REQUESTOFFERS), connection).filter(
      ({ type }) => type === CHANNELMSG.OFFERCHANNEL,
    );
  }

  /** Names pages by a new page list; returns its handle and the status that came back. */
  gpadl(
    relid: number,
    pages: readonly number[],
    id = this.nextGpadl++,
  ): { id: number; status: number | undefined } {
    const list = gpaList(pages);
    const header = new Uint8Array(20 + Math.min(list.length, 216));
    const view = new DataView(header.buffer);
    header.set(testMessage(CHANNELMSG.GPADL_HEADER, relid, id));
    view.setUint16(16, list.length, true);
    view.setUint16(18, 1, true);
    header.set(list.subarray(0, 216), 20);
    const answers = this.ask(header);
    for (let at = 216; at < list.length; at += 224) {
      const part = list.subarray(at, at + 224);
      const body = new Uint8Array(16 + part.length);
      body.set(testMessage(CHANNELMSG.GPADL_BODY, 0, id));
      body.set(part, 16);
      answers.push(...this.ask(body));
    }
    const created = answers.find(({ type }) => type === CHANNELMSG.GPADL_CREATED);
    return { id, status: created?.view.getUint32(16, true) };
  }

  openMessage(relid: number, gpadl: number, splitPage: number, vp = 0, openId = relid): Uint8Array {
    const bytes = new Uint8Array(148);
    bytes.set(testMessage(CHANNELMSG.OPENCHANNEL, relid, openId, gpadl, vp, splitPage));
    return bytes;
  }

  /** Opens the channel of an offer with rings of that many data pages each. */
  open(offer: TestMessage, dataPages = 3, vp = 0): TestChannel {
    const relid = offer.view.getUint32(184, true);
    const pages = this.pages(2 * (dataPages + 1));
    const { id } = this.gpadl(relid, pages);
    const channel = new TestChannel(this, relid, offer.view.getUint32(192, true), pages, dataPages + 1, id);
    const [result] = this.ask(this.openMessage(relid, id, dataPages + 1, vp));
    invariant(result?.type === CHANNELMSG.OPENCHANNEL_RESULT, 'no open result');
    channel.status = result.view.getUint32(16, true);
    return channel;
  }

  /** Sets a channel's bit in the half of the interrupt page that the host reads. */
  setInterruptBit(relid: number): void {
    this.memory.u8[INTERRUPT_PAGE + PAGE_SIZE / 2 + (relid >>> 3)] |= 1 << (relid & 7);
  }

  /** Takes a channel's bit from the half that the host sets. */
  takeInterruptBit(relid: number): boolean {
    const at = INTERRUPT_PAGE + (relid >>> 3);
    const set = (this.memory.u8[at] >>> (relid & 7)) & 1;
    this.memory.u8[at] &= ~(1 << (relid & 7));
    return set === 1;
  }

  /** Sets a trigger in the monitor page that the host reads. */
  trigger(monitorId: number): void {
    this.memory.u32[(MONITOR_PAGES + PAGE_SIZE + 8 + (monitorId >>> 5) * 8) / 4] |= 1 << (monitorId & 31);
  }
}

/** Byte count, byte offset and page numbers of one range of whole pages. */
function gpaList(pages: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + pages.length * 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, pages.length * PAGE_SIZE, true);
  pages.forEach((gpa, i) => {
    view.setBigUint64(8 + i * 8, BigInt(gpa / PAGE_SIZE), true);
  });
  return bytes;
}

/** A packet as the guest got it. */
export interface TestPacket {
  readonly type: number;
  readonly tid: bigint;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** The guest's end of an open channel. */
export class TestChannel {
  readonly relid: number;
  readonly connectionId: number;
  readonly gpadl: number;
  readonly pages: readonly number[];
  readonly outgoing: RingView;
  readonly incoming: RingView;
  status = -1;
  private readonly guest: TestGuest;

  constructor(
    guest: TestGuest,
    relid: number,
    connectionId: number,
    pages: readonly number[],
    split: number,
    gpadl: number,
  ) {
    this.guest = guest;
    this.relid = relid;
    this.connectionId = connectionId;
    this.gpadl = gpadl;
    this.pages = pages;
    this.outgoing = new RingView(guest.memory, pages.slice(0, split));
    this.incoming = new RingView(guest.memory, pages.slice(split));
    this.outgoing.reset(1);
    this.incoming.reset(1);
  }

  signal(): number {
    return this.guest.signal(this.connectionId);
  }

  /** Writes a packet, signals if the ring says so. `false` when the ring is full. */
  send(type: number, flags: number, tid: number | bigint, payload: Uint8Array, header?: Uint8Array): boolean {
    const put = this.outgoing.put(type, flags, tid, header, payload);
    if (typeof put === 'string') return false;
    if (put.needSignal) this.signal();
    return true;
  }

  /** The packets that have come, after letting everything happen. */
  receive(): TestPacket[] {
    this.guest.settle();
    const packets: TestPacket[] = [];
    for (let packet = this.incoming.peek(); typeof packet !== 'string'; packet = this.incoming.peek()) {
      const bytes = this.incoming.payload(packet);
      packets.push({ type: packet.type, tid: packet.tid, bytes, view: new DataView(bytes.buffer) });
      if (this.incoming.take().signalWriter) this.signal();
    }
    return packets;
  }
}
