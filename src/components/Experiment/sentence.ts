/** Puts a step of a run into words. */
import { formatCount, formatCycles } from '../../../sim/lab/format.ts';
import { LANE_ORDER, LANE_TITLES } from '../../../sim/lab/palette.ts';
import { type Detail, NO_LANE } from '../../truth/types.ts';

/** What happens in a step: what, where, when, how long, and what it is part of. */
export function sentenceOf(
  { steps, titles, kinds, kind, routes, route, a, b }: Detail,
  step: number,
  hz: number,
): string {
  const row = steps.row[step];
  const lane = steps.lane[step];
  const { name, fields } = kinds[kind[row]];
  const length = steps.end[step] - steps.at[step];
  const where = lane === NO_LANE ? '' : `, in the ${LANE_TITLES[LANE_ORDER[lane]]}`;
  const lasts = length > 0 ? `, for ${formatCycles(length, hz)}` : '';
  const whole = routes[route[row]];
  const title = titles[steps.title[step]];
  const part = whole && whole.title !== title ? ` Part of: ${inner(whole.title)}` : ` (${name}`;
  const numbers = numbersOf(fields, [a[row], b[row]]);
  const close =
    whole && whole.title !== title
      ? numbers
        ? ` (${numbers}).`
        : '.'
      : `${numbers ? `: ${numbers}` : ''}).`;
  return `${lane === NO_LANE ? capital(title) : title}${where}. After ${formatCycles(steps.at[step], hz)}${lasts}.${part}${close}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A title inside a sentence; names in capitals stay as they are. */
const inner = (title: string): string =>
  /^[A-Z][a-z’]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;

/** The row's own numbers by their names, in hexadecimal where the name speaks of an address, a port or a register. */
const numbersOf = (fields: readonly string[], values: readonly number[]): string =>
  fields
    .slice(0, 2)
    .map(
      (field, i) =>
        `${field} ${/port|gpa|address|leaf|index|msr|code|vector|offset|command/.test(field) ? `${values[i].toString(16).toUpperCase()}h` : formatCount(values[i])}`,
    )
    .join(', ');
