/**
 * What things cost, in one place. A profile is one hardware era: each row holds the value used, the range it may lie in, how it is
 * known and from where. Routes name rows; nothing else in the simulator holds a number of cycles.
 */

import type { Issue } from '../core/errors.ts';
import { invariant } from '../core/errors.ts';
import { ERA_2008 } from './costs/2008.ts';
import { ERA_2012 } from './costs/2012.ts';
import { ERA_2020 } from './costs/2020.ts';
import type { Bound, CostName, CostRow, Era, EraCosts } from './costs/rows.ts';

export type { Basis, Bound, CostName, CostRow, CostUnit, Era, EraCosts } from './costs/rows.ts';
export { COST_NAMES } from './costs/rows.ts';

/** The eras, oldest first. */
export const ERAS: readonly Era[] = ['2008', '2012', '2020'];

const TABLES: Readonly<Record<Era, EraCosts>> = { '2008': ERA_2008, '2012': ERA_2012, '2020': ERA_2020 };

/** The facts of an era as they stand in its table. */
export function eraCosts(era: Era): EraCosts {
  return TABLES[era];
}

/** The costs of one era; immutable, a changed profile is a new one. */
export class CostProfile {
  readonly era: Era;
  /** TSC ticks per second. */
  readonly hz: number;
  readonly title: string;
  private readonly rows: Readonly<Record<CostName, CostRow>>;

  constructor(era: Era, rows: Readonly<Record<CostName, CostRow>> = TABLES[era].rows) {
    this.era = era;
    this.hz = TABLES[era].hz;
    this.title = TABLES[era].title;
    this.rows = rows;
  }

  /** The value of a row in its own unit: cycles, cycles per byte or a ratio. */
  cost(name: CostName): number {
    return this.rows[name].value;
  }

  /** The whole row, with range and source. */
  row(name: CostName): CostRow {
    return this.rows[name];
  }

  /** The same profile with some values replaced. Ranges and sources stay; a value outside its range is the caller's choice. */
  with(values: Partial<Record<CostName, number>>): CostProfile {
    const rows = { ...this.rows };
    for (const [name, value] of Object.entries(values) as [CostName, number][]) {
      invariant(name in rows, `no cost is called ${name}`);
      rows[name] = { ...rows[name], value };
    }
    return new CostProfile(this.era, rows);
  }

  /** The same profile with every row at one end of its range: to see whether a statement survives the uncertainty. */
  at(bound: Bound): CostProfile {
    if (bound === 'typical') return new CostProfile(this.era);
    const entries = Object.entries(this.rows).map(([name, row]) => [name, { ...row, value: row[bound] }]);
    return new CostProfile(this.era, Object.fromEntries(entries));
  }
}

/** Checks values that a user wants to put in place of a profile's own. Empty when all are usable. */
export function checkCostOverrides(values: Readonly<Record<string, unknown>>): Issue[] {
  const issues: Issue[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(ERA_2020.rows, name)) {
      issues.push({
        path: name,
        kind: 'unknown',
        message: `There is no cost called ${name}.`,
        hint: 'COST_NAMES lists all of them.',
      });
    } else if (typeof value !== 'number' || !(value >= 0) || !Number.isFinite(value)) {
      issues.push({
        path: name,
        kind: 'range',
        message: `${name} must be a number from 0.`,
        hint: `The unit is ${ERA_2020.rows[name as CostName].unit}.`,
      });
    }
  }
  return issues;
}
