/** The text alternative of a run: a summary, the list of events, the table of counters. Written from the recording, tested against it. */
import type { AnyExperiment } from './experiment.ts';
import { fold } from './fold.ts';
import { formatCount, formatCycles } from './format.ts';
import { extent } from './lanes.ts';
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

/** One sentence a step, repetitions folded. */
export function eventList(run: Run): string[] {
  const { trace } = run;
  const from = extent(trace).from;
  const title = (index: number): string =>
    trace.routes[trace.route[index]]?.title ?? trace.kinds[trace.kind[index]].name;
  const lines: string[] = [];
  for (const part of fold(trace.route)) {
    const when = formatCycles(trace.at[part.index] - from, trace.hz);
    const steps = part.unit.map((_, i) => title(part.index + i));
    const what = fold(steps).map(({ unit, times }) =>
      times > 1 ? `${unit.join(', ')} (${times} times)` : unit.join(', '),
    );
    lines.push(
      part.times > 1 ? `${when}: ${part.times} times: ${what.join(', ')}` : `${when}: ${what.join(', ')}`,
    );
  }
  if (trace.dropped > 0)
    lines.push(
      `${formatCount(trace.dropped)} later steps were counted but not recorded (the trace keeps ${formatCount(trace.cap)})`,
    );
  return lines;
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
