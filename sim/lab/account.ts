/** The text alternative of a run: a summary, the list of events, the table of counters. Written from the recording, tested against it. */
import type { AnyExperiment } from './experiment.ts';
import type { Fold } from './fold.ts';
import { fold } from './fold.ts';
import { formatCount, formatCycles } from './format.ts';
import { extent } from './lanes.ts';
import type { Recording } from './recording.ts';
import type { Run } from './run.ts';

/** One row of the counter table. */
export interface MetricRow {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly unit: string;
  readonly doc: string;
}

/** The counters of a run, headline first, then the others in declared order. */
export function metricRows(experiment: AnyExperiment, run: Run): MetricRow[] {
  const names = [...new Set([...experiment.headline, ...Object.keys(experiment.metrics)])];
  return names.map((name) => {
    const { label, unit, doc } = experiment.metrics[name];
    const value = run.metrics[name];
    return { name, label, value, text: formatCount(value), unit, doc };
  });
}

/** One sentence a step, repetitions folded. Of a long list the first `most` sentences are written, and one that says how many follow. */
export function eventList(run: Run, most = Number.POSITIVE_INFINITY): string[] {
  const { trace } = run;
  const from = extent(trace).from;
  // Rows that are no path are told apart by their kinds.
  const parts = fold(trace.route.map((index, row) => (index < 0 ? -1 - trace.kind[row] : index)));
  // A list that is longer by one sentence loses nothing by saying it.
  const told = parts.length > most + 1 ? parts.slice(0, most) : parts;
  const lines = told.map((part) => sentence(trace, part, from));
  if (told.length < parts.length) lines.push(`… and ${formatCount(parts.length - told.length)} more`);
  if (trace.dropped > 0)
    lines.push(
      `${formatCount(trace.dropped)} later steps were counted but not recorded (the trace keeps ${formatCount(trace.cap)})`,
    );
  return lines;
}

function sentence(trace: Recording, part: Fold<number>, from: number): string {
  const title = (index: number): string =>
    trace.routes[trace.route[index]]?.title ?? trace.kinds[trace.kind[index]].name;
  const when = formatCycles(trace.at[part.index] - from, trace.hz);
  const steps = part.unit.map((_, i) => title(part.index + i));
  const what = fold(steps).map(({ unit, times }) => {
    const names = unit.join(', ');
    if (times === 1) return names;
    return unit.length > 1 ? `[${names}] (${times} times)` : `${names} (${times} times)`;
  });
  return part.times > 1 ? `${when}: ${part.times} times: ${what.join(', ')}` : `${when}: ${what.join(', ')}`;
}

/** Two or three sentences that say what happened. */
export function summary(experiment: AnyExperiment, run: Run): string {
  const { from, to } = extent(run.trace);
  const facts = experiment.headline.map((name: string) => {
    const { label, unit } = experiment.metrics[name];
    return `${label.toLowerCase()} ${formatCount(run.metrics[name])}${unit && unit !== 'count' ? ` ${unit}` : ''}`;
  });
  const warning = run.wrongRule ? `WRONG RULE on purpose: ${run.wrongRule}. ` : '';
  const length =
    to > from
      ? ` The recorded part takes ${formatCycles(to - from, run.trace.hz)} of the machine's time.`
      : '';
  return `${warning}${experiment.title}: ${facts.join(', ')}.${length} Digest ${run.digest}.`;
}

/** A table as Markdown, for notebooks and hand-outs. */
export function markdownTable(experiment: AnyExperiment, runs: readonly Run[]): string {
  const head = `| | ${runs.map((run) => `\`${run.line}\``).join(' | ')} |`;
  const rule = `| --- | ${runs.map(() => '---:').join(' | ')} |`;
  const body = metricRows(experiment, runs[0]).map(
    (row) =>
      `| ${row.label}${row.unit && row.unit !== 'count' ? ` (${row.unit})` : ''} | ${runs.map((run) => formatCount(run.metrics[row.name])).join(' | ')} |`,
  );
  return [head, rule, ...body].join('\n');
}
