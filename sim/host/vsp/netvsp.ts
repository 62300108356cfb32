/**
 * netvsp: the host's end of a synthetic network adapter.
 *
 * The guest names two buffers once: into sections of one the host writes what is received, out of sections of the other it reads what is
 * sent. Over the rings go short packets that say which section; longer frames may also be named by the guest's own pages. What is carried
 * is RNDIS: questions about the adapter, settings, and frames. A frame whose sender is not the adapter's own address is dropped, as a
 * switch does that does not allow another one.
 *
 * Sources: OpenVMM `vm/devices/net/netvsp/src`; Linux `drivers/net/hyperv/netvsc.c`, `rndis_filter.c` for what guests expect. Left out:
 * offloads, virtual functions, packet direct; received frames are spread over channels by a sum of their addresses, not by the hash that
 * the guest asks for.
 */
import type { GuestMemory } from '../../machine/memory.ts';
import type { Partition } from '../../machine/partition.ts';
import type { RootPartition } from '../../machine/root.ts';
import {
  NVSP_CHANNEL,
  NVSP_INVALID_PROTOCOL_VERSION,
  NVSP_MSG,
  NVSP_RECEIVE_OVERHEAD,
  NVSP_SEND_SECTION,
  NVSP_STAT,
  NVSP_SUBCHANNEL_ALLOCATE,
  NVSP_VERSION,
  NVSP_VERSIONS,
  nvspMessageBytes,
} from '../../wire/nvsp-codes.ts';
import { RNDIS_FILTER } from '../../wire/rndis-codes.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import type { SwitchClient, SwitchPort, VirtualSwitch } from '../backends/switch.ts';
import { ETHERNET } from '../backends/switch.ts';
import type { VmbusChannel } from './channel.ts';
import { ReceiveSections, SharedBuffer } from './netvsp-buffer.ts';
import { NetvspQueue } from './netvsp-queue.ts';
import { type AdapterFacts, answerControl, indicateLink, packFrame, unpackFrames } from './netvsp-rndis.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';

/** Which adapter to make. */
export interface NetvspOptions {
  /** Six bytes. */
  readonly mac: Uint8Array;
  readonly instanceId?: string;
  /** Newest version that this host speaks; 6.1 when left out. */
  readonly newestVersion?: number;
  /** Channels beyond the first that a guest may ask for; none when left out. */
  readonly maxSubChannels?: number;
  /** Units of 100 bit/s; 10 Gbit/s when left out. */
  readonly linkSpeed?: number;
}

/** Frames that went through the adapter. */
export interface NetvspCounts {
  sent: number;
  received: number;
  /** From another address than the adapter's own; and those for which the guest had no section or no room. */
  spoofed: number;
  dropped: number;
  /** Frames that the guest's filter keeps out. */
  filtered: number;
}

/** Instance of the offer when none is named. */
const DEFAULT_INSTANCE = 'f1c7a1d2-5b0e-4c53-8d1c-2f6f0a9e1b77';
const MTU = { LEAST: 1500, MOST: 9000 } as const;
const MDL_CHAIN = 34;
/** Answers that may wait for a section; a guest that asks more without reading is stopped. */
const MOST_WAITING = 64;
const TABLE_ENTRIES = 16;
const DEFAULT_SPEED = 100_000_000;

type Rndis = 'off' | 'operational' | 'halted';

/** The adapter at the host's end. */
export class Netvsp implements VmbusDevice, SwitchClient {
  readonly name = 'network adapter';
  readonly offer: OfferDescription;
  readonly memory: GuestMemory;
  readonly counts: NetvspCounts = { sent: 0, received: 0, spoofed: 0, dropped: 0, filtered: 0 };
  /** The agreed version; 0 before. */
  version = 0;
  mtu: number = MTU.LEAST;
  rndis: Rndis = 'off';
  /** `RNDIS_FILTER`; nothing is received while it is 0. */
  filter = 0;
  sections: ReceiveSections | undefined;
  sendBuffer: SharedBuffer | undefined;
  readonly sendSectionBytes = NVSP_SEND_SECTION;
  /** By sub-channel index. */
  readonly queues: (NetvspQueue | undefined)[] = [];
  private readonly root: RootPartition;
  private readonly options: NetvspOptions;
  private readonly ringOp: number;
  private readonly port: SwitchPort;
  private readonly controls: Uint8Array[] = [];
  private connected = true;
  /** Sub-channels that the guest was given and has to open before it hears where to send what. */
  private promised = 0;

