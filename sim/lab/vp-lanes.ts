/** Who has which logical processor when: the scheduler's rows of a recording as stretches, and as a picture. */
import { formatCycles } from './format.ts';
import { figureStyle } from './palette.ts';
import type { Run } from './run.ts';
import { escapeXml } from './xml.ts';

/** A stretch of time in which one VP had a logical processor. */
export interface VpSpan {
  readonly processor: number;
  /** Number of the VP in the trace; from 1000 on the root's. */
  readonly who: number;
  /** Number of the partition: 1 is the root. */
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Rows by columns: a recording, or a trace. */
export interface SchedulerRows {
  readonly kinds: readonly { readonly name: string }[];
  readonly kind: ArrayLike<number>;
  readonly at: ArrayLike<number>;
  readonly who: ArrayLike<number>;
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
}

const ENDS: readonly string[] = ['sched.preempt', 'sched.block', 'sched.spin'];

/** All stretches in the order of their ends; what still runs at the end of the recording ends there. */
export function vpSpans(rows: SchedulerRows): VpSpan[] {
  const name = (row: number): string => rows.kinds[rows.kind[row]].name;
  const partitions = new Map<number, number>();
  for (let row = 0; row < rows.at.length; row++)
    if (name(row) === 'sched.dispatch') partitions.set(rows.who[row], rows.b[row]);
  const spans: VpSpan[] = [];
  const since = new Map<number, { who: number; from: number }>();
  // A row that ends a stretch may stand behind the one that begins the next: both are of the same cycle.
  const close = (processor: number, who: number, from: number, to: number): void => {
    spans.push({ processor, who, partition: partitions.get(who) ?? 0, from, to });
    if (since.get(processor)?.who === who) since.delete(processor);
  };
  for (let row = 0; row < rows.at.length; row++) {
    const [processor, who, at] = [rows.a[row], rows.who[row], rows.at[row]];
    if (name(row) === 'sched.dispatch') since.set(processor, { who, from: at });
    else if (ENDS.includes(name(row))) close(processor, who, at - rows.b[row], at);
  }
  const end = rows.at.length > 0 ? rows.at[rows.at.length - 1] : 0;
  for (const [processor, { who, from }] of since) close(processor, who, from, end);
  return spans;
}

/** Most stretches that a picture can show apart. */
export const VP_SPANS_SHOWN = 240;

/** The first stretches of a recording; all end where the first one begins that is not among them. */
export function firstSpans(rows: SchedulerRows, most = VP_SPANS_SHOWN): VpSpan[] {
  const spans = vpSpans(rows).sort((p, q) => p.from - q.from);
  const start = rows.at.length > 0 ? rows.at[0] : 0;
  const seen = spans.filter(({ to }) => to > start);
  const end = seen[most]?.from ?? Number.POSITIVE_INFINITY;
  return seen
    .slice(0, most)
    .map((span) => ({ ...span, from: Math.max(span.from, start), to: Math.min(span.to, end) }));
}

const LANE = 22;
const LEFT = 60;
/** Machines by the order of their partitions: the two guest colours, then the same paler; the root has its own. */
const FILLS = ['guest-kernel', 'guest-user', 'guest-kernel', 'guest-user'] as const;
const PALE = ['', '', ' fill-opacity="0.5"', ' fill-opacity="0.6"'] as const;

/** A name takes the one of ink and ground that can be read on its bar (at least 4.5 : 1), in either theme. */
const NAME_STYLE =
  '<style>.on{fill:var(--ground,#fff)}.on1,.on2,.on3{fill:var(--ink,#1B1F24)}' +
  '@media(prefers-color-scheme:dark){.on,.on1,.on3{fill:var(--ground,#14171C)}.on2{fill:var(--ink,#E7EAEE)}}</style>';

/** Lanes of the logical processors; each stretch says whose it is: 'machine.VP'. */
export function vpLanesSvg(
  run: Run,
  options: { readonly width?: number; readonly title?: string } = {},
): string {
  const width = options.width ?? 960;
  const spans = firstSpans(run.trace);
  const from = Math.min(...spans.map((span) => span.from), Number.MAX_SAFE_INTEGER);
  const to = Math.max(...spans.map((span) => span.to), from + 1);
  const scale = (width - LEFT - 8) / (to - from);
  const count = 1 + Math.max(0, ...spans.map(({ processor }) => processor));
  const height = 34 + count * LANE + 26;
  const firsts = firstOf(spans);
  const bars = spans.map((span) => bar(span, LEFT + (span.from - from) * scale, scale, firsts)).join('');
  const labels = Array.from(
    { length: count },
    (_, lp) => `<text class="ink" x="0" y="${34 + lp * LANE + 15}">LP ${lp}</text>`,
  ).join('');
  const name = escapeXml(options.title ?? run.line);
  const axis = `<text class="muted" x="${LEFT}" y="${height - 6}">0</text><text class="muted" x="${width}" y="${height - 6}" text-anchor="end">${formatCycles(to - from, run.trace.hz)}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${name}">` +
    `${figureStyle()}${NAME_STYLE}<text class="ink title" x="0" y="18">${name}</text>${labels}${bars}${axis}</svg>`
  );
}

/** The lowest number of a VP of each partition. */
function firstOf(spans: readonly VpSpan[]): Map<number, number> {
  const firsts = new Map<number, number>();
  for (const { partition, who } of spans) firsts.set(partition, Math.min(who, firsts.get(partition) ?? who));
  return firsts;
}

function bar(span: VpSpan, x: number, scale: number, firsts: ReadonlyMap<number, number>): string {
  const y = 34 + span.processor * LANE;
  const wide = (span.to - span.from) * scale;
  const root = span.partition === 1;
  const machine = span.partition - 2;
  const place = root ? 'root-kernel' : FILLS[machine % FILLS.length];
  const pale = root ? '' : PALE[machine % PALE.length];
  const title = root ? 'root' : `${machine + 1}.${span.who - (firsts.get(span.partition) ?? 0)}`;
  const text =
    wide > 26
      ? `<text x="${px(x + wide / 2)}" y="${y + 14}" text-anchor="middle" font-size="11" class="on${root || machine % 4 === 0 ? '' : ` on${machine % 4}`}">${title}</text>`
      : '';
  return `<rect class="${place}"${pale} x="${px(x)}" y="${y + 2}" width="${px(Math.max(0.5, wide - 0.5))}" height="${LANE - 4}"/>${text}`;
}

const px = (value: number): string => String(Math.round(value * 100) / 100);
