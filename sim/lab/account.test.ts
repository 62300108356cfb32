import { describe, expect, it } from 'vitest';
import { experiments, findExperiment, runLine } from '../experiments/index.ts';
import { eventList, summary } from './account.ts';
import { formatCount, formatCycles } from './format.ts';
import { extent } from './lanes.ts';
import { formatLine } from './line.ts';
import type { Recording } from './recording.ts';

/** What each row of a trace is called. */
const titlesOf = ({ route, routes, kind, kinds }: Recording): string[] =>
  route.map((index, row) => routes[index]?.title ?? kinds[kind[row]].name);

/** Reads sentences back: the steps that they tell, one by one. */
function readBack(sentences: readonly string[], known: readonly string[]): string[] {
  const longest = [...known].sort((p, q) => q.length - p.length);
  return sentences.flatMap((sentence) => {
    let rest = sentence.slice(sentence.indexOf(': ') + 2);
    const again = /^(\d+) times: /.exec(rest);
    rest = rest.slice(again?.[0].length ?? 0);
    const unit: string[] = [];
    let group = -1;
    while (rest !== '') {
      if (rest.startsWith('[')) {
        group = unit.length;
        rest = rest.slice(1);
      }
      const title = longest.find((each) => rest.startsWith(each));
      if (title === undefined) throw new Error(`no step is called "${rest}"`);
      unit.push(title);
      rest = rest.slice(title.length);
      const closed = rest.startsWith(']');
      const times = /^\]? \((\d+) times\)/.exec(rest);
      rest = rest.slice(times?.[0].length ?? 0).replace(/^, /, '');
      const repeated = unit.slice(closed ? group : -1);
      for (let i = 1; i < Number(times?.[1] ?? 1); i++) unit.push(...repeated);
    }
    return Array.from({ length: Number(again?.[1] ?? 1) }, () => unit).flat();
  });
}

/** The first preset of every experiment, and runs that say other things. */
const LINES = [
  ...experiments.map(({ id, params, presets }) =>
    formatLine(id, params, Object.values(presets)[0].params as never),
  ),
  'two-roads?mode=synthetic',
  'vsp-vsc?rule=no-recheck',
  'ring-transitions?structure=hosted',
];

describe.each(LINES)('the account of %s', (line) => {
  const run = runLine(line);
  const { trace } = run;
  const told = eventList(run).filter((sentence) => !sentence.includes('counted but not recorded'));

  it('tells every recorded step, in order, and nothing else', () => {
    const titles = titlesOf(trace);
    expect(readBack(told, [...new Set(titles)])).toEqual(titles);
  });

  it('gives each sentence the time of its first step', () => {
    const moments = new Set(trace.at.map((at) => formatCycles(at - extent(trace).from, trace.hz)));
    for (const sentence of told) expect(moments).toContain(sentence.slice(0, sentence.indexOf(': ')));
  });

  it('says how much was not recorded', () => {
    const last = eventList(run).at(-1) ?? '';
    expect(last.startsWith(`${formatCount(trace.dropped)} later steps`)).toBe(trace.dropped > 0);
  });

  it('sums up with the numbers and the digest of the run', () => {
    const experiment = findExperiment(run.id);
    const text = summary(experiment, run);
    for (const name of experiment.headline) expect(text).toContain(formatCount(run.metrics[name]));
    expect(text).toContain(run.digest);
    expect(text.startsWith('WRONG RULE')).toBe(run.wrongRule !== undefined);
  });

  it('is cut short without a change of what it says', () => {
    const short = eventList(run, 3);
    const all = eventList(run);
    expect(all.slice(0, Math.min(3, short.length))).toEqual(short.slice(0, 3));
    const more = /^… and (\S+) more$/.exec(short[3] ?? '');
    if (more) expect(told.length).toBe(3 + Number(more[1].replace(/\D/g, '')));
    else expect(short).toEqual(all);
  });
});
