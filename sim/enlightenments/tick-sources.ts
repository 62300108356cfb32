/**
 * How a guest that knows nothing of a hypervisor gets its clock ticks: from the timer/counter, the real-time clock or the timer of its
 * local APIC. Each program sets a source going; what a tick costs later, the interrupt decides.
 *
 * Sources: Linux `drivers/clocksource/i8253.c` (pit_set_periodic), `arch/x86/kernel/apic/apic.c` (__setup_APIC_LVTT, lapic_next_event),
 * `drivers/rtc/rtc-cmos.c`. Windows' HAL takes the real-time clock, 64 times a second (VMware, "Timekeeping in Virtual Machines").
 */
import type { Program } from '../core/program.ts';
import { APIC_BUS_HZ } from '../machine/apic-timer.ts';
import type { Cpu } from '../machine/cpu.ts';
import { LVT } from '../wire/apic.ts';
import { PIT_HZ, PIT_PORT, RTC_A, RTC_B, RTC_HZ, RTC_PORT, RTC_REG } from '../wire/pc-clocks.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';

/** Counter 0, both bytes, mode 2. */
const RATE_GENERATOR = 0x34;
/** Divide configuration: by 1. */
const DIVIDE_BY_ONE = 0xb;

/** Sets counter 0 of the timer/counter to a rate, in Hz; 18.2 is its lowest. 3 exits to the device. */
export function* startPitTick(cpu: Cpu, hz: number): Program {
  const count = Math.min(0x1_0000, Math.max(2, Math.round(PIT_HZ / hz)));
  yield* cpu.out8(PIT_PORT.CONTROL, RATE_GENERATOR);
  yield* cpu.out8(PIT_PORT.COUNTER_0, count & 0xff);
  yield* cpu.out8(PIT_PORT.COUNTER_0, (count >> 8) & 0xff);
}

/** Rates of the real-time clock: powers of two from 2 to 8 192 Hz. */
export const isRtcRate = (hz: number): boolean => hz >= 2 && hz <= 8192 && (hz & (hz - 1)) === 0;

/** Sets the periodic interrupt of the real-time clock to one of its rates. 5 exits to the device. */
export function* startRtcTick(cpu: Cpu, hz: number): Program {
  const rate = 32 - Math.clz32(RTC_HZ / hz);
  yield* writeCmos(cpu, RTC_REG.A, RTC_A.RUNNING | rate);
  yield* writeCmos(cpu, RTC_REG.B, RTC_B.PIE | RTC_B.HOURS_24);
  yield* endRtcTick(cpu);
}

/** Register C must be read after each tick, or no other comes. 2 exits to the device. */
export function* endRtcTick(cpu: Cpu): Program {
  yield* cpu.out8(RTC_PORT.INDEX, RTC_REG.C);
  yield* cpu.in8(RTC_PORT.DATA);
}

function* writeCmos(cpu: Cpu, index: number, value: number): Program {
  yield* cpu.out8(RTC_PORT.INDEX, index);
  yield* cpu.out8(RTC_PORT.DATA, value);
}

/** Sets the timer of the local APIC going round, `hz` times a second. 3 exits to the hypervisor. */
export function* startApicTick(cpu: Cpu, vector: number, hz: number): Program {
  yield* openApicTimer(cpu, LVT.PERIODIC | vector);
  yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.TIMER_INITIAL, Math.round(APIC_BUS_HZ / hz));
}

/** Makes the timer of the local APIC one that goes off once. 2 exits. */
export function* prepareApicTimer(cpu: Cpu, vector: number): Program {
  yield* openApicTimer(cpu, vector);
}

/** Lets it go off in so many seconds: the initial count, 1 exit. */
export function* armApicTimer(cpu: Cpu, seconds: number): Program {
  const count = Math.min(0xffff_ffff, Math.max(1, Math.round(seconds * APIC_BUS_HZ)));
  yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.TIMER_INITIAL, count);
}

function* openApicTimer(cpu: Cpu, entry: number): Program {
  yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.TIMER_DIVIDE, DIVIDE_BY_ONE);
  yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.LVT_TIMER, entry);
}
