/**
 * One request's life: the rows of a run, put down to the goals that they serve. The author names the goals and which kind of row serves
 * which; every row must fit and every goal must have one, otherwise the page is not built.
 */

import { formatCount, formatCycles } from '../../sim/lab/format.ts';
import { lanesOf } from '../../sim/lab/lanes.ts';
import type { Recording } from '../../sim/lab/recording.ts';
import type { Run } from '../../sim/lab/run.ts';
import type { Place } from '../../sim/machine/places.ts';
import type { GoalIs, LifeIs, Match, StepIs } from '../data/worked/types.ts';
import { bandsOf } from './still.ts';
import type { Band } from './types.ts';

/** A step as told: what, how often, by whom, when, how long. */
export interface StepData {
  readonly says: string;
  /** Rows of the run that this step stands for. */
  readonly rows: number;
  /** Whoever works on it, in the order in which they do; nobody when it is an instant. */
  readonly places: readonly Place[];
  readonly at: string;
  readonly took: string;
}

export interface GoalData {
  readonly goal: string;
  readonly why: string;
  readonly steps: readonly StepData[];
  readonly rows: number;
  /** Start and end as shares of the whole. */
  readonly span: readonly [from: number, to: number];
  readonly took: string;
  /** What went by before it without a step, where that is longer than the goal itself. */
  readonly waited?: string;
}

/** A stretch without a step that the picture shortens: where it is, as a share of the whole, and how long it was. */
export interface CutData {
  readonly at: number;
  readonly text: string;
}

export interface LifeData {
  readonly line: string;
  readonly title: string;
  readonly digest: string;
  readonly bands: readonly Band[];
  readonly cut?: CutData;
  readonly goals: readonly GoalData[];
  readonly rows: number;
  readonly took: string;
  /** Rows of the whole run, when this is a part of it. */
  readonly of?: number;
}

/** A life that does not fit its run. */
export class LifeError extends Error {}

/** What a step can stand for: a row of the run, or a stage of a row's path. */
interface Item {
  readonly name: string;
  readonly a: number;
  readonly who: number;
  readonly at: number;
  readonly end: number;
  readonly places: readonly Place[];
}

/** Tells a life with the numbers of its run. @throws LifeError when a row has no goal or a step no row. */
export function lifeOf(life: LifeIs, run: Run): LifeData {
  const { trace } = run;
  const [first, behind] = windowOf(life, trace);
  const rows = Array.from({ length: behind - first }, (_, i) => first + i);
  const items = rows.flatMap((row) => (life.stages ? stagesOf(trace, row) : [itemOf(trace, row)]));
  const shares = share(life.goals, items);
  const scale = scaleOf(items, trace.hz);
  const { from, to } = scale;
  return {
    line: run.line,
    title: life.title,
    digest: run.digest,
    bands: bandsIn(trace, first, behind, scale),
    ...(scale.cut ? { cut: scale.cut } : {}),
    goals: life.goals.map((goal, i) =>
      goalData(goal, shares[i], shares.slice(0, i).flat(2), scale, trace.hz),
    ),
    rows: items.length,
    took: formatCycles(to - from, trace.hz),
    ...(rows.length < trace.at.length ? { of: trace.at.length } : {}),
  };
}

/** Where on the picture a moment lies. */
interface Scale {
  readonly from: number;
  readonly to: number;
  /** From 0 to 1. */
  readonly share: (moment: number) => number;
  readonly cut?: CutData;
}

/** A stretch without a step is shortened when it takes more than this of the time; then it takes so much of what is left. */
const [LONG, SHORTENED] = [0.5, 0.15];

function scaleOf(items: readonly Item[], hz: number): Scale {
  const from = Math.min(...items.map(({ at }) => at));
  const to = Math.max(...items.map(({ end }) => end), from + 1);
  let [start, gap, end] = [from, 0, from];
  for (const item of [...items].sort((p, q) => p.at - q.at)) {
    if (item.at - end > gap) [start, gap] = [end, item.at - end];
    end = Math.max(end, item.end);
  }
  const length = to - from;
  if (gap < LONG * length) return { from, to, share: (moment) => (moment - from) / length };
  const short = (SHORTENED * (length - gap)) / (1 - SHORTENED);
  const drawn = (moment: number): number => {
    const into = Math.min(Math.max(moment - start, 0), gap);
    return (moment - from - into + (into * short) / gap) / (length - gap + short);
  };
  return { from, to, share: drawn, cut: { at: drawn(start + gap / 2), text: formatCycles(gap, hz) } };
}

