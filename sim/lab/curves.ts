/** Several series over the same values as curves in one figure: how a number grows, by each road. */
import { log } from '../core/log.ts';
import type { Series } from './experiment.ts';
import { formatCount } from './format.ts';
import { figureStyle } from './palette.ts';
import { escapeXml } from './xml.ts';

/** How curves are drawn. */
export interface CurveOptions {
  /** Says the finding; the title of the first series when left out. */
  readonly title?: string;
  /** What the values along the bottom are. */
  readonly along?: string;
  /** Names of the curves, printed where they end; the titles of the series when left out. */
  readonly names?: readonly string[];
  /** `log` gives each factor of ten the same height; zero lies on the floor. */
  readonly scale?: 'linear' | 'log';
  /** Width in CSS pixels; 760 when left out. */
  readonly width?: number;
}

const TOP = 40;
const PLOT_HEIGHT = 260;
/** Room for the numbers of the lines, of as many characters; each more takes its own. */
const LEFT = 64;
const LEFT_CHARACTERS = 7;
const CHARACTER = 8;
/** Room for the names at the ends of the curves, likewise. */
const RIGHT = 180;
const RIGHT_CHARACTERS = 26;
const NAME_HEIGHT = 17;
const DASHES = ['', '7 4', '2 4', '10 3 2 3', '4 2', '1 2'];

/**
 * Curves over common labels, evenly spaced. They differ by dashes and by their names, not by colour: the colours of this library
 * stand for places.
 */
export function curvesSvg(series: readonly Series[], options: CurveOptions = {}): string {
  const { width = 760, title = series[0]?.title ?? '', along = '' } = options;
  const labels = series[0]?.labels ?? [];
  const y = heights(series, options.scale ?? 'linear');
  const left = room(
    LEFT,
    LEFT_CHARACTERS,
    y.ticks.map((tick) => formatCount(tick)),
  );
  const right = width - room(RIGHT, RIGHT_CHARACTERS, series.map(nameOf(options.names)));
  const x = (i: number): number => left + ((right - left) * i) / Math.max(1, labels.length - 1);
  const height = TOP + PLOT_HEIGHT + 48;
  const bottom = TOP + PLOT_HEIGHT;
  const parts = [
    ...y.ticks.map((tick) => grid(tick, y.of(tick), left, right)),
    ...labels.map((label, i) => text('muted', x(i), bottom + 18, label, 'middle')),
    text('muted', (left + right) / 2, bottom + 38, along, 'middle'),
    ...series.map((curve, i) => drawn(curve, i, x, y.of)),
    ...endNames(series, options.names, y.of, right + 10),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">` +
    `${figureStyle()}${CURVE_STYLE}${text('ink title', 0, 18, title, 'start')}${parts.join('')}</svg>`
  );
}

const CURVE_STYLE =
  '<style>.curve{fill:none;stroke:var(--ink,#1B1F24);stroke-width:1.75}' +
  '@media(prefers-color-scheme:dark){.curve{stroke:var(--ink,#E7EAEE)}}</style>';

interface Heights {
  readonly ticks: readonly number[];
  of(value: number): number;
}

/** From a value to its height in the figure, and the values that get a line. */
function heights(series: readonly Series[], scale: 'linear' | 'log'): Heights {
  const top = Math.max(1, ...series.flatMap(({ values }) => values));
  const bottom = TOP + PLOT_HEIGHT;
  if (scale === 'linear') {
    const step = roundStep(top / 4);
    const steps = Math.ceil(top / step);
    return {
      ticks: Array.from({ length: steps + 1 }, (_, i) => i * step),
      of: (value) => bottom - (PLOT_HEIGHT * value) / (steps * step),
    };
  }
  // One is a step above the floor, so that none and one can be told apart.
  const tens = [1];
  while (tens[tens.length - 1] < top) tens.push(tens[tens.length - 1] * 10);
  const unit = PLOT_HEIGHT / (tens.length - 1 + 0.5);
  return {
    ticks: [0, ...tens],
    of: (value) => (value < 1 ? bottom : bottom - unit * (0.5 + log(value) / log(10))),
  };
}

/** The smallest of 1, 2, 5, 10, 20 … that is not below `least`. */
function roundStep(least: number): number {
  let ten = 1;
  while (ten * 10 <= least) ten *= 10;
  return [1, 2, 5, 10].map((factor) => factor * ten).find((step) => step >= least) ?? ten * 10;
}

function drawn(
  { values }: Series,
  index: number,
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  const points = values.map((value, i) => `${px(x(i))},${px(y(value))}`);
  const dash = DASHES[index % DASHES.length];
  const dots = points.map((point) => {
    const [cx, cy] = point.split(',');
    return `<circle class="ink" cx="${cx}" cy="${cy}" r="3"/>`;
  });
  return `<polyline class="curve"${dash ? ` stroke-dasharray="${dash}"` : ''} points="${points.join(' ')}"/>${dots.join('')}`;
}

/** The name of each curve at its end, moved down where two would touch. */
function endNames(
  series: readonly Series[],
  names: readonly string[] | undefined,
  y: (value: number) => number,
  x: number,
): string[] {
  const ends = series
    .map((curve, i) => ({
      words: nameOf(names)(curve, i),
      at: y(curve.values[curve.values.length - 1]) + 4,
    }))
    .sort((a, b) => a.at - b.at);
  let below = Number.NEGATIVE_INFINITY;
  return ends.map(({ words, at }) => {
    below = Math.max(at, below + NAME_HEIGHT);
    return text('ink', x, below, words, 'start');
  });
}

/** What a margin takes: its usual width, and a little for each character that does not fit. */
function room(usual: number, characters: number, words: readonly string[]): number {
  const longest = Math.max(0, ...words.map(({ length }) => length));
  return usual + CHARACTER * Math.max(0, longest - characters);
}

/** What stands at the end of a curve. */
const nameOf =
  (names: readonly string[] | undefined) =>
  ({ title, values }: Series, i: number): string =>
    `${names?.[i] ?? title}: ${formatCount(values[values.length - 1])}`;

const grid = (value: number, y: number, left: number, right: number): string =>
  `<line class="rule" x1="${left}" x2="${right}" y1="${px(y)}" y2="${px(y)}"/>` +
  text('muted', left - 8, y + 4, formatCount(value), 'end');

const text = (
  kind: string,
  x: number,
  y: number,
  words: string,
  anchor: 'start' | 'middle' | 'end',
): string =>
  words === ''
    ? ''
    : `<text class="${kind}" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${escapeXml(words)}</text>`;

const px = (value: number): string => String(Math.round(value * 100) / 100);
