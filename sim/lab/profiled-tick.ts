/** The timer tick of a profiled guest, and what its processors do when there is nothing to do. */
import type { Program } from '../core/program.ts';
import { APIC_BUS_HZ } from '../machine/apic-timer.ts';
import type { Cpu } from '../machine/cpu.ts';
import { LVT } from '../wire/apic.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { ProfiledInterrupts } from './profiled-interrupts.ts';

const TICK_VECTOR = 0xd1;
const DIVIDE_BY_16 = 3;
/** Cycles of a tick's own work. Assumed. */
const TICK_CYCLES = 2000;

export class ProfiledTick {
  private readonly interrupts: ProfiledInterrupts;

  constructor(interrupts: ProfiledInterrupts) {
    this.interrupts = interrupts;
  }

  /** Sets a processor ticking `hz` times a second. */
  *start(cpu: Cpu, hz: number): Program {
    this.interrupts.onVector(cpu, TICK_VECTOR, 'tick', () => bookkeeping(cpu));
    const page = MMIO.LOCAL_APIC;
    yield* cpu.store32(page + APIC_REG.TIMER_DIVIDE, DIVIDE_BY_16);
    yield* cpu.store32(page + APIC_REG.LVT_TIMER, LVT.PERIODIC | TICK_VECTOR);
    yield* cpu.store32(page + APIC_REG.TIMER_INITIAL, Math.round(APIC_BUS_HZ / 16 / hz));
  }

  /** Until the next interrupt. */
  *idle(cpu: Cpu): Program {
    yield* cpu.hlt();
  }
}

function* bookkeeping(cpu: Cpu): Program {
  yield* cpu.compute(TICK_CYCLES);
}
