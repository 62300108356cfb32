/** Turns a run's recording into lanes: who was working when. The page, the notebook and the text account read the same lanes. */
import type { Place } from '../machine/places.ts';
import { LANE_ORDER } from './palette.ts';
import type { Recording, RouteData } from './recording.ts';
import { heldOpenBy } from './recording.ts';

/** One stretch of work in one place. Times are cycles of the machine's clock; `event` is the row of the recording it comes from. */
export interface LaneSpan {
  readonly at: number;
  readonly end: number;
  readonly title: string;
  readonly event: number;
}

/** All the work of a run in one place, in order of time. */
export interface Lane {
  readonly place: Place;
  readonly spans: readonly LaneSpan[];
}

/** Start and end of all the work of a run in one place, in columns, in order of start. */
export interface LaneTimes {
  readonly place: Place;
  readonly at: Float64Array;
  readonly end: Float64Array;
}

/** Takes one stretch of work; `lane` is the number of its place in {@link LANE_ORDER}, `stage` that of the stage in its route. */
type Visit = (lane: number, at: number, end: number, title: string, event: number, stage: number) => void;

/** All lanes of a recording in drawing order. Lanes without work are there, empty. */
export function lanesOf(recording: Recording): Lane[] {
  const lanes: LaneSpan[][] = LANE_ORDER.map(() => []);
  eachSpan(recording, (lane, at, end, title, event) => lanes[lane].push({ at, end, title, event }));
  return LANE_ORDER.map((place, lane) => ({ place, spans: lanes[lane] }));
}

/** The times of all lanes in drawing order. A run of thousands of exits has ten times as many spans: these cost no object each. */
export function laneTimes(recording: Recording): LaneTimes[] {
  const most = mostSpans(recording);
  const counts = LANE_ORDER.map(() => 0);
  const lanes = LANE_ORDER.map((place, lane) => ({
    place,
    at: new Float64Array(most[lane]),
    end: new Float64Array(most[lane]),
  }));
  eachSpan(recording, (lane, at, end) => insert(lanes[lane], counts[lane]++, at, end));
  return lanes.map(({ place, at, end }, lane) => ({
    place,
    at: at.subarray(0, counts[lane]),
    end: end.subarray(0, counts[lane]),
  }));
}

/** How many spans each lane can have at most: every stage of every row. */
function mostSpans({ routes, route }: Recording): number[] {
  const most = LANE_ORDER.map(() => 0);
  const passages = routes.map(() => 0);
  for (let row = 0; row < route.length; row++) if (route[row] >= 0) passages[route[row]]++;
  routes.forEach(({ stages }, index) => {
    for (const { place } of stages) most[LANE_ORDER.indexOf(place)] += passages[index];
  });
  return most;
}

/** Puts a span behind those that start no later: work inside a long row may begin after the next row did, seldom and not by much. */
function insert({ at, end }: LaneTimes, count: number, from: number, to: number): void {
  let i = count;
  for (; i > 0 && at[i - 1] > from; i--) {
    at[i] = at[i - 1];
    end[i] = end[i - 1];
  }
  at[i] = from;
  end[i] = to;
}

/** A route with the lanes of its stages. */
interface LaidRoute extends RouteData {
  readonly lanes: readonly number[];
}

/** Goes through all the work of a run, row by row. */
export function eachSpan(recording: Recording, visit: Visit): void {
  const held = heldOpenBy(recording);
  const routes = recording.routes.map((route) => ({
    ...route,
    lanes: route.stages.map(({ place }) => LANE_ORDER.indexOf(place)),
  }));
  for (let event = 0; event < recording.at.length; event++) {
    const route = routes[recording.route[event]];
    if (!route) continue;
    const disk = held.get(event);
    const waited = disk === undefined ? 0 : recording.end[disk] - recording.at[disk];
    layOut(recording, event, route, waited, visit);
  }
}

/**
 * Lays the stages of a route along the time its row took. What the row took beyond the route's own cost was the device's work, at
 * the service point; what it waited for a disk there is nobody's work. Stages that the guest does not wait for lie beside the next one.
 */
function layOut(
  recording: Recording,
  event: number,
  { stages, lanes, serviceAt, cycles }: LaidRoute,
  waited: number,
  visit: Visit,
): void {
  // An instant says that control passed there; how long that took is in the rows around it.
  if (recording.end[event] === recording.at[event]) return;
  const extra = recording.end[event] - recording.at[event] - cycles;
  let from = recording.at[event];
  for (let index = 0; index < stages.length; index++) {
    const stage = stages[index];
    const here = index === serviceAt;
    const to = from + stage.cycles + (here ? Math.max(extra - waited, -stage.cycles) : 0);
    if (to > from) visit(lanes[index], from, to, stage.title, event, index);
    if (!stage.aside) from = here ? to + Math.min(waited, Math.max(0, extra)) : to;
  }
}

/** First and last moment of a recording. */
export function extent(recording: Recording): { readonly from: number; readonly to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < recording.at.length; i++) {
    from = Math.min(from, recording.at[i]);
    to = Math.max(to, recording.end[i]);
  }
  return to >= from ? { from, to } : { from: 0, to: 0 };
}

/** Busy cycles by place: the sum of a lane's spans. */
export function busyByPlace(recording: Recording): Record<Place, number> {
  const busy = LANE_ORDER.map(() => 0);
  eachSpan(recording, (lane, at, end) => {
    busy[lane] += end - at;
  });
  return Object.fromEntries(LANE_ORDER.map((place, lane) => [place, busy[lane]])) as Record<Place, number>;
}
