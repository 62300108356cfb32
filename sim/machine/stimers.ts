/**
 * The four synthetic timers of a virtual processor. Source: TLFS, "Timers". Times are partition reference time, 100 ns units.
 *
 * Linux uses timer 0 of each processor in message mode on SINT2 (CONFIG 0x20009, COUNT absolute) as its clock event device: one that
 * never fires hangs it.
 */
import type { Engine, Timer } from '../core/engine.ts';
import { HV_SYNIC_STIMER_COUNT, HVMSG } from '../wire/synic-constants.ts';

/** Bits of a CONFIG register. */
const CONFIG = { ENABLE: 1n, PERIODIC: 2n, LAZY: 4n, AUTO_ENABLE: 8n, DIRECT: 1n << 12n } as const;
/** Bits 13-15 and 20-63 must be zero. */
const RESERVED = 0xffff_ffff_fff0_e000n;

/** What timers need of their partition. */
export interface TimerHost {
  readonly engine: Engine;
  /** Cycles per unit of reference time. */
  readonly ticks: number;
  readonly direct: boolean;
  expired(sint: number, type: number, payload: Uint8Array): void;
  raise(vector: number): void;
}

export class Stimers {
  private readonly host: TimerHost;
  private readonly all: Stimer[];

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
    if ((value & CONFIG.DIRECT) !== 0n && !this.host.direct) return false;
    this.all[index].writeConfig(value);
    return true;
  }

  writeCount(index: number, value: bigint): void {
    this.all[index].writeCount(value);
  }

  reset(): void {
    for (const timer of this.all) timer.reset();
  }
}

class Stimer {
  config = 0n;
  count = 0n;
  private readonly index: number;
  private readonly host: TimerHost;
  private readonly timer: Timer;
  /** Reference time at which it goes off next. */
  private expiry = 0;

  constructor(vp: number, index: number, host: TimerHost) {
    this.index = index;
    this.host = host;
    this.timer = host.engine.timer(`stimer${vp}.${index}`, () => this.fire());
  }

  writeConfig(value: bigint): void {
    const noTarget = (value & CONFIG.DIRECT) === 0n && sintOf(value) === 0;
    this.config = noTarget ? value & ~CONFIG.ENABLE : value;
    this.start();
  }

  /** Zero stops the timer; any other count starts one that enables itself. */
  writeCount(value: bigint): void {
    this.count = value;
    if (value === 0n) this.config &= ~CONFIG.ENABLE;
    else if ((this.config & CONFIG.AUTO_ENABLE) !== 0n) this.config |= CONFIG.ENABLE;
    this.start();
  }

  reset(): void {
    this.timer.cancel();
    this.config = 0n;
    this.count = 0n;
  }

  private get periodic(): boolean {
    return (this.config & CONFIG.PERIODIC) !== 0n;
  }

  private start(): void {
    this.timer.cancel();
    if ((this.config & CONFIG.ENABLE) === 0n || this.count === 0n) return;
    this.arm(this.periodic ? this.referenceTime() + Number(this.count) : Number(this.count));
  }

  private arm(expiry: number): void {
    this.expiry = expiry;
    const at = expiry * this.host.ticks;
    if (at <= Number.MAX_SAFE_INTEGER) this.timer.set(Math.max(at, this.host.engine.now));
  }

  private referenceTime(): number {
    return Math.floor(this.host.engine.now / this.host.ticks);
  }

  private fire(): void {
    const due = this.expiry;
    if (this.periodic) this.arm(this.following(due));
    else this.config &= ~CONFIG.ENABLE;
    if ((this.config & CONFIG.DIRECT) !== 0n) this.host.raise(Number((this.config >> 4n) & 0xffn));
    else this.host.expired(sintOf(this.config), HVMSG.TIMER_EXPIRED, this.message(due));
  }

  /** Next expiry of a periodic timer. A lazy one skips periods that have passed. */
  private following(due: number): number {
    const period = Number(this.count);
    const now = this.referenceTime();
    if ((this.config & CONFIG.LAZY) === 0n || due + period > now) return due + period;
    return due + period * (Math.floor((now - due) / period) + 1);
  }

  private message(due: number): Uint8Array {
    const payload = new Uint8Array(24);
    const view = new DataView(payload.buffer);
    view.setUint32(0, this.index, true);
    view.setBigUint64(8, BigInt(due), true);
    view.setBigUint64(16, BigInt(this.referenceTime()), true);
    return payload;
  }
}

function sintOf(config: bigint): number {
  return Number((config >> 16n) & 0xfn);
}
