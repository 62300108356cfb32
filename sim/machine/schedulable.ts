/**
 * What the hypervisor's scheduler gives time to: a virtual processor of a guest or of the root partition.
 */
import { invariant } from '../core/errors.ts';
import type { Counters } from './counters.ts';

/** Weights as an administrator sets them, and the one that counts 1:1. WDK, "CPU Weight". */
export const WEIGHT = { min: 1, max: 10_000, default: 100 } as const;

/** The processor behind a schedulable: the scheduler tells it when it may run and when its time is over. */
export interface Scheduled {
  /** A logical processor is its own from `at` on (the switch is over then). */
  dispatched(at: number): void;
  /**
   * Its time is over. True when it stands still at once; false when it is in the middle of an instruction: then it calls
   * `Scheduler.leave` at the end of it.
   */
  preempted(): boolean;
}

/** How it is to be scheduled. */
export interface ScheduleOptions {
  /** Number in the trace. */
  readonly who: number;
  /** Id of the partition: a switch within one is no partition switch. */
  readonly partition: number;
  /** Relative weight, 1 to 10 000; 100 when absent. Each VP of a partition has the partition's weight. */
  readonly weight?: number;
  /** Logical processors that it may run on; all when absent. */
  readonly affinity?: readonly number[];
  /** Where its switches are counted. */
  readonly counters?: Counters;
}

export class Schedulable {
  readonly who: number;
  readonly partition: number;
  readonly weight: number;
  readonly affinity: readonly number[] | undefined;
  readonly counters: Counters | undefined;
  readonly client: Scheduled;
  /** `blocked`: it waits for an interrupt or for a device. `ready`: it could run, another one does. */
  state: 'running' | 'ready' | 'blocked' = 'blocked';
  /** Virtual time: cycles it ran, divided by its weight. The lowest runs next. */
  tag = 0;
  /** Breaks ties: who began to wait earlier goes first. */
  order = 0;
  /** Place in its run queue, -1 when it is in none. */
  place = -1;
  /** Run queue of all that have the same affinity. */
  queue = 0;
  /** Logical processor that it runs on, or ran on last. */
  processor = -1;
  /** It said that it only spins: others of its partition are preferred until it has run again. */
  spinning = false;
  /** It comes back from an intercept whose route has charged the switch. */
  returning = false;
  /** When the running stretch, or the wait, began. */
  since = 0;
  /** Since when its run time is not yet charged. */
  chargedAt = 0;
  /** Cycles it had a processor, switches to it included. */
  runtime = 0;
  /** Cycles it was ready while others ran. */
  readyTime = 0;
  /** Times that it got a processor, that it lost one though it could have gone on, and that it gave one away spinning. */
  dispatches = 0;
  preemptions = 0;
  yields = 0;

  constructor(client: Scheduled, options: ScheduleOptions) {
    const { weight = WEIGHT.default } = options;
    invariant(weight >= WEIGHT.min && weight <= WEIGHT.max, 'a weight is from 1 to 10 000');
    this.client = client;
    this.who = options.who;
    this.partition = options.partition;
    this.weight = weight;
    this.affinity = options.affinity;
    this.counters = options.counters;
  }

  /** May it run there? */
  allows(processor: number): boolean {
    return this.affinity === undefined || this.affinity.includes(processor);
  }

  /** Runs before the other: lower virtual time, then longer wait. */
  before(other: Schedulable): boolean {
    return this.tag < other.tag || (this.tag === other.tag && this.order < other.order);
  }
}
