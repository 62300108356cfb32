/**
 * Replays a recording of a real guest against our host: every event of the guest goes through the seam in its order, and what our
 * host answers is compared with what the recording's host had answered, field by field and in meaning.
 *
 * Numbers that each host chooses for itself (channel ids, connection ids) are translated. Times are not compared: a recording says
 * when things happened on another machine. Channels of devices that nobody offers here are left out, and counted.
 */
import type { Seam } from '../machine/seam.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { CHANNELMSG, VMBUS_EVENT_CONNECTION_ID } from '../wire/vmbus.ts';
import { ReplayBuffers } from './replay-buffers.ts';
import { type GuestPacket, guestPacket, type HostPacket, ReplayChannel } from './replay-channel.ts';
import { ReplayInbox } from './replay-inbox.ts';
import { ReplayMessages } from './replay-messages.ts';
import {
  bytesOf,
  channelMessageOf,
  type EventOf,
  hexOf,
  type RecordedEvent,
  type Recording,
  readOffer,
} from './replay-recording.ts';
import { type ReplayReport, ReplayTally } from './replay-report.ts';

/** Compares two answers to one request; returns a text for each field that differs. */
export type PacketComparer = (
  recorded: HostPacket,
  ours: HostPacket,
  request: GuestPacket | undefined,
) => readonly string[];

export interface ReplayOptions {
  /** Lets the host do everything that is under way. */
  readonly settle: () => void;
  /** How to compare the packets of a device class, by the class GUID's bytes in hexadecimal. Others are left out. */
  readonly comparers?: Readonly<Record<string, PacketComparer>>;
  /**
   * Before a packet of the recording's host is looked for: what its user did that made it send the packet. Without this a host says
   * nothing of its own accord, such as that a key went down.
   */
  readonly act?: (classHex: string, wanted: HostPacket) => void;
}

const PAGE = 4096;
/** Registers that read back what the guest wrote, or a fact of the machine. */
const COMPARED_MSRS: ReadonlySet<string> = new Set([
  'GUEST_OS_ID',
  'HYPERCALL',
  'VP_INDEX',
  'SIMP',
  'SIEFP',
  'SINT2',
  'SCONTROL',
  'REFERENCE_TSC',
]);

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const statusOf = (result: bigint | undefined): string =>
  result === undefined ? '#UD' : String(result & 0xffffn);

class Replay {
  private readonly seam: Seam;
  private readonly events: readonly RecordedEvent[];
  private readonly options: ReplayOptions;
  private readonly tally = new ReplayTally();
  private readonly bus: ReplayMessages;
  private readonly inbox: ReplayInbox;
  /** Channel ids in the recording by the connection that its guest signals. */
  private readonly connections = new Map<number, number>();
  /** Packets that have gone into their ring ahead of their event. */
  private readonly written = new Set<number>();
  /** GPA of the parameters of the last hypercall. */
  private inputPage = 0;

  constructor(seam: Seam, recording: Recording, options: ReplayOptions) {
    this.seam = seam;
    this.events = recording.events;
    this.options = options;
    this.bus = new ReplayMessages(seam.memory, (recorded) => this.featureBits(recorded));
    this.inbox = new ReplayInbox(seam, this.bus.byRelid);
  }

  run(): ReplayReport {
    this.seam.attachInterrupts({ inject: () => this.tally.count('matched', 'interrupt') });
    this.enableHypercalls();
    this.events.forEach((event, index) => {
      this.tally.event = index;
      this.feed(event);
    });
    for (const message of this.inbox.messages) this.tally.differ('message', 'none', hexOf(message));
    return this.tally.report;
  }

  /** Some recordings begin after the hypercall page was set up. */
  private enableHypercalls(): void {
    const first = this.events.find((event) => event.k === 'rdmsr' && event.name === 'HYPERCALL') as
      | EventOf<'rdmsr'>
      | undefined;
    if (!first || BigInt(first.val) === 0n) return;
    this.seam.writeMsr(first.vp, HV_X64_MSR.GUEST_OS_ID, 1n);
    this.seam.writeMsr(first.vp, HV_X64_MSR.HYPERCALL, BigInt(first.val));
  }

  private feed(event: RecordedEvent): void {
    switch (event.k) {
      case 'cpuid':
        this.cpuid(event);
        break;
      case 'rdmsr':
        this.readMsr(event);
        break;
      case 'wrmsr':
        this.writeMsr(event);
        break;
      case 'hypercall':
        if (event.inputBytes === undefined) this.signal(event);
        else this.post(event, bytesOf(event.inputBytes));
        break;
      case 'ring_out':
        if (!this.written.has(this.tally.event)) this.writePacket(event, this.tally.event);
        break;
      case 'rndis_out':
        // It went into memory with its packet.
        this.tally.count(
          this.comparerOf(this.bus.byRecorded.get(event.relid)) ? 'fed' : 'skipped',
          'rndis_out',
        );
        break;
      default:
        this.expect(event);
    }
  }

