/**
 * netvsc: the guest's end of a synthetic network adapter.
 *
 * It agrees on a version, shares its two buffers, asks over RNDIS who it is, and says which frames it wants. Frames to be sent go into
 * sections of the send buffer; when all are in use, the host is given the driver's own page instead. What is received lies in the receive
 * buffer until the driver completes the packet that named it.
 *
 * After Linux 6.1 `drivers/net/hyperv/netvsc.c` (netvsc_connect_vsp, netvsc_receive), `rndis_filter.c` (rndis_filter_device_add).
 * Left out: offloads, several packets in one section, virtual functions.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { buildGpaDirectHeader, gpaRange } from '../../wire/gpa-direct.ts';
import {
  NETVSC_RECEIVE_BUFFER_ID,
  NVSP_CHANNEL,
  NVSP_MSG,
  NVSP_STAT,
  NVSP_VERSION,
  NVSP_VERSIONS,
} from '../../wire/nvsp-codes.ts';
import {
  RNDIS_COMPLETION,
  RNDIS_FILTER,
  RNDIS_HEADER_BYTES,
  RNDIS_MSG,
  RNDIS_OID,
  RNDIS_PACKET_BYTES,
  RNDIS_STATUS,
} from '../../wire/rndis-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import {
  nvspInit,
  nvspNdisConfig,
  nvspNdisVersion,
  nvspReceiveBuffer,
  nvspRevokeReceiveBuffer,
  nvspRevokeSendBuffer,
  nvspRndis,
  nvspSendBuffer,
  nvspSubChannels,
  rndisFrame,
  rndisHalt,
  rndisInit,
  rndisQuery,
  rndisSet,
} from './netvsc-messages.ts';
import { PAGE_SIZE } from './page-allocator.ts';
import type { Vmbus } from './vmbus.ts';
import type { Received, VmbusChannel } from './vmbus-channel.ts';
import { establishGpadl, teardownGpadl } from './vmbus-gpadl.ts';

/** How the driver is set up. */
export interface NetvscOptions {
  /** Newest first. */
  readonly versions?: readonly number[];
  /** Pages of the two buffers; 64 each when left out, where Linux takes 16 MiB and 1 MiB. */
  readonly receivePages?: number;
  readonly sendPages?: number;
  readonly mtu?: number;
  /** Channels beyond the first; one for each further processor when left out. */
  readonly subChannels?: number;
}

/** What went through the adapter. */
export class NetvscCounters {
  /** Frames sent in the send buffer and by reference, and those for which the ring had no room. */
  inBuffer = 0;
  byReference = 0;
  noRoom = 0;
  received = 0;
  /** Messages of the host that made no sense. */
  bad = 0;
}

const RING_PAGES = 16;
/** Who completes a received packet has this to say. */
const DONE = Uint8Array.of(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, 0, 0, 0, NVSP_STAT.SUCCESS, 0, 0, 0);

/** What a packet under way will free. */
interface Sending {
  readonly section: number;
  /** A page of the driver's own. */
  readonly page: number;
}

/** The adapter. */
export class Netvsc {
  readonly channel: VmbusChannel;
  readonly counters = new NetvscCounters();
  version = 0;
  mac: Uint8Array = new Uint8Array(6);
  mtu = 0;
  connected = false;
  /** By processor. */
  readonly channels: VmbusChannel[] = [];
  /** Which channel to send what on, as the host said. */
  table: number[] = [];
  /** Takes a received frame. Interrupt context. */
  onFrame: (cpu: Cpu, frame: Uint8Array) => Program = function* () {};
  private readonly vmbus: Vmbus;
  private readonly cpus: readonly Cpu[];
  private readonly options: NetvscOptions;
  private readonly sending = new Map<number, Sending>();
  private readonly replies = new Map<number, Uint8Array | undefined>();
  private readonly answers = new Map<number, Uint8Array | undefined>();
  private readonly freeSections: number[] = [];
  /** Completions for which the ring had no room. */
  private readonly owed: [channel: VmbusChannel, tidLow: number, tidHigh: number][] = [];
  private nextTid = 1;
  private nextRequest = 1;
  private receiveAt = 0;
  private receiveBytes = 0;
  private sendAt = 0;
  private sectionBytes = 0;
  private receiveList: number | undefined;
  private sendList: number | undefined;
  private controlPage = 0;

