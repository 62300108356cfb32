/**
 * Puts every moment of a run down to one cause: the cost row of the stage that was at work, the device's own work beyond its route's
 * costs, or nothing that was recorded. The causes add up to the length of the run, because no moment is counted twice.
 */

import type { CostName, Era } from '../machine/costs.ts';
import { eraCosts } from '../machine/costs.ts';
import { eachSpan, extent } from './lanes.ts';
import type { Recording } from './recording.ts';

/** What a stretch of a run's time went into. */
export interface Cause {
  /** Name of the cost row, the path of a device's own work behind `work:`, or `unrecorded`. */
  readonly id: string;
  readonly title: string;
  /** Cycles of the run's time. */
  readonly cycles: number;
}

/** How the time of a run is put down. */
export interface Causes {
  readonly length: number;
  readonly causes: readonly Cause[];
  /** True when rows lay beside each other: several processors at work, or a disk while the guest goes on. A moment is then put down to what began last. */
  readonly shared: boolean;
}

/** The cause of the time in which no recorded path was under way. */
export const UNRECORDED = 'unrecorded';

interface Stretch {
  readonly at: number;
  readonly end: number;
  readonly cause: string;
  readonly row: number;
}

/** The causes of a run's time, largest first. */
export function causesOf(recording: Recording): Causes {
  const { from, to } = extent(recording);
  const sums = new Map<string, number>();
  const titles = new Map([[UNRECORDED, 'Nothing recorded: the guest computes or waits']]);
  const shared = share(stretchesOf(recording, titles), from, to, (cause, cycles) =>
    sums.set(cause, (sums.get(cause) ?? 0) + cycles),
  );
  const causes = [...sums].map(([id, cycles]) => ({ id, title: titles.get(id) ?? id, cycles }));
  return { length: to - from, causes: causes.sort((p, q) => q.cycles - p.cycles), shared };
}

/** The stretches of all stages in order of their start; a stage in which a device works is two: its cost, and the work. */
function stretchesOf(recording: Recording, titles: Map<string, string>): Stretch[] {
  const { routes, route, era } = recording;
  const rows = eraCosts(era as Era).rows;
  const stretches: Stretch[] = [];
  const put = (cause: string, title: string, at: number, end: number, row: number): void => {
    if (end <= at) return;
    titles.set(cause, title);
    stretches.push({ at, end, cause, row });
  };
  eachSpan(recording, (_lane, at, end, _title, row, index) => {
    const { id, title, stages } = routes[route[row]];
    const { cost, cycles } = stages[index];
    const paid = cost ? Math.min(end, at + cycles) : at;
    if (cost) put(cost, rows[cost as CostName].what, at, paid, row);
    put(`work:${id}`, `Work of its own: ${title}`, paid, end, row);
  });
  return stretches.sort((p, q) => p.at - q.at || q.end - p.end);
}

/** Shares the time among the stretches: of those under way the one that began last. Returns whether some lay beside each other. */
function share(
  stretches: readonly Stretch[],
  from: number,
  to: number,
  give: (cause: string, cycles: number) => void,
): boolean {
  const open: Stretch[] = [];
  let now = from;
  let shared = false;
  const until = (moment: number): void => {
    while (now < moment) {
      const top = open[open.length - 1];
      if (top && top.end <= now) open.pop();
      else {
        const next = Math.min(moment, top?.end ?? moment);
        give(top?.cause ?? UNRECORDED, next - now);
        now = next;
      }
    }
  };
  for (const stretch of stretches) {
    until(stretch.at);
    const under = open.findLast(({ end }) => end > now);
    shared ||= under !== undefined && under.end < stretch.end && under.row !== stretch.row;
    open.push(stretch);
  }
  until(to);
  return shared;
}