  private expect(event: EventOf<'synic_message' | 'synic_event' | 'ring_in'>): void {
    if (event.k === 'synic_event') this.expectEvent(event);
    else if (event.k === 'ring_in') this.expectPacket(event);
    else this.expectMessage(channelMessageOf(event));
  }

  private cpuid({ leaf, out }: EventOf<'cpuid'>): void {
    const { eax, ebx, ecx, edx } = this.seam.cpuid(0, Number(leaf), 0);
    this.tally.count('fed', 'cpuid');
    // The hypervisor's name and interface; the other leaves say what a host offers, which is its own business.
    if (leaf === '0x40000000')
      this.tally.agree('hypervisor name', out.slice(1).join(), [ebx, ecx, edx].map(hex).join());
    else if (leaf === '0x40000001') this.tally.agree('hypervisor interface', out[0], hex(eax));
  }

  private readMsr({ vp, msr, name, val }: EventOf<'rdmsr'>): void {
    const value = this.seam.readMsr(vp, Number(msr));
    this.tally.count('fed', 'rdmsr');
    if (value === undefined) this.tally.differ(`read of ${name}`, val, '#GP');
    else if (COMPARED_MSRS.has(name)) this.tally.agree(`read of ${name}`, val, hex(value));
  }

  private writeMsr({ vp, msr, name, val }: EventOf<'wrmsr'>): void {
    // The replayed guest writes EOM by itself, whenever our host's pending flag asks for it.
    if (name === 'EOM') {
      this.tally.count('skipped', 'wrmsr EOM');
      return;
    }
    this.tally.count('fed', 'wrmsr');
    const taken = this.seam.writeMsr(vp, Number(msr), BigInt(val));
    this.tally.agree(`write of ${name}`, 'taken', taken ? 'taken' : '#GP');
    this.inbox.registerWritten(name, BigInt(val));
    this.settle();
  }

  private post({ vp, control, input, output }: EventOf<'hypercall'>, parameters: Uint8Array): void {
    if (!this.bus.translate(parameters)) {
      this.tally.count('skipped', 'message about an absent device');
      return;
    }
    if (parameters[16] === CHANNELMSG.INITIATE_CONTACT)
      this.inbox.interruptPage = this.bus.interruptPage(parameters);
    this.inputPage = Number(input ?? 0);
    this.seam.memory.write(this.inputPage, parameters);
    const result = this.seam.hypercall(vp, BigInt(control), BigInt(this.inputPage), BigInt(output ?? 0));
    this.tally.count('fed', 'post');
    this.tally.agree('status of a post', '0', statusOf(result));
    this.settle();
  }

  /** Feature bits that the guest has put into a channel's rings: seen when the host read its first packet. */
  private featureBits(recorded: number): number {
    const later = this.events.slice(this.tally.event);
    const first = later.find((event) => event.k === 'ring_out' && event.relid === recorded);
    return (first as EventOf<'ring_out'> | undefined)?.feature_bits ?? 1;
  }

  private signal(event: EventOf<'hypercall'>): void {
    const connection = Number(event.conn);
    const packets = this.packetsBehind(this.tally.event);
    const shared = connection === VMBUS_EVENT_CONNECTION_ID;
    const recorded = shared ? packets[0]?.event.relid : this.connections.get(connection);
    const channel = this.bus.byRecorded.get(recorded ?? 0);
    if (!channel) {
      this.tally.count('skipped', 'signal of an absent device');
      return;
    }
    for (const { event: packet, index } of packets) this.writePacket(packet, index);
    if (shared) this.setSendBit(channel.relid);
    this.callSignal(event, shared ? connection : channel.connectionId);
  }

  /** A signal with its parameter in memory: a recording does not say where, so it goes where the last message lay. */
  private callSignal({ vp, control, fast, flag = 0 }: EventOf<'hypercall'>, connection: number): void {
    const parameter = (BigInt(flag) << 32n) | BigInt(connection);
    if (!fast) this.seam.memory.write64(this.inputPage, parameter);
    const result = this.seam.hypercall(vp, BigInt(control), fast ? parameter : BigInt(this.inputPage), 0n);
    this.tally.count('fed', 'signal');
    this.tally.agree('status of a signal', '0', statusOf(result));
    this.settle();
  }

  /** The guest's bit for a channel: the second half of the interrupt page is the guest's to set. */
  private setSendBit(relid: number): void {
    this.seam.memory.u8[this.inbox.interruptPage + PAGE / 2 + (relid >>> 3)] |= 1 << (relid & 7);
  }

  /** The packets that were in the ring when the guest signalled: a recording shows them only when the host reads them. */
  private packetsBehind(signal: number): { event: EventOf<'ring_out'>; index: number }[] {
    const packets: { event: EventOf<'ring_out'>; index: number }[] = [];
    for (let index = signal + 1; index < this.events.length; index++) {
      const event = this.events[index];
      if (event.k === 'hypercall' || event.k === 'wrmsr') break;
      if (event.k === 'ring_out') packets.push({ event, index });
    }
    return packets;
  }

