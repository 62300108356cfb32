/**
 * What the host leaves for a replayed guest: messages in the SynIC slot, event flags or bits of the interrupt page, packets in the
 * rings. The replayed guest takes all of it after each of its own steps, as an interrupt handler would.
 */
import type { Seam } from '../machine/seam.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { HV_EVENT_FLAGS_BYTE_COUNT, HV_MESSAGE_OFFSET, HV_MESSAGE_SIZE } from '../wire/synic-constants.ts';
import { VMBUS_MESSAGE_SINT } from '../wire/vmbus.ts';
import type { ReplayChannel } from './replay-channel.ts';

const SIGNAL_EVENT_FAST = 0x1005dn;
const PAGE_BITS = 0xfffn;

export class ReplayInbox {
  /** The host's messages that the recording has not claimed. */
  readonly messages: Uint8Array[] = [];
  /** GPA of the interrupt page of old versions, 0 for none. */
  interruptPage = 0;
  private readonly seam: Seam;
  private readonly channels: ReadonlyMap<number, ReplayChannel>;
  private simp = 0;
  private siefp = 0;

  /** `channels` by the host's channel ids. */
  constructor(seam: Seam, channels: ReadonlyMap<number, ReplayChannel>) {
    this.seam = seam;
    this.channels = channels;
  }

  /** The guest has written a register: two of them say where its pages are. */
  registerWritten(name: string, value: bigint): void {
    const page = (value & 1n) === 0n ? 0 : Number(value & ~PAGE_BITS);
    if (name === 'SIMP') this.simp = page;
    if (name === 'SIEFP') this.siefp = page;
  }

  /** Takes everything that is there. False when there was nothing. Flags of channels that do not exist come back in `stray`. */
  take(stray: number[]): boolean {
    const message = this.takeMessage();
    const events = this.takeEvents(stray);
    return this.takePackets() || message || events;
  }

  /** Frees the message slot after a copy, and then looks whether more wait. */
  private takeMessage(): boolean {
    if (this.simp === 0) return false;
    const { u8, view } = this.seam.memory;
    const slot = this.simp + VMBUS_MESSAGE_SINT * HV_MESSAGE_SIZE;
    if (view.getUint32(slot, true) === 0) return false;
    const from = slot + HV_MESSAGE_OFFSET.PAYLOAD;
    this.messages.push(u8.slice(from, from + u8[slot + HV_MESSAGE_OFFSET.PAYLOAD_SIZE]));
    view.setUint32(slot, 0, true);
    if (u8[slot + HV_MESSAGE_OFFSET.FLAGS] !== 0) this.seam.writeMsr(0, HV_X64_MSR.EOM, 0n);
    return true;
  }

  private takeEvents(stray: number[]): boolean {
    if (this.siefp === 0) return false;
    const flags = this.takeBits(this.siefp + VMBUS_MESSAGE_SINT * HV_EVENT_FLAGS_BYTE_COUNT);
    const shared = this.interruptPage !== 0 && flags.includes(0);
    for (const relid of shared ? this.takeBits(this.interruptPage) : flags) {
      const channel = this.channels.get(relid);
      if (channel) channel.events++;
      else stray.push(relid);
    }
    return flags.length > 0;
  }

  /** Numbers of the bits that are set, which are cleared. */
  private takeBits(from: number): number[] {
    const { u8 } = this.seam.memory;
    const set: number[] = [];
    for (let i = 0; i < HV_EVENT_FLAGS_BYTE_COUNT * 8; i++)
      if ((u8[from + (i >>> 3)] >>> (i & 7)) & 1) set.push(i);
    u8.fill(0, from, from + HV_EVENT_FLAGS_BYTE_COUNT);
    return set;
  }

  private takePackets(): boolean {
    let some = false;
    for (const channel of this.channels.values()) {
      const before = channel.packets.length;
      if (channel.read()) this.seam.hypercall(0, SIGNAL_EVENT_FAST, BigInt(channel.connectionId), 0n);
      some ||= channel.packets.length > before;
    }
    return some;
  }
}