  constructor({ memory, root }: Partition, network: VirtualSwitch, options: NetvspOptions) {
    this.memory = memory;
    this.root = root;
    this.options = options;
    this.ringOp = root.price('ring.op');
    this.offer = {
      interfaceId: DEVICE_CLASS.NIC.guid,
      instanceId: options.instanceId ?? DEFAULT_INSTANCE,
    };
    this.port = network.plug(this);
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    const { ring, subChannelIndex } = channel;
    if (!ring || (subChannelIndex > 0 && this.rndis !== 'operational')) return 'refused';
    this.queues[subChannelIndex] = new NetvspQueue(this, channel, ring);
    if (subChannelIndex > 0 && this.openSubChannels === this.promised) this.sendTable();
    return 'opened';
  }

  onClose(channel: VmbusChannel): CloseAnswer {
    this.queues[channel.subChannelIndex] = undefined;
    if (channel.subChannelIndex === 0) this.reset(channel);
    return 'closed';
  }

  onSignal(channel: VmbusChannel): void {
    this.queues[channel.subChannelIndex]?.run();
  }

  spendRingOp(): void {
    this.root.elapse(this.ringOp);
  }

  /** Pulls the cable or plugs it in; a guest that is running is told. */
  setLink(connected: boolean): void {
    if (connected === this.connected) return;
    this.connected = connected;
    if (this.rndis === 'operational') this.say(indicateLink(connected));
  }

  /** A frame from the switch. */
  receive(frame: Uint8Array): void {
    if (this.rndis !== 'operational' || !this.connected || !this.wants(frame)) {
      this.counts.filtered++;
      return;
    }
    const bytes = packFrame(frame);
    const queue = this.queues[this.spread(frame)] ?? this.queues[0];
    if (bytes.length <= (this.sections?.sectionBytes ?? 0) && this.hand(queue, bytes, NVSP_CHANNEL.DATA))
      this.counts.received++;
    else this.counts.dropped++;
  }

  /** A message of the host in the size of the agreed version. */
  nvsp(type: number, ...words: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(nvspMessageBytes(this.version));
    const view = new DataView(bytes.buffer);
    [type, ...words].forEach((word, i) => {
      view.setUint32(4 * i, word, true);
    });
    return bytes;
  }

  /** A message that is no RNDIS, on the first channel. */
  shakeHands(type: number, view: DataView): Uint8Array | 'broken' {
    if (type === NVSP_MSG.INIT) return this.agree(view);
    if (this.version === 0) return 'broken';
    switch (type) {
      case NVSP_MSG.SEND_NDIS_VER:
        return this.nvsp(0);
      case NVSP_MSG.SEND_NDIS_CONFIG:
        return this.configure(view.getUint32(4, true));
      case NVSP_MSG.SEND_RECV_BUF:
        return this.takeReceiveBuffer(view.getUint32(4, true), view.getUint16(8, true));
      case NVSP_MSG.SEND_SEND_BUF:
        return this.takeSendBuffer(view.getUint32(4, true));
      case NVSP_MSG.REVOKE_RECV_BUF:
        return this.dropReceiveBuffer();
      case NVSP_MSG.REVOKE_SEND_BUF:
        return this.dropSendBuffer();
      case NVSP_MSG.SUBCHANNEL:
        return this.giveSubChannels(view.getUint32(4, true), view.getUint32(8, true));
      case NVSP_MSG.SWITCH_DATA_PATH:
        return this.nvsp(0);
      default:
        return 'broken';
    }
  }