/** First row and the row after the last. */
function windowOf({ line, from, until, rows }: LifeIs, trace: Recording): [number, number] {
  const find = (match: Match, start: number): number => {
    for (let row = start; row < trace.at.length; row++) if (matches(match, itemOf(trace, row))) return row;
    throw new LifeError(`the run "${line}" has no row ${nameOf(match)} from row ${start} on`);
  };
  const first = from ? find(from, 0) : 0;
  return [first, until ? find(until, first + 1) : Math.min(trace.at.length, first + (rows ?? Infinity))];
}

const itemOf = (trace: Recording, row: number): Item => ({
  name: trace.kinds[trace.kind[row]].name,
  a: trace.a[row],
  who: trace.who[row],
  at: trace.at[row],
  end: trace.end[row],
  places: [...new Set((trace.routes[trace.route[row]]?.stages ?? []).map(({ place }) => place))],
});

/** The stages of a row's path, one after the other; what the guest does not wait for lies beside the next. */
function stagesOf(trace: Recording, row: number): Item[] {
  let at = trace.at[row];
  return (trace.routes[trace.route[row]]?.stages ?? []).map(({ title, place, cycles, aside }, a) => {
    const item = { name: title, a, who: trace.who[row], at, end: at + cycles, places: [place] };
    if (!aside) at += cycles;
    return item;
  });
}

/** The items of each step of each goal: `[goal][step]` is a list of them. */
function share(goals: readonly GoalIs[], items: readonly Item[]): Item[][][] {
  let next = 0;
  const take = (step: StepIs): Item[] => {
    const taken: Item[] = [];
    const most = step.just ?? items.length;
    while (next < items.length && taken.length < most && matches(step, items[next]))
      taken.push(items[next++]);
    if (taken.length < (step.just ?? 1))
      throw new LifeError(`"${step.says}" wants ${nameOf(step)}, but ${itemName(items, next)}`);
    return taken;
  };
  const shares = goals.map(({ steps }) => steps.map(take));
  if (next < items.length)
    throw new LifeError(`no goal is served by a step of the run: ${itemName(items, next)}`);
  return shares;
}

const matches = ({ on, a, who }: Match, item: Item): boolean => {
  if (item.name !== on || (who !== undefined && item.who !== who)) return false;
  if (a === undefined) return true;
  const [least, greatest] = typeof a === 'number' ? [a, a] : a;
  return item.a >= least && item.a <= greatest;
};

const hex = (n: number): string => `${n.toString(16).toUpperCase()}h`;

const nameOf = ({ on, a, who }: Match): string =>
  `"${on}"${a === undefined ? '' : ` of ${typeof a === 'number' ? hex(a) : a.map(hex).join(' to ')}`}${who === undefined ? '' : ` by ${who}`}`;

function itemName(items: readonly Item[], place: number): string {
  const item = items[place];
  if (!item) return 'the rows are at their end';
  return `step ${place} is "${item.name}" of ${hex(item.a)} by ${item.who}`;
}

function goalData(
  { goal, why, steps }: GoalIs,
  shares: readonly Item[][],
  before: readonly Item[],
  { from, share }: Scale,
  hz: number,
): GoalData {
  const items = shares.flat();
  const start = Math.min(...items.map(({ at }) => at));
  const end = Math.max(...items.map((item) => item.end));
  const wait = start - Math.max(from, ...before.map((item) => item.end));
  return {
    goal,
    why,
    steps: steps.map((step, i) => stepData(step, shares[i], hz, from)),
    rows: items.length,
    span: [share(start), share(end)],
    took: end > start ? formatCycles(end - start, hz) : '',
    ...(end > start && wait > end - start ? { waited: formatCycles(wait, hz) } : {}),
  };
}

function stepData({ says }: StepIs, items: readonly Item[], hz: number, from: number): StepData {
  const [{ at, places }] = items;
  const length = Math.max(...items.map(({ end }) => end)) - at;
  return {
    says,
    rows: items.length,
    places,
    at: formatCycles(at - from, hz),
    took: length > 0 ? formatCycles(length, hz) : '',
  };
}

/** The lanes of these rows only, on their own scale. */
function bandsIn(trace: Recording, first: number, behind: number, { to, share }: Scale): Band[] {
  const lanes = lanesOf(trace).map(({ place, spans }) => {
    const own = spans.filter(({ event }) => event >= first && event < behind).sort((p, q) => p.at - q.at);
    return {
      place,
      at: Float64Array.from(own, ({ at }) => share(at)),
      end: Float64Array.from(own, ({ end }) => share(Math.min(end, to))),
    };
  });
  return bandsOf(lanes, 0, 1);
}

/** `25 steps, 219 µs`. */
export const sizeOf = ({ rows, took, waited }: Pick<GoalData, 'rows' | 'took' | 'waited'>): string =>
  [
    `${formatCount(rows)} ${rows === 1 ? 'step' : 'steps'}`,
    ...(took ? [took] : []),
    ...(waited ? [`after ${waited} without a step`] : []),
  ].join(', ');
