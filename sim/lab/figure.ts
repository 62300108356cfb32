/** Figures of a run as stand-alone SVG text: the still of the page, the picture in a notebook and the download are the same bytes. */
import type { Series } from './experiment.ts';
import { formatCount, formatCycles } from './format.ts';
import type { Lane, LaneSpan } from './lanes.ts';
import { extent, lanesOf } from './lanes.ts';
import { figureStyle, LANE_TITLES } from './palette.ts';
import type { Run } from './run.ts';
import { escapeXml } from './xml.ts';

const LANE_HEIGHT = 28;
const LABEL_WIDTH = 136;
const PAD = 8;

/** How much of a run a figure shows, and how wide it is. */
export interface FigureOptions {
  /** Width in CSS pixels; 960 when left out. */
  readonly width?: number;
  /** Window of virtual time in cycles; the whole run when left out. */
  readonly from?: number;
  readonly to?: number;
  /** Says the finding; the run's line when left out. */
  readonly title?: string;
}

/** Lanes of one run over time. */
export function lanesSvg(run: Run, options: FigureOptions = {}): string {
  return stackSvg([run], options);
}

/** Two or more runs under each other on one scale of time, so that lengths can be compared by eye. */
export function compareSvg(runs: readonly Run[], options: FigureOptions = {}): string {
  return stackSvg(runs, options);
}

function stackSvg(runs: readonly Run[], options: FigureOptions): string {
  const width = options.width ?? 960;
  const length = Math.max(1, ...runs.map((run) => windowOf(run, options).length));
  const parts: string[] = [];
  let y = 0;
  for (const run of runs) {
    const lanes = lanesOf(run.trace);
    const { from } = windowOf(run, options);
    parts.push(
      `<g transform="translate(0 ${y})">${panel(run, lanes, from, length, width, options.title)}</g>`,
    );
    y += panelHeight(lanes);
  }
  const name = escapeXml(options.title ?? runs.map((run) => run.line).join(' beside '));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="${name}">` +
    `${figureStyle()}${parts.join('')}</svg>`
  );
}

function windowOf(run: Run, options: FigureOptions): { from: number; length: number } {
  const whole = extent(run.trace);
  const from = options.from ?? whole.from;
  return { from, length: (options.to ?? whole.to) - from };
}

const shown = (lanes: readonly Lane[]): Lane[] => lanes.filter((lane) => lane.spans.length > 0);
const panelHeight = (lanes: readonly Lane[]): number => 30 + shown(lanes).length * LANE_HEIGHT + 34;

function panel(
  run: Run,
  lanes: readonly Lane[],
  from: number,
  length: number,
  width: number,
  title?: string,
): string {
  const scale = (width - LABEL_WIDTH - PAD) / length;
  const heading = `<text class="ink title" x="0" y="18">${escapeXml(title ?? run.line)}${run.wrongRule ? ` — WRONG RULE: ${escapeXml(run.wrongRule)}` : ''}</text>`;
  const rows = shown(lanes).map((lane, i) => laneRow(lane, 30 + i * LANE_HEIGHT, from, scale, width));
  const axisY = 30 + rows.length * LANE_HEIGHT + 6;
  const facts = `seed ${run.seed} · ringside ${run.version} · digest ${run.digest.slice(0, 8)}`;
  return `${heading}${rows.join('')}${axis(run, length, scale, axisY, width)}<text class="muted" x="${width}" y="18" text-anchor="end" font-size="12">${facts}</text>`;
}

function laneRow(lane: Lane, y: number, from: number, scale: number, width: number): string {
  const middle = y + LANE_HEIGHT / 2;
  const label = `<text class="${lane.place}" x="0" y="${middle + 4}">${LANE_TITLES[lane.place]}</text>`;
  const line = `<line class="rule" x1="${LABEL_WIDTH}" x2="${width}" y1="${middle}" y2="${middle}"/>`;
  const round = lane.place.startsWith('guest') ? ' rx="3"' : '';
  const bars = mergedSpans(lane.spans, from, scale).map(
    (bar) =>
      `<rect x="${px(LABEL_WIDTH + bar.x)}" y="${y + 4}" width="${px(bar.width)}" height="${LANE_HEIGHT - 8}"${round}/>`,
  );
  return `${label}${line}<g class="${lane.place}">${bars.join('')}</g>`;
}

/** Joins spans that would be closer than half a pixel: the picture is the same, the text a hundred times shorter. */
function mergedSpans(
  spans: readonly LaneSpan[],
  from: number,
  scale: number,
): { x: number; width: number }[] {
  const bars: { x: number; width: number }[] = [];
  for (const span of [...spans].sort((p, q) => p.at - q.at)) {
    const x = Math.max(0, (span.at - from) * scale);
    const width = Math.max(0.75, (span.end - from) * scale - x);
    const last = bars[bars.length - 1];
    if (last && x - (last.x + last.width) < 0.5) last.width = Math.max(last.width, x + width - last.x);
    else bars.push({ x, width });
  }
  return bars;
}

function axis(run: Run, length: number, scale: number, y: number, width: number): string {
  const ticks = 4;
  const parts = [`<line class="rule" x1="${LABEL_WIDTH}" x2="${width}" y1="${y}" y2="${y}"/>`];
  for (let i = 0; i <= ticks; i++) {
    const at = (length * i) / ticks;
    const anchor = i === 0 ? 'start' : i === ticks ? 'end' : 'middle';
    const x = px(LABEL_WIDTH + at * scale);
    parts.push(
      `<text class="muted" x="${x}" y="${y + 16}" text-anchor="${anchor}">${formatCycles(at, run.trace.hz)}</text>`,
    );
  }
  return parts.join('');
}

/** Horizontal bars of one series; coloured by place where the series has places. */
export function barsSvg(series: Series, options: FigureOptions = {}): string {
  const width = options.width ?? 640;
  const top = Math.max(...series.values, 1e-9);
  const left = labelWidth(series.labels, width);
  const room = width - left - 90;
  const rows = series.values.map((value, i) => {
    const y = 30 + i * 26;
    const place = series.places?.[i] ?? 'hardware';
    return (
      `<text class="ink" x="0" y="${y + 15}">${escapeXml(series.labels[i])}</text>` +
      `<rect class="${place}" x="${px(left)}" y="${y + 3}" width="${px(Math.max(0.5, (value / top) * room))}" height="16"/>` +
      `<text class="ink" x="${px(left + 6 + (value / top) * room)}" y="${y + 15}">${formatCount(value)}</text>`
    );
  });
  const height = 36 + series.values.length * 26;
  const name = `${series.title}${series.unit ? `, ${series.unit}` : ''}`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(name)}">` +
    `${figureStyle()}<text class="ink title" x="0" y="16">${escapeXml(name)}</text>${rows.join('')}</svg>`
  );
}

/** Room for the longest label: at 13 pixels a letter takes about seven and a half. At most three fifths of the figure. */
function labelWidth(labels: readonly string[], width: number): number {
  const longest = Math.max(0, ...labels.map((label) => label.length));
  return Math.min(0.6 * width, Math.max(120, 7.5 * longest + 12));
}

const px = (value: number): string => String(Math.round(value * 100) / 100);
