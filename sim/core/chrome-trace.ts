/**
 * Export to the format of chrome://tracing and the Perfetto viewer ("Trace Event Format", JSON object form), so that a run can be
 * looked at with tools made for looking at runs.
 */
import type { TraceKind, TraceRow } from './trace.ts';
import { WHO_ROOT, whoName } from './who.ts';

/** An event of the Trace Event Format; times in microseconds. */
export interface ChromeEvent {
  readonly name: string;
  readonly ph: 'X' | 'i' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly s?: 't';
  readonly args: Readonly<Record<string, number | string>>;
}

/** The JSON object form of the Trace Event Format. */
export interface ChromeTrace {
  readonly traceEvents: ChromeEvent[];
  readonly displayTimeUnit: 'ns';
  readonly otherData: Readonly<Record<string, number>>;
}

/**
 * Rows as trace events: those that take time as complete events, the rest as instants, one thread per `who`. Process 0 is the root
 * partition with its devices, process 1 the guest.
 */
export function chromeTrace(
  rows: readonly TraceRow[],
  kinds: readonly TraceKind[],
  hz: number,
  dropped: number,
): ChromeTrace {
  const byName = new Map(kinds.map((kind) => [kind.name, kind.fields]));
  const traceEvents = rows.map((row) => chromeEvent(row, byName.get(row.kind) ?? [], 1e6 / hz));
  const threads = [...new Set(rows.map((row) => row.who))].sort((x, y) => x - y);
  for (const who of threads) {
    traceEvents.push({
      name: 'thread_name',
      ph: 'M',
      pid: pidOf(who),
      tid: who,
      args: { name: whoName(who) },
    });
  }
  return { traceEvents, displayTimeUnit: 'ns', otherData: { hz, rows: rows.length, dropped } };
}

function chromeEvent(row: TraceRow, fields: readonly string[], perCycle: number): ChromeEvent {
  const values = [row.a, row.b];
  const args = Object.fromEntries(fields.map((field, i) => [field, values[i]]));
  const common = {
    name: row.kind,
    cat: row.kind.split('.')[0],
    ts: row.at * perCycle,
    pid: pidOf(row.who),
    tid: row.who,
    args,
  };
  return row.end > row.at
    ? { ...common, ph: 'X', dur: (row.end - row.at) * perCycle }
    : { ...common, ph: 'i', s: 't' };
}

function pidOf(who: number): number {
  return who < WHO_ROOT ? 1 : 0;
}