  private writePacket(event: EventOf<'ring_out'>, index: number): void {
    this.written.add(index);
    const channel = this.bus.byRecorded.get(event.relid);
    if (!channel) {
      this.tally.count('skipped', 'packet to an absent device');
      return;
    }
    const packet = guestPacket(bytesOf(event.bytes));
    const message = this.messageBehind(index, event.relid);
    if (message) channel.place(packet, message);
    const end = channel.write(packet);
    this.tally.count('fed', 'packet');
    if (event.w !== undefined) this.tally.agree('write index', String(event.w), String(end));
  }

  /** The message that a packet stands for: a recording has it behind the packet. */
  private messageBehind(packet: number, relid: number): Uint8Array | undefined {
    for (let index = packet + 1; index < this.events.length; index++) {
      const event = this.events[index];
      if (event.k === 'rndis_out' && event.relid === relid) return bytesOf(event.bytes);
      if (event.k === 'ring_out' && event.relid === relid) return undefined;
    }
    return undefined;
  }

  /** Lets the host work and takes what it leaves, until nothing more comes. */
  private settle(): void {
    const stray: number[] = [];
    do this.options.settle();
    while (this.inbox.take(stray));
    for (const relid of stray) this.tally.differ('event flag', 'a channel', String(relid));
  }

  /** A message of the recording's host: ours must have sent one of the same meaning. */
  private expectMessage(recorded: Uint8Array): void {
    if (recorded[0] === CHANNELMSG.OFFERCHANNEL) {
      this.expectOffer(recorded);
      return;
    }
    const want = this.bus.meaning(recorded, false);
    const name = `message ${recorded[0]}`;
    if (want === undefined) this.tally.count('skipped', 'message about an absent device');
    else if (this.claim((one) => one[0] === recorded[0] && this.bus.meaning(one, true) === want)) {
      this.tally.count('matched', name);
    } else {
      const other = this.claim((one) => one[0] === recorded[0]);
      this.tally.differ(name, want, other ? hexOf(other) : 'none');
    }
  }

  /** Takes the first message of our host for which `fits` holds. */
  private claim(fits: (message: Uint8Array) => boolean): Uint8Array | undefined {
    const { messages } = this.inbox;
    const index = messages.findIndex(fits);
    return index < 0 ? undefined : messages.splice(index, 1)[0];
  }

  private expectOffer(recorded: Uint8Array): void {
    const want = readOffer(recorded);
    const same = (message: Uint8Array): boolean =>
      message[0] === CHANNELMSG.OFFERCHANNEL && readOffer(message).key === want.key;
    const message = this.claim(same);
    if (!message) {
      this.tally.count('skipped', 'offer of an absent device');
      return;
    }
    const got = readOffer(message);
    const said = ({ flags, userData }: typeof got): string => `${flags} ${hexOf(userData)}`;
    this.tally.agree('offer', said(want), said(got));
    const buffers = new ReplayBuffers(this.seam.memory, (gpadl) => this.bus.pagesOf(gpadl));
    this.bus.addChannel(new ReplayChannel(want.relid, got.relid, got.connectionId, got.classHex, buffers));
    this.connections.set(want.connectionId, want.relid);
  }

  private comparerOf(channel: ReplayChannel | undefined): PacketComparer | undefined {
    return channel && this.options.comparers?.[channel.classHex];
  }

  private expectEvent({ flag }: EventOf<'synic_event'>): void {
    const channel = this.bus.byRecorded.get(flag);
    if (!channel || !this.comparerOf(channel)) {
      this.tally.count('skipped', 'event of another device');
      return;
    }
    this.tally.agree('event', 'set', channel.events > 0 ? 'set' : 'not set');
    channel.events = Math.max(0, channel.events - 1);
  }

  private expectPacket({ relid, type, tid, bytes, rndis }: EventOf<'ring_in'>): void {
    const channel = this.bus.byRecorded.get(relid);
    const compare = this.comparerOf(channel);
    if (!channel || !compare) {
      this.tally.count('skipped', 'packet of another device');
      return;
    }
    const wanted: HostPacket = {
      type,
      tid: BigInt(tid),
      bytes: bytesOf(bytes),
      ...(rndis === undefined ? {} : { message: bytesOf(rndis) }),
    };
    this.options.act?.(channel.classHex, wanted);
    this.settle();
    const ours = channel.claim(wanted);
    if (!ours) {
      this.tally.differ('packet', `type ${type}, transaction ${tid}`, 'none');
      return;
    }
    const fields = compare(wanted, ours, channel.answered(wanted.tid));
    if (fields.length === 0) this.tally.count('matched', 'packet');
    for (const field of fields) this.tally.differ('packet', `transaction ${tid}`, field);
  }
}

/** Replays a recording and says what agreed. */
export function replay(seam: Seam, recording: Recording, options: ReplayOptions): ReplayReport {
  return new Replay(seam, recording, options).run();
}
