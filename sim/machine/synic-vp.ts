/**
 * The synthetic interrupt controller of one virtual processor: sixteen sources, a page of message slots, a page of event flags.
 *
 * Source: TLFS, "Inter-Partition Communication". The rules that matter to a guest: a source has one slot; while the guest has not
 * freed it, messages wait in the queue and the slot's pending flag is set; delivery is tried again on EOM, on EOI of the source's
 * vector, and with the next message. An event flag that is set already raises no second interrupt.
 */
import {
  HV_EVENT_FLAGS_BYTE_COUNT,
  HV_EVENT_FLAGS_COUNT,
  HV_MESSAGE_FLAG_PENDING,
  HV_MESSAGE_OFFSET,
  HV_MESSAGE_SIZE,
  HV_PORT_MESSAGE_BUFFERS,
  HV_SYNIC_FIRST_VALID_VECTOR,
  HV_SYNIC_SINT,
  HV_SYNIC_SINT_COUNT,
  HV_SYNIC_SINT_RESET,
  HVMSG,
} from '../wire/synic-constants.ts';
import type { GuestMemory } from './memory.ts';
import { OverlayRegister, type SavedOverlay } from './overlay-register.ts';

/** What became of a message: in the guest's slot, waiting for the slot, or refused because sixteen wait already. */
export type PostResult = 'delivered' | 'queued' | 'full';

interface Message {
  readonly type: number;
  readonly payload: Uint8Array;
  readonly port: number;
  /** Of messages in a buffer of their own, as timers have: told where the payload was written. */
  readonly delivered?: (gpa: number) => void;
}

/** Raises the vector of a source in the processor's APIC. */
export type RaiseVector = (vector: number, autoEoi: boolean) => void;

/** A synthetic interrupt controller as it is saved. */
export type SavedSynic = {
  readonly control: bigint;
  readonly simp: SavedOverlay;
  readonly siefp: SavedOverlay;
  readonly sints: readonly bigint[];
  /** Messages that wait for the slot of their source. */
  readonly queues: readonly (readonly {
    readonly type: number;
    readonly payload: Uint8Array;
    readonly port: number;
  }[])[];
};

/** The registers and pages of one virtual processor. */
export class VpSynic {
  /** SCONTROL. Bit 0 enables the controller; the other bits are kept for the guest. */
  control = 0n;
  readonly simp: OverlayRegister;
  readonly siefp: OverlayRegister;
  private readonly sints: bigint[] = new Array(HV_SYNIC_SINT_COUNT).fill(HV_SYNIC_SINT_RESET);
  private readonly queues: Message[][] = Array.from({ length: HV_SYNIC_SINT_COUNT }, () => []);
  private readonly memory: GuestMemory;
  private readonly raiseVector: RaiseVector;
  /** Told when a message that waited has gone into its slot: there is room for another. */
  onRoom: (sint: number) => void = () => undefined;
  /** Told how many unmasked sources have AutoEOI set, when that may have changed: hardware cannot inject those. */
  onAutoEoi: (sources: number) => void = () => undefined;

  constructor(memory: GuestMemory, raise: RaiseVector) {
    this.memory = memory;
    this.raiseVector = raise;
    this.simp = new OverlayRegister(memory);
    this.siefp = new OverlayRegister(memory);
  }

  get enabled(): boolean {
    return (this.control & 1n) !== 0n;
  }

  writeControl(value: bigint): void {
    this.control = value;
    this.deliverAll();
  }

  writeSimp(value: bigint): void {
    this.simp.write(value);
    this.deliverAll();
  }

  sint(index: number): bigint {
    return this.sints[index];
  }

  /** False means #GP: the vector of an unmasked source is one of the sixteen exceptions. */
  writeSint(index: number, value: bigint): boolean {
    const silent = (value & (HV_SYNIC_SINT.MASKED | HV_SYNIC_SINT.POLLING)) !== 0n;
    if (!silent && Number(value & HV_SYNIC_SINT.VECTOR_MASK) < HV_SYNIC_FIRST_VALID_VECTOR) return false;
    this.sints[index] = value;
    this.tellAutoEoi();
    this.retry(index);
    return true;
  }

  /** Puts a message into the source's slot, or behind those that wait for it. `port` is what the slot's header names as the sender. */
  post(sint: number, type: number, payload: Uint8Array, port = 0): PostResult {
    const queue = this.queues[sint];
    if (this.isFull(queue)) {
      this.deliver(sint);
      if (this.isFull(queue)) return 'full';
    }
    const message = { type, payload: payload.slice(), port };
    queue.push(message);
    this.deliver(sint);
    return queue.includes(message) ? 'queued' : 'delivered';
  }

  /** Queues a message that has a buffer of its own and cannot be refused: an expiry of a timer. */
  postDedicated(sint: number, type: number, payload: Uint8Array, delivered: (gpa: number) => void): void {
    this.queues[sint].push({ type, payload, port: 0, delivered });
    this.deliver(sint);
  }

