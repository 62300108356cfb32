/**
 * One synthetic timer of a virtual processor. Source: TLFS, "Timers", "Synthetic Timers". Times are partition reference time, 100 ns units.
 *
 * An expiry is never signalled before its time, and after it only when it can be: while the processor is taken away or an intercept of it
 * is open it waits; in message mode also while the timer's one message buffer is still queued, in direct mode while the vector is still
 * pending. A periodic timer that has missed periods meanwhile skips them if it is lazy; else it catches up at a shorter period, and skips
 * what is too much. How much shorter and how much is too much is not published: {@link CATCH_UP} is assumed.
 */
import type { Engine, Timer } from '../core/engine.ts';
import type { GuestMemory } from './memory.ts';

/** Bits of a CONFIG register. */
export const STIMER_CONFIG = {
  ENABLE: 1n,
  PERIODIC: 2n,
  LAZY: 4n,
  AUTO_ENABLE: 8n,
  DIRECT: 1n << 12n,
} as const;

/**
 * Assumed: behind its schedule a timer goes off twice a period; of more than sixteen missed periods the oldest are skipped; "shortly
 * before" the next expiry of a lazy timer is the last eighth of its period.
 */
export const CATCH_UP = { rate: 2, most: 16, shortlyBefore: 8 } as const;

/**
 * A periodic timer goes off at most once in so many units: 10 us. The TLFS names no least period, but lets a signal come at any time after
 * its expiry. Assumed, so that a guest that asks for 100 ns costs no more than it can notice.
 */
export const LEAST_PERIOD = 100;

/** What a timer needs of its partition. */
export interface TimerHost {
  readonly engine: Engine;
  /** Cycles per unit of reference time. */
  readonly ticks: number;
  readonly direct: boolean;
  /** False while the processor is taken away or waits for a device: nothing can be signalled then. */
  available(): boolean;
  readonly memory: GuestMemory;
  /** Queues an expiry message. `delivered` is called when it has gone into the slot, with the address of its payload. */
  send(sint: number, payload: Uint8Array, delivered: (gpa: number) => void): void;
  /** Raises a vector. */
  raise(vector: number): void;
  /** True while the vector has not been taken. */
  pending(vector: number): boolean;
}

export class Stimer {
  config = 0n;
  count = 0n;
  private readonly index: number;
  private readonly host: TimerHost;
  private readonly timer: Timer;
  /** Reference time of the expiry that comes next, or that waits. */
  private expiry = 0;
  /** It is due and could not be signalled yet. */
  private waits = false;
  /** Its message buffer is in the queue. */
  private queued = false;

  constructor(vp: number, index: number, host: TimerHost) {
    this.index = index;
    this.host = host;
    this.timer = host.engine.timer(`stimer${vp}.${index}`, () => this.fire());
  }

  /** A timer without a source cannot be enabled, unless it is direct. */
  writeConfig(value: bigint): void {
    const noTarget = (value & STIMER_CONFIG.DIRECT) === 0n && sintOf(value) === 0;
    this.config = noTarget ? value & ~STIMER_CONFIG.ENABLE : value;
    this.start();
  }

  /** Zero stops the timer; any other count starts one that enables itself. */
  writeCount(value: bigint): void {
    this.count = value;
    const enables = (this.config & STIMER_CONFIG.AUTO_ENABLE) !== 0n;
    if (value === 0n) this.writeConfig(this.config & ~STIMER_CONFIG.ENABLE);
    else this.writeConfig(enables ? this.config | STIMER_CONFIG.ENABLE : this.config);
  }

  reset(): void {
    this.config = 0n;
    this.count = 0n;
    this.queued = false;
    this.start();
  }

  /** What an expiry waited for may be there: the processor, the message buffer, the vector. */
  retry(): void {
    if (this.waits) this.fire();
  }

  private get periodic(): boolean {
    return (this.config & STIMER_CONFIG.PERIODIC) !== 0n;
  }

  private get direct(): boolean {
    return (this.config & STIMER_CONFIG.DIRECT) !== 0n;
  }

  private get vector(): number {
    return Number((this.config >> 4n) & 0xffn);
  }

  /** The first period begins when the timer is enabled. A time that has passed is due now. */
  private start(): void {
    this.timer.cancel();
    this.waits = false;
    if ((this.config & STIMER_CONFIG.ENABLE) === 0n || this.count === 0n) return;
    const now = this.referenceTime();
    if (!this.periodic) this.arm(Number(this.count), Number(this.count));
    else this.arm(now + Number(this.count), now + Math.max(LEAST_PERIOD, Number(this.count)));
  }

  /** `expiry` is when it is due, `at` when it is looked at. A time that no run reaches is no event. */
  private arm(expiry: number, at: number): void {
    this.expiry = expiry;
    let cycles = Math.ceil(at * this.host.ticks);
    if (cycles > Number.MAX_SAFE_INTEGER) return;
    while (Math.floor(cycles / this.host.ticks) < at) cycles++;
    this.timer.set(Math.max(cycles, this.host.engine.now));
  }

  private referenceTime(): number {
    return Math.floor(this.host.engine.now / this.host.ticks);
  }

  private fire(): void {
    this.waits = !this.host.available() || this.occupied();
    if (this.waits) return;
    if (this.periodic) this.period();
    else {
      this.config &= ~STIMER_CONFIG.ENABLE;
      this.signal(this.expiry);
    }
  }

  /** A one-shot timer whose vector is pending need not wait: the interrupt that the guest will take is its own as well. */
  private occupied(): boolean {
    if (!this.direct) return this.queued;
    return this.periodic && this.host.pending(this.vector);
  }

  /** One expiry of a periodic timer, and what becomes of those that were missed. */
  private period(): void {
    const period = Number(this.count);
    const now = this.referenceTime();
    const missed = Math.max(0, Math.floor((now - this.expiry) / period));
    const lazy = (this.config & STIMER_CONFIG.LAZY) !== 0n;
    const skipped = lazy ? missed : Math.max(0, missed - CATCH_UP.most);
    const due = this.expiry + skipped * period;
    const next = due + period;
    const pause = lazy ? 0 : Math.floor(period / CATCH_UP.rate);
    this.arm(next, Math.max(next, now + pause, now + LEAST_PERIOD));
    const tooLate = lazy && now > due && (next - now) * CATCH_UP.shortlyBefore < period;
    if (!tooLate) this.signal(due);
  }

  private signal(due: number): void {
    if (this.direct) {
      this.host.raise(this.vector);
      return;
    }
    const payload = new Uint8Array(24);
    const view = new DataView(payload.buffer);
    view.setUint32(0, this.index, true);
    view.setBigUint64(8, BigInt(due), true);
    this.queued = true;
    this.host.send(sintOf(this.config), payload, (gpa) => this.delivered(gpa));
  }

  /** The message is in its slot, with the time of that; its buffer is free for the next. */
  private delivered(gpa: number): void {
    this.host.memory.view.setBigUint64(gpa + 16, BigInt(this.referenceTime()), true);
    this.queued = false;
    this.retry();
  }
}

function sintOf(config: bigint): number {
  return Number((config >> 16n) & 0xfn);
}
