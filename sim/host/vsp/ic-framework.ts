/**
 * What all integration services share, at the host’s end: a pipe, a negotiation that the host begins, and one question at a time.
 *
 * The host lists framework versions and versions of the service; the guest answers one of each. From then on the host asks and the guest
 * sends the very buffer back, with a status and the response flag. Here a question carries a number, and an answer with another number is
 * counted and dropped. What breaks the rules of the packet stops this channel and no other.
 *
 * On Windows the services run in the worker process, not in the kernel: each time one goes to work, waking its thread is charged.
 *
 * Sources: OpenVMM `vm/devices/hyperv_ic/src/common.rs`; Linux `drivers/hv/channel_mgmt.c` (vmbus_prep_negotiate_resp) for what guests
 * answer. Left out: a time-out of the negotiation itself, which OpenVMM does not have either.
 */
import type { Engine, Timer } from '../../core/engine.ts';
import type { Trace } from '../../core/trace.ts';
import { traceKind, WHO_ROOT } from '../../core/trace.ts';
import type { Partition } from '../../machine/partition.ts';
import type { RootPartition } from '../../machine/root.ts';
import {
  IC_FRAMEWORK_VERSIONS,
  IC_HEADER_BYTES,
  IC_MAX_MESSAGE,
  IC_OFFSET,
  IC_PIPE_BYTES,
  IC_STATUS,
  ICMSGHDRFLAG,
  ICMSGTYPE,
} from '../../wire/ic-codes.ts';
import type { RingPacket } from '../../wire/ring.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { VMBUS_CHANNEL, VMBUS_PIPE_TYPE } from '../../wire/vmbus.ts';
import type { VmbusChannel } from './channel.ts';
import type { ChannelRing } from './channel-ring.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';

/** A question of the host. */
export const IC_REQUEST = traceKind(
  'ic.request',
  ['type', 'transaction'],
  'the host asks an integration service of the guest',
);
/** An answer in time. */
export const IC_ANSWER = traceKind(
  'ic.answer',
  ['type', 'status'],
  'an answer of the guest reaches its service',
);
/** A question given up. */
export const IC_TIMEOUT = traceKind('ic.timeout', ['type', 'transaction'], 'the host waits no longer');
/** An answer nobody waits for. */
export const IC_STRAY = traceKind(
  'ic.stray',
  ['type', 'transaction'],
  'an answer that nobody waits for is dropped',
);

/** What names a service. */
export interface IcKind {
  readonly name: string;
  readonly interfaceId: string;
  readonly instanceId: string;
  /** `ICMSGTYPE`. */
  readonly type: number;
  /** Versions on offer, oldest first, as `icVersionCode` makes them. */
  readonly versions: readonly number[];
}

/** `failed`: the guest chose no version on offer, or broke the rules of the packet. */
export type IcState = 'closed' | 'negotiating' | 'ready' | 'failed';

/** How a question ended. `body` is the host’s own copy of what came back behind the header. */
export type IcAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Uint8Array }
  | { readonly kind: 'time-out' | 'gone' };

/** What went over one channel. */
export interface IcCounts {
  sent: number;
  answered: number;
  timeouts: number;
  /** Answers to the last question given up, and all others that nobody waits for. */
  late: number;
  stray: number;
  /** Packets that stopped the channel. */
  broken: number;
}

interface Question {
  readonly transaction: number;
  readonly askedAt: number;
  readonly done: (answer: IcAnswer) => void;
}

const NEGOTIATION = 0;

/** A service at the host’s end: channel, negotiation, the question under way. */
export abstract class IcService implements VmbusDevice {
  readonly name: string;
  kind: IcKind;
  /** Framework versions on offer, oldest first. */
  frameworks: readonly number[] = IC_FRAMEWORK_VERSIONS;
  readonly offer: OfferDescription;
  readonly counts: IcCounts = { sent: 0, answered: 0, timeouts: 0, late: 0, stray: 0, broken: 0 };
  state: IcState = 'closed';
  /** The agreed versions; 0 before. */
  framework = 0;
  version = 0;
  /** Cycles from the last question to its answer. */
  lastRoundTrip = 0;
  protected readonly engine: Engine;
  protected readonly root: RootPartition;
  protected readonly hz: number;
  private readonly trace: Trace;
  private readonly kinds: readonly number[];
  private readonly sendWork: number;
  private readonly patience: Timer;
  private readonly copy = new Uint8Array(IC_PIPE_BYTES + IC_MAX_MESSAGE + 8);
  private readonly view = new DataView(this.copy.buffer);
  private ring: ChannelRing | undefined;
  private question: Question | undefined;
  private outbox: Uint8Array | undefined;
  private lastTransaction = NEGOTIATION;
  private givenUp = -1;

