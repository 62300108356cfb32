/**
 * Work for later: what a kernel does with `schedule_delayed_work`. One synthetic timer in direct mode wakes the processor when the next
 * piece is due; the piece itself runs outside of the interrupt, on the processor that made contact with VMBus.
 *
 * After Linux `drivers/clocksource/hyperv_timer.c` (hv_ce_set_next_event, vector 0xed) and `kernel/workqueue.c`. A host without direct
 * timers says by a message to the interrupt source of VMBus that the time has come, as Linux had it before.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { STIMER_CONFIG } from '../../machine/stimer.ts';
import { HV_X64_MSR } from '../../wire/msr.ts';
import { HV_CLOCK_HZ } from '../../wire/synic-constants.ts';
import { VMBUS_MESSAGE_SINT } from '../../wire/vmbus.ts';
import type { DeferredWork, VmbusConnection } from './vmbus-connection.ts';

/** Linux’ HYPERV_STIMER0_VECTOR. */
const STIMER_VECTOR = 0xed;

/** A piece of work that is not due yet. */
export interface Delayed {
  /** Reference time at which it is due, units of 100 ns. */
  readonly due: number;
  readonly work: DeferredWork;
  cancelled: boolean;
}

/** Pieces of work of one processor that wait for their time. */
export class DelayedWork {
  private readonly cpu: Cpu;
  private readonly connection: VmbusConnection;
  private pending: Delayed[] = [];

  constructor(cpu: Cpu, connection: VmbusConnection) {
    this.cpu = cpu;
    this.connection = connection;
  }

  /** Sets the timer up. False when the hypervisor offers no timers at all. */
  *start(): Program<boolean> {
    const { cpu, connection } = this;
    cpu.onVector(STIMER_VECTOR, () => this.interrupt());
    const config = STIMER_CONFIG.AUTO_ENABLE | STIMER_CONFIG.DIRECT | (BigInt(STIMER_VECTOR) << 4n);
    yield* cpu.wrmsr(HV_X64_MSR.STIMER0_CONFIG, config);
    if (cpu.fault === undefined) return true;
    connection.onTimer = () => this.expired();
    yield* cpu.wrmsr(
      HV_X64_MSR.STIMER0_CONFIG,
      STIMER_CONFIG.AUTO_ENABLE | (BigInt(VMBUS_MESSAGE_SINT) << 16n),
    );
    return cpu.fault === undefined;
  }

  /** Runs `work` after so many seconds, unless it is cancelled before. */
  *after(seconds: number, work: DeferredWork): Program<Delayed> {
    const now = yield* this.now();
    const delayed = { due: now + Math.round(seconds * HV_CLOCK_HZ), work, cancelled: false };
    this.pending.push(delayed);
    yield* this.arm();
    return delayed;
  }

  /** Gives a piece of work up; true when it had not begun. */
  cancel(delayed: Delayed | undefined): boolean {
    if (!delayed || delayed.cancelled) return false;
    delayed.cancelled = true;
    return true;
  }

  /** The partition’s reference time, 100 ns: an exit. */
  *now(): Program<number> {
    return Number(yield* this.cpu.rdmsr(HV_X64_MSR.TIME_REF_COUNT));
  }

  private *arm(): Program {
    const next = Math.min(...this.pending.map(({ due }) => due));
    if (Number.isFinite(next)) yield* this.cpu.wrmsr(HV_X64_MSR.STIMER0_COUNT, BigInt(next));
  }

  private *interrupt(): Program {
    yield* this.cpu.eoi();
    yield* this.expired();
  }

  /** The timer has gone off. */
  private *expired(): Program {
    const now = yield* this.now();
    const due = this.pending.filter((one) => one.due <= now && !one.cancelled);
    this.pending = this.pending.filter((one) => one.due > now && !one.cancelled);
    for (const one of due) this.connection.defer((cpu) => begin(one, cpu));
    yield* this.arm();
  }
}

/** What was cancelled after its time had come, but before its turn, does not run. */
function* begin(delayed: Delayed, cpu: Cpu): Program {
  if (delayed.cancelled) return;
  delayed.cancelled = true;
  yield* delayed.work(cpu);
}
