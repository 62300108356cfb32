/** What two runs differ in, in sentences. Needs no simulator: pages say it of data that they were given. */
import type { Difference } from './difference.ts';
import { formatCount, formatCycles } from './format.ts';

const NS = 1e9;
/** Causes that are named in a sentence. */
const NAMED = 3;

const time = (ns: number): string => formatCycles(Math.abs(ns), NS);
const signed = (ns: number): string => `${ns < 0 ? '−' : '+'}${time(ns)}`;

/** The difference in two or three sentences. */
export function differenceText(difference: Difference): string[] {
  const [a, b] = difference.length;
  const extra = b - a;
  if (difference.stopped.includes(true)) return [beginningsText(difference), partingText(difference)];
  return [lengthText(a, b), partingText(difference), ...(extra === 0 ? [] : [causesText(difference)])];
}

/** Of the steps, not of the runs: two that last a second by their settings may have their last step before it is over. */
function lengthText(a: number, b: number): string {
  if (a === b) return `From first step to last A and B take the same time, ${time(a)}.`;
  const word = b > a ? 'more' : 'less';
  const factor = Math.max(a, b) / Math.max(1e-9, Math.min(a, b));
  const times =
    factor >= 1.05
      ? `: ${b > a ? 'B' : 'A'} takes ${formatCount(Math.round(factor * 10) / 10)} times as long`
      : '';
  return `From first step to last A takes ${time(a)}, B ${time(b)}, ${time(b - a)} ${word}${times}.`;
}

/** Recordings of different lengths say nothing about runs that went on after them. */
function beginningsText({ length, stopped }: Difference): string {
  const [a, b] = length.map((ns, side) => `${stopped[side] ? 'the first ' : ''}${time(ns)}`);
  return `Recorded are ${a} of A and ${b} of B. A recording stops at its limit, the run goes on: how long it took is not told here.`;
}

function partingText({ parting, hz }: Difference): string {
  if (!parting) return 'Every recorded step is the same in both.';
  const { how, same, at, takes, titles } = parting;
  const before =
    same === 0
      ? 'They differ from the first step on'
      : `The first ${same === 1 ? 'step is' : `${formatCount(same)} steps are`} the same; they part after ${formatCycles(at[0], hz[0])}`;
  const each = takes.map((cycles, side) => formatCycles(cycles, hz[side]));
  if (how === 'end')
    return `${before}: ${titles[0] ? 'B' : 'A'} has ended there, the other goes on with “${titles[0] || titles[1]}”.`;
  if (how === 'path' && titles[0] === titles[1])
    return `${before}: both do “${titles[0]}”, on different ways.`;
  if (how === 'path') return `${before}: A does “${titles[0]}”, B “${titles[1]}”.`;
  if (takes[0] === takes[1])
    return `${before}: “${titles[0]}” begins after ${formatCycles(at[0], hz[0])} in A and after ${formatCycles(at[1], hz[1])} in B.`;
  return `${before}: “${titles[0]}” takes ${each[0]} in A and ${each[1]} in B.`;
}

function causesText({ causes, length: [a, b] }: Difference): string {
  const most = causes
    .map(({ title, ns }) => ({ title, by: ns[1] - ns[0] }))
    .filter(({ by }) => Math.abs(by) > Math.abs(b - a) / 100)
    .slice(0, NAMED);
  return `What makes the difference from A to B: ${most.map(({ title, by }) => `${signed(by)} ${inner(title)}`).join('; ')}.`;
}

/** A title inside a sentence; names in capitals stay as they are. */
const inner = (title: string): string =>
  /^[A-Z][a-z’]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