  protected constructor({ engine, root, trace, costs }: Partition, kind: IcKind) {
    this.kind = kind;
    this.name = kind.name;
    this.engine = engine;
    this.root = root;
    this.hz = costs.hz;
    this.trace = trace;
    this.kinds = [IC_REQUEST, IC_ANSWER, IC_TIMEOUT, IC_STRAY].map((one) => trace.kind(one));
    this.offer = {
      interfaceId: kind.interfaceId,
      instanceId: kind.instanceId,
      flags: VMBUS_CHANNEL.NAMED_PIPE_MODE,
      userDefined: Uint8Array.of(VMBUS_PIPE_TYPE.MESSAGE, 0, 0, 0),
    };
    this.sendWork = root.work(`ic.${kind.name}`, () => this.send());
    const giveUp = root.work(`ic.${kind.name}.time-out`, (transaction) => this.giveUp(transaction));
    this.patience = engine.timer(`ic.${kind.name}`, () =>
      root.interrupt(giveUp, this.question?.transaction ?? -1),
    );
  }

  /** Plays a host of another time, before a guest opens the channel: offers no newer versions than these. */
  offerUpTo(framework: number, version: number): void {
    this.frameworks = notNewer(IC_FRAMEWORK_VERSIONS, framework);
    this.kind = { ...this.kind, versions: notNewer([version, ...this.kind.versions], version) };
  }

  /** A question is under way. */
  get busy(): boolean {
    return this.question !== undefined;
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    this.ring = channel.ring;
    this.state = 'negotiating';
    this.framework = 0;
    this.version = 0;
    this.outbox = negotiation(this.frameworks, this.kind.versions);
    this.root.queue(this.sendWork);
    return 'opened';
  }

  onClose(): CloseAnswer {
    this.ring = undefined;
    this.outbox = undefined;
    this.state = 'closed';
    this.end({ kind: 'gone' });
    this.left();
    return 'closed';
  }

  /** The guest has answered, or made room. Work of the root. */
  onSignal(): void {
    this.root.spend('worker.dispatch');
    const { ring } = this;
    if (!ring) return;
    ring.drain((packet) => this.take(ring, packet));
    this.flush();
  }

  /** The versions are agreed. */
  protected ready(): void {}

  /** The guest has closed the channel. */
  protected left(): void {}

  /**
   * Asks the guest. `done` is called once: with the answer, after `seconds` without one (Infinity: never), or when the channel is closed.
   * False, and nothing happens, when the service is not ready or still waits for an answer.
   */
  protected ask(body: Uint8Array, seconds: number, done: (answer: IcAnswer) => void): boolean {
    if (this.state !== 'ready' || this.question) return false;
    this.lastTransaction = (this.lastTransaction % 255) + 1;
    const { now } = this.root;
    this.question = { transaction: this.lastTransaction, askedAt: now, done };
    this.outbox = this.packet(body, this.lastTransaction);
    if (Number.isFinite(seconds)) this.patience.set(now + Math.round(seconds * this.hz));
    this.root.interrupt(this.sendWork);
    return true;
  }

  private packet(body: Uint8Array, transaction: number): Uint8Array {
    const bytes = header(this.kind.type, body.length, transaction);
    const view = new DataView(bytes.buffer);
    view.setUint32(IC_OFFSET.FRAMEWORK, this.framework, true);
    view.setUint32(IC_OFFSET.VERSION, this.version, true);
    bytes.set(body, IC_OFFSET.BODY);
    return bytes;
  }

  private send(): void {
    this.root.spend('worker.dispatch');
    this.flush();
  }

  /** Puts what waits into the ring, if there is room; else the guest signals when there is. */
  private flush(): void {
    const { ring, outbox } = this;
    if (!ring || !outbox || !ring.hasRoom(outbox.length)) return;
    this.outbox = undefined;
    this.root.spend('ring.op');
    this.counts.sent++;
    this.note(0, outbox[IC_OFFSET.TYPE], outbox[IC_OFFSET.TRANSACTION]);
    ring.send(VM_PKT.DATA_INBAND, 0, 0, 0, undefined, outbox);
  }

  private take(ring: ChannelRing, packet: RingPacket): void {
    this.root.spend('ring.op');
    const { payloadBytes } = packet;
    const fits = payloadBytes >= IC_HEADER_BYTES && payloadBytes <= this.copy.length;
    if (!fits || packet.type !== VM_PKT.DATA_INBAND) {
      this.fail(ring);
      return;
    }
    ring.copyPayload(packet, this.copy);
    ring.take();
    // Lengths are judged in the copy: the guest can change the ring.
    const message = this.view.getUint32(IC_OFFSET.PIPE_SIZE, true);
    const body = this.view.getUint16(IC_OFFSET.SIZE, true);
    const rest = message - (IC_HEADER_BYTES - IC_PIPE_BYTES);
    if (message > payloadBytes - IC_PIPE_BYTES || body > rest) this.fail(ring);
    else this.judge(body);
  }

