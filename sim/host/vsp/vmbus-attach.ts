/**
 * Connects a VMBus server to its partition: message ports, event ports, interrupts, and the root's time.
 *
 * The guest's messages and signals interrupt the root partition, and the server's work runs there at a virtual time. Message
 * buffers are bounded as in the hypervisor: while sixteen messages wait for the root, or the guest does not read its own, a post is
 * refused with INSUFFICIENT_BUFFERS and the guest tries again.
 */
import { traceKind, WHO_ROOT } from '../../core/trace.ts';
import { MonitorPage } from '../../machine/monitor-page.ts';
import type { Partition } from '../../machine/partition.ts';
import { HV_STATUS } from '../../wire/hypercall.ts';
import { HV_PORT_MESSAGE_BUFFERS } from '../../wire/synic-constants.ts';
import {
  VMBUS_MESSAGE_CONNECTION_ID,
  VMBUS_MESSAGE_CONNECTION_ID_4,
  VMBUS_MESSAGE_TYPE,
} from '../../wire/vmbus.ts';
import { REFUSALS, type Refusal, type VmbusPlatform } from './vmbus-platform.ts';
import { VmbusServer, type VmbusServerOptions } from './vmbus-server.ts';

export const VMBUS_MESSAGE = traceKind(
  'vmbus.message',
  ['type', 'relid'],
  'the root takes a channel message',
);
export const VMBUS_REFUSED = traceKind('vmbus.refused', ['type', 'why'], 'a channel message has no effect');

export const CHANNEL_DEAD = traceKind(
  'channel.dead',
  ['relid'],
  'the guest broke the rules of a channel: nothing more is read from it',
);

class PartitionPlatform implements VmbusPlatform {
  readonly memory: Partition['memory'];
  readonly vps: number;
  private readonly partition: Partition;
  private readonly server: VmbusServer;
  private readonly monitor: MonitorPage;
  /** Messages that the root has not looked at yet. */
  private readonly inbox: Uint8Array[] = [];
  private readonly messageWork: number;
  private readonly messageKind: number;
  private readonly refusedKind: number;
  private readonly deadKind: number;

  constructor(partition: Partition, options: VmbusServerOptions) {
    this.partition = partition;
    this.memory = partition.memory;
    this.vps = partition.vps.length;
    this.messageKind = partition.trace.kind(VMBUS_MESSAGE);
    this.refusedKind = partition.trace.kind(VMBUS_REFUSED);
    this.deadKind = partition.trace.kind(CHANNEL_DEAD);
    this.server = new VmbusServer(this, options);
    this.monitor = new MonitorPage(partition);
    this.messageWork = partition.root.work('vmbus.message', () => this.takeMessage());
    const retry = partition.root.work('vmbus.retry', () => this.server.messageTaken());
    partition.synic.onRoom(() => {
      if (this.server.pendingMessages > 0) partition.root.queue(retry);
    });
    for (const id of [VMBUS_MESSAGE_CONNECTION_ID, VMBUS_MESSAGE_CONNECTION_ID_4]) {
      partition.synic.onMessagePort(id, (_vp, type, payload) => this.post(type, payload));
    }
    partition.onReset(() => {
      this.inbox.length = 0;
      this.server.reset();
    });
  }

  get bus(): VmbusServer {
    return this.server;
  }

  /** The guest posts a message: it waits in a buffer until the root looks. */
  private post(type: number, payload: Uint8Array): number {
    if (this.inbox.length >= HV_PORT_MESSAGE_BUFFERS || this.server.congested)
      return HV_STATUS.INSUFFICIENT_BUFFERS;
    if (type !== VMBUS_MESSAGE_TYPE) return HV_STATUS.SUCCESS;
    this.inbox.push(payload);
    this.partition.root.interrupt(this.messageWork);
    return HV_STATUS.SUCCESS;
  }

  private takeMessage(): void {
    const payload = this.inbox.shift();
    if (!payload) return;
    this.partition.root.spend('ring.op');
    this.server.receive(payload);
  }

  postMessage(vp: number, sint: number, payload: Uint8Array): boolean {
    return this.partition.synic.postMessage(vp, sint, VMBUS_MESSAGE_TYPE, payload) !== 'full';
  }

  signalEvent(vp: number, sint: number, flag: number): void {
    this.partition.signalFromRoot(vp, sint, flag);
  }

  connectEvents(connectionId: number, handler: () => void): void {
    this.partition.synic.onEventPort(connectionId, handler);
  }

  disconnectEvents(connectionId: number): void {
    this.partition.synic.removeEventPort(connectionId);
  }

  noteMessage(type: number, relid: number): void {
    this.partition.trace.emit(this.messageKind, this.partition.root.now, WHO_ROOT, type, relid);
  }

  noteRefusal(type: number, refusal: Refusal): void {
    const { trace, root } = this.partition;
    trace.emit(this.refusedKind, root.now, WHO_ROOT, type, REFUSALS.indexOf(refusal));
  }

  noteDead(relid: number): void {
    this.partition.trace.emit(this.deadKind, this.partition.root.now, WHO_ROOT, relid);
  }

  placeMonitorPage(gpa: number | undefined): void {
    this.monitor.place(gpa);
  }

  connectMonitor(id: number, latency: number, connectionId: number): void {
    this.monitor.connect(id, latency, connectionId);
  }

  disconnectMonitor(id: number): void {
    this.monitor.disconnect(id);
  }
}

/** Gives a partition a VMBus server. Devices are added with {@link VmbusServer.offer}. */
export function attachVmbus(partition: Partition, options: VmbusServerOptions = {}): VmbusServer {
  return new PartitionPlatform(partition, options).bus;
}
