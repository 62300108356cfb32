/** How numbers are printed for people: on pages, in figures, in notebooks and on the terminal. */
import { nsOfCycles } from '../core/units.ts';

const THIN_SPACE = ' ';

/** From here on a fraction tells nobody anything, and digits are counted in groups. */
const GROUPED = 10_000;

/** Whole numbers in groups of three from five digits up (`1098` needs no group), others with three significant digits, large ones whole. */
export function formatCount(value: number): string {
  if (!Number.isInteger(value))
    return Math.abs(value) < GROUPED ? significant(value) : formatCount(Math.round(value));
  const digits = String(Math.abs(value));
  const grouped = digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  return value < 0 ? `−${grouped}` : grouped;
}

/** What stands after a number: its unit with a space before it; nothing for a count. A rate needs no `1` above its line. */
export function unitAfter(unit: string | undefined): string {
  return unit && unit !== 'count' ? `${THIN_SPACE}${unit.replace(/^1\//, '/')}` : '';
}

const UNITS: readonly (readonly [name: string, ns: number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
];

/** A stretch of virtual time with the unit a reader would choose: `1.4 ms`. */
export function formatCycles(cycles: number, hz: number): string {
  const ns = nsOfCycles(cycles, hz);
  const [name, factor] = UNITS.find(([, least]) => Math.abs(ns) >= least) ?? UNITS[UNITS.length - 1];
  return `${significant(ns / factor)}${THIN_SPACE}${name}`;
}

function significant(value: number): string {
  if (value === 0) return '0';
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
