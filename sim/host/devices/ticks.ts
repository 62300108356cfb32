/** An oscillator beside the processor's: how many of its ticks have passed at a time of the engine. */
import type { Engine } from '../../core/engine.ts';

/** Ticks of one oscillator, counted from time 0 of the engine. */
export class Ticks {
  readonly hz: number;
  private readonly engine: Engine;
  /** Ticks per cycle of the engine. */
  private readonly rate: number;

  /** `cpuHz`: cycles of the engine per second. `hz`: ticks per second. */
  constructor(engine: Engine, cpuHz: number, hz: number) {
    this.engine = engine;
    this.hz = hz;
    this.rate = hz / cpuHz;
  }

  /** Whole ticks since the engine began. */
  get now(): number {
    return this.at(this.engine.now);
  }

  /** Whole ticks at an engine time. Never falls: a product of positive numbers is rounded the same way. */
  at(cycles: number): number {
    return Math.floor(cycles * this.rate);
  }

  /** The first engine time at which `tick` has passed; no earlier than now. */
  when(tick: number): number {
    let at = Math.max(this.engine.now, Math.ceil(tick / this.rate) - 1);
    while (this.at(at) < tick) at++;
    return at;
  }
}
