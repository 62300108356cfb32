/** Reduces a run to what a page draws. The build and the worker call the same function, so a still and a live figure cannot differ. */
import { titleOfKind } from '../../sim/core/trace.ts';
import { eventList, metricRows, summary } from '../../sim/lab/account.ts';
import type { AnyExperiment } from '../../sim/lab/experiment.ts';
import { extent, type LaneTimes, lanesOf, laneTimes } from '../../sim/lab/lanes.ts';
import { LANE_TITLES } from '../../sim/lab/palette.ts';
import type { Run } from '../../sim/lab/run.ts';
import { firstSpans } from '../../sim/lab/vp-lanes.ts';
import {
  type Band,
  type Bars,
  type Detail,
  NO_LANE,
  type Readout,
  type Schema,
  type Still,
} from './types.ts';

/** Bars closer than this (ten-thousandths of the length, about half a pixel of a wide figure) are drawn as one. */
const CLOSE = 5;

const SWITCHES: readonly string[] = [
  'privilegeSwitches',
  'vmTransitions',
  'partitionSwitches',
  'threadSwitches',
  'addressSpaceSwitches',
];

/** Series of many values feed charts of their own; a page that shows none should not carry them. */
const DRAWN_MAX = 400;

export function stillOf(experiment: AnyExperiment, run: Run): Still {
  const { trace } = run;
  const { from, to } = extent(trace);
  const lanes = laneTimes(trace);
  const rows = metricRows(experiment, run) as Readout[];
  const headline = rows.filter((row) => experiment.headline.includes(row.name));
  return {
    id: run.id,
    title: experiment.title,
    line: run.line,
    version: run.version,
    seed: run.seed,
    era: trace.era,
    digest: run.digest,
    ...(run.wrongRule ? { wrongRule: run.wrongRule } : {}),
    hz: trace.hz,
    length: to - from,
    bands: bandsOf(lanes, from, to),
    headline,
    more: rows.filter((row) => !headline.includes(row)),
    switches: SWITCHES.flatMap((name) => rows.filter((row) => row.name === name)),
    cycles: cyclesOf(run, lanes),
    ...processorsOf(experiment, run),
    series: run.series.filter(({ values }) => values.length <= DRAWN_MAX),
    steps: countSteps(trace, lanes),
    dropped: trace.dropped,
    cap: trace.cap,
    summary: summary(experiment, run),
    account: accountOf(run),
  };
}

/** Longer lists help nobody, and each page carries those of all its runs; the whole record can be taken away as a table. */
const TOLD = 60;

const accountOf = (run: Run): readonly string[] =>
  eventList(run, TOLD).map((sentence, i) =>
    i === TOLD && sentence.startsWith('…') ? `${sentence}; the CSV under “Share” has all of them` : sentence,
  );

/** Where the cycles went: the run's own account by place, otherwise the sums of the drawn lanes. */
function cyclesOf(run: Run, lanes: readonly LaneTimes[]): Bars {
  const own = run.series.find(
    ({ places, unit }) => unit === 'cycles' && places !== undefined && new Set(places).size === places.length,
  );
  if (own) return own;
  const sums = lanes.map(({ place, at, end }) => ({
    place,
    busy: end.reduce((sum, to, i) => sum + to - at[i], 0),
  }));
  const some = sums.filter(({ busy }) => busy > 0);
  return {
    id: 'busy',
    title: 'Where the cycles went',
    unit: 'cycles',
    labels: some.map(({ place }) => LANE_TITLES[place]),
    values: some.map(({ busy }) => Math.round(busy)),
    places: some.map(({ place }) => place),
  };
}

/** Who had which processor, for experiments that show it. */
function processorsOf({ views }: AnyExperiment, { trace }: Run): Pick<Still, 'processors'> {
  if (!views.includes('processors')) return {};
  const spans = firstSpans(trace);
  const start = Math.min(...spans.map(({ from }) => from));
  const lowest = (of: number): number =>
    Math.min(...spans.filter(({ partition }) => partition === of).map(({ who }) => who));
  const firsts = new Map(spans.map(({ partition }) => [partition, lowest(partition)]));
  const length = Math.max(1, ...spans.map(({ to }) => to - start));
  const share = (at: number): number => Math.round(((at - start) / length) * 10_000);
  const stretches = spans.flatMap(({ processor, partition, who, from, to }) => [
    processor,
    partition - 1,
    who - (firsts.get(partition) ?? 0),
    share(from),
    share(to) - share(from),
  ]);
  const before = spans.length > 0 ? start - extent(trace).from : 0;
  return {
    processors: {
      length: spans.length > 0 ? length : 0,
      stretches,
      ...(before > 0 ? { start: before } : {}),
    },
  };
}

