/** Moments of runs: whoever looks for `SIGNAL_EVENT` wants to see it happen, so each name leads to a run in which it does. */
import type { AnyExperiment } from '../../../sim/lab/experiment.ts';
import { detailOf } from '../../truth/still.ts';
import { experiments, presets, runOf } from '../truth/book.ts';
import { codeOf } from './codes.ts';
import type { Found } from './sections.ts';

/** Every named step, and every code that has a name, in the presets' runs of the experiments that are wanted: where it first occurs. */
export function moments(of: (id: string) => boolean = () => true): Found[] {
  const found = new Map<string, Found>();
  const lines = [...experiments.map((experiment) => ({ experiment, line: experiment.id })), ...presets()];
  for (const { experiment, line } of lines)
    if (of(experiment.id)) for (const moment of momentsOf(experiment, line, found)) found.set(...moment);
  return [...found.values()];
}

/** The moments of one run whose names are not known yet. */
function momentsOf(
  { id, page, title: about }: AnyExperiment,
  line: string,
  known: ReadonlyMap<string, Found>,
): Map<string, Found> {
  const { steps, titles, kinds, kind, a } = detailOf(runOf(line));
  const own = new Map<string, Found>();
  const query = line.includes('?') ? `${line.slice(line.indexOf('?'))}&` : '?';
  steps.title.forEach((place, step) => {
    const row = steps.row[step] ?? 0;
    const event = kinds[kind[row] ?? 0];
    const said = titles[place] ?? '';
    for (const title of [codeOf(event?.name ?? '', a[row] ?? 0), said]) {
      const key = `${id} ${title}`;
      if (!title || known.has(key) || own.has(key)) continue;
      const text = `${said}: ${event?.name ?? ''}, ${event?.doc ?? ''}. Step ${step + 1} of the run ${line}.`;
      own.set(key, {
        to: `${page}${query}step=${step + 1}#run-it`,
        page: about,
        title,
        text,
        kind: 'moment',
      });
    }
  });
  return own;
}
