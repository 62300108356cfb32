/**
 * What the drivers of keyboard, mouse and video share: a channel with short messages, and waiting for one of a certain kind.
 *
 * After Linux 6.1 `drivers/hv/channel.c` (vmbus_sendpacket, vmbus_recvpacket) as those drivers use it. Linux gives up a wait after 5 or
 * 10 seconds; this driver waits until the channel is gone.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

const PIPE_BYTES = 8;
const PIPE_DATA = 1;

/** What went through the channel. */
export class MessageCounters {
  received = 0;
  sent = 0;
  /** Messages of the host that made no sense or that nobody knows. */
  ignored = 0;
  /** Messages for which the ring had no room: Linux loses them too. */
  dropped = 0;
}

export abstract class MessageDriver {
  readonly channel: VmbusChannel;
  readonly counters = new MessageCounters();
  protected readonly vmbus: Vmbus;
  private readonly piped: boolean;
  private nextTid = 1;
  private readonly waiting = new Map<number, DataView | undefined>();

  /** `piped`: messages stand behind a pipe header. */
  constructor(vmbus: Vmbus, channel: VmbusChannel, piped: boolean) {
    this.vmbus = vmbus;
    this.channel = channel;
    this.piped = piped;
  }

  /** Opens the channel with rings of so many pages each, control page included. */
  protected *open(cpu: Cpu, pages: number): Program<boolean> {
    return yield* this.channel.open(cpu, {
      outPages: pages,
      inPages: pages,
      targetVp: this.vmbus.hv.vpIndex(cpu),
      callback: (running) => this.drain(running),
    });
  }

  /** Acts on a message of the host. Interrupt context. False when it makes no sense or nobody knows its kind. */
  protected abstract receive(cpu: Cpu, type: number, message: DataView): Program<boolean>;

  /** Sends a message. False when there is no room. `flags`: 1 asks for a completion. */
  protected *send(cpu: Cpu, message: Uint8Array, flags = 0): Program<boolean> {
    yield* cpu.compute(cpu.partition.costs.cost('ring.op'));
    const bytes = this.piped ? framed(message) : message;
    const put = this.channel.outbound.putHalves(
      VM_PKT.DATA_INBAND,
      flags,
      this.nextTid++,
      0,
      undefined,
      bytes,
      0,
      bytes.length,
    );
    if (typeof put === 'string') {
      this.counters.dropped++;
      return false;
    }
    this.counters.sent++;
    if (this.channel.mustSignal(put)) yield* this.channel.signal(cpu);
    return true;
  }

  /** Sends a message and waits for one of a kind; `undefined` when the channel is gone. */
  protected *ask(cpu: Cpu, message: Uint8Array, answer: number, flags = 0): Program<DataView | undefined> {
    this.waiting.set(answer, undefined);
    if (!(yield* this.send(cpu, message, flags))) return undefined;
    return yield* this.wait(cpu, answer);
  }

  /** Waits for a message of a kind that was announced by {@link expect} or {@link ask}. */
  protected *wait(cpu: Cpu, answer: number): Program<DataView | undefined> {
    const { channel, waiting } = this;
    yield* this.vmbus.connection.waitUntil(
      cpu,
      () => waiting.get(answer) !== undefined || channel.state !== 'open',
    );
    const message = waiting.get(answer);
    waiting.delete(answer);
    return message;
  }

  /** A message of this kind will be waited for: keep it when it comes before. */
  protected expect(answer: number): void {
    this.waiting.set(answer, undefined);
  }

  private *drain(cpu: Cpu): Program {
    const { inbound, counters } = this.channel;
    for (;;) {
      const packet = inbound.peek();
      if (packet === 'empty') break;
      if (packet === 'corrupt') return this.channel.corrupt();
      counters.packetsIn++;
      const payload = inbound.payload(packet);
      inbound.advance();
      yield* cpu.compute(cpu.partition.costs.cost('ring.op'));
      if (packet.type === VM_PKT.DATA_INBAND) yield* this.deliver(cpu, payload);
    }
    if (this.channel.endBatch()) yield* this.channel.signalRoom(cpu);
  }

  private *deliver(cpu: Cpu, payload: Uint8Array): Program {
    this.counters.received++;
    const message = this.piped ? unframed(payload) : viewOf(payload);
    if (!message || message.byteLength < 4) {
      this.counters.ignored++;
      return;
    }
    const type = message.getUint32(0, true);
    if (this.waiting.has(type)) this.waiting.set(type, message);
    if (!(yield* this.receive(cpu, type, message))) this.counters.ignored++;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PIPE_BYTES + message.length);
  const view = viewOf(bytes);
  view.setUint32(0, PIPE_DATA, true);
  view.setUint32(4, message.length, true);
  bytes.set(message, PIPE_BYTES);
  return bytes;
}

/** The message behind a pipe header; `undefined` when it is another kind of packet or is cut off. */
function unframed(payload: Uint8Array): DataView | undefined {
  if (payload.length < PIPE_BYTES) return undefined;
  const view = viewOf(payload);
  const size = view.getUint32(4, true);
  if (view.getUint32(0, true) !== PIPE_DATA || size > payload.length - PIPE_BYTES) return undefined;
  return new DataView(payload.buffer, payload.byteOffset + PIPE_BYTES, size);
}