  /** `cpus[0]` probes and owns the first channel. */
  constructor(vmbus: Vmbus, channel: VmbusChannel, cpus: readonly Cpu[], options: NetvscOptions = {}) {
    this.vmbus = vmbus;
    this.channel = channel;
    this.cpus = cpus;
    this.options = options;
  }

  /** Brings the adapter up. False when the host does not play along. */
  *probe(): Program<boolean> {
    const [cpu] = this.cpus;
    this.controlPage = this.vmbus.hv.pages.page();
    if (!(yield* this.openChannel(cpu, cpu, this.channel))) return false;
    if (!(yield* this.negotiate(cpu)) || !(yield* this.shareBuffers(cpu))) return false;
    if (!(yield* this.introduce(cpu))) return false;
    yield* this.openSubChannels(cpu);
    const filter = RNDIS_FILTER.DIRECTED | RNDIS_FILTER.BROADCAST | RNDIS_FILTER.ALL_MULTICAST;
    return yield* this.set(cpu, RNDIS_OID.GEN_CURRENT_PACKET_FILTER, Uint8Array.of(filter, 0, 0, 0));
  }

  /** Takes leave: no more frames, then the buffers back, then the channel. */
  *close(cpu: Cpu): Program {
    const { connection } = this.vmbus;
    const { relid } = this.channel.offer;
    yield* this.set(cpu, RNDIS_OID.GEN_CURRENT_PACKET_FILTER, new Uint8Array(4));
    yield* this.sendControl(cpu, rndisHalt(this.nextRequest++));
    yield* this.ask(cpu, nvspRevokeReceiveBuffer(NETVSC_RECEIVE_BUFFER_ID));
    yield* this.ask(cpu, nvspRevokeSendBuffer());
    yield* this.channel.close(cpu);
    for (const list of [this.receiveList, this.sendList])
      if (list !== undefined) yield* teardownGpadl(connection, cpu, relid, list);
  }

  /** Sends a frame from the processor that runs. False when there is no room in the ring: the frame is lost, as Linux' queue would wait. */
  *send(cpu: Cpu, frame: Uint8Array): Program<boolean> {
    const channel = this.channels[cpu.index] ?? this.channel;
    const bytes = rndisFrame(frame);
    const section = bytes.length <= this.sectionBytes ? (this.freeSections.pop() ?? -1) : -1;
    const page = section < 0 ? this.vmbus.hv.pages.page() : 0;
    const at = section < 0 ? page : this.sendAt + section * this.sectionBytes;
    cpu.memory.u8.set(bytes, at);
    const header = section < 0 ? buildGpaDirectHeader([gpaRange(page, bytes.length)]) : undefined;
    const payload =
      section < 0 ? nvspRndis(NVSP_CHANNEL.DATA) : nvspRndis(NVSP_CHANNEL.DATA, section, bytes.length);
    const tid = this.nextTid++;
    this.sending.set(tid, { section, page });
    if (yield* this.put(cpu, channel, payload, tid, header)) {
      if (section < 0) this.counters.byReference++;
      else this.counters.inBuffer++;
      return true;
    }
    this.counters.noRoom++;
    this.release(tid);
    return false;
  }

  private *openChannel(cpu: Cpu, target: Cpu, channel: VmbusChannel): Program<boolean> {
    const opened = yield* channel.open(cpu, {
      outPages: RING_PAGES,
      inPages: RING_PAGES,
      targetVp: this.vmbus.hv.vpIndex(target),
      callback: (running) => this.drain(running, channel),
    });
    if (opened) this.channels[target.index] = channel;
    return opened;
  }

