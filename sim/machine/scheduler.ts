/**
 * The hypervisor's scheduler: virtual processors of all partitions, the root's included, share a set of logical processors.
 *
 * Published (WDK, "Hypervisor Scheduler", "CPU Weight"): every VP has its partition's relative weight, 1 to 10 000, 100 by default;
 * VPs of weights 100, 200 and 700 on one processor get 10, 20 and 70 per cent; that holds over "hundredths of a second", since
 * decisions are made at discrete times. How the decisions are made is not published, nor is the time slice. Assumed here: proportional
 * share by virtual time. A VP that runs collects cycles divided by its weight, and the lowest goes first; who slept keeps a credit of one
 * slice at most, and with it pre-empts who has none (the boost of a wake-up). A VP stays on its processor as long as nobody waits.
 * Reserves and caps, which the WDK describes as well, are not modelled; nor are threads of one core, which newer schedulers keep apart.
 *
 * Decisions are events of the engine, so they bound how far a VP runs ahead. An instruction or exit in progress is finished first.
 */
import type { Engine } from '../core/engine.ts';
import { invariant } from '../core/errors.ts';
import type { Trace } from '../core/trace.ts';
import { LogicalProcessor } from './logical-processor.ts';
import type { RouteCosts } from './route-costs.ts';
import { ROUTE } from './routes.ts';
import { RunQueue } from './run-queue.ts';
import type { Scheduled, ScheduleOptions } from './schedulable.ts';
import { Schedulable, WEIGHT } from './schedulable.ts';
import { schedulerKinds } from './scheduler-kinds.ts';

/** How processors are shared. */
export interface SchedulerOptions {
  /** Logical processors of the machine. */
  readonly logicalProcessors: number;
  /** Time slice in cycles. */
  readonly slice: number;
}

/**
 * A VP that got a processor keeps it for a hundredth of a slice at least: otherwise a guest that sleeps and wakes in turn would make the
 * machine do nothing but switch. Xen has such a limit (`sched_ratelimit_us`); that Hyper-V has one is assumed.
 */
const MINIMUM_SHARE = 100;

/** Time slice in seconds. Not published; "policies are guaranteed over hundredths of a second" fits it. Assumed. */
export const TIME_SLICE_SECONDS = 0.01;

export class Scheduler {
  readonly processors: readonly LogicalProcessor[];
  /** Time slice in cycles. */
  readonly slice: number;
  /** Everything that is scheduled, in the order of creation. */
  readonly all: Schedulable[] = [];
  /** Switches between VPs of one partition, and between partitions. */
  readonly switches = { vp: 0, partition: 0 };
  private readonly engine: Engine;
  private readonly trace: Trace;
  private readonly costs: RouteCosts;
  private readonly waiting = new RunQueue();
  private readonly kinds: ReturnType<typeof schedulerKinds>;
  private readonly minimum: number;
  private idle: number;

  constructor(engine: Engine, trace: Trace, costs: RouteCosts, options: SchedulerOptions) {
    const { logicalProcessors: count, slice } = options;
    invariant(count >= 1 && slice >= 1, 'a scheduler needs a processor and a slice');
    this.engine = engine;
    this.trace = trace;
    this.costs = costs;
    this.slice = slice;
    this.minimum = Math.floor(slice / MINIMUM_SHARE);
    this.idle = count;
    this.kinds = schedulerKinds(trace);
    this.processors = Array.from(
      { length: count },
      (_, index) => new LogicalProcessor(index, engine, (processor) => this.sliceOver(processor)),
    );
  }

  /** Takes a VP in. It is blocked until somebody wakes it. */
  add(client: Scheduled, options: ScheduleOptions): Schedulable {
    const all = this.processors.length;
    invariant(
      options.affinity?.every((index) => index >= 0 && index < all) ?? true,
      'a VP can only be bound to processors that exist',
    );
    const item = new Schedulable(client, options);
    item.queue = this.waiting.number(item.affinity);
    this.all.push(item);
    return item;
  }

  /** VPs that are ready and wait for a processor. */
  get queued(): number {
    return this.waiting.size;
  }

