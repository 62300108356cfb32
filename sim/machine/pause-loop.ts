/**
 * How a processor notices that a guest waits in a loop.
 *
 * Intel SDM volume 3, "PAUSE-loop exiting": PAUSEs that follow each other within PLE_Gap belong to one loop; a PAUSE that comes more than
 * PLE_Window after the first of its loop exits. The first PAUSE after a VM entry is the first of a loop. KVM sets 128 and 4 096
 * (arch/x86/kvm/x86.h); what Hyper-V sets, and whether it uses them, is not published. AMD counts instead of measuring.
 */

/** The two fields of the VMCS, in cycles. */
export interface PauseLoopExits {
  /** Longest time between the end of one PAUSE and the next in the same loop. */
  readonly gap: number;
  /** A loop that lasts longer exits. */
  readonly window: number;
}

/** What KVM sets. */
export const PAUSE_LOOP: PauseLoopExits = { gap: 128, window: 4096 };

/** Watches the PAUSEs of one processor. */
export class PauseLoop {
  private first = Number.NEGATIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;
  private readonly fields: PauseLoopExits;

  constructor(fields: PauseLoopExits) {
    this.fields = fields;
  }

  /** A PAUSE at `at`. True when it exits; executed again after the VM entry, it is the first of a loop. */
  exits(at: number): boolean {
    return at - this.start(at) > this.fields.window;
  }

  /** Start of the loop that a PAUSE at `at` belongs to. */
  start(at: number): number {
    if (at - this.last > this.fields.gap) this.first = at;
    return this.first;
  }

  /** A PAUSE began at `at`, the first of a loop if `entered`, and is over at `end`. */
  passed(at: number, end: number, entered: boolean): void {
    if (entered) this.first = at;
    this.last = end;
  }
}

/**
 * Turns of a waiting loop that the simulator does not execute one by one: nothing can change between the stores of others, which say so.
 * Turn k ends `k * period` after the start, and then the loop looks. The outcome is the same, cycle by cycle.
 */
export class PollLoop {
  /** What the loop waits for; read at the end of a turn. */
  readonly ready: () => boolean;
  /** Cycles of a turn, which begins with a PAUSE, and of the PAUSE. */
  readonly period: number;
  readonly pause: number;
  /** A loop that goes on for longer than this exits; Infinity when none does. */
  readonly window: number;
  /** Where stores are announced. */
  readonly site: SpinSite;
  /** Cycles of all turns. */
  length = 0;
  /** Start of the loop as the processor sees it: its beginning or the last VM entry. */
  from = 0;
  /** Called when what it waits for may have come, at a time of the storing processor. */
  look: (at: number) => void = () => undefined;

  constructor(site: SpinSite, ready: () => boolean, period: number, pause: number, window: number) {
    this.site = site;
    this.ready = ready;
    this.period = period;
    this.pause = pause;
    this.window = window;
  }

  /** Something came in between at `now`: the next PAUSE is the first of a loop again. */
  restart(now: number, until: number): void {
    this.from = this.turnFrom(now, until);
  }

  /** First end of a turn at or after `at`, in a loop that ends at `until`. */
  turnFrom(at: number, until: number): number {
    return until - Math.floor((until - at) / this.period) * this.period;
  }

  /** Whether the loop is over at `now`: its turns are spent, it sees what it waits for, or it exits. It looks after every turn. */
  over(now: number, until: number): boolean {
    if (now >= until) return true;
    if ((until - now) % this.period !== 0) return false;
    return (until - now < this.length && this.ready()) || now - this.from > this.window;
  }

  /** End of the PAUSE that is executed at `now`; not after `now` when none is. */
  busyUntil(now: number, until: number): number {
    return this.turnFrom(now, until) - (this.period - this.pause);
  }

  /** When it is to be looked at again if nobody stores. */
  next(now: number, until: number): number {
    if (this.ready()) return this.turnFrom(now + 1, until);
    const exits = this.from + this.window + 1;
    return exits >= until ? until : this.turnFrom(Math.max(now, exits), until);
  }
}

/** A place in memory that processors wait for: who stores there says so. */
export class SpinSite {
  private readonly loops = new Set<PollLoop>();

  /** Processors that wait here. */
  get waiting(): number {
    return this.loops.size;
  }

  /** @internal */
  join(loop: PollLoop): void {
    this.loops.add(loop);
  }

  /** @internal */
  leave(loop: PollLoop): void {
    this.loops.delete(loop);
  }

  /** Somebody has stored here, at `at`. */
  changed(at: number): void {
    for (const loop of this.loops) if (loop.ready()) loop.look(at);
  }
}
