/**
 * Monitored notifications: a signal without an exit. The guest sets a bit in a page that it shares with the hypervisor; the hypervisor
 * looks at each trigger once per its latency and sends the signal for it. A burst of sets within one latency is one signal.
 *
 * Source: TLFS 2.0a, "Monitored notifications" (14.5, 14.8); layout as Linux `drivers/hv/hyperv_vmbus.h`, hv_monitor_page. Latencies are
 * in units of 100 ns.
 */
import type { Engine, Timer } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import { traceKind } from '../core/trace.ts';
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import type { Counters } from './counters.ts';
import type { GuestMemory } from './memory.ts';
import { PAGE_SIZE } from './memory.ts';
import type { Partition } from './partition.ts';

export const MONITOR_SIGNAL = traceKind(
  'monitor.signal',
  ['trigger', 'connection'],
  'the hypervisor finds a trigger set and signals for it',
);

/** Offsets in the page. */
export const MONITOR_PAGE = { STATE: 0, GROUPS: 8, LATENCY: 576, PARAMETER: 1088 } as const;

interface Trigger {
  readonly connectionId: number;
  readonly flag: number;
  /** Cycles between two looks. */
  readonly period: number;
  nextLook: number;
}

export class MonitorPage {
  private readonly partition: Partition;
  private readonly engine: Engine;
  private readonly trace: Trace;
  private readonly memory: GuestMemory;
  private readonly counters: Counters;
  private readonly triggers = new Map<number, Trigger>();
  private readonly timer: Timer;
  private readonly kind: number;
  private gpa = -1;

  constructor(partition: Partition) {
    this.partition = partition;
    this.engine = partition.engine;
    this.trace = partition.trace;
    this.memory = partition.memory;
    this.counters = partition.counters;
    this.kind = this.trace.kind(MONITOR_SIGNAL);
    this.timer = this.engine.timer('monitor', () => this.look());
  }

  /** The page that the guest has named; undefined takes it away. False when it is not RAM. */
  place(gpa: number | undefined): boolean {
    this.gpa = gpa !== undefined && gpa % PAGE_SIZE === 0 && this.memory.valid(gpa, PAGE_SIZE) ? gpa : -1;
    for (const [id, trigger] of this.triggers) this.describe(id, trigger);
    this.plan();
    return this.gpa >= 0;
  }

  /** Ties a trigger to an event port. Latency in units of 100 ns. */
  connect(id: number, latency: number, connectionId: number, flag = 0): void {
    const period = Math.max(1, Math.round(latency * (this.partition.costs.hz / HV_CLOCK_HZ)));
    const trigger = { connectionId, flag, period, nextLook: this.engine.now + period };
    this.triggers.set(id, trigger);
    this.describe(id, trigger);
    this.plan();
  }

  disconnect(id: number): void {
    this.triggers.delete(id);
    this.plan();
  }

  /** Shows the trigger's settings in the page and enables its group. */
  private describe(id: number, { connectionId, flag, period }: Trigger): void {
    if (this.gpa < 0) return;
    const { view } = this.memory;
    const enabled = view.getUint32(this.gpa + MONITOR_PAGE.STATE, true) | (1 << (id >>> 5));
    view.setUint32(this.gpa + MONITOR_PAGE.STATE, enabled, true);
    const latency = Math.min(0xffff, Math.round((period * HV_CLOCK_HZ) / this.partition.costs.hz));
    view.setUint16(this.gpa + MONITOR_PAGE.LATENCY + 2 * id, latency, true);
    view.setUint32(this.gpa + MONITOR_PAGE.PARAMETER + 8 * id, connectionId, true);
    view.setUint16(this.gpa + MONITOR_PAGE.PARAMETER + 8 * id + 4, flag, true);
  }

  private plan(): void {
    let next = Infinity;
    if (this.gpa >= 0) for (const { nextLook } of this.triggers.values()) next = Math.min(next, nextLook);
    if (next === Infinity) this.timer.cancel();
    else this.timer.set(Math.max(next, this.engine.now));
  }

  /** Looks at every trigger that is due. */
  private look(): void {
    this.counters.pass('monitor-scan');
    for (const [id, trigger] of this.triggers) {
      if (trigger.nextLook > this.engine.now) continue;
      trigger.nextLook = this.engine.now + trigger.period;
      if (this.take(id)) this.signal(id, trigger);
    }
    this.plan();
  }

  /** Clears the trigger's pending bit; whether it was set. */
  private take(id: number): boolean {
    const word = this.gpa + MONITOR_PAGE.GROUPS + 8 * (id >>> 5);
    const pending = this.memory.read32(word);
    const bit = 1 << (id & 31);
    if ((pending & bit) === 0) return false;
    this.memory.write32(word, (pending & ~bit) >>> 0);
    return true;
  }

  private signal(id: number, { connectionId, flag }: Trigger): void {
    this.trace.emit(this.kind, this.engine.now, 0, id, connectionId);
    this.partition.synic.signal(connectionId, flag);
  }
}