  /** Writes a row for every VP that runs: a recording that begins in the middle then knows who has which processor. */
  record(): void {
    const { now } = this.engine;
    for (const { current, index } of this.processors)
      if (current) this.trace.emit(this.kinds.dispatch, now, current.who, index, current.partition);
  }

  /** A blocked VP can go on: it runs at once where a processor is idle, or where somebody has less credit. */
  wake(item: Schedulable): void {
    if (item.state !== 'blocked') return;
    item.state = 'ready';
    item.since = this.engine.now;
    this.lift(item);
    const processor = this.idleFor(item);
    this.trace.emit(this.kinds.wake, this.engine.now, item.who, processor?.index ?? -1, this.waiting.size);
    if (processor) {
      this.dispatch(processor, item);
      return;
    }
    this.waiting.add(item);
    this.contend(item);
  }

  /** The VP waits for something from now on. */
  block(item: Schedulable): void {
    if (item.state === 'running') this.stop(item, 'blocked', this.kinds.block);
    else if (item.state === 'ready') {
      this.waiting.remove(item);
      item.readyTime += this.engine.now - item.since;
      item.state = 'blocked';
    }
  }

  /** A VP that was pre-empted in the middle of an instruction has finished it. */
  leave(item: Schedulable): void {
    if (item.state !== 'running') return;
    if (!item.spinning) this.stop(item, 'ready', this.kinds.preempt);
    else this.stop(item, 'ready', this.kinds.spin);
  }

  /** True while a logical processor is the VP's own. */
  isRunning(item: Schedulable): boolean {
    return item.state === 'running';
  }

  /**
   * A running VP says that it only spins. When somebody waits for its processor it gives it up: true then, and it must call `leave` at
   * the end of its instruction. Who comes next is a VP of the same partition that was pre-empted, for it may hold what the spinner
   * waits for; the hypervisor does not know who does. It goes first unless it has had more than its share: no partition gets more
   * time by such hints.
   */
  spinHint(item: Schedulable): boolean {
    const processor = this.processors[item.processor];
    if (item.state !== 'running' || !this.waiting.next(processor.index)) return false;
    item.spinning = true;
    processor.leaving = true;
    return true;
  }

  /** Cycles the VP had a processor so far. */
  runtime(item: Schedulable): number {
    return item.runtime + (item.state === 'running' ? this.engine.now - item.chargedAt : 0);
  }

  /** Cycles the VP was ready and others ran. */
  readyTime(item: Schedulable): number {
    return item.readyTime + (item.state === 'ready' ? this.engine.now - item.since : 0);
  }

  private dispatch(processor: LogicalProcessor, item: Schedulable): void {
    const { now } = this.engine;
    const at = now + this.switchTo(processor, item);
    item.readyTime += now - item.since;
    this.trace.span(this.kinds.dispatch, now, at, item.who, processor.index, item.partition);
    item.state = 'running';
    item.processor = processor.index;
    item.spinning = false;
    item.since = now;
    item.chargedAt = now;
    item.dispatches++;
    processor.run(item, at);
    this.idle--;
    if (this.waiting.size > 0 && this.waiting.next(processor.index)) processor.endAt(at + this.slice);
    item.client.dispatched(at);
  }

  /** Cost of the switch, which is counted. Nothing when the VP ran there last, or when its intercept's route has paid. */
  private switchTo(processor: LogicalProcessor, item: Schedulable): number {
    const { last } = processor;
    const free = last === item || item.returning;
    item.returning = false;
    if (free) return 0;
    const route = last?.partition === item.partition ? 'vp-switch' : 'partition-switch';
    this.switches[route === 'vp-switch' ? 'vp' : 'partition']++;
    item.counters?.pass(route);
    return this.costs.before[ROUTE[route]];
  }