  private judge(body: number): void {
    const { copy, view, question } = this;
    const type = view.getUint16(IC_OFFSET.TYPE, true);
    const transaction = copy[IC_OFFSET.TRANSACTION];
    const status = view.getUint32(IC_OFFSET.STATUS, true);
    const isAnswer = (copy[IC_OFFSET.FLAGS] & ICMSGHDRFLAG.RESPONSE) !== 0;
    if (isAnswer && type === ICMSGTYPE.NEGOTIATE && this.state === 'negotiating') this.agree(body);
    else if (!isAnswer || type !== this.kind.type || transaction !== question?.transaction)
      this.drop(isAnswer && type === this.kind.type, type, transaction);
    else {
      this.counts.answered++;
      this.lastRoundTrip = this.root.now - question.askedAt;
      this.note(1, type, status);
      this.end({ kind: 'answer', status, body: copy.slice(IC_OFFSET.BODY, IC_OFFSET.BODY + body) });
    }
  }

  private drop(answer: boolean, type: number, transaction: number): void {
    const late = answer && transaction === this.givenUp;
    if (late) {
      this.counts.late++;
      this.givenUp = -1;
    } else this.counts.stray++;
    this.note(3, type, transaction);
    if (late) this.lateAnswer();
  }

  /** The answer to the last question given up has come after all. */
  protected lateAnswer(): void {}

  /** One framework version and one version of the service, both on offer; anything else and the service stays silent. */
  private agree(body: number): void {
    const at = IC_OFFSET.BODY;
    const { view } = this;
    const one = body >= 16 && view.getUint16(at, true) === 1 && view.getUint16(at + 2, true) === 1;
    const framework = one ? view.getUint32(at + 8, true) : 0;
    const version = one ? view.getUint32(at + 12, true) : 0;
    const known = this.frameworks.includes(framework) && this.kind.versions.includes(version);
    this.note(1, ICMSGTYPE.NEGOTIATE, known ? IC_STATUS.S_OK : IC_STATUS.E_FAIL);
    this.state = known ? 'ready' : 'failed';
    if (!known) return;
    this.framework = framework;
    this.version = version;
    this.ready();
  }

  private fail(ring: ChannelRing): void {
    this.counts.broken++;
    this.state = 'failed';
    ring.kill();
    this.outbox = undefined;
    this.end({ kind: 'gone' });
  }

  private giveUp(transaction: number): void {
    if (this.question?.transaction !== transaction) return;
    this.counts.timeouts++;
    this.givenUp = transaction;
    this.note(2, this.kind.type, transaction);
    this.outbox = undefined;
    this.end({ kind: 'time-out' });
  }

  private end(answer: IcAnswer): void {
    const { question } = this;
    this.question = undefined;
    this.patience.cancel();
    question?.done(answer);
  }

  private note(kind: number, a: number, b: number): void {
    this.trace.emit(this.kinds[kind], this.root.now, WHO_ROOT, a, b);
  }
}

/** An empty packet of that many bytes behind the headers, marked as a question. */
function header(type: number, bodyBytes: number, transaction: number): Uint8Array {
  const bytes = new Uint8Array(IC_HEADER_BYTES + bodyBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(IC_OFFSET.PIPE_SIZE, bytes.length - IC_PIPE_BYTES, true);
  view.setUint16(IC_OFFSET.TYPE, type, true);
  view.setUint16(IC_OFFSET.SIZE, bodyBytes, true);
  bytes[IC_OFFSET.TRANSACTION] = transaction;
  bytes[IC_OFFSET.FLAGS] = ICMSGHDRFLAG.TRANSACTION | ICMSGHDRFLAG.REQUEST;
  return bytes;
}

/** The host’s first message. Golden vector `ic_negotiate_exchange_request_shutdown_host_max_3_2`. */
function negotiation(frameworks: readonly number[], versions: readonly number[]): Uint8Array {
  const all = [...frameworks, ...versions];
  const bytes = header(ICMSGTYPE.NEGOTIATE, 8 + 4 * all.length, NEGOTIATION);
  const view = new DataView(bytes.buffer, IC_OFFSET.BODY);
  view.setUint16(0, frameworks.length, true);
  view.setUint16(2, versions.length, true);
  all.forEach((version, i) => {
    view.setUint32(8 + 4 * i, version, true);
  });
  return bytes;
}

/** Those of `versions` that are not newer than `newest`, each once, oldest first. */
function notNewer(versions: readonly number[], newest: number): number[] {
  const order = (code: number): number => (code & 0xffff) * 0x1_0000 + (code >>> 16);
  const kept = [...new Set(versions)].filter((code) => order(code) <= order(newest));
  return kept.sort((a, b) => order(a) - order(b));
}
