/**
 * Writes the Mermaid sequence diagram of a run. Nobody draws these by hand: participants, messages and repetitions all come from the
 * recording, so a picture cannot disagree with its numbers.
 */
import type { Place } from '../machine/places.ts';
import { fold } from './fold.ts';
import { LANE_ORDER, LANE_TITLES } from './palette.ts';
import type { Recording, RouteData } from './recording.ts';
import { heldOpenBy } from './recording.ts';
import type { Run } from './run.ts';

const ALIAS: Readonly<Record<Place, string>> = {
  'guest-user': 'GU',
  'guest-kernel': 'GK',
  hypervisor: 'HV',
  'root-kernel': 'RK',
  'root-user': 'RU',
  hardware: 'HW',
};

/** Mermaid text for a run. The first pass over each kind of path is drawn step by step, every later one as a single line. */
export function diagramOf(run: Run): string {
  const used = placesOf(run.trace);
  const lines = ['sequenceDiagram', `  accTitle: ${clean(run.line)}`, `  accDescr: ${clean(describe(run))}`];
  for (const place of LANE_ORDER)
    if (used.has(place)) lines.push(`  participant ${ALIAS[place]} as ${LANE_TITLES[place]}`);
  if (run.wrongRule) lines.push(`  Note over ${noteSpan(used)}: WRONG RULE — ${clean(run.wrongRule)}`);
  const seen = new Set<string>();
  for (const part of fold(stepsOf(run.trace))) {
    const body = alike(part.unit.flatMap((step) => drawStep(run.trace, step, seen)));
    if (body.length === 0) continue;
    lines.push(...(part.times > 1 ? loop(part.times, body) : body));
  }
  if (run.trace.dropped > 0)
    lines.push(`  Note over ${ALIAS['guest-kernel']}: ${run.trace.dropped} later steps were not recorded`);
  return `${lines.join('\n')}\n`;
}

/** Rows as numbers that are equal when they are drawn alike: the path, and the path of the disk's work inside, if any. */
function stepsOf(recording: Recording): number[] {
  const held = heldOpenBy(recording);
  const inside = new Set(held.values());
  const { route, routes } = recording;
  const steps: number[] = [];
  for (let row = 0; row < route.length; row++) {
    if (inside.has(row)) continue;
    const disk = held.get(row);
    steps.push(route[row] + (disk === undefined ? 0 : (route[disk] + 1) * routes.length));
  }
  return steps;
}

function drawStep({ routes }: Recording, step: number, seen: Set<string>): string[] {
  if (step < 0) return [];
  const outer = routes[step % routes.length];
  const inner = routes[Math.floor(step / routes.length) - 1];
  if (!inner || seen.has(outer.id)) return drawRoute(outer, seen);
  const before = crossingsOf({ ...outer, stages: outer.stages.slice(0, outer.serviceAt + 1) }).length;
  const lines = drawRoute(outer, seen);
  return [...lines.slice(0, before), ...workIn(inner), ...lines.slice(before)];
}

function placesOf(recording: Recording): Set<Place> {
  const used = new Set<Place>();
  for (const route of new Set(recording.route))
    for (const stage of recording.routes[route]?.stages ?? []) used.add(stage.place);
  return used;
}

const describe = (run: Run): string =>
  `${run.trace.total} recorded steps of ${run.line}, seed ${run.seed}, digest ${run.digest}`;

/** Mermaid spans a note over the first and the last of its participants. */
function noteSpan(used: ReadonlySet<Place>): string {
  const order = LANE_ORDER.filter((place) => used.has(place)).map((place) => ALIAS[place]);
  return [...new Set([order[0], order[order.length - 1]])].join(',');
}

/** Equal lines after each other become one that says how often. */
function alike(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < lines.length; ) {
    let end = i + 1;
    while (end < lines.length && lines[end] === lines[i]) end++;
    joined.push(end - i > 1 ? `${lines[i]}, ${end - i} times` : lines[i]);
    i = end;
  }
  return joined;
}

const loop = (times: number, body: readonly string[]): string[] => [
  `  loop ${times} times`,
  ...body.map((line) => `  ${line}`),
  '  end',
];

function drawRoute(route: RouteData | undefined, seen: Set<string>): string[] {
  if (!route) return [];
  const crossings = crossingsOf(route);
  if (crossings.length === 0) return workIn(route);
  const again = seen.has(route.id);
  seen.add(route.id);
  if (!again)
    return crossings.map(({ from, to, title }) => `  ${ALIAS[from]}->>${ALIAS[to]}: ${clean(title)}`);
  const start = crossings[0].from;
  return [
    `  ${ALIAS[start]}->>${ALIAS[farthest(route, start)]}: ${clean(route.title)} (same ${crossings.length} crossings)`,
  ];
}

/** Work that stays in one place is an arrow to itself. */
function workIn(route: RouteData): string[] {
  const [stage] = route.stages;
  return stage ? [`  ${ALIAS[stage.place]}->>${ALIAS[stage.place]}: ${clean(route.title)}`] : [];
}

interface Crossing {
  readonly from: Place;
  readonly to: Place;
  readonly title: string;
}

/** A crossing is two stages after each other in different places; it carries the title of the stage it leads to. */
function crossingsOf(route: RouteData): Crossing[] {
  const crossings: Crossing[] = [];
  for (let i = 1; i < route.stages.length; i++) {
    const to = route.stages[i];
    const from = to.from ?? route.stages[i - 1].place;
    if (from !== to.place) crossings.push({ from, to: to.place, title: to.title });
  }
  return crossings;
}

/** The place of a route that lies farthest from where it starts: the end of the arrow of a folded line. */
function farthest(route: RouteData, start: Place): Place {
  const rank = (place: Place): number => Math.abs(LANE_ORDER.indexOf(place) - LANE_ORDER.indexOf(start));
  return route.stages.reduce((far, stage) => (rank(stage.place) > rank(far) ? stage.place : far), start);
}

/** Mermaid ends a statement at `;` and reads `#` as an entity. */
const clean = (text: string): string => text.replace(/[;#]/g, ',').replace(/\s+/g, ' ');