  /** A control message of RNDIS; an `NVSP_STAT`. */
  control(bytes: Uint8Array): number {
    if (!this.sections) return NVSP_STAT.FAIL;
    const { answer, change, broken } = answerControl(bytes, this.rndis === 'operational', this.facts);
    if (broken) return NVSP_STAT.INVALID_RNDIS_PKT;
    if (change === 'initialised') this.rndis = 'operational';
    else if (change === 'halted') this.rndis = 'halted';
    else if (change) this.filter = change.filter;
    if (change === 'halted') this.filter = 0;
    if (answer) this.say(answer);
    return NVSP_STAT.SUCCESS;
  }

  /** Frames of the guest; an `NVSP_STAT`. */
  transmit(bytes: Uint8Array): number {
    if (this.rndis !== 'operational') return NVSP_STAT.FAIL;
    const frames = unpackFrames(bytes, this.mtu);
    if (!frames) return NVSP_STAT.INVALID_RNDIS_PKT;
    for (const frame of frames) {
      if (!this.options.mac.every((byte, i) => byte === frame[6 + i])) this.counts.spoofed++;
      else if (this.connected) {
        this.counts.sent++;
        this.port.send(frame);
      }
    }
    return NVSP_STAT.SUCCESS;
  }

  /** Hands over answers that waited for a section. */
  flushControls(): void {
    const { controls } = this;
    const [queue] = this.queues;
    while (controls.length > 0 && this.hand(queue, controls[0], NVSP_CHANNEL.CONTROL)) controls.shift();
  }

  private get facts(): AdapterFacts {
    const { mac, linkSpeed, maxSubChannels } = this.options;
    return {
      mac,
      mtu: this.mtu,
      linkSpeed: linkSpeed ?? DEFAULT_SPEED,
      connected: this.connected,
      channels: 1 + (this.version >= NVSP_VERSION.V5 ? (maxSubChannels ?? 0) : 0),
      filter: this.filter,
    };
  }

  private say(answer: Uint8Array): void {
    if (this.controls.length >= MOST_WAITING) {
      this.queues[0]?.stop();
      return;
    }
    this.controls.push(answer);
    this.flushControls();
  }

  /** Puts a message into a section of its own. */
  private hand(queue: NetvspQueue | undefined, bytes: Uint8Array, kind: number): boolean {
    const { sections } = this;
    if (!sections || !queue || queue.ring.dead) return false;
    const section = sections.take();
    if (section < 0) return false;
    if (queue.deliver(section, bytes, kind)) return true;
    sections.give(section);
    return false;
  }

  private agree(view: DataView): Uint8Array {
    const [least, most] = [view.getUint32(4, true), view.getUint32(8, true)];
    const newest = this.options.newestVersion ?? NVSP_VERSION.V61;
    const fine = NVSP_VERSIONS.includes(most) && least <= most && most <= newest && this.version === 0;
    if (fine) this.version = most;
    const named = fine && most === NVSP_VERSION.V1 ? most : NVSP_INVALID_PROTOCOL_VERSION;
    return this.nvsp(NVSP_MSG.INIT_COMPLETE, named, MDL_CHAIN, fine ? NVSP_STAT.SUCCESS : NVSP_STAT.NONE);
  }

  /** The guest counts the Ethernet header in. */
  private configure(total: number): Uint8Array {
    const mtu = total - ETHERNET.HEADER;
    this.mtu = mtu >= MTU.LEAST && mtu <= MTU.MOST ? mtu : MTU.LEAST;
    return this.nvsp(0);
  }

  private takeReceiveBuffer(gpadl: number, id: number): Uint8Array {
    const buffer = this.sections ? undefined : this.share(gpadl);
    const sectionBytes = this.mtu + NVSP_RECEIVE_OVERHEAD;
    if (!buffer || buffer.size < sectionBytes) {
      if (buffer) this.release(buffer);
      return this.nvsp(NVSP_MSG.SEND_RECV_BUF_COMPLETE, NVSP_STAT.FAIL);
    }
    this.sections = new ReceiveSections(buffer, id, sectionBytes);
    const { count } = this.sections;
    return this.nvsp(
      NVSP_MSG.SEND_RECV_BUF_COMPLETE,
      NVSP_STAT.SUCCESS,
      1,
      0,
      sectionBytes,
      count,
      count * sectionBytes,
    );
  }