  /** Sets an event flag. False when it was set already or cannot be: then nothing is raised. */
  signal(sint: number, flag: number): boolean {
    const page = this.siefp.page;
    if (page < 0 || !this.enabled || flag >= HV_EVENT_FLAGS_COUNT) return false;
    const byte = page + sint * HV_EVENT_FLAGS_BYTE_COUNT + (flag >>> 3);
    const bit = 1 << (flag & 7);
    const { u8 } = this.memory;
    if ((u8[byte] & bit) !== 0) return false;
    u8[byte] |= bit;
    this.raise(sint);
    return true;
  }

  /** EOM: the guest has freed a slot whose pending flag was set. It does not say which. */
  endOfMessage(): void {
    this.deliverAll();
  }

  /** The guest has ended an interrupt: sources with this vector try again. */
  endOfInterrupt(vector: number): void {
    this.sints.forEach((value, sint) => {
      if (Number(value & HV_SYNIC_SINT.VECTOR_MASK) === vector) this.retry(sint);
    });
  }

  /** Messages that wait for a source's slot. */
  waiting(sint: number): number {
    return this.queues[sint].length;
  }

  /** Everything that a restored processor must find again. Messages with a buffer of their own belong to timers, which are not saved. */
  save(): SavedSynic {
    return {
      control: this.control,
      simp: this.simp.save(),
      siefp: this.siefp.save(),
      sints: [...this.sints],
      queues: this.queues.map((queue) => queue.map(({ type, payload, port }) => ({ type, payload, port }))),
    };
  }

  /** Puts back what {@link save} gave: nothing is raised, what was raised is pending in the APIC. */
  load({ control, simp, siefp, sints, queues }: SavedSynic): void {
    this.control = control;
    this.simp.load(simp);
    this.siefp.load(siefp);
    for (const [i, value] of sints.entries()) this.sints[i] = value;
    for (const [i, queue] of queues.entries()) this.queues[i].splice(0, Infinity, ...queue);
    this.tellAutoEoi();
  }

  reset(): void {
    this.control = 0n;
    this.simp.reset();
    this.siefp.reset();
    this.sints.fill(HV_SYNIC_SINT_RESET);
    for (const queue of this.queues) queue.length = 0;
    this.tellAutoEoi();
  }

  /** Sixteen buffers are for the messages of others; each timer has one of its own (TLFS, "Message Buffers"). */
  private isFull(queue: readonly Message[]): boolean {
    if (queue.length < HV_PORT_MESSAGE_BUFFERS) return false;
    return queue.filter(({ delivered }) => !delivered).length >= HV_PORT_MESSAGE_BUFFERS;
  }

  private tellAutoEoi(): void {
    const { MASKED, AUTO_EOI } = HV_SYNIC_SINT;
    this.onAutoEoi(this.sints.filter((value) => (value & (MASKED | AUTO_EOI)) === AUTO_EOI).length);
  }

  private deliverAll(): void {
    for (let sint = 0; sint < HV_SYNIC_SINT_COUNT; sint++) this.retry(sint);
  }

  private retry(sint: number): void {
    if (this.deliver(sint)) this.onRoom(sint);
  }

  /** Moves the oldest waiting message into the slot if that is free, else tells the guest that one waits. */
  private deliver(sint: number): boolean {
    const queue = this.queues[sint];
    const page = this.simp.page;
    if (queue.length === 0 || page < 0 || !this.enabled) return false;
    const slot = page + sint * HV_MESSAGE_SIZE;
    const { u8, view } = this.memory;
    if (view.getUint32(slot + HV_MESSAGE_OFFSET.TYPE, true) !== HVMSG.NONE) {
      u8[slot + HV_MESSAGE_OFFSET.FLAGS] |= HV_MESSAGE_FLAG_PENDING;
      return false;
    }
    const message = queue.shift() as Message;
    this.fill(slot, message, queue.length > 0);
    this.raise(sint);
    message.delivered?.(slot + HV_MESSAGE_OFFSET.PAYLOAD);
    return true;
  }

  /** Writes a slot; the type last, because a guest that polls looks at that. */
  private fill(slot: number, { type, payload, port }: Message, more: boolean): void {
    const { u8, view } = this.memory;
    u8.fill(0, slot, slot + HV_MESSAGE_SIZE);
    u8.set(payload, slot + HV_MESSAGE_OFFSET.PAYLOAD);
    u8[slot + HV_MESSAGE_OFFSET.PAYLOAD_SIZE] = payload.length;
    u8[slot + HV_MESSAGE_OFFSET.FLAGS] = more ? HV_MESSAGE_FLAG_PENDING : 0;
    view.setUint32(slot + HV_MESSAGE_OFFSET.PORT, port, true);
    view.setUint32(slot + HV_MESSAGE_OFFSET.TYPE, type, true);
  }

  private raise(sint: number): void {
    const value = this.sints[sint];
    if ((value & (HV_SYNIC_SINT.MASKED | HV_SYNIC_SINT.POLLING)) !== 0n) return;
    this.raiseVector(Number(value & HV_SYNIC_SINT.VECTOR_MASK), (value & HV_SYNIC_SINT.AUTO_EOI) !== 0n);
  }
}