  /** negotiate_nvsp_ver for each version; then what the driver is. */
  private *negotiate(cpu: Cpu): Program<boolean> {
    const { versions = NVSP_VERSIONS, mtu = 1500 } = this.options;
    for (const version of versions) {
      const reply = yield* this.ask(cpu, nvspInit(version));
      if (!reply || word(reply, 12) !== NVSP_STAT.SUCCESS) continue;
      this.version = version;
      break;
    }
    if (this.version === 0) return false;
    if (this.version > NVSP_VERSION.V1)
      yield* this.put(
        cpu,
        this.channel,
        nvspNdisConfig(mtu + 14, capabilitiesOf(this.version)),
        0,
        undefined,
        0,
      );
    const minor = this.version > NVSP_VERSION.V4 ? 30 : 1;
    return yield* this.put(cpu, this.channel, nvspNdisVersion(6, minor), 0, undefined, 0);
  }

  /** netvsc_init_buf. */
  private *shareBuffers(cpu: Cpu): Program<boolean> {
    const { receivePages = 64, sendPages = 64 } = this.options;
    const { connection, hv } = this.vmbus;
    const { relid } = this.channel.offer;
    const pagesFrom = (first: number, count: number): number[] =>
      Array.from({ length: count }, (_, i) => first + i * PAGE_SIZE);
    this.receiveAt = hv.pages.block(receivePages);
    this.receiveBytes = receivePages * PAGE_SIZE;
    this.receiveList = yield* establishGpadl(connection, cpu, relid, pagesFrom(this.receiveAt, receivePages));
    if (this.receiveList === undefined) return false;
    const received = yield* this.ask(cpu, nvspReceiveBuffer(this.receiveList, NETVSC_RECEIVE_BUFFER_ID));
    if (!received || word(received, 4) !== NVSP_STAT.SUCCESS || word(received, 8) !== 1) return false;
    this.sendAt = hv.pages.block(sendPages);
    this.sendList = yield* establishGpadl(connection, cpu, relid, pagesFrom(this.sendAt, sendPages));
    if (this.sendList === undefined) return false;
    const sent = yield* this.ask(cpu, nvspSendBuffer(this.sendList));
    if (!sent || word(sent, 4) !== NVSP_STAT.SUCCESS || word(sent, 8) === 0) return false;
    this.sectionBytes = word(sent, 8);
    const sections = Math.floor((sendPages * PAGE_SIZE) / this.sectionBytes);
    for (let i = sections - 1; i >= 0; i--) this.freeSections.push(i);
    return true;
  }

  /** rndis_filter_device_add: who am I? */
  private *introduce(cpu: Cpu): Program<boolean> {
    const request = this.nextRequest++;
    const initialised = yield* this.control(cpu, request, rndisInit(request));
    if (!initialised || word(initialised, 12) !== RNDIS_STATUS.SUCCESS) return false;
    const mtu = yield* this.query(cpu, RNDIS_OID.GEN_MAXIMUM_FRAME_SIZE);
    const mac = yield* this.query(cpu, RNDIS_OID['802_3_PERMANENT_ADDRESS']);
    if (mac?.length !== 6) return false;
    this.mac = mac;
    this.mtu = mtu ? word(mtu, 0) : 1500;
    const link = yield* this.query(cpu, RNDIS_OID.GEN_MEDIA_CONNECT_STATUS);
    this.connected = link !== undefined && word(link, 0) === 0;
    return true;
  }

  /** rndis_set_subchannel: as many as there are processors and the host allows. */
  private *openSubChannels(cpu: Cpu): Program {
    const most = Math.min(this.options.subChannels ?? this.cpus.length - 1, this.cpus.length - 1);
    if (this.version < NVSP_VERSION.V5 || most <= 0) return;
    const scaling = yield* this.query(cpu, RNDIS_OID.GEN_RECEIVE_SCALE_CAPABILITIES);
    const wanted = scaling && scaling.length >= 16 ? Math.min(most, word(scaling, 12) - 1) : 0;
    if (wanted <= 0) return;
    let opened = 0;
    const netvsc = this;
    this.channel.onSubChannel = function* (running, channel) {
      const target = netvsc.cpus[channel.offer.subChannelIndex];
      if (target) yield* netvsc.openChannel(running, target, channel);
      opened++;
    };
    const reply = yield* this.ask(cpu, nvspSubChannels(wanted));
    if (!reply || word(reply, 4) !== NVSP_STAT.SUCCESS) return;
    yield* this.vmbus.idle(cpu, () => opened === word(reply, 8) || this.channel.state !== 'open');
  }

