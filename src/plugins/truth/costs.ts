/** Every cost of every era as rows for the page "How true is this?". */
import { COST_NAMES, ERAS, eraCosts } from '../../../sim/machine/costs.ts';

export interface CostLine {
  readonly name: string;
  readonly what: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly basis: string;
  readonly source: string;
  readonly note: string;
}

export interface CostTable {
  readonly era: string;
  readonly title: string;
  readonly hz: number;
  readonly rows: readonly CostLine[];
}

export const costTables = (): CostTable[] =>
  ERAS.map((era) => {
    const { title, hz, rows } = eraCosts(era);
    return {
      era,
      title,
      hz,
      rows: COST_NAMES.map((name) => {
        const { what, value, low, high, unit, basis, source, note } = rows[name];
        return { name, what, value, low, high, unit, basis, source, note };
      }),
    };
  });
