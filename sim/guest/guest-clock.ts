/**
 * The guest’s wall clock, and what it does with the host’s time.
 *
 * A clock that counts its ticks loses those that it never got: while its processor runs something else, nobody counts. A clock that reads a
 * counter which goes on regardless loses nothing. Either can be set at once, or brought near slowly: adjtime() changes a clock’s rate by
 * 500 parts in a million at most (Linux `kernel/time/ntp.c`, MAX_TICKADJ).
 */
import type { GuestClock } from './drivers/hv-util-kernel.ts';

/** What the clock counts. */
export type ClockSource = 'ticks' | 'counter';
/** What it does with a hint: nothing, as Linux does today; be set; or go a little faster or slower. */
export type SamplePolicy = 'ignore' | 'step' | 'slew';

/** Largest change of the rate. */
export const MAX_SLEW = 500e-6;

/** Units of 100 ns; wall time since 1601. */
export class WallClock implements GuestClock {
  /** Times it was set, and times that took it back. */
  steps = 0;
  backwards = 0;
  samples = 0;
  ticks = 0;
  private readonly source: ClockSource;
  private readonly policy: SamplePolicy;
  private readonly period: number;
  /** The counter, in units of 100 ns: it goes on whoever runs. */
  private readonly counter: () => number;
  private offset = 0n;
  private slewed = 0;
  private left = 0;

  constructor(source: ClockSource, policy: SamplePolicy, period: number, counter: () => number) {
    this.source = source;
    this.policy = policy;
    this.period = period;
    this.counter = counter;
  }

  /** What the clock says. */
  read(): bigint {
    const raw = this.source === 'ticks' ? this.ticks * this.period : this.counter();
    return this.offset + BigInt(Math.round(raw + this.slewed));
  }

  /** The timer has gone off. */
  tick(): void {
    this.ticks++;
    const most = this.period * MAX_SLEW;
    const change = Math.max(-most, Math.min(most, this.left));
    this.slewed += change;
    this.left -= change;
  }

  set(hostTime: bigint): void {
    const change = hostTime - this.read();
    this.steps++;
    if (change < 0n) this.backwards++;
    this.offset += change;
    this.left = 0;
  }

  sample(hostTime: bigint): void {
    this.samples++;
    if (this.policy === 'step') this.set(hostTime);
    else if (this.policy === 'slew') this.left = Number(hostTime - this.read());
  }
}
