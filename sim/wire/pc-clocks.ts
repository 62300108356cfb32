/**
 * The clocks of a PC without HPET: frequencies, ports and register numbers, as both a device and its driver write them.
 *
 * Sources: Intel 82C54 data sheet; Motorola MC146818A data sheet; Intel 82371AB (PIIX4) data sheet, sections on the timer/counters, the
 * real-time clock and power management; ACPI specification, "Power Management Timer".
 */

/** The crystal of a PC is 315/22 MHz. A third of a quarter of it: 1.193 181 8 MHz. */
export const PIT_HZ = 105_000_000 / 88;
/** A quarter of the crystal: 3.579 545 MHz. */
export const PM_TIMER_HZ = 315_000_000 / 88;
/** Oscillator of the real-time clock. */
export const RTC_HZ = 32_768;

/** Ports of the timer/counters. */
export const PIT_PORT = { COUNTER_0: 0x40, COUNTER_2: 0x42, CONTROL: 0x43, SPEAKER: 0x61 } as const;

/** Fields of the control word. */
export const PIT_CONTROL = {
  SELECT_SHIFT: 6,
  /** In the place of the counter's number. */
  READ_BACK: 3,
  ACCESS_SHIFT: 4,
  LATCH: 0,
  LOW_BYTE: 1,
  HIGH_BYTE: 2,
  BOTH_BYTES: 3,
  MODE_SHIFT: 1,
  BCD: 1,
} as const;

/** Read-back command: bits 5 and 4 are set to leave count and status alone. */
export const PIT_READ_BACK = { NO_COUNT: 0x20, NO_STATUS: 0x10 } as const;
/** Status byte. */
export const PIT_STATUS = { OUT: 0x80, NULL_COUNT: 0x40 } as const;

/** Port 61h: gate of counter 2, speaker, the toggling refresh bit, output of counter 2. */
export const SPEAKER = { GATE_2: 0x01, DATA: 0x02, WRITABLE: 0x0f, REFRESH: 0x10, OUT_2: 0x20 } as const;

/** Ports of the real-time clock. */
export const RTC_PORT = { INDEX: 0x70, DATA: 0x71 } as const;

/** Registers of the real-time clock by index. */
export const RTC_REG = {
  SECONDS: 0,
  SECONDS_ALARM: 1,
  MINUTES: 2,
  MINUTES_ALARM: 3,
  HOURS: 4,
  HOURS_ALARM: 5,
  DAY_OF_WEEK: 6,
  DAY: 7,
  MONTH: 8,
  YEAR: 9,
  A: 10,
  B: 11,
  C: 12,
  D: 13,
  /** Kept by the BIOS in plain memory. */
  CENTURY: 0x32,
} as const;

/** Register A: update in progress, divider, periodic rate. */
export const RTC_A = { UIP: 0x80, DIVIDER: 0x70, RUNNING: 0x20, RATE: 0x0f } as const;
/** Register B. */
export const RTC_B = {
  SET: 0x80,
  PIE: 0x40,
  AIE: 0x20,
  UIE: 0x10,
  SQUARE_WAVE: 0x08,
  BINARY: 0x04,
  HOURS_24: 0x02,
  DAYLIGHT: 0x01,
} as const;
/** Register C. */
export const RTC_C = { IRQF: 0x80, PF: 0x40, AF: 0x20, UF: 0x10 } as const;
/** Register D: the battery has held. */
export const RTC_D_VALID = 0x80;
/** Bit 7 of the hours in 12-hour mode. */
export const RTC_PM = 0x80;
/** The two upper bits of an alarm byte: any value will do. */
export const RTC_ANY = 0xc0;
/** From UIP to the end of the update: 244 us of warning and 1 984 us of work, in ticks of the oscillator. */
export const RTC_UPDATE_TICKS = 73;

/** Port at which the BIOS of this machine puts the power management registers. */
export const PM_BASE = 0x400;
/** Their offsets from there. */
export const PM_REG = { STATUS: 0, ENABLE: 2, CONTROL: 4, TIMER: 8 } as const;
/** The timer's bit in STATUS and in ENABLE. */
export const PM_TMR = 1;
/** The timer's own port. */
export const PM_TIMER_PORT = PM_BASE + PM_REG.TIMER;