  private *query(cpu: Cpu, oid: number): Program<Uint8Array | undefined> {
    const request = this.nextRequest++;
    const answer = yield* this.control(cpu, request, rndisQuery(request, oid));
    if (!answer || word(answer, 12) !== RNDIS_STATUS.SUCCESS) return undefined;
    const [size, offset] = [word(answer, 16), word(answer, 20)];
    const from = RNDIS_HEADER_BYTES + offset;
    return from + size <= answer.length ? answer.slice(from, from + size) : undefined;
  }

  private *set(cpu: Cpu, oid: number, data: Uint8Array): Program<boolean> {
    const request = this.nextRequest++;
    const answer = yield* this.control(cpu, request, rndisSet(request, oid, data));
    return answer !== undefined && word(answer, 12) === RNDIS_STATUS.SUCCESS;
  }

  /** Sends a control message and waits for its answer. */
  private *control(cpu: Cpu, request: number, bytes: Uint8Array): Program<Uint8Array | undefined> {
    this.answers.set(request, undefined);
    if (!(yield* this.sendControl(cpu, bytes))) return undefined;
    yield* this.vmbus.connection.waitUntil(
      cpu,
      () => this.answers.get(request) !== undefined || this.channel.state !== 'open',
    );
    const answer = this.answers.get(request);
    this.answers.delete(request);
    return answer;
  }

  /** By reference, from a page of its own: one control message at a time. */
  private *sendControl(cpu: Cpu, bytes: Uint8Array): Program<boolean> {
    cpu.memory.u8.set(bytes, this.controlPage);
    const header = buildGpaDirectHeader([gpaRange(this.controlPage, bytes.length)]);
    return yield* this.put(cpu, this.channel, nvspRndis(NVSP_CHANNEL.CONTROL), this.nextTid++, header);
  }

  /** Sends a message and waits for its completion. */
  private *ask(cpu: Cpu, payload: Uint8Array): Program<Uint8Array | undefined> {
    const tid = this.nextTid++;
    this.replies.set(tid, undefined);
    if (!(yield* this.put(cpu, this.channel, payload, tid))) return undefined;
    yield* this.vmbus.connection.waitUntil(
      cpu,
      () => this.replies.get(tid) !== undefined || this.channel.state !== 'open',
    );
    const reply = this.replies.get(tid);
    this.replies.delete(tid);
    return reply;
  }

  private *put(
    cpu: Cpu,
    channel: VmbusChannel,
    payload: Uint8Array,
    tid: number,
    header?: Uint8Array,
    flags = 1,
  ): Program<boolean> {
    yield* cpu.compute(cpu.partition.costs.cost('ring.op'));
    const type = header ? VM_PKT.DATA_USING_GPA_DIRECT : VM_PKT.DATA_INBAND;
    const put = channel.outbound.putHalves(type, flags, tid, 0, header, payload, 0, payload.length);
    if (typeof put === 'string') return false;
    if (channel.mustSignal(put)) yield* channel.signal(cpu);
    return true;
  }

  /** The channel's callback. */
  private *drain(cpu: Cpu, channel: VmbusChannel): Program {
    const whole = yield* channel.drain(cpu, (packet) => this.take(cpu, channel, packet));
    if (whole) yield* this.completeOwed(cpu);
  }

  private *take(
    cpu: Cpu,
    channel: VmbusChannel,
    { type, tidLow, tidHigh, header, payload }: Received,
  ): Program {
    if (type === VM_PKT.COMP) this.completed(tidLow, payload);
    else if (type === VM_PKT.DATA_USING_XFER_PAGES) {
      yield* this.receive(cpu, header, payload);
      yield* this.complete(cpu, channel, tidLow, tidHigh);
    } else this.told(payload);
  }

  private completed(tid: number, payload: Uint8Array): void {
    if (this.replies.has(tid)) this.replies.set(tid, payload);
    else this.release(tid);
  }

