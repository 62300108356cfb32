/** Turns a run's recording into lanes: who was working when. The page, the notebook and the text account read the same lanes. */
import type { Place } from '../machine/places.ts';
import { LANE_ORDER } from './palette.ts';
import type { Recording, StageData } from './recording.ts';

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
  for (let event = 0; event < recording.at.length; event++) {
    const route = recording.routes[recording.route[event]];
    if (route) layOut(lanes, recording, event, route.stages, route.cycles);
  }
  return LANE_ORDER.map((place) => ({ place, spans: lanes.get(place) ?? [] }));
}

/**
 * Spreads the stages of a route over the time its row took; waiting inside a row stretches every stage alike. Stages that the guest
 * does not wait for lie beside the next one instead of before it.
 */
function layOut(
  lanes: Map<Place, LaneSpan[]>,
  recording: Recording,
  event: number,
  stages: readonly StageData[],
  total: number,
): void {
  const at = recording.at[event];
  const scale = total > 0 ? (recording.end[event] - at) / total : 0;
  let from = at;
  for (const stage of stages) {
    const to = from + stage.cycles * scale;
    if (to > from) lanes.get(stage.place)?.push({ at: from, end: to, title: stage.title, event });
    if (!stage.aside) from = to;
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
  const busy = {} as Record<Place, number>;
  for (const lane of lanesOf(recording)) {
    busy[lane.place] = lane.spans.reduce((sum, span) => sum + (span.end - span.at), 0);
  }
  return busy;
}
