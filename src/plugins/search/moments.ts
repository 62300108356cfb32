/** Moments of runs: whoever looks for `CREATE_SUB_CHANNELS` wants to see it happen, so each name leads to a run in which it does. */

import { detailOf } from '../../truth/still.ts';
import { experiments, presets, runOf } from '../truth/book.ts';
import type { Found } from './sections.ts';

/** Every named step in the presets' runs of the experiments that are wanted, where it first occurs. */
export function moments(of: (id: string) => boolean = () => true): Found[] {
  const found = new Map<string, Found>();
  const lines = [...experiments.map((experiment) => ({ experiment, line: experiment.id })), ...presets()];
  for (const { experiment, line } of lines) {
    if (!of(experiment.id)) continue;
    const { steps, titles, kinds, kind } = detailOf(runOf(line));
    steps.title.forEach((title, step) => {
      const name = titles[title] ?? '';
      const event = kinds[kind[steps.row[step] ?? 0] ?? 0];
      const key = `${experiment.id} ${name}`;
      if (name === '' || found.has(key)) return;
      const query = line.includes('?') ? line.slice(line.indexOf('?')) : '';
      found.set(key, {
        to: `${experiment.page}${query}${query ? '&' : '?'}step=${step + 1}#run-it`,
        page: experiment.title,
        title: name,
        text: `${event?.name ?? ''}. ${event?.doc ?? ''} Step ${step + 1} of the run ${line}.`,
        kind: 'moment',
      });
    });
  }
  return [...found.values()];
}