/** Work as bars; those that would touch are one. */
export function bandsOf(lanes: readonly LaneTimes[], from: number, to: number): Band[] {
  const scale = 10_000 / Math.max(1, to - from);
  return lanes.map(({ place, at, end: ends }) => {
    const bars: number[] = [];
    let end = 0;
    for (let i = 0; i < at.length; i++) {
      const x = Math.round((at[i] - from) * scale);
      const stop = Math.max(x + 3, Math.round((ends[i] - from) * scale));
      if (bars.length > 0 && x - end < CLOSE) {
        bars[bars.length - 1] += Math.max(0, stop - end);
      } else bars.push(x - end, stop - x);
      end = Math.max(end, stop);
    }
    return { place, bars };
  });
}

interface Step {
  readonly lane: number;
  readonly at: number;
  readonly end: number;
  readonly row: number;
  readonly title: string;
}

/** Every stage of every row, and the rows that are instants, in the order of time. */
function stepsOf({ trace }: Run): Step[] {
  const { from } = extent(trace);
  const stages = lanesOf(trace).flatMap(({ spans }, lane) =>
    spans.map(({ at, end, event, title }) => ({ lane, at: at - from, end: end - from, row: event, title })),
  );
  const instants = trace.at.flatMap((at, row) =>
    trace.route[row] < 0
      ? [
          {
            lane: NO_LANE,
            at: at - from,
            end: trace.end[row] - from,
            row,
            title: titleOfKind(trace.kinds[trace.kind[row]]),
          },
        ]
      : [],
  );
  return [...stages, ...instants].sort((p, q) => p.at - q.at || p.row - q.row);
}

/** How many steps a run has, without laying them out. */
const countSteps = ({ route }: Run['trace'], lanes: readonly LaneTimes[]): number =>
  lanes.reduce((sum, { at }) => sum + at.length, 0) + route.filter((index) => index < 0).length;

/** Everything that stepping and zooming need; its buffers can be handed from the worker to the page without a copy. */
export function detailOf(run: Run): Detail {
  const { trace } = run;
  const steps = stepsOf(run);
  const { from } = extent(trace);
  const titles = [...new Set(steps.map(({ title }) => title))];
  const numbers = new Map(titles.map((title, index) => [title, index]));
  return {
    kind: Uint16Array.from(trace.kind),
    route: Int16Array.from(trace.route),
    a: Float64Array.from(trace.a),
    b: Float64Array.from(trace.b),
    kinds: trace.kinds,
    routes: trace.routes.map(({ id, title, stages, ringTransitions, switches }) => ({
      id,
      title,
      stages,
      ringTransitions,
      switches,
    })),
    titles,
    steps: {
      lane: Uint8Array.from(steps, (step) => step.lane),
      at: Float64Array.from(steps, (step) => step.at),
      end: Float64Array.from(steps, (step) => step.end),
      row: Int32Array.from(steps, (step) => step.row),
      title: Uint16Array.from(steps, (step) => numbers.get(step.title) as number),
    },
    logs: (run.logs ?? []).map(({ id, names, at, values }) => ({
      id,
      names,
      at: Float64Array.from(at, (moment) => moment - from),
      values: values.map((column) => Float64Array.from(column)),
    })),
  };
}

/** The declaration without its functions. */
export function schemaOf(experiment: AnyExperiment): Schema {
  const { id, title, question, page, params, stages, presets, views, goals } = experiment;
  return {
    id,
    title,
    question,
    page,
    params,
    stages,
    presets: presets as Schema['presets'],
    views,
    goals: goals.map(({ text, hint }: { text: string; hint: string }) => ({ text, hint })),
  };
}
