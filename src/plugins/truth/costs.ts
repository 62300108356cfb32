/** Every cost of every era, and every number of every disk, as rows for the page "How true is this?". */
import {
  DISK_MODELS,
  SERVICE_COSTS,
  type ServiceRow,
  serviceTable,
} from '../../../sim/host/backends/service-models.ts';
import { formatCount } from '../../../sim/lab/format.ts';
import type { CostRow } from '../../../sim/machine/costs.ts';
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
  readonly id: string;
  readonly title: string;
  readonly rows: readonly CostLine[];
}

function line(name: string, row: CostRow | ServiceRow): CostLine {
  const { what, value, low, high, unit, basis, source, note } = row;
  return { name, what, value, low, high, unit, basis, source, note };
}

const eraTables = (): CostTable[] =>
  ERAS.map((era) => {
    const { title, hz, rows } = eraCosts(era);
    const heading = `${title}, ${formatCount(hz / 1e6)} MHz`;
    return { id: era, title: heading, rows: COST_NAMES.map((name) => line(name, rows[name])) };
  });

/** Disks that take time; the ideal one has no numbers to question. */
function diskTable(): CostTable {
  const rows = DISK_MODELS.filter((model) => model !== 'memory').flatMap((model) =>
    SERVICE_COSTS.map((cost) => line(`${model} ${cost}`, serviceTable(model)[cost])),
  );
  return { id: 'disks', title: 'Disks of every era', rows };
}

export const costTables = (): CostTable[] => [...eraTables(), diskTable()];