  private release(tid: number): void {
    const sent = this.sending.get(tid);
    if (!sent) return;
    this.sending.delete(tid);
    if (sent.section >= 0) this.freeSections.push(sent.section);
    else this.vmbus.hv.pages.release([sent.page]);
  }

  /** A message of the host's own accord: the table of channels. */
  private told(payload: Uint8Array): void {
    const fine = payload.length >= 12 && word(payload, 0) === NVSP_MSG.SEND_INDIRECTION_TABLE;
    const [count, offset] = fine ? [word(payload, 4), word(payload, 8)] : [0, 0];
    if (!fine || offset + 4 * count > payload.length) this.counters.bad++;
    else this.table = Array.from({ length: count }, (_, i) => word(payload, offset + 4 * i));
  }

  /** netvsc_receive: every range is a message in the receive buffer. What does not lie within it is not read. */
  private *receive(cpu: Cpu, header: Uint8Array, payload: Uint8Array): Program {
    const ranges = header.length >= 8 ? word(header, 4) : 0;
    const known = payload.length >= 8 && word(payload, 0) === NVSP_MSG.SEND_RNDIS_PKT;
    if (!known || header.length < 8 + 8 * ranges) {
      this.counters.bad++;
      return;
    }
    for (let i = 0; i < ranges; i++) {
      const [size, offset] = [word(header, 8 + 8 * i), word(header, 12 + 8 * i)];
      if (size < RNDIS_HEADER_BYTES || offset + size > this.receiveBytes) this.counters.bad++;
      else {
        const from = this.receiveAt + offset;
        yield* this.message(cpu, cpu.memory.u8.slice(from, from + size));
      }
    }
  }

  private *message(cpu: Cpu, bytes: Uint8Array): Program {
    const [type, length] = [word(bytes, 0), word(bytes, 4)];
    if (length > bytes.length) this.counters.bad++;
    else if (type === RNDIS_MSG.PACKET) yield* this.frame(cpu, bytes, length);
    else if (type === RNDIS_MSG.INDICATE && length >= 12) this.link(word(bytes, 8));
    else if (type >= RNDIS_COMPLETION && length >= 16 && this.answers.has(word(bytes, 8)))
      this.answers.set(word(bytes, 8), bytes);
    else this.counters.bad++;
  }

  private *frame(cpu: Cpu, bytes: Uint8Array, length: number): Program {
    const [offset, size] = length >= RNDIS_PACKET_BYTES ? [word(bytes, 8), word(bytes, 12)] : [0, 0];
    const from = RNDIS_HEADER_BYTES + offset;
    if (size === 0 || from + size > length) {
      this.counters.bad++;
      return;
    }
    this.counters.received++;
    yield* this.onFrame(cpu, bytes.slice(from, from + size));
  }

  private link(status: number): void {
    if (status === RNDIS_STATUS.MEDIA_CONNECT) this.connected = true;
    else if (status === RNDIS_STATUS.MEDIA_DISCONNECT) this.connected = false;
  }

  /** Gives a section of the receive buffer back. */
  private *complete(cpu: Cpu, channel: VmbusChannel, tidLow: number, tidHigh: number): Program {
    const put = channel.outbound.putHalves(VM_PKT.COMP, 0, tidLow, tidHigh, undefined, DONE, 0, DONE.length);
    if (typeof put === 'string') this.owed.push([channel, tidLow, tidHigh]);
    else if (channel.mustSignal(put)) yield* channel.signal(cpu);
  }

  private *completeOwed(cpu: Cpu): Program {
    for (const [channel, tidLow, tidHigh] of this.owed.splice(0))
      yield* this.complete(cpu, channel, tidLow, tidHigh);
  }
}

const word = (bytes: Uint8Array, at: number): number =>
  at + 4 <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true) : 0;

function capabilitiesOf(version: number): Record<string, number> {
  const capability = 'msg.v2_msg.send_ndis_config.capability.';
  return {
    [`${capability}ieee8021q`]: 1,
    ...(version >= NVSP_VERSION.V5 ? { [`${capability}sriov`]: 1, [`${capability}teaming`]: 1 } : {}),
    ...(version >= NVSP_VERSION.V61 ? { [`${capability}rsc`]: 1 } : {}),
  };
}
