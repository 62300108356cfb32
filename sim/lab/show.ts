/** What a notebook shows of runs and sweeps: pure functions from data to data, SVG or Markdown. */
import type { Series } from './experiment.ts';
import { formatCount } from './format.ts';
import type { Sweep } from './sweep.ts';

/** One number of a sweep as a series for `barsSvg` or `curvesSvg`. */
export function seriesOf<M extends string>(
  sweep: Sweep<M>,
  metric: M,
  title: string = metric,
  unit = '',
): Series {
  return {
    id: `${sweep.id}-${sweep.param}-${metric}`,
    title,
    unit,
    labels: sweep.labels,
    values: sweep.runs.map((run) => run.metrics[metric]),
  };
}

/** A sweep as a Markdown table: a row for each value, a column for each number. */
export function sweepTable<M extends string>(sweep: Sweep<M>, metrics: readonly M[]): string {
  return [
    `| ${sweep.param} | ${metrics.join(' | ')} |`,
    `| --- | ${metrics.map(() => '---:').join(' | ')} |`,
    ...sweep.runs.map(
      (run, i) =>
        `| ${sweep.labels[i]} | ${metrics.map((name) => formatCount(run.metrics[name])).join(' | ')} |`,
    ),
  ].join('\n');
}

/**
 * The same figure on paper of its own, light or dark as its ink is. For notebooks and downloads, whose background does not follow
 * the reader's setting as the figure does.
 */
export function onPaper(svg: string): string {
  const paper =
    '<style>.paper{fill:var(--ground,#fff)}@media(prefers-color-scheme:dark){.paper{fill:var(--ground,#14171C)}}</style>' +
    '<rect class="paper" x="-16" y="-16" width="100%" height="100%" />';
  return svg
    .replace(
      /viewBox="0 0 ([\d.]+) ([\d.]+)" width="([\d.]+)" height="([\d.]+)"/,
      (_, w, h, width, height) => {
        const [wide, tall] = [Number(w) + 32, Number(h) + 32];
        return `viewBox="-16 -16 ${wide} ${tall}" width="${Number(width) + 32}" height="${Number(height) + 32}"`;
      },
    )
    .replace(/(<svg[^>]*>)/, `$1${paper}`);
}

/**
 * A figure as an HTML image on paper of its own: `tslab.display.html(imageOf(lanesSvg(run)))`. As an image it is shown by every
 * notebook program (some converters drop the elements of a bare SVG), and its style stays inside it.
 */
export function imageOf(svg: string): string {
  const [, title = ''] = /aria-label="([^"]*)"/.exec(svg) ?? [];
  const source = onPaper(svg).replace(/[%#"<>&\n]/g, encodeURIComponent);
  return `<img alt="${title}" style="max-width:100%" src="data:image/svg+xml,${source}">`;
}
