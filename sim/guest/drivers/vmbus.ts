/**
 * The guest's VMBus: finds out what devices the host offers, gives every channel's interrupts to the channel's driver, and takes leave.
 *
 * After Linux 6.1 `drivers/hv/vmbus_drv.c` (vmbus_bus_init, vmbus_isr, vmbus_on_msg_dpc) and `channel_mgmt.c` (offers, rescind, unload).
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { hypervisorMessages } from '../../wire/synic-constants.ts';
import { CHANNELMSG, LINUX_VMBUS_VERSIONS, VMBUS_MESSAGE_TYPE } from '../../wire/vmbus.ts';
import type { Hyperv } from './hv.ts';
import { GuestSynic, HYPERVISOR_CALLBACK_VECTOR } from './hv-synic.ts';
import { VmbusChannel } from './vmbus-channel.ts';
import { VmbusConnection } from './vmbus-connection.ts';
import { messageType, readOffer, readRelid, requestOffers, unload } from './vmbus-requests.ts';

/** Linux waits this long between two looks at the message page while it unloads with interrupts off. */
const UNLOAD_POLL_US = 10_000;
const UNLOAD_POLLS = 10_000;

/** One processor's end of the bus. */
interface Processor {
  readonly cpu: Cpu;
  readonly synic: GuestSynic;
  /** Channels whose flag the running interrupt has found set. */
  readonly due: VmbusChannel[];
}

export class Vmbus {
  readonly hv: Hyperv;
  readonly connection: VmbusConnection;
  /** Messages from the host that no driver wanted: unknown types, replies nobody waits for. */
  strayMessages = 0;
  private readonly processors: Processor[] = [];
  /** By channel id, which is also the channel's event flag number. */
  private readonly channels: (VmbusChannel | undefined)[] = [];
  private readonly vector: number;
  private offersDelivered = false;
  private polling = false;

  /** `vector` is the interrupt that the host raises; every system chooses its own. */
  constructor(hv: Hyperv, vector: number = HYPERVISOR_CALLBACK_VECTOR) {
    this.hv = hv;
    this.vector = vector;
    this.connection = new VmbusConnection(hv);
  }

  /** vmbus_bus_init on one processor: interrupt handler first, then the SynIC, which may interrupt from then on. */
  *initProcessor(cpu: Cpu): Program {
    const processor = { cpu, synic: new GuestSynic(cpu, this.hv, this.vector), due: [] };
    this.processors[cpu.index] = processor;
    cpu.onVector(this.vector, () => this.interrupt(processor));
    yield* processor.synic.enable();
  }

  /** Connects with the newest version that both sides speak and learns what devices there are. False when the host refuses. */
  *connect(cpu: Cpu, versions: readonly number[] = LINUX_VMBUS_VERSIONS): Program<boolean> {
    if (!(yield* this.connection.negotiate(cpu, versions))) return false;
    if (!(yield* this.connection.post(cpu, requestOffers()))) return false;
    yield* this.connection.waitUntil(cpu, () => this.offersDelivered);
    return true;
  }

  /** The first channel of every device of a class, in the order of the offers. */
  devices(classGuid: string): VmbusChannel[] {
    return this.openable().filter(
      ({ offer }) => offer.classGuid === classGuid && offer.subChannelIndex === 0,
    );
  }

  /** All channels that were offered and not taken away. */
  openable(): VmbusChannel[] {
    return this.channels.filter((channel) => channel !== undefined);
  }

  /** What a processor does when it has nothing to do: deferred work, else halt. Ends when `until()` holds. */
  *idle(cpu: Cpu, until: () => boolean = () => false): Program {
    yield* this.connection.waitUntil(cpu, until);
  }

  /**
   * Disconnects as a crashing kernel does: interrupts stay off and the message page is polled, every `pollMicroseconds`. False when no
   * answer came.
   */
  *disconnect(cpu: Cpu, pollMicroseconds = UNLOAD_POLL_US): Program<boolean> {
    cpu.cli();
    const reply = this.connection.expect(CHANNELMSG.UNLOAD_RESPONSE, []);
    if (!(yield* this.connection.post(cpu, unload()))) return false;
    for (let poll = 0; poll < UNLOAD_POLLS && reply.message === undefined; poll++) {
      yield* this.takeMessages();
      if (reply.message === undefined) yield* cpu.compute(pollMicroseconds * this.hv.ticksPerMicrosecond);
    }
    this.connection.state = 'disconnected';
    this.channels.length = 0;
    if (!this.polling) cpu.sti();
    return reply.message !== undefined;
  }

