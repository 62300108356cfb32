/**
 * The synthetic interrupt controllers of a partition as the host side uses them, and the ports through which the guest reaches the
 * host: message ports for POST_MESSAGE, event ports for SIGNAL_EVENT.
 */

import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import { traceKind } from '../core/trace.ts';
import { HVMSG } from '../wire/synic-constants.ts';
import type { Counters } from './counters.ts';
import type { RootPartition } from './root.ts';
import type { PostResult, VpSynic } from './synic-vp.ts';

export const SYNIC_MESSAGE = traceKind(
  'synic.message',
  ['sint', 'type'],
  'the hypervisor has a message for the guest',
);
export const SYNIC_EVENT = traceKind(
  'synic.event',
  ['sint', 'flag'],
  'the hypervisor sets an event flag for the guest',
);

/** A status of a hypercall (`wire/hypercall.ts`, HV_STATUS). */
export type HvStatus = number;

/** Takes a message of the guest. Its status is the hypercall's; INSUFFICIENT_BUFFERS makes the guest try again later. */
export type MessagePortHandler = (vp: number, messageType: number, payload: Uint8Array) => HvStatus;

/** Runs in the root after the guest has signalled: `root.spend` charges what it does. */
export type EventPortHandler = (flag: number) => void;

interface EventPort {
  readonly connectionId: number;
  /** First flag beyond the port's range. */
  readonly flags: number;
  readonly handler: EventPortHandler;
  /** Flags that are set and not yet seen by the root. */
  readonly pending: Set<number>;
}

export class Synic {
  private readonly vps: readonly VpSynic[];
  /** Number of processor 0 in the trace. */
  private readonly firstWho: number;
  private readonly engine: Engine;
  private readonly trace: Trace;
  private readonly counters: Counters;
  private readonly root: RootPartition;
  private readonly messagePorts = new Map<number, MessagePortHandler>();
  private readonly eventPorts = new Map<number, EventPort>();
  private readonly work: number;
  private readonly messageKind: number;
  private readonly eventKind: number;

  constructor(
    vps: readonly VpSynic[],
    engine: Engine,
    trace: Trace,
    counters: Counters,
    root: RootPartition,
    firstWho = 0,
  ) {
    this.vps = vps;
    this.firstWho = firstWho;
    this.engine = engine;
    this.trace = trace;
    this.counters = counters;
    this.root = root;
    this.messageKind = trace.kind(SYNIC_MESSAGE);
    this.eventKind = trace.kind(SYNIC_EVENT);
    this.work = root.work('sint', (connectionId) => this.interruptRoot(connectionId));
  }

  /** Sends up to 240 bytes to a source of a processor. `type` is below 0x80000000 for everyone but the hypervisor itself. */
  postMessage(vp: number, sint: number, type: number, payload: Uint8Array): PostResult {
    this.trace.emit(this.messageKind, this.engine.now, this.firstWho + vp, sint, type);
    return this.vps[vp].post(sint, type, payload);
  }

  /** A timer of a processor has expired: its message has a buffer of its own. See {@link VpSynic.postDedicated}. */
  postExpiry(vp: number, sint: number, payload: Uint8Array, delivered: (gpa: number) => void): void {
    this.trace.emit(this.messageKind, this.engine.now, this.firstWho + vp, sint, HVMSG.TIMER_EXPIRED);
    this.vps[vp].postDedicated(sint, HVMSG.TIMER_EXPIRED, payload, delivered);
  }

  /** Sets an event flag of a processor. False when it was set already: the guest has not looked since, no new interrupt. */
  signalEvent(vp: number, sint: number, flag: number): boolean {
    this.trace.emit(this.eventKind, this.engine.now, this.firstWho + vp, sint, flag);
    return this.vps[vp].signal(sint, flag);
  }

  /** Calls `listener` when a message that waited has reached a slot: a post that was refused as `full` may be tried again. */
  onRoom(listener: (vp: number, sint: number) => void): void {
    this.vps.forEach((synic, vp) => {
      const others = synic.onRoom;
      synic.onRoom = (sint) => {
        others(sint);
        listener(vp, sint);
      };
    });
  }

  /** Opens a message port under a connection id. */
  onMessagePort(connectionId: number, handler: MessagePortHandler): void {
    this.messagePorts.set(connectionId, handler);
  }

  removeMessagePort(connectionId: number): void {
    this.messagePorts.delete(connectionId);
  }

  /** Opens an event port with `flags` flags under a connection id. The handler runs in the root, after its interrupt. */
  onEventPort(connectionId: number, handler: EventPortHandler, flags = 1): void {
    this.eventPorts.set(connectionId, { connectionId, flags, handler, pending: new Set() });
  }

  /** Closes an event port; a signal on its way to the root is lost with it. */
  removeEventPort(connectionId: number): void {
    this.eventPorts.delete(connectionId);
  }

  /** The guest posts a message. Undefined when there is no such port. */
  post(vp: number, connectionId: number, type: number, payload: Uint8Array): HvStatus | undefined {
    const handler = this.messagePorts.get(connectionId);
    if (!handler) return undefined;
    this.counters.pass('signal-to-root');
    return handler(vp, type, payload);
  }

  /** The guest signals an event: `no port`, `no flag` (beyond the port's range), or done. */
  signal(connectionId: number, flag: number): 'no port' | 'no flag' | 'done' {
    const port = this.eventPorts.get(connectionId);
    if (!port) return 'no port';
    if (flag >= port.flags) return 'no flag';
    if (port.pending.has(flag)) return 'done';
    port.pending.add(flag);
    if (port.pending.size === 1) this.root.interrupt(this.work, connectionId | 0, this.counters);
    return 'done';
  }

  private interruptRoot(connection: number): void {
    const port = this.eventPorts.get(connection >>> 0);
    if (!port) return;
    const flags = [...port.pending];
    port.pending.clear();
    for (const flag of flags) port.handler(flag);
  }
}
