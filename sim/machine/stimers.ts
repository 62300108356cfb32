/**
 * The four synthetic timers of a virtual processor, as their registers are written. Source: TLFS, "Timers". How one of them goes off is in
 * `stimer.ts`.
 *
 * Linux uses timer 0 of each processor in message mode on SINT2 (CONFIG 0x20009, COUNT absolute) as its clock event device: one that
 * never fires hangs it.
 */
import { HV_SYNIC_STIMER_COUNT } from '../wire/synic-constants.ts';
import type { TimerHost } from './stimer.ts';
import { STIMER_CONFIG, Stimer } from './stimer.ts';

export type { TimerHost } from './stimer.ts';

/** Bits 13-15 and 20-63 must be zero. */
const RESERVED = 0xffff_ffff_fff0_e000n;

export class Stimers {
  private readonly host: TimerHost;
  private readonly all: readonly Stimer[];

  constructor(vp: number, host: TimerHost) {
    this.host = host;
    this.all = Array.from({ length: HV_SYNIC_STIMER_COUNT }, (_, index) => new Stimer(vp, index, host));
  }

  config(index: number): bigint {
    return this.all[index].config;
  }

  count(index: number): bigint {
    return this.all[index].count;
  }

  /** False means #GP: a reserved bit is set, or direct mode is asked for where it is not offered. */
  writeConfig(index: number, value: bigint): boolean {
    if ((value & RESERVED) !== 0n) return false;
    if ((value & STIMER_CONFIG.DIRECT) !== 0n && !this.host.direct) return false;
    this.all[index].writeConfig(value);
    return true;
  }

  writeCount(index: number, value: bigint): void {
    this.all[index].writeCount(value);
  }

  /** The processor runs again, a message buffer is free or a vector was taken: expiries that waited may be signalled. */
  retry(): void {
    for (const timer of this.all) timer.retry();
  }

  reset(): void {
    for (const timer of this.all) timer.reset();
  }
}
