/**
 * How a guest that knows nothing of a hypervisor reads the clocks of its PC. Each port access is an exit to wherever the device is.
 *
 * Sources: Linux `drivers/clocksource/i8253.c` (`i8253_read`), `drivers/clocksource/acpi_pm.c`, `drivers/rtc/rtc-mc146818-lib.c`
 * (`mc146818_get_time`).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { PIT_PORT, PM_TIMER_PORT, RTC_A, RTC_PORT, RTC_REG } from '../wire/pc-clocks.ts';

/** Counter 0, both bytes, mode 2. */
const COUNTER_0_MODE_2 = 0x34;
const LATCH_COUNTER_0 = 0;
/** Counts in a period of the timer/counter that is programmed with 0. */
export const PIT_PERIOD = 0x1_0000;
/** Size of the power management timer. */
export const PM_TIMER_PERIOD = 0x100_0000;

/** Sets counter 0 going round its 65 536 counts, 18.2 times a second: 3 exits. */
export function* startPit(cpu: Cpu): Program {
  yield* cpu.out8(PIT_PORT.CONTROL, COUNTER_0_MODE_2);
  yield* cpu.out8(PIT_PORT.COUNTER_0, 0);
  yield* cpu.out8(PIT_PORT.COUNTER_0, 0);
}

/** Counts of the timer/counter since its period began: latch, low byte, high byte, 3 exits. */
export function* readPit(cpu: Cpu): Program<number> {
  yield* cpu.out8(PIT_PORT.CONTROL, LATCH_COUNTER_0);
  const low = yield* cpu.in8(PIT_PORT.COUNTER_0);
  const high = yield* cpu.in8(PIT_PORT.COUNTER_0);
  return (PIT_PERIOD - ((high << 8) | low)) % PIT_PERIOD;
}

/** The power management timer, 24 bits: 1 exit. */
export function* readPmTimer(cpu: Cpu): Program<number> {
  return (yield* cpu.in32(PM_TIMER_PORT)) % PM_TIMER_PERIOD;
}

/**
 * Seconds of the day by the real-time clock: not while an update is in progress, and again when one came in between. 16 exits when all
 * goes well: index and data for register A, three bytes of the time, three of the date, register A.
 */
export function* readRtc(cpu: Cpu): Program<number> {
  for (;;) {
    if ((yield* readCmos(cpu, RTC_REG.A)) & RTC_A.UIP) continue;
    const seconds = digits(yield* readCmos(cpu, RTC_REG.SECONDS));
    const minutes = digits(yield* readCmos(cpu, RTC_REG.MINUTES));
    const hours = digits(yield* readCmos(cpu, RTC_REG.HOURS));
    for (const index of [RTC_REG.DAY, RTC_REG.MONTH, RTC_REG.YEAR]) yield* readCmos(cpu, index);
    if ((yield* readCmos(cpu, RTC_REG.A)) & RTC_A.UIP) continue;
    return hours * 3600 + minutes * 60 + seconds;
  }
}

function* readCmos(cpu: Cpu, index: number): Program<number> {
  yield* cpu.out8(RTC_PORT.INDEX, index);
  return yield* cpu.in8(RTC_PORT.DATA);
}

const digits = (byte: number): number => (byte >> 4) * 10 + (byte & 0xf);
