/**
 * The timer of a local APIC: counts down once or again and again, or waits for a value of the TSC.
 *
 * Source: Intel SDM volume 3, "APIC timer" and "TSC-deadline mode". It counts at the bus clock that Hyper-V reports, 200 MHz
 * (MSR 0x40000023; OpenVMM vm/vmcore virt_support_apic), divided by the divide configuration. A periodic timer whose vector still waits
 * to be taken needs no event until it is: a period of a few nanoseconds costs the guest its time, and nobody else's.
 */
import type { Engine, Timer } from '../core/engine.ts';
import { LVT } from '../wire/apic.ts';

/** Clock that the count goes by, and that APIC_FREQUENCY reports, in Hz. */
export const APIC_BUS_HZ = 200_000_000;

/** What a timer needs of its surroundings. */
export interface ApicTimerHost {
  readonly engine: Engine;
  /** Cycles per second of the processor's TSC. */
  readonly hz: number;
  /** The timer's entry of the local vector table. */
  entry(): number;
  /** Makes the vector pending. False when it was pending already. */
  expired(vector: number): boolean;
}

export class ApicTimer {
  /** IA32_TSC_DEADLINE: 0 when nothing is awaited. */
  deadline = 0n;
  /** Initial count register. */
  initial = 0;
  /** Divide configuration register. */
  divide = 0;
  private readonly host: ApicTimerHost;
  private readonly timer: Timer;
  /** Ticks that the count had to go at `since`; 0 when the count stands still. */
  private base = 0;
  private since = 0;
  /** Guest's TSC less engine time. */
  private tscOffset = 0n;
  /** Waits for its vector to be taken. */
  private dormant = false;

  constructor(name: string, host: ApicTimerHost) {
    this.host = host;
    this.timer = host.engine.timer(name, () => this.fire());
  }

  /** Current count register. */
  get current(): number {
    if (this.base === 0 || this.awaitsTsc) return 0;
    const passed = Math.floor((this.host.engine.now - this.since) / this.tick);
    if (passed < this.base) return this.base - passed;
    return this.periodic ? this.initial - ((passed - this.base) % this.initial) : 0;
  }

  /** True while it counts or waits for a time. */
  get armed(): boolean {
    return this.base !== 0 || this.deadline !== 0n;
  }

  /** Starts the count; 0 stops it. Ignored while the timer waits for the TSC. */
  writeInitial(value: number): void {
    if (this.awaitsTsc) return;
    this.initial = value;
    this.start(value);
  }

  /** The count goes on from where it is, at the new speed. */
  writeDivide(value: number): void {
    const left = this.current;
    this.divide = value & 0xb;
    this.start(left);
  }

  /** The entry of the local vector table was written. Another mode disarms the timer. */
  entryChanged(before: number): void {
    if (((before ^ this.host.entry()) & LVT.MODE) !== 0) {
      this.deadline = 0n;
      this.base = 0;
    }
    this.arm();
  }

  /** Ignored unless the timer waits for the TSC. A time that has passed goes off at once. */
  writeDeadline(value: bigint): void {
    if (!this.awaitsTsc) return;
    this.deadline = value;
    this.arm();
  }

  /** The guest has moved its TSC. */
  tscMoved(offset: bigint): void {
    this.tscOffset = offset;
    this.arm();
  }

  /** The processor has taken a vector. */
  taken(): void {
    if (this.dormant) this.arm();
  }

  reset(): void {
    this.deadline = 0n;
    this.initial = 0;
    this.divide = 0;
    this.base = 0;
    this.arm();
  }

  private get awaitsTsc(): boolean {
    return (this.host.entry() & LVT.MODE) === LVT.TSC_DEADLINE;
  }

  private get periodic(): boolean {
    return (this.host.entry() & LVT.PERIODIC) !== 0;
  }

  private get masked(): boolean {
    return (this.host.entry() & LVT.MASKED) !== 0;
  }

  /** Cycles of one count. Bits 3, 1 and 0 select the divisor: 000 is 2, 110 is 128, 111 is 1. */
  private get tick(): number {
    const code = ((this.divide >>> 1) & 4) | (this.divide & 3);
    return (this.host.hz / APIC_BUS_HZ) * 2 ** ((code + 1) & 7);
  }

  private start(count: number): void {
    this.base = count;
    this.since = this.host.engine.now;
    this.arm();
  }

  /** Sets the alarm for the next moment at which something can be seen. */
  private arm(): void {
    this.dormant = false;
    const at = this.awaitsTsc ? this.deadlineTime() : this.nextZero();
    if (at > Number.MAX_SAFE_INTEGER) this.timer.cancel();
    else this.timer.set(Math.max(at, this.host.engine.now));
  }

  private deadlineTime(): number {
    return this.deadline === 0n ? Infinity : Number(this.deadline - this.tscOffset);
  }

  /** The next time the count reaches zero; never while that would go unseen. */
  private nextZero(): number {
    if (this.base === 0 || this.masked) return Infinity;
    const first = this.since + this.base * this.tick;
    const { now } = this.host.engine;
    if (first > now) return Math.ceil(first);
    if (!this.periodic) return Infinity;
    const period = this.initial * this.tick;
    return Math.ceil(first + (Math.floor((now - first) / period) + 1) * period);
  }

  private fire(): void {
    const entry = this.host.entry();
    const fresh = this.masked || this.host.expired(entry & 0xff);
    if (this.awaitsTsc) this.deadline = 0n;
    else if (!this.periodic) this.base = 0;
    else if (fresh) this.arm();
    else this.dormant = true;
  }
}
