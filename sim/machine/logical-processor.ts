/** A logical processor as the scheduler sees it: who runs on it, since when, and when its slice ends. */
import type { Engine, Timer } from '../core/engine.ts';
import type { Schedulable } from './schedulable.ts';

export class LogicalProcessor {
  readonly index: number;
  current: Schedulable | undefined = undefined;
  /** Who ran last: going on with it costs no switch. */
  last: Schedulable | undefined = undefined;
  /** When the one that runs began, the switch to it being over. */
  from = 0;
  /** Its time is over, but it is in the middle of an instruction. */
  leaving = false;
  /** Highest virtual time that was run here. */
  virtualTime = 0;
  /** Cycles that it was busy, up to the last change. */
  busy = 0;
  private begun = 0;
  private readonly timer: Timer;

  constructor(index: number, engine: Engine, sliceOver: (processor: LogicalProcessor) => void) {
    this.index = index;
    this.timer = engine.timer(`lp${index}.slice`, () => sliceOver(this));
  }

  /** @internal It runs this VP, whose first instruction begins at `at`. */
  run(item: Schedulable, at: number): void {
    this.current = item;
    this.last = item;
    this.from = at;
    this.begun = item.since;
    if (item.tag > this.virtualTime) this.virtualTime = item.tag;
  }

  /** @internal Nobody runs on it. */
  release(now: number): void {
    this.current = undefined;
    this.leaving = false;
    this.busy += now - this.begun;
    this.timer.cancel();
  }

  /** @internal The slice ends at `at`, unless an end is set already (`sooner`: unless an earlier one is). */
  endAt(at: number, sooner = false): void {
    if (this.timer.due === Infinity || (sooner && at < this.timer.due)) this.timer.set(at);
  }
}
