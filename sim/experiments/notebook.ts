/** What a notebook shows, in one line each: `show(run)`, `compare(a, b)`, `plot(sweep)`. */
import { UserError } from '../core/errors.ts';
import { eventList, markdownTable, summary } from '../lab/account.ts';
import { curvesSvg } from '../lab/curves.ts';
import { differenceOf } from '../lab/difference.ts';
import { differenceText } from '../lab/difference-text.ts';
import type { AnyExperiment, Series } from '../lab/experiment.ts';
import { barsSvg, compareSvg, lanesSvg } from '../lab/figure.ts';
import type { Run } from '../lab/run.ts';
import { imageOf, seriesOf, sweepTable } from '../lab/show.ts';
import type { Sweep } from '../lab/sweep.ts';
import { findExperiment } from './index.ts';

/** Where a notebook shows things: `tslab.display`, or anything with these two. */
export interface NotebookDisplay {
  html(text: string): void;
  markdown(text: string): void;
}

/** The functions that {@link notebook} gives. */
export interface NotebookTools {
  /**
   * A run as lanes, table and text, several of one experiment on one scale; a sweep as bars and table; a series as bars; a text as
   * Markdown, a drawing as itself; objects as a table; anything else as JSON.
   */
  show(...values: readonly unknown[]): void;
  /** Two runs of one experiment on one scale of time, their numbers side by side, and what the difference comes from. */
  compare(a: Run, b: Run): void;
  /** One number of a sweep as bars, several as curves; the experiment's first headline number when none is named. */
  plot(sweep: Sweep, ...metrics: readonly string[]): void;
}

/** Sentences of the event list that `show` prints. */
const MOST_EVENTS = 8;

/**
 * `const { show, compare, plot } = notebook(tslab.display);`
 * @param display where to show: each call puts figures, tables and text there, in this order
 */
export function notebook(display: NotebookDisplay): NotebookTools {
  const draw = (svg: string): void => display.html(imageOf(svg));
  const say = (sentences: readonly string[]): void => display.markdown(sentences.join('\n\n'));
  const showRun = (run: Run): void => {
    const experiment = findExperiment(run.id) as AnyExperiment;
    draw(lanesSvg(run));
    display.markdown(markdownTable(experiment, [run]));
    say([summary(experiment, run), ...eventList(run, MOST_EVENTS).map((event) => `- ${event}`)]);
  };
  const showRuns = (runs: readonly Run[]): void => {
    draw(compareSvg(runs));
    display.markdown(markdownTable(findExperiment(runs[0].id) as AnyExperiment, runs));
  };
  const plot = (sweep: Sweep, ...metrics: readonly string[]): void => {
    const experiment = findExperiment(sweep.id) as AnyExperiment;
    const names = metrics.length > 0 ? metrics : [experiment.headline[0]];
    const series = names.map((name) => seriesOf(sweep, name, labelOf(experiment, name)));
    draw(names.length === 1 ? barsSvg(series[0]) : curvesSvg(series, { along: sweep.param }));
  };
  const showSweep = (sweep: Sweep): void => {
    plot(sweep);
    display.markdown(sweepTable(sweep, (findExperiment(sweep.id) as AnyExperiment).headline));
  };
  return {
    show: (...values) => {
      if (values.length > 1 && values.every(isRun)) return showRuns(values);
      for (const value of values) {
        if (isRun(value)) showRun(value);
        else if (isSweep(value)) showSweep(value);
        else if (isSeries(value)) draw(barsSvg(value));
        else if (typeof value === 'string' && value.startsWith('<svg')) draw(value);
        else display.markdown(typeof value === 'string' ? value : textOf(value));
      }
    },
    compare: (a, b) => {
      showRuns([a, b]);
      say(differenceText(differenceOf(a, b)));
    },
    plot,
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isRun = (value: unknown): value is Run => isObject(value) && 'trace' in value && 'digest' in value;
const isSweep = (value: unknown): value is Sweep => isObject(value) && 'runs' in value && 'param' in value;
const isSeries = (value: unknown): value is Series =>
  isObject(value) && 'values' in value && 'labels' in value;

/** Values of no kind of ours: a list of objects as a table, the rest as JSON. */
function textOf(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every(isObject)) {
    const names = [...new Set(value.flatMap((row) => Object.keys(row)))];
    const cells = (row: Record<string, unknown>): string => names.map((name) => json(row[name])).join(' | ');
    return [
      `| ${names.join(' | ')} |`,
      `|${' --- |'.repeat(names.length)}`,
      ...value.map((row) => `| ${cells(row)} |`),
    ].join('\n');
  }
  return `\`\`\`json\n${json(value, 2)}\n\`\`\``;
}

function json(value: unknown, indent?: number): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return `${value}n`;
  const exact = (_: string, each: unknown): unknown => (typeof each === 'bigint' ? `${each}n` : each);
  return JSON.stringify(value, exact, indent) ?? String(value);
}

/** The label of a number, or what to write instead of a name that is none. */
function labelOf({ id, metrics }: AnyExperiment, name: string): string {
  if (Object.hasOwn(metrics, name)) return metrics[name].label;
  throw new UserError([
    {
      path: 'plot',
      kind: 'unknown-metric',
      message: `"${name}" is no number of ${id}.`,
      hint: `It has ${Object.keys(metrics).join(', ')}.`,
    },
  ]);
}