  private takeSendBuffer(gpadl: number): Uint8Array {
    if (!this.sendBuffer) this.sendBuffer = this.share(gpadl);
    const fine = this.sendBuffer?.gpadl === gpadl;
    return this.nvsp(
      NVSP_MSG.SEND_SEND_BUF_COMPLETE,
      fine ? NVSP_STAT.SUCCESS : NVSP_STAT.FAIL,
      fine ? this.sendSectionBytes : 0,
    );
  }

  /** A page list of this channel with one range; kept until the guest takes it back or leaves. */
  private share(gpadl: number): SharedBuffer | undefined {
    const channel = this.queues[0]?.channel;
    const list = channel?.gpadl(gpadl);
    if (!channel || list?.state !== 'accepted' || list.ranges.length !== 1) return undefined;
    channel.holdGpadl(gpadl);
    return new SharedBuffer(this.memory, list);
  }

  private release(buffer: SharedBuffer | undefined, channel = this.queues[0]?.channel): void {
    if (buffer) channel?.dropGpadl(buffer.gpadl);
  }

  private dropReceiveBuffer(): Uint8Array {
    this.release(this.sections?.buffer);
    this.sections = undefined;
    this.controls.length = 0;
    return this.nvsp(0);
  }

  private dropSendBuffer(): Uint8Array {
    this.release(this.sendBuffer);
    this.sendBuffer = undefined;
    return this.nvsp(0);
  }

  private giveSubChannels(operation: number, count: number): Uint8Array {
    const most = this.facts.channels - 1;
    const asked =
      operation === NVSP_SUBCHANNEL_ALLOCATE && this.rndis === 'operational' && this.promised === 0;
    const fine = asked && count > 0 && count <= most && this.queues[0]?.channel.offerSubChannels(count);
    if (fine) this.promised = count;
    return this.nvsp(NVSP_MSG.SUBCHANNEL, fine ? NVSP_STAT.SUCCESS : NVSP_STAT.FAIL, fine ? count : 0);
  }

  private get openSubChannels(): number {
    return this.queues.slice(1).filter((queue) => queue !== undefined).length;
  }

  /** Which channel to send what on: the table follows the message. Golden vector `nvsp_send_indirection_table_16`. */
  private sendTable(): void {
    const message = this.nvsp(NVSP_MSG.SEND_INDIRECTION_TABLE, TABLE_ENTRIES, nvspMessageBytes(this.version));
    const bytes = new Uint8Array(message.length + 4 * TABLE_ENTRIES);
    bytes.set(message);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < TABLE_ENTRIES; i++)
      view.setUint32(message.length + 4 * i, i % (1 + this.promised), true);
    this.queues[0]?.tell(bytes);
  }

  private wants(frame: Uint8Array): boolean {
    const { filter } = this;
    if ((filter & RNDIS_FILTER.PROMISCUOUS) !== 0) return true;
    const to = frame.subarray(0, 6);
    if (to.every((byte) => byte === 0xff)) return (filter & RNDIS_FILTER.BROADCAST) !== 0;
    if ((to[0] & 1) === 1) return (filter & (RNDIS_FILTER.MULTICAST | RNDIS_FILTER.ALL_MULTICAST)) !== 0;
    return (filter & RNDIS_FILTER.DIRECTED) !== 0 && this.options.mac.every((byte, i) => byte === to[i]);
  }

  private spread(frame: Uint8Array): number {
    const channels = 1 + this.openSubChannels;
    return frame.subarray(6, 12).reduce((sum, byte) => sum + byte, 0) % channels;
  }

  private reset(channel: VmbusChannel): void {
    this.release(this.sections?.buffer, channel);
    this.release(this.sendBuffer, channel);
    this.sections = undefined;
    this.sendBuffer = undefined;
    this.controls.length = 0;
    this.version = 0;
    this.mtu = MTU.LEAST;
    this.rndis = 'off';
    this.filter = 0;
    this.promised = 0;
  }
}
