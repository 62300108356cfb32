/**
 * The guest's end of the VMBus control path: posts channel messages, waits for the replies that some of them have, and agrees on a
 * protocol version.
 *
 * After Linux 6.1 `drivers/hv/connection.c` (vmbus_connect, vmbus_negotiate_version, vmbus_post_msg). Versions are tried from the
 * newest down; from 5.0 the first message goes to connection 4 and names a SINT, below it goes to connection 1 and carries an interrupt
 * page. The host names the connection for all later messages in its version response.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu, Insn } from '../../machine/cpu.ts';
import { HV_STATUS } from '../../wire/hypercall.ts';
import {
  CHANNELMSG,
  CONNECTION_STATE,
  VMBUS_MESSAGE_CONNECTION_ID,
  VMBUS_MESSAGE_CONNECTION_ID_4,
  VMBUS_MESSAGE_TYPE,
  VMBUS_VERSION,
} from '../../wire/vmbus.ts';
import type { Hyperv } from './hv.ts';
import { PAGE_SIZE } from './page-allocator.ts';
import { initiateContact, namesSint, readVersionResponse } from './vmbus-requests.ts';

/** The first words after a message's 8-byte header, by which a reply is known to belong to a request. */
type ReplyKey = readonly number[];

/** A reply that a driver waits for. */
export interface PendingReply {
  readonly type: number;
  readonly key: ReplyKey;
  /** The whole message, once it has come. */
  message: Uint8Array | undefined;
  /** The host took the channel away; there will be no reply. */
  cancelled: boolean;
}

/** Work that must not run in interrupt context, because it posts messages or waits. */
export type DeferredWork = (cpu: Cpu) => Program;

export type ConnectionState = 'disconnected' | 'connecting' | 'connected';

/** Words of the half of the interrupt page that can name a channel: ids end at 2047. */
const PAGE_HALF_WORDS = 2048 / 32;

/** Linux numbers its page lists from here (vmbus_connection.next_gpadl_handle). */
const FIRST_GPADL_HANDLE = 0xe1e10;

export class VmbusConnection {
  readonly hv: Hyperv;
  state: ConnectionState = 'disconnected';
  /** The agreed protocol version, 0 before. */
  version = 0;
  /** Every version that was asked for, in order. */
  readonly tried: number[] = [];
  /** Page of host-to-guest event bits before version 2.4; its second half is guest-to-host. Offered by versions below 5.0 only. */
  readonly interruptPage: number;
  /** Two pages of monitored notifications; the first is the host's to set, the second the guest's. */
  readonly monitorPages: readonly [number, number];
  /** Messages posted, of any type. */
  posted = 0;
  /** Runs when the timer of delayed work says so by a message, on hosts whose timers have no vector of their own. Interrupt context. */
  onTimer: (() => Program) | undefined;
  /** What a processor does that waits for an answer: it halts, or polls, when nothing will interrupt it any more. */
  rest: (cpu: Cpu) => Program | Insn<void> = (cpu) => cpu.hlt();
  private home: Cpu | undefined;
  private messageConnection = VMBUS_MESSAGE_CONNECTION_ID;
  private nextHandle = FIRST_GPADL_HANDLE;
  private readonly pending: PendingReply[] = [];
  private readonly work: DeferredWork[] = [];

  constructor(hv: Hyperv) {
    this.hv = hv;
    this.interruptPage = hv.pages.page();
    this.monitorPages = [hv.pages.page(), hv.pages.page()];
  }

  /** Before version 2.4 the host marks channels in the interrupt page, and sets one event flag for all of them. */
  get marksInPage(): boolean {
    return this.state === 'connected' && this.version < VMBUS_VERSION.WIN8;
  }

  /** Version 0.13: the guest's signals go through the interrupt page and one connection, too. */
  get signalsInPage(): boolean {
    return this.version !== 0 && this.version < VMBUS_VERSION.WIN7;
  }

  /** Clears the host's marks in the interrupt page, and calls `found` with the channel id of each. */
  takeMarks(cpu: Cpu, found: (relid: number) => void): void {
    const { u32 } = cpu.memory;
    const first = this.interruptPage >>> 2;
    for (let word = 0; word < PAGE_HALF_WORDS; word++) {
      let marks = u32[first + word];
      u32[first + word] = 0;
      for (; marks !== 0; marks &= marks - 1) found(word * 32 + 31 - Math.clz32(marks & -marks));
    }
  }

  /** Marks a channel in the guest's half of the interrupt page; a signal on the shared connection must follow. */
  mark(cpu: Cpu, relid: number): void {
    cpu.memory.u8[this.interruptPage + PAGE_SIZE / 2 + (relid >>> 3)] |= 1 << (relid & 7);
  }

