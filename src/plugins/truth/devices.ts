/** Device managers of a run as a page shows them, and the packages that a guest can be given. */
import { PACKAGES } from '../../../sim/guest/setup/packages.ts';
import { icVersionText } from '../../../sim/wire/ic-codes.ts';
import { VMBUS_VERSIONS } from '../../../sim/wire/vmbus.ts';
import { PageError, runOf } from './book.ts';

/** One device, with those behind it. */
export interface DeviceLine {
  readonly name: string;
  readonly kind: string;
  readonly driver: string;
  readonly road: string;
  readonly state: string;
  /** How it differs from the other tree. */
  readonly news: '' | 'new' | 'changed';
  readonly children: readonly DeviceLine[];
}

/** Two moments of one guest. */
export interface DeviceTrees {
  readonly line: string;
  readonly digest: string;
  readonly before: readonly DeviceLine[];
  readonly after: readonly DeviceLine[];
}

type Rows = readonly (readonly string[])[];

/** Columns of the table that the run leaves. */
const [DEPTH, NAME, KIND, ID, DRIVER, ROAD, STATE] = [0, 1, 2, 3, 4, 5, 6] as const;

export function deviceTrees(line: string): DeviceTrees {
  const run = runOf(line);
  const rows = (id: string): Rows => {
    const table = run.tables?.find((one) => one.id === id);
    if (!table) throw new PageError(`the run "${line}" leaves no devices`);
    return table.rows;
  };
  const [before, after] = [rows('devices-before'), rows('devices-after')];
  return {
    line: run.line,
    digest: run.digest,
    before: grow(before, () => ''),
    after: grow(after, news(before)),
  };
}

/** Nests rows by their depth. */
function grow(rows: Rows, newsOf: (row: readonly string[]) => DeviceLine['news'], depth = 0): DeviceLine[] {
  const starts = rows.flatMap((row, i) => (Number(row[DEPTH]) === depth ? [i] : []));
  return starts.map((start, i) => {
    const row = rows[start];
    return {
      name: row[NAME],
      kind: row[KIND],
      driver: row[DRIVER],
      road: row[ROAD],
      state: row[STATE],
      news: newsOf(row),
      children: grow(rows.slice(start + 1, starts[i + 1]), newsOf, depth + 1),
    };
  });
}

/** New are those behind an id that there was not; changed are those that had another driver, road or state. */
const news =
  (before: Rows) =>
  (row: readonly string[]): DeviceLine['news'] => {
    const same = before.filter((one) => one[ID] === row[ID] && one[KIND] === row[KIND]);
    if (same.length === 0) return 'new';
    return same.some((one) => [DRIVER, ROAD, STATE].every((at) => one[at] === row[at])) ? '' : 'changed';
  };

/** One package as a reader sees it. */
export interface PackageLine {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly delivered: string;
  /** Newest version of VMBus, of the storage protocol, of the data exchange. */
  readonly vmbus: string;
  readonly storage: string;
  readonly exchange: string;
  readonly evidence: string;
  readonly source: string;
  readonly drivers: readonly {
    readonly id: string;
    readonly title: string;
    readonly listedIn: string;
    readonly evidence: string;
    readonly source: string;
  }[];
}

export const packageLines = (): PackageLine[] =>
  PACKAGES.map(({ id, title, version, delivered, drivers, protocols, evidence, source }) => ({
    id,
    title,
    version: version.join('.'),
    delivered,
    vmbus: VMBUS_VERSIONS.find(({ value }) => value === protocols.vmbus[0])?.name ?? '',
    storage: `${protocols.storage[0] >>> 8}.${protocols.storage[0] & 0xff}`,
    exchange: icVersionText(protocols.services.exchange),
    evidence,
    source,
    drivers: drivers.map((driver) => ({
      id: driver.id,
      title: driver.title ?? 'name not known',
      listedIn: driver.listedIn,
      evidence: driver.evidence,
      source: driver.source,
    })),
  }));
