/**
 * The time of an emulated guest. It follows what the guest does and nothing else: every instruction takes the same number of cycles, an exit
 * takes what the cost profile says, and a halted processor waits in no time until the next thing is due. So a run can be repeated to the
 * last bit, on any computer.
 */
import type { Engine } from '../core/engine.ts';
import type { Vp } from '../machine/vp.ts';
import type { V86Memory } from './v86-memory.ts';

/**
 * Cycles per emulated instruction when nobody says otherwise. At the 3 GHz of the 2020 profile that is 100 million instructions a second, about
 * what the emulator reaches: assumed, so that the guest's seconds and the reader's are alike.
 */
export const CYCLES_PER_INSTRUCTION = 30;

export class GuestClock {
  private readonly engine: Engine;
  private readonly vp: Vp;
  private readonly memory: V86Memory;
  private readonly hz: number;
  private readonly cycles: number;
  /** Instructions that are in the processor's time already. */
  private counted: number;

  constructor(engine: Engine, vp: Vp, memory: V86Memory, hz: number, cycles: number) {
    this.engine = engine;
    this.vp = vp;
    this.memory = memory;
    this.hz = hz;
    this.cycles = cycles;
    this.counted = memory.instructions;
  }

  /** Cycles since power-on. */
  get now(): number {
    return Math.max(this.vp.now, this.engine.now) + this.uncounted * this.cycles;
  }

  /** The same in milliseconds, as the emulator wants it. */
  get milliseconds(): number {
    return this.now / (this.hz / 1000);
  }

  /** Puts what was executed on the processor's clock: before every exit. */
  count(): void {
    const { instructions } = this.memory;
    this.vp.now = this.now;
    this.counted = instructions;
  }

  /** Lets everything happen that is due by now. */
  catchUp(): void {
    this.count();
    this.engine.advanceTo(this.vp.now);
  }

  /** A halted processor waits until the next event, at most `milliseconds`. */
  leap(milliseconds: number): void {
    const latest = this.vp.now + Math.max(1, Math.ceil(milliseconds * (this.hz / 1000)));
    this.vp.now = Math.max(this.vp.now, Math.min(latest, this.engine.nextDue));
    this.engine.advanceTo(this.vp.now);
  }

  private get uncounted(): number {
    return (this.memory.instructions - this.counted) >>> 0;
  }
}
