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

/** All lanes of a recording in drawing order. Lanes without work are there, empty. */
export function lanesOf(recording: Recording): Lane[] {
  const lanes = new Map<Place, LaneSpan[]>(LANE_ORDER.map((place) => [place, []]));
  const held = heldOpenBy(recording);
  for (let event = 0; event < recording.at.length; event++) {
    const route = recording.routes[recording.route[event]];
    const disk = held.get(event);
    const waited = disk === undefined ? 0 : recording.end[disk] - recording.at[disk];
    if (route) layOut(lanes, recording, event, route, waited);
  }
  return LANE_ORDER.map((place) => ({ place, spans: lanes.get(place) ?? [] }));
}

/**
 * Lays the stages of a route along the time its row took. What the row took beyond the route's own cost was the device's work, at
 * the service point; what it waited for a disk there is nobody's work. Stages that the guest does not wait for lie beside the next one.
 */
function layOut(
  lanes: Map<Place, LaneSpan[]>,
  recording: Recording,
  event: number,
  { stages, serviceAt, cycles }: RouteData,
  waited: number,
): void {
  // An instant says that control passed there; how long that took is in the rows around it.
  if (recording.end[event] === recording.at[event]) return;
  const extra = recording.end[event] - recording.at[event] - cycles;
  let from = recording.at[event];
  stages.forEach((stage, index) => {
    const here = index === serviceAt;
    const to = from + stage.cycles + (here ? Math.max(extra - waited, -stage.cycles) : 0);
    if (to > from) lanes.get(stage.place)?.push({ at: from, end: to, title: stage.title, event });
    if (!stage.aside) from = here ? to + Math.min(waited, Math.max(0, extra)) : to;
  });
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
  const busy = {} as Record<Place, number>;
  for (const lane of lanesOf(recording)) {
    busy[lane.place] = lane.spans.reduce((sum, span) => sum + (span.end - span.at), 0);
  }
  return busy;
}
