/**
 * The shape of a row of costs, and the arithmetic that takes a measured total apart.
 *
 * Published figures are totals: an intercept and back, an interrupt and back. A route needs the parts, to place them in rings. So
 * the totals stand in the tables as they were published, and the parts are computed from them here: what remains of a total after
 * its known parts are taken away. The sum of a route then is the published total again, and a test holds that.
 */

import type { CostName } from './names.ts';

export type { CostName } from './names.ts';
export { COST_NAMES } from './names.ts';

/** A generation of hardware with the hypervisor of its time. */
export type Era = '2008' | '2012' | '2020';

/**
 * How a value is known. `measured`: a source reports the measurement. `published`: a specification or product states it.
 * `derived`: arithmetic on such values, given in the note. `assumed`: recalled or judged, no source was read.
 */
export type Basis = 'measured' | 'published' | 'derived' | 'assumed';

/** The unit of a row. `entries`: the size of a buffer of the hardware, which decides how often something is paid. */
export type CostUnit = 'cycles' | 'cycles/byte' | 'ratio' | 'entries';

/** Which end of the range. */
export type Bound = 'low' | 'typical' | 'high';

/** One modelled cost: its value, how far it may be off, and who says so. */
export interface CostRow {
  /** What is paid for. */
  readonly what: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: CostUnit;
  readonly basis: Basis;
  readonly source: string;
  /** Arithmetic of a derived row, caveats of a read one. */
  readonly note: string;
  /** Ids of the rows of the project's calibration table that the value rests on. */
  readonly calibration: readonly string[];
}

/** The rows of one hardware era. */
export interface EraCosts {
  readonly era: Era;
  readonly title: string;
  /** TSC ticks per second. */
  readonly hz: number;
  readonly rows: Readonly<Record<CostName, CostRow>>;
}

/** A row in cycles. */
export function cycles(
  what: string,
  [value, low, high]: readonly [number, number, number],
  basis: Basis,
  source: string,
  calibration: readonly string[],
  note = '',
): CostRow {
  return { what, value, low, high, unit: 'cycles', basis, source, note, calibration };
}

/** A row in cycles from a time in microseconds at the era's clock rate. */
export function microseconds(
  what: string,
  hz: number,
  [value, low, high]: readonly [number, number, number],
  basis: Basis,
  source: string,
  calibration: readonly string[],
  note = '',
): CostRow {
  const at = (us: number): number => Math.round((us * hz) / 1_000_000);
  const arithmetic = `${value} us (${low} to ${high}) x ${hz / 1_000_000} MHz. ${note}`.trim();
  return {
    what,
    value: at(value),
    low: at(low),
    high: at(high),
    unit: 'cycles',
    basis,
    source,
    note: arithmetic,
    calibration,
  };
}

/** A share of a row: `share` of each of its numbers, rounded to whole cycles. */
export function share(
  what: string,
  of: CostRow,
  part: number,
  why: string,
  calibration: readonly string[] = [],
): CostRow {
  const at = (n: number): number => Math.round(n * part);
  return {
    ...of,
    what,
    value: at(of.value),
    low: at(of.low),
    high: at(of.high),
    basis: of.basis === 'assumed' ? 'assumed' : 'derived',
    note: `${at(of.value)} = ${of.value} x ${part}. ${why}`,
    calibration: [...of.calibration, ...calibration],
  };
}

/** What remains of a row beside its share, so that the two sum to it exactly. */
export function rest(what: string, of: CostRow, taken: CostRow): CostRow {
  return remainder(what, of, [[taken, 1]], '');
}

/**
 * What remains of a total after its known parts. The ends of its range go with the ends of the others: so a profile at one end still
 * sums to the total at that end, or comes as near as the parts allow.
 */
export function remainder(
  what: string,
  total: CostRow,
  parts: readonly (readonly [CostRow, number])[],
  why: string,
): CostRow {
  const left = (bound: 'value' | 'low' | 'high'): number =>
    parts.reduce((sum, [row, times]) => sum - row[bound] * times, total[bound]);
  const value = left('value');
  const terms = parts
    .map(([row, times]) => (times === 1 ? `${row.value}` : `${times} x ${row.value}`))
    .join(' - ');
  return {
    what,
    value,
    low: Math.max(0, Math.min(value, left('low'))),
    high: Math.max(value, left('high')),
    unit: 'cycles',
    basis: total.basis === 'assumed' ? 'assumed' : 'derived',
    source: total.source,
    note: `${value} = ${total.value} - ${terms}. ${why}`.trim(),
    calibration: [...new Set([...total.calibration, ...parts.flatMap(([row]) => row.calibration)])],
  };
}

/** A row in cycles per byte. */
export function perByte(
  what: string,
  [value, low, high]: readonly [number, number, number],
  basis: Basis,
  source: string,
  calibration: readonly string[],
  note = '',
): CostRow {
  return { what, value, low, high, unit: 'cycles/byte', basis, source, note, calibration };
}