  /**
   * From here on nothing interrupts this processor: whoever waits for the host looks at the message pages, every `pollMicroseconds`. There is no
   * way back; a kernel that does this has crashed.
   */
  beginPolling(cpu: Cpu, pollMicroseconds: number): void {
    const { hv, connection } = this;
    this.polling = true;
    cpu.cli();
    const poll = function* (this: Vmbus): Program {
      yield* cpu.compute(pollMicroseconds * hv.ticksPerMicrosecond);
      yield* this.takeMessages();
    };
    connection.rest = () => poll.call(this);
  }

  private *takeMessages(): Program {
    for (const { synic } of this.processors) if (synic.hasMessage) yield* this.takeMessage(synic);
  }

  /** Masks and turns off one processor's SynIC, the last step of leaving. */
  *stopProcessor(cpu: Cpu): Program {
    yield* this.processors[cpu.index].synic.disable();
  }

  /** Messages taken, and EOM writes that they needed, on all processors. */
  get messageCounts(): { messages: number; eomWrites: number } {
    const sum = { messages: 0, eomWrites: 0 };
    for (const { synic } of this.processors) {
      sum.messages += synic.messages;
      sum.eomWrites += synic.eomWrites;
    }
    return sum;
  }

  /**
   * vmbus_isr and what it schedules: first silence the channels whose flag is set, then acknowledge the interrupt (unless the hypervisor
   * does so by itself), then read the message and the rings.
   */
  private *interrupt({ cpu, synic, due }: Processor): Program {
    for (let flag = synic.takeEvent(0); flag >= 0; flag = synic.takeEvent(flag + 1)) {
      if (flag === 0 && this.connection.marksInPage)
        this.connection.takeMarks(cpu, (relid) => this.silence(relid, due));
      else this.silence(flag, due);
    }
    if (this.hv.autoEoiDeprecated) yield* cpu.eoi();
    if (synic.hasMessage) yield* this.takeMessage(synic);
    for (let i = 0; i < due.length; i++) yield* due[i].onEvent(cpu);
    due.length = 0;
  }

  private silence(relid: number, due: VmbusChannel[]): void {
    const channel = this.channels[relid];
    if (channel?.state !== 'open') return;
    channel.beginRead();
    due.push(channel);
  }

  private *takeMessage(synic: GuestSynic): Program {
    const message = yield* synic.takeMessage();
    const { onTimer } = this.connection;
    if (message.type === hypervisorMessages.values.TIMER_EXPIRED && onTimer) yield* onTimer();
    else if (message.type === VMBUS_MESSAGE_TYPE && message.payload.length >= 8)
      this.dispatch(message.payload);
    else this.strayMessages++;
  }

  private dispatch(message: Uint8Array): void {
    const type = messageType(message);
    if (type === CHANNELMSG.OFFERCHANNEL) this.onOffer(message);
    else if (type === CHANNELMSG.RESCIND_CHANNELOFFER) this.onRescind(readRelid(message));
    else if (type === CHANNELMSG.ALLOFFERS_DELIVERED) this.offersDelivered = true;
    else if (!this.connection.deliver(type, message)) this.strayMessages++;
  }

  private onOffer(message: Uint8Array): void {
    const offer = readOffer(message);
    const channel = new VmbusChannel(this.connection, offer);
    this.channels[offer.relid] = channel;
    if (offer.subChannelIndex === 0) return;
    const primary = this.devices(offer.classGuid).find(
      (device) => device.offer.instanceGuid === offer.instanceGuid,
    );
    if (primary === undefined) return;
    primary.subChannels.push(channel);
    const { onSubChannel } = primary;
    if (onSubChannel) this.connection.defer((cpu) => onSubChannel(cpu, channel));
  }

  private onRescind(relid: number): void {
    const channel = this.channels[relid];
    if (channel === undefined) return;
    const open = channel.state === 'open';
    channel.rescind();
    this.connection.defer((cpu) => this.removeChannel(cpu, channel, open));
  }

  private *removeChannel(cpu: Cpu, channel: VmbusChannel, open: boolean): Program {
    channel.onRescind?.();
    if (open) yield* channel.close(cpu);
    this.channels[channel.offer.relid] = undefined;
    yield* channel.release(cpu);
  }
}