  private stop(item: Schedulable, state: 'ready' | 'blocked', kind: number): void {
    const processor = this.processors[item.processor];
    this.charge(item);
    processor.virtualTime = this.virtualTimeOf(processor);
    this.trace.emit(kind, this.engine.now, item.who, processor.index, this.engine.now - item.since);
    item.state = state;
    item.since = this.engine.now;
    processor.release(this.engine.now);
    this.idle++;
    const next = this.successor(processor, item);
    if (state === 'ready') {
      if (item.spinning) item.yields++;
      else item.preemptions++;
      this.lift(item);
      // Who spins goes behind the one that it gives way to, whatever credit it had.
      if (item.spinning && next) item.tag = Math.max(item.tag, next.tag);
      this.waiting.add(item);
    }
    const chosen = (item.spinning ? next : undefined) ?? this.waiting.next(processor.index);
    if (!chosen) return;
    this.waiting.remove(chosen);
    this.dispatch(processor, chosen);
  }

  /** Who follows on the processor: the lowest virtual time, or for a spinner first a VP of its partition that does not spin itself. */
  private successor(processor: LogicalProcessor, item: Schedulable): Schedulable | undefined {
    let mate: Schedulable | undefined;
    if (item.spinning) {
      for (const other of this.all) {
        if (other.partition !== item.partition || other.state !== 'ready' || other.spinning) continue;
        if (!other.allows(processor.index) || other.tag > processor.virtualTime + this.slice) continue;
        if (mate === undefined || other.before(mate)) mate = other;
      }
    }
    return mate ?? this.waiting.next(processor.index);
  }

  /** Books the time since the last booking. */
  private charge(item: Schedulable): void {
    const ran = this.engine.now - item.chargedAt;
    item.chargedAt = this.engine.now;
    item.runtime += ran;
    item.tag += (ran * WEIGHT.default) / item.weight;
  }

  /** Who did not use its share keeps a credit of one slice, not more: nobody saves up for later. */
  private lift(item: Schedulable): void {
    let most = 0;
    for (const processor of this.processors) {
      const time = this.virtualTimeOf(processor);
      if (time > most && item.allows(processor.index)) most = time;
    }
    item.tag = Math.max(item.tag, most - this.slice);
  }

  private idleFor(item: Schedulable): LogicalProcessor | undefined {
    if (this.idle === 0) return undefined;
    const usual = this.processors[item.processor];
    if (usual && !usual.current && item.allows(usual.index)) return usual;
    return this.processors.find(({ current, index }) => !current && item.allows(index));
  }

  /**
   * Somebody waits now: all processors that it could have run to a slice's end from here on. The one that is furthest ahead of it is
   * pre-empted at once.
   */
  private contend(item: Schedulable): void {
    let victim: LogicalProcessor | undefined;
    let most = item.tag;
    for (const processor of this.processors) {
      const { current } = processor;
      if (!current || !item.allows(processor.index)) continue;
      processor.endAt(Math.max(this.engine.now, processor.from + this.slice));
      const tag = this.tagOf(current);
      if (tag > most && !processor.leaving) [victim, most] = [processor, tag];
    }
    if (victim) this.preempt(victim);
  }

  /** Virtual time at which the slice that runs would have begun, had there been one: a VP may have been alone for long. */
  private virtualTimeOf(processor: LogicalProcessor): number {
    const { current, virtualTime } = processor;
    if (!current) return virtualTime;
    return Math.max(virtualTime, this.tagOf(current) - (this.slice * WEIGHT.default) / current.weight);
  }

  private tagOf({ tag, weight, chargedAt }: Schedulable): number {
    return tag + ((this.engine.now - chargedAt) * WEIGHT.default) / weight;
  }

  private sliceOver(processor: LogicalProcessor): void {
    const { current } = processor;
    const next = this.waiting.next(processor.index);
    if (!current || !next || processor.leaving) return;
    this.charge(current);
    this.lift(current);
    if (next.tag <= current.tag) this.preempt(processor);
    else processor.endAt(this.engine.now + this.slice);
  }

  /** Not before it has run for the least time. */
  private preempt(processor: LogicalProcessor): void {
    const item = processor.current as Schedulable;
    const earliest = processor.from + this.minimum;
    if (this.engine.now < earliest) processor.endAt(earliest, true);
    else if (item.client.preempted()) this.stop(item, 'ready', this.kinds.preempt);
    else processor.leaving = true;
  }
}
