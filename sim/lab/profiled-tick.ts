/**
 * The timer tick of a profiled guest, and what its processors do when there is nothing to do.
 *
 * Synthetic timers where they are used. Else Windows takes the real-time clock on its first processor, which passes each tick on to the
 * others by interrupts, since Windows 7 not to idle ones ("Intelligent Timer Tick Distribution"); everybody else takes the timer of each
 * local APIC. Sources: VMware, "Timekeeping in Virtual Machines"; "Requirements for Implementing the Microsoft Hypervisor Interface".
 */
import type { Program } from '../core/program.ts';
import { idleByHalt, idleByRegister } from '../enlightenments/guest-idle.ts';
import { startSynic } from '../enlightenments/synic-vmbus.ts';
import { startPeriodicTimer, takeExpiry } from '../enlightenments/synthetic-timers.ts';
import { endRtcTick, startApicTick, startRtcTick } from '../enlightenments/tick-sources.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE, MSR_PAGE_MASK } from '../wire/msr.ts';
import { IRQ, MMIO } from '../wire/ports.ts';
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import type { ProfiledInterrupts } from './profiled-interrupts.ts';
import type { ProfiledKernel } from './profiled-kernel.ts';

/** Windows' clock vector, of the highest class but one. */
const TICK_VECTOR = 0xd1;
/** Not the source of VMBus. */
const SINT = 4;
/** Cycles of a tick's own work. Assumed. */
const TICK_CYCLES = 2000;
const IOAPIC_WINDOW = MMIO.IOAPIC + 0x10;
const IOAPIC_FIRST_ENTRY = 0x10;

export class ProfiledTick {
  private readonly kernel: ProfiledKernel;
  private readonly interrupts: ProfiledInterrupts;
  private readonly direct: boolean;
  /** Processors that idle. */
  private readonly idles: boolean[];

  constructor(kernel: ProfiledKernel, interrupts: ProfiledInterrupts, direct: boolean) {
    this.kernel = kernel;
    this.interrupts = interrupts;
    this.direct = direct;
    this.idles = kernel.cpus.map(() => false);
  }

  /** Sets a processor ticking `hz` times a second, a power of two. */
  *start(cpu: Cpu, hz: number): Program {
    if (this.kernel.has('synthetic-timers')) yield* this.startSynthetic(cpu, HV_CLOCK_HZ / hz);
    else if (this.windows) yield* this.startRtc(cpu, hz);
    else {
      this.onTick(cpu, nothing);
      yield* startApicTick(cpu, TICK_VECTOR, hz);
    }
  }

  /** Until the next interrupt. Linux uses the idle register for locks only. */
  *idle(cpu: Cpu): Program {
    this.idles[cpu.index] = true;
    if (this.windows && this.kernel.has('guest-idle')) yield* idleByRegister(cpu);
    else yield* idleByHalt(cpu);
    this.idles[cpu.index] = false;
  }

  private get windows(): boolean {
    return this.kernel.levels !== 'none';
  }

  private onTick(cpu: Cpu, first: () => Program<unknown>): void {
    this.interrupts.onVector(cpu, TICK_VECTOR, 'tick', () => tick(cpu, first));
  }

  private *startSynthetic(cpu: Cpu, period: number): Program {
    if (this.direct) {
      this.onTick(cpu, nothing);
      yield* startPeriodicTimer(cpu, 0, period, { vector: TICK_VECTOR });
      return;
    }
    const messages = yield* this.messagePage(cpu);
    this.onTick(cpu, () => takeExpiry(cpu, messages, SINT));
    yield* startPeriodicTimer(cpu, 0, period, { sint: SINT });
  }

  /** The processor's message page: that of the bus drivers if they have placed one. */
  private *messagePage(cpu: Cpu): Program<number> {
    const placed = yield* cpu.rdmsr(HV_X64_MSR.SIMP);
    if ((placed & MSR_PAGE_ENABLE) !== 0n) {
      yield* cpu.wrmsr(HV_X64_MSR.SINT0 + SINT, BigInt(TICK_VECTOR));
      return Number(placed & MSR_PAGE_MASK);
    }
    const { pages } = this.kernel;
    const setup = { messages: pages.page(), events: pages.page(), sint: SINT, vector: TICK_VECTOR };
    yield* startSynic(cpu, setup);
    return setup.messages;
  }

  /** The first processor has the clock; the others wait to be told. */
  private *startRtc(cpu: Cpu, hz: number): Program {
    if (cpu.index !== 0) {
      this.onTick(cpu, nothing);
      return;
    }
    this.onTick(cpu, () => this.passOn(cpu));
    const entry = IOAPIC_FIRST_ENTRY + 2 * IRQ.RTC;
    yield* cpu.store32(MMIO.IOAPIC, entry);
    yield* cpu.store32(IOAPIC_WINDOW, TICK_VECTOR);
    yield* startRtcTick(cpu, hz);
  }

  private *passOn(cpu: Cpu): Program {
    yield* endRtcTick(cpu);
    const distributes = this.kernel.has('guest-idle');
    const others = this.kernel.cpus.filter(
      ({ index }) => index !== cpu.index && !(distributes && this.idles[index]),
    );
    yield* this.interrupts.call(
      cpu,
      others.map(({ index }) => index),
      TICK_VECTOR,
    );
  }
}

function* tick(cpu: Cpu, first: () => Program<unknown>): Program {
  yield* first();
  yield* cpu.compute(TICK_CYCLES);
}

function* nothing(): Program {}
