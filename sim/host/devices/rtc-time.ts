/**
 * The time of day as a real-time clock keeps it: ten bytes, in binary or decimal digits, with 12 or 24 hours. Arithmetic only.
 *
 * Source: Motorola MC146818A data sheet, "Time, calendar and alarm locations".
 */
import { RTC_ANY, RTC_B, RTC_PM, RTC_REG } from '../../wire/pc-clocks.ts';

/** A moment of the calendar. */
export interface RtcTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const DAY = 86_400;
/** Day of the week of 1 January 1970, Sunday being 1. */
const THURSDAY = 5;

/** Days since 1970 of a date of the Gregorian calendar. Months and days beyond their limits run over into the next. */
export function daysOf(year: number, month: number, day: number): number {
  const y = year + Math.floor((month - 1) / 12) - (((month - 1) % 12) + 1 <= 2 ? 1 : 0);
  const shifted = (((month - 1) % 12) + 10) % 12;
  const era = Math.floor(y / 400);
  const ofEra = y - 400 * era;
  const ofYear = Math.floor((153 * shifted + 2) / 5) + day - 1;
  return 146_097 * era + 365 * ofEra + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

/** Seconds since 1970. */
export const secondsOf = ({ year, month, day, hour, minute, second }: RtcTime): number =>
  daysOf(year, month, day) * DAY + hour * 3600 + minute * 60 + second;

/** The moment that lies so many seconds after 1970 began. */
export function timeOf(seconds: number): RtcTime {
  const days = Math.floor(seconds / DAY);
  const ofDay = seconds - days * DAY;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * ofYear + 2) / 153);
  return {
    year: yearOfEra + 400 * era + (month >= 10 ? 1 : 0),
    month: month < 10 ? month + 3 : month - 9,
    day: ofYear - Math.floor((153 * month + 2) / 5) + 1,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor(ofDay / 60) % 60,
    second: ofDay % 60,
  };
}

const digits = (value: number): number => (Math.floor(value / 10) % 10) * 16 + (value % 10);
const value = (digit: number): number => (digit >> 4) * 10 + (digit & 0xf);

/** A number as register B says that numbers are written. */
export const encode = (number: number, b: number): number => (b & RTC_B.BINARY ? number : digits(number));
/** And back. */
export const decode = (byte: number, b: number): number => (b & RTC_B.BINARY ? byte : value(byte));

/** The byte of an hour from 0 to 23. */
export function encodeHour(hour: number, b: number): number {
  if (b & RTC_B.HOURS_24) return encode(hour, b);
  return encode(hour % 12 === 0 ? 12 : hour % 12, b) | (hour >= 12 ? RTC_PM : 0);
}

/** The hour of a byte. */
export function decodeHour(byte: number, b: number): number {
  if (b & RTC_B.HOURS_24) return decode(byte, b);
  return (decode(byte & ~RTC_PM, b) % 12) + (byte & RTC_PM ? 12 : 0);
}

/** Writes a moment into the registers. The century is not theirs: two digits of the year. */
export function writeTime(registers: Uint8Array, seconds: number, b: number): void {
  const time = timeOf(seconds);
  registers[RTC_REG.SECONDS] = encode(time.second, b);
  registers[RTC_REG.MINUTES] = encode(time.minute, b);
  registers[RTC_REG.HOURS] = encodeHour(time.hour, b);
  registers[RTC_REG.DAY_OF_WEEK] = encode(
    ((((Math.floor(seconds / DAY) + THURSDAY - 1) % 7) + 7) % 7) + 1,
    b,
  );
  registers[RTC_REG.DAY] = encode(time.day, b);
  registers[RTC_REG.MONTH] = encode(time.month, b);
  registers[RTC_REG.YEAR] = encode(time.year % 100, b);
}

/** The moment that the registers hold, in the given century. A byte beyond its limit runs over, as nothing is promised for it. */
export function readTime(registers: Uint8Array, century: number, b: number): number {
  return secondsOf({
    year: century * 100 + decode(registers[RTC_REG.YEAR], b),
    month: decode(registers[RTC_REG.MONTH], b),
    day: decode(registers[RTC_REG.DAY], b),
    hour: decodeHour(registers[RTC_REG.HOURS], b),
    minute: decode(registers[RTC_REG.MINUTES], b),
    second: decode(registers[RTC_REG.SECONDS], b),
  });
}

/** Whether the alarm bytes mean this second. A byte with both upper bits set means any. */
export function alarmAt(registers: Uint8Array, seconds: number, b: number): boolean {
  const ofDay = ((seconds % DAY) + DAY) % DAY;
  const fits = (byte: number, expected: number): boolean => (byte & RTC_ANY) === RTC_ANY || byte === expected;
  return (
    fits(registers[RTC_REG.SECONDS_ALARM], encode(ofDay % 60, b)) &&
    fits(registers[RTC_REG.MINUTES_ALARM], encode(Math.floor(ofDay / 60) % 60, b)) &&
    fits(registers[RTC_REG.HOURS_ALARM], encodeHour(Math.floor(ofDay / 3600), b))
  );
}
