/**
 * Channel messages during a replay: the guest's get our channel ids, the host's are reduced to what they mean.
 */
import type { GuestMemory } from '../machine/memory.ts';
import { CHANNELMSG, VMBUS_VERSION } from '../wire/vmbus.ts';
import type { ReplayChannel } from './replay-channel.ts';

const PAGE = 4096;
/** Offset of the message within the input of POST_MESSAGE. */
const MESSAGE_AT = 16;

/** Messages of the guest that name a channel in their first word. */
const ABOUT_CHANNELS: ReadonlySet<number> = new Set([
  CHANNELMSG.GPADL_HEADER,
  CHANNELMSG.OPENCHANNEL,
  CHANNELMSG.CLOSECHANNEL,
  CHANNELMSG.GPADL_TEARDOWN,
  CHANNELMSG.RELID_RELEASED,
  CHANNELMSG.MODIFYCHANNEL,
]);

interface PageList {
  readonly pages: number[];
  /** It belongs to a channel that is offered here. */
  readonly ours: boolean;
}

export class ReplayMessages {
  readonly byRecorded = new Map<number, ReplayChannel>();
  readonly byRelid = new Map<number, ReplayChannel>();
  /** The version that the guest asked for last. */
  version = 0;
  private readonly lists = new Map<number, PageList>();
  private readonly memory: GuestMemory;
  private readonly featureBits: (recorded: number) => number;

  /** `featureBits` tells what the guest writes into the rings of a channel. */
  constructor(memory: GuestMemory, featureBits: (recorded: number) => number) {
    this.memory = memory;
    this.featureBits = featureBits;
  }

  /** Pages of a page list. */
  pagesOf(id: number): readonly number[] {
    return this.lists.get(id)?.pages ?? [];
  }

  addChannel(channel: ReplayChannel): void {
    this.byRecorded.set(channel.recorded, channel);
    this.byRelid.set(channel.relid, channel);
  }

  /** Puts our channel id into the input of a POST_MESSAGE. `false` when it is about a channel that is not offered here. */
  translate(input: Uint8Array): boolean {
    const view = new DataView(input.buffer, MESSAGE_AT);
    const type = view.getUint32(0, true);
    if (type === CHANNELMSG.INITIATE_CONTACT) this.version = view.getUint32(8, true);
    if (type === CHANNELMSG.GPADL_BODY) return this.collect(view.getUint32(12, true), view, 16);
    if (!ABOUT_CHANNELS.has(type)) return true;
    const channel = this.byRecorded.get(view.getUint32(8, true));
    if (type === CHANNELMSG.GPADL_HEADER) {
      const id = view.getUint32(12, true);
      this.lists.set(id, { pages: [], ours: channel !== undefined });
      this.collect(id, view, 28);
    }
    if (!channel) return false;
    if (type === CHANNELMSG.OPENCHANNEL) {
      const pages = this.lists.get(view.getUint32(16, true))?.pages ?? [];
      channel.layOut(this.memory, pages, view.getUint32(24, true), this.featureBits(channel.recorded));
    }
    view.setUint32(8, channel.relid, true);
    return true;
  }

  /** The interrupt page that a guest of an old version names in INITIATE_CONTACT; 0 otherwise. */
  interruptPage(input: Uint8Array): number {
    const view = new DataView(input.buffer, MESSAGE_AT);
    return this.version < VMBUS_VERSION.WIN8 ? view.getUint32(16, true) : 0;
  }

  /** Remembers the pages that a message adds to a page list. */
  private collect(id: number, message: DataView, from: number): boolean {
    const list = this.lists.get(id);
    for (let at = from; at + 8 <= message.byteLength; at += 8)
      list?.pages.push(message.getUint32(at, true) * PAGE);
    return list?.ours === true;
  }

  /**
   * What a message of a host says, in the recording's channel ids. `ours` tells whose message it is. `undefined` when it is about a
   * channel that is not there.
   */
  meaning(message: Uint8Array, ours: boolean): string | undefined {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const word = (at: number): number => view.getUint32(at, true);
    switch (word(0)) {
      case CHANNELMSG.VERSION_RESPONSE:
        // The connection to use is part of the answer from 5.0 on.
        return `${message[8]} ${message[9]} ${message[8] === 1 && this.version >= VMBUS_VERSION.WIN10_V5 ? word(12) : ''}`;
      case CHANNELMSG.OPENCHANNEL_RESULT:
      case CHANNELMSG.GPADL_CREATED: {
        const channel = (ours ? this.byRelid : this.byRecorded).get(word(8));
        return channel && `channel ${channel.recorded}, ${word(12)}: ${word(16) === 0 ? 'done' : 'failed'}`;
      }
      case CHANNELMSG.GPADL_TORNDOWN:
        return this.lists.get(word(8))?.ours ? String(word(8)) : undefined;
      default:
        return '';
    }
  }
}
