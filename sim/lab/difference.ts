/** Two runs beside each other: from where on they differ, and which causes make one longer than the other. Computed from the traces. */
import { titleOfKind } from '../core/trace.ts';
import { nsOfCycles } from '../core/units.ts';
import type { SwitchKind } from '../machine/routes.ts';
import { SWITCH_KINDS } from '../machine/routes.ts';
import { type Causes, causesOf } from './causes.ts';
import { extent } from './lanes.ts';
import type { Recording } from './recording.ts';
import type { Run } from './run.ts';

/** A value of the first and of the second run. */
export type Pair = readonly [a: number, b: number];

/** The first step in which the runs differ. */
export interface Parting {
  /** `path`: they do something else; `time`: they do the same and it takes another time; `end`: one of them has no further step. */
  readonly how: 'path' | 'time' | 'end';
  /** Rows that are the same before it. */
  readonly same: number;
  /** When it begins, in cycles from the start of each run. */
  readonly at: Pair;
  /** How long it takes, in cycles. */
  readonly takes: Pair;
  /** What each run does; empty for one that has ended. */
  readonly titles: readonly [a: string, b: string];
}

/** What two runs differ in. Times are nanoseconds of the machines' own time, since their clocks may run at different rates. */
export interface Difference {
  readonly lines: readonly [a: string, b: string];
  readonly hz: Pair;
  readonly length: Pair;
  /** Whether the recording stopped at its limit; then the length is that of the recording, and tells nothing about the run. */
  readonly stopped: readonly [a: boolean, b: boolean];
  /** Every cause of time in either run, the largest difference first; each column adds up to its length. */
  readonly causes: readonly { readonly id: string; readonly title: string; readonly ns: Pair }[];
  /** Recorded switches of each kind. */
  readonly switches: readonly { readonly kind: SwitchKind; readonly title: string; readonly count: Pair }[];
  readonly parting?: Parting;
  /** What limits the comparison, as sentences; none for two complete runs of one processor. */
  readonly limits: readonly string[];
}

const SWITCH_TITLES: Readonly<Record<SwitchKind, string>> = {
  privilege: 'Privilege switches',
  vmTransition: 'Transitions between guest and hypervisor',
  partition: 'Partition switches',
  thread: 'Thread switches',
  addressSpace: 'Address-space switches',
};

/** Compares two runs of one experiment. */
export function differenceOf(a: Run, b: Run): Difference {
  const hz: Pair = [a.trace.hz, b.trace.hz];
  const causes = [causesOf(a.trace), causesOf(b.trace)] as const;
  const ns = (cycles: number, side: 0 | 1): number => nsOfCycles(cycles, hz[side]);
  const parting = partingOf(a.trace, b.trace);
  return {
    lines: [a.line, b.line],
    hz,
    length: [ns(causes[0].length, 0), ns(causes[1].length, 1)],
    stopped: [a.trace.dropped > 0, b.trace.dropped > 0],
    causes: beside(causes, ns),
    switches: switchesOf(a.trace, b.trace),
    ...(parting ? { parting } : {}),
    limits: limitsOf(causes, [a, b]),
  };
}

function beside(
  all: readonly [Causes, Causes],
  ns: (cycles: number, side: 0 | 1) => number,
): Difference['causes'] {
  const titles = new Map(all.flatMap(({ causes }) => causes.map(({ id, title }) => [id, title] as const)));
  const of = (side: 0 | 1, id: string): number =>
    ns(all[side].causes.find((cause) => cause.id === id)?.cycles ?? 0, side);
  return [...titles]
    .map(([id, title]) => ({ id, title, ns: [of(0, id), of(1, id)] as const }))
    .sort((p, q) => Math.abs(q.ns[1] - q.ns[0]) - Math.abs(p.ns[1] - p.ns[0]));
}

function switchesOf(a: Recording, b: Recording): Difference['switches'] {
  const count = ({ route, routes }: Recording, kind: SwitchKind): number =>
    route.reduce((sum, index) => sum + (routes[index]?.switches[kind] ?? 0), 0);
  return SWITCH_KINDS.map((kind) => ({
    kind,
    title: SWITCH_TITLES[kind],
    count: [count(a, kind), count(b, kind)] as const,
  })).filter(({ count: [p, q] }) => p + q > 0);
}

/** What a row does: its kind and the stages of its path, as far as they can be told apart. */
function doing({ kinds, kind, routes, route }: Recording, row: number): string {
  const path = routes[route[row]];
  return `${kinds[kind[row]].name} ${path ? `${path.id} ${path.stages.map(({ place }) => place).join(' ')}` : ''}`;
}

const titleOf = ({ kinds, kind, routes, route }: Recording, row: number): string =>
  row < route.length ? (routes[route[row]]?.title ?? titleOfKind(kinds[kind[row]])) : '';

/** The first row that differs in what it does, when it begins, or how long it takes; nothing when all rows are the same. */
function partingOf(a: Recording, b: Recording): Parting | undefined {
  const [fromA, fromB] = [extent(a).from, extent(b).from];
  const count = Math.min(a.at.length, b.at.length);
  const takes = ({ at, end }: Recording, row: number): number => (row < at.length ? end[row] - at[row] : 0);
  let same = 0;
  while (same < count && doing(a, same) === doing(b, same)) {
    const together = a.hz !== b.hz || a.at[same] - fromA === b.at[same] - fromB;
    if (takes(a, same) !== takes(b, same) || !together) break;
    same++;
  }
  if (same === a.at.length && same === b.at.length) return undefined;
  const how = same === count ? 'end' : doing(a, same) === doing(b, same) ? 'time' : 'path';
  const begins = ({ at, end }: Recording, from: number): number =>
    same < at.length ? at[same] - from : Math.max(0, (end[end.length - 1] ?? from) - from);
  return {
    how,
    same,
    at: [begins(a, fromA), begins(b, fromB)],
    takes: [takes(a, same), takes(b, same)],
    titles: [titleOf(a, same), titleOf(b, same)],
  };
}

function limitsOf(causes: readonly Causes[], runs: readonly Run[]): string[] {
  const shared = causes.some((each) => each.shared)
    ? ['Where several things go on at once, a moment is put down to the one that began last.']
    : [];
  const dropped = runs.some(({ trace }) => trace.dropped > 0)
    ? ['Of a run whose recording stopped at its limit only the recorded beginning is compared.']
    : [];
  return [...shared, ...dropped];
}
