/**
 * hv_utils: the guest’s end of the integration services. The host speaks first; the driver answers in the very buffer that it got.
 *
 * After Linux 6.1 `drivers/hv/hv_util.c` (util_probe and the callbacks) and `drivers/hv/channel_mgmt.c` (vmbus_prep_negotiate_resp). Linux
 * reads one packet for each interrupt here and leaves what comes meanwhile in the ring; this driver takes it out and keeps it.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import {
  IC_HEADER_BYTES,
  IC_OFFSET,
  IC_STATUS,
  ICMSGHDRFLAG,
  ICMSGTYPE,
  icVersionCode,
} from '../../wire/ic-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** Framework versions, newest first (`fw_versions`). */
export const LINUX_FRAMEWORK_VERSIONS: readonly number[] = [icVersionCode(3, 0), icVersionCode(1, 0)];

/** HV_UTIL_RING_SEND_SIZE and HV_UTIL_RING_RECV_SIZE, in pages with the control page. */
const RING_PAGES = 4;
/** Bytes of the answer to a negotiation: counts, and one version of each kind. */
const NEGOTIATED_BYTES = 16;

/** A message as it came: the buffer goes back. */
export interface UtilMessage {
  readonly buffer: Uint8Array;
  readonly view: DataView;
  /** Transaction id of the packet, in halves. */
  readonly tidLow: number;
  readonly tidHigh: number;
}

/** What one service went through. */
export class UtilCounters {
  negotiations = 0;
  requests = 0;
  answers = 0;
  /** Packets too short to be a message, or whose lengths make no sense. */
  ignored = 0;
  /** Answers for which there was no room: Linux drops them too. */
  dropped = 0;
}

/** One service: a channel, the versions it speaks, and what it does with a request. */
export abstract class UtilService {
  readonly channel: VmbusChannel;
  readonly counters = new UtilCounters();
  /** The version agreed on; 0 before. */
  version = 0;
  protected readonly vmbus: Vmbus;
  private versions: readonly number[];
  private frameworks: readonly number[] = LINUX_FRAMEWORK_VERSIONS;

  /** `versions`: newest first. */
  constructor(vmbus: Vmbus, channel: VmbusChannel, versions: readonly number[]) {
    this.vmbus = vmbus;
    this.channel = channel;
    this.versions = versions;
  }

  /** Plays an older driver, before it opens its channel: speaks no newer versions than these. */
  speakUpTo(framework: number, version: number): void {
    this.frameworks = notNewer(this.frameworks, framework);
    this.versions = notNewer([version, ...this.versions], version);
  }

  /** util_probe: opens the channel. False when the host refuses. */
  *probe(cpu: Cpu): Program<boolean> {
    const opened = yield* this.channel.open(cpu, {
      outPages: RING_PAGES,
      inPages: RING_PAGES,
      targetVp: this.vmbus.hv.vpIndex(cpu),
      callback: (running) => this.drain(running),
    });
    if (!opened) return false;
    // The host may have begun to speak before the channel counted as open here: its signal found nobody.
    cpu.cli();
    yield* this.channel.onEvent(cpu);
    cpu.sti();
    return true;
  }

  private *drain(cpu: Cpu): Program {
    yield* this.channel.drain(cpu, ({ payload, tidLow, tidHigh }) =>
      this.receive(cpu, { buffer: payload, view: viewOf(payload), tidLow, tidHigh }),
    );
  }

  private *receive(cpu: Cpu, message: UtilMessage): Program {
    if (!isMessage(message)) {
      this.counters.ignored++;
      return;
    }
    if (message.view.getUint16(IC_OFFSET.TYPE, true) === ICMSGTYPE.NEGOTIATE)
      yield* this.negotiated(cpu, message);
    else {
      this.counters.requests++;
      yield* this.handle(cpu, message);
    }
  }

  /** What this service does with a request. Interrupt context. */
  protected abstract handle(cpu: Cpu, message: UtilMessage): Program;

  /** A negotiation may have to wait; by default it is answered at once. */
  protected *negotiated(cpu: Cpu, message: UtilMessage): Program {
    yield* this.negotiate(cpu, message);
  }

  /** Chooses the newest of both kinds that the host offers too, and says so; no version of one kind is "none". */
  protected *negotiate(cpu: Cpu, message: UtilMessage): Program {
    this.counters.negotiations++;
    const { view } = message;
    const at = IC_OFFSET.BODY;
    const [frameworks, versions] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    const offered = versionsIn(message, frameworks + versions);
    const framework = this.frameworks.find((one) => offered?.slice(0, frameworks).includes(one));
    const version = this.versions.find((one) => offered?.slice(frameworks).includes(one));
    const found = framework !== undefined && version !== undefined ? 1 : 0;
    view.setUint16(at, found, true);
    view.setUint16(at + 2, found, true);
    view.setUint16(IC_OFFSET.SIZE, NEGOTIATED_BYTES, true);
    if (view.byteLength >= at + NEGOTIATED_BYTES) {
      view.setUint32(at + 8, framework ?? 0, true);
      view.setUint32(at + 12, version ?? 0, true);
    }
    if (found === 1) this.version = version as number;
    yield* this.respond(cpu, message, IC_STATUS.S_OK);
  }

  /** Sends the buffer back, with a status. */
  *respond(cpu: Cpu, { buffer, view, tidLow, tidHigh }: UtilMessage, status: number): Program {
    const { channel, counters } = this;
    if (channel.state !== 'open') return;
    view.setUint32(IC_OFFSET.STATUS, status, true);
    view.setUint8(IC_OFFSET.FLAGS, ICMSGHDRFLAG.TRANSACTION | ICMSGHDRFLAG.RESPONSE);
    yield* cpu.compute(cpu.partition.costs.cost('ring.op'));
    const put = channel.outbound.putHalves(
      VM_PKT.DATA_INBAND,
      0,
      tidLow,
      tidHigh,
      undefined,
      buffer,
      0,
      buffer.length,
    );
    if (typeof put === 'string') {
      counters.dropped++;
      return;
    }
    counters.answers++;
    if (channel.mustSignal(put)) yield* channel.signal(cpu);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Long enough for the headers, and for the body that the header names. */
function isMessage({ buffer, view }: UtilMessage): boolean {
  if (buffer.length < IC_HEADER_BYTES + 8) return false;
  return view.getUint16(IC_OFFSET.SIZE, true) <= buffer.length - IC_HEADER_BYTES;
}

/** The versions in a negotiation; `undefined` when the buffer does not hold as many as it says. */
function versionsIn({ view }: UtilMessage, count: number): number[] | undefined {
  const first = IC_OFFSET.BODY + 8;
  if (first + 4 * count > view.byteLength) return undefined;
  return Array.from({ length: count }, (_, i) => view.getUint32(first + 4 * i, true));
}

/** Those of `versions` that are not newer than `newest`, each once, newest first. The major number is the low half of a code. */
function notNewer(versions: readonly number[], newest: number): number[] {
  const order = (code: number): number => (code & 0xffff) * 0x1_0000 + (code >>> 16);
  const kept = [...new Set(versions)].filter((code) => order(code) <= order(newest));
  return kept.sort((a, b) => order(b) - order(a));
}
