/** What `show(value)` puts under a cell: drawings, tables and text for what the library gives, plain text for the rest. */
import type { AnyExperiment, Run, Series, Sweep } from 'ringside';
import { inspect } from './inspect.ts';
import type { Output } from './protocol.ts';
import { LIMITS } from './protocol.ts';

/** The part of the library that drawing needs. It is handed in: the page does not carry the simulator. */
export type Drawing = Pick<
  typeof import('ringside'),
  'barsSvg' | 'compareSvg' | 'findExperiment' | 'formatCount' | 'lanesSvg' | 'metricRows' | 'seriesOf'
>;

/** Wide enough for lanes; a narrow page scrolls it. */
const WIDTH = 760;

/** The outputs for the arguments of one `show(...)`. Runs that are shown together are drawn together. */
export function shown(values: readonly unknown[], library: Drawing): Output[] {
  if (values.length > 0 && values.every(isRun)) return ofRuns(values as Run[], library);
  return values.flatMap((value) => one(value, library));
}

function one(value: unknown, library: Drawing): Output[] {
  if (isRun(value)) return ofRuns([value], library);
  if (isSweep(value)) return ofSweep(value, library);
  if (isSeries(value)) return [drawn(library.barsSvg(value, { width: WIDTH }))];
  if (typeof value === 'string') return [ofText(value)];
  if (Array.isArray(value) && value.length > 0) {
    if (value.every(isRun)) return ofRuns(value, library);
    if (value.every(isPlain)) return [tableOf(value)];
  }
  return [{ kind: 'text', text: inspect(value) }];
}

const ofText = (text: string): Output => {
  const image = /^<img [^>]*src="data:image\/svg\+xml,([^"]*)"/.exec(text);
  if (image) return drawn(decodeURIComponent(image[1]));
  return /^\s*<svg[\s>]/.test(text) ? drawn(text) : (markdownTable(text) ?? { kind: 'text', text });
};

/** The page has rules of its own for the classes of the figures: they follow its light and dark. It is their paper, too. */
const drawn = (svg: string): Output => ({
  kind: 'svg',
  svg: svg.replace(/<style>[\s\S]*?<\/style>|<rect class="paper"[^>]*>/g, ''),
});

function ofRuns(runs: readonly Run[], library: Drawing): Output[] {
  const svg =
    runs.length === 1
      ? library.lanesSvg(runs[0], { width: WIDTH })
      : library.compareSvg(runs, { width: WIDTH });
  const same = runs.every(({ id }) => id === runs[0].id);
  const groups = same ? [runs] : runs.map((run) => [run]);
  return [
    drawn(svg),
    ...groups.map((group) => counters(group, library)),
    ...runs.map(({ id, line, digest }): Output => ({ kind: 'run', id, line, digest })),
  ];
}

/** Headline numbers of runs of one experiment, a column a run. */
function counters(runs: readonly Run[], library: Drawing): Output {
  const experiment: AnyExperiment = library.findExperiment(runs[0].id);
  const rows = library.metricRows(experiment, runs[0]).slice(0, experiment.headline.length);
  return {
    kind: 'table',
    head: ['', ...runs.map(({ line }) => line)],
    rows: rows.map(({ name, label, unit }) => [
      unit && unit !== 'count' ? `${label} (${unit})` : label,
      ...runs.map(({ metrics }) => library.formatCount(metrics[name])),
    ]),
  };
}

function ofSweep(sweep: Sweep, library: Drawing): Output[] {
  const { headline, metrics } = library.findExperiment(sweep.id) as AnyExperiment;
  const [first] = headline;
  const { label, unit } = metrics[first];
  const bars = library.barsSvg(library.seriesOf(sweep, first, label, unit === 'count' ? '' : unit), {
    width: WIDTH,
  });
  const head = [sweep.param, ...headline.map((name: string) => metrics[name].label)];
  const rows = sweep.runs.map((run, i) => [
    sweep.labels[i],
    ...headline.map((name: string) => library.formatCount(run.metrics[name])),
  ]);
  return [drawn(bars), { kind: 'table', head, rows }];
}

/** Objects of plain values as a table: a column for each name. */
function tableOf(rows: readonly Record<string, unknown>[]): Output {
  const head = [...new Set(rows.slice(0, LIMITS.rows).flatMap((row) => Object.keys(row)))];
  const text = (value: unknown): string =>
    value === undefined ? '' : typeof value === 'string' ? value : inspect(value);
  return {
    kind: 'table',
    head,
    rows: rows.slice(0, LIMITS.rows).map((row) => head.map((name) => text(row[name]))),
  };
}

/** A table in Markdown, as notebooks write it. */
function markdownTable(text: string): Output | undefined {
  const lines = text.trim().split('\n');
  if (lines.length < 3 || !/^\|[\s:|-]+\|$/.test(lines[1])) return undefined;
  const cells = (line: string): string[] =>
    line
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim().replace(/\*\*|`/g, ''));
  return { kind: 'table', head: cells(lines[0]), rows: lines.slice(2, 2 + LIMITS.rows).map(cells) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isRun = (value: unknown): value is Run =>
  isObject(value) &&
  typeof value.digest === 'string' &&
  typeof value.line === 'string' &&
  isObject(value.trace);

const isSweep = (value: unknown): value is Sweep =>
  isObject(value) &&
  Array.isArray(value.runs) &&
  Array.isArray(value.labels) &&
  typeof value.param === 'string';

const isSeries = (value: unknown): value is Series =>
  isObject(value) &&
  Array.isArray(value.values) &&
  Array.isArray(value.labels) &&
  typeof value.title === 'string';

const isPlain = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