  /** A number for a new page list; never used twice. */
  newGpadlHandle(): number {
    return this.nextHandle++;
  }

  /** Tries `versions` in order until the host accepts one. False when it accepts none: the guest has no VMBus then. */
  *negotiate(cpu: Cpu, versions: readonly number[]): Program<boolean> {
    this.state = 'connecting';
    this.home = cpu;
    for (const version of versions) {
      this.tried.push(version);
      if (yield* this.tryVersion(cpu, version)) {
        this.version = version;
        this.state = 'connected';
        return true;
      }
    }
    this.state = 'disconnected';
    return false;
  }

  private *tryVersion(cpu: Cpu, version: number): Program<boolean> {
    const modern = namesSint(version);
    this.messageConnection = modern ? VMBUS_MESSAGE_CONNECTION_ID_4 : VMBUS_MESSAGE_CONNECTION_ID;
    const request = initiateContact({
      version,
      targetVp: version >= VMBUS_VERSION.WIN8_1 ? this.hv.vpIndex(cpu) : 0,
      interruptPage: this.interruptPage,
      monitorPages: this.monitorPages,
    });
    const reply = yield* this.exchange(cpu, request, CHANNELMSG.VERSION_RESPONSE, []);
    if (reply === undefined) return false;
    const response = readVersionResponse(reply);
    if (!response.supported || response.state !== CONNECTION_STATE.SUCCESSFUL) return false;
    if (modern) this.messageConnection = response.messageConnection;
    return true;
  }

  /** Sends a message that has no reply. False when the hypervisor refused it for good. */
  *post(cpu: Cpu, message: Uint8Array): Program<boolean> {
    this.posted++;
    const status = yield* this.hv.postMessage(cpu, this.messageConnection, VMBUS_MESSAGE_TYPE, message);
    return status === HV_STATUS.SUCCESS;
  }

  /** Sends a message and waits for the reply of type `type` whose first words are `key`. `undefined` when there will be none. */
  *exchange(cpu: Cpu, message: Uint8Array, type: number, key: ReplyKey): Program<Uint8Array | undefined> {
    const reply = this.expect(type, key);
    const sent = yield* this.post(cpu, message);
    return sent ? yield* this.awaitReply(cpu, reply) : this.forget(reply);
  }

  /** Announces a reply before its request goes out: it may come within the hypercall. */
  expect(type: number, key: ReplyKey): PendingReply {
    const reply: PendingReply = { type, key, message: undefined, cancelled: false };
    this.pending.push(reply);
    return reply;
  }

  /** Waits for an announced reply; `undefined` when it was cancelled. */
  *awaitReply(cpu: Cpu, reply: PendingReply): Program<Uint8Array | undefined> {
    yield* this.waitUntil(cpu, () => reply.message !== undefined || reply.cancelled);
    return reply.message;
  }

  /** Gives up an announced reply. */
  forget(reply: PendingReply): undefined {
    reply.cancelled = true;
    const index = this.pending.indexOf(reply);
    if (index >= 0) this.pending.splice(index, 1);
  }

  /** The host took channel `relid` away: whoever waits for an answer about it goes on without one. */
  cancelReplies(relid: number): void {
    for (const reply of this.pending.filter(({ key }) => key[0] === relid)) this.forget(reply);
  }

  /** Called in interrupt context with a message from the host. False when nobody waits for it. */
  deliver(type: number, message: Uint8Array): boolean {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const index = this.pending.findIndex((reply) => reply.type === type && matches(view, reply.key));
    if (index < 0) return false;
    this.pending[index].message = message;
    this.pending.splice(index, 1);
    return true;
  }

  /** Leaves work for the next processor that waits; callable in interrupt context. */
  defer(work: DeferredWork): void {
    this.work.push(work);
  }

  /**
   * The next piece of deferred work, started on `cpu`; `undefined` when there is none for it. Only the processor that made contact does
   * such work: the host's answers come to it.
   */
  nextWork(cpu: Cpu): Program | undefined {
    if (this.work.length === 0 || cpu !== this.home) return undefined;
    return (this.work.shift() as DeferredWork)(cpu);
  }

  /** Halts until `done()`, doing deferred work in between, as a kernel's idle processor runs its work queues. */
  *waitUntil(cpu: Cpu, done: () => boolean): Program {
    while (!done()) {
      const work = this.nextWork(cpu);
      if (work) yield* work;
      else yield* this.rest(cpu);
    }
  }
}

function matches(message: DataView, key: ReplyKey): boolean {
  return key.every(
    (word, i) => message.byteLength >= 12 + 4 * i && message.getUint32(8 + 4 * i, true) === word,
  );
}
