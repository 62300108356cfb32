/** A run for the Perfetto viewer: one track per place of the machine, one slice per stage. */
import { extent, lanesOf } from './lanes.ts';
import { LANE_ORDER, LANE_TITLES } from './palette.ts';
import type { Run } from './run.ts';

/** The JSON object form of the Trace Event Format. Times are microseconds of virtual time from the start of the recording. */
export function chromeTraceOf(run: Run): object {
  const { trace } = run;
  const perMicrosecond = trace.hz / 1e6;
  const from = extent(trace).from;
  const names = LANE_ORDER.map((place, tid) => ({
    ph: 'M',
    pid: 1,
    tid,
    name: 'thread_name',
    args: { name: LANE_TITLES[place] },
  }));
  const slices = lanesOf(trace).flatMap((lane, tid) =>
    lane.spans.map((span) => ({
      ph: 'X',
      pid: 1,
      tid,
      name: span.title,
      cat: trace.kinds[trace.kind[span.event]].name,
      ts: (span.at - from) / perMicrosecond,
      dur: (span.end - span.at) / perMicrosecond,
      args: { event: span.event, a: trace.a[span.event], b: trace.b[span.event] },
    })),
  );
  const otherData = {
    line: run.line,
    seed: run.seed,
    version: run.version,
    digest: run.digest,
    hz: trace.hz,
    dropped: trace.dropped,
  };
  return { displayTimeUnit: 'ns', otherData, traceEvents: [...names, ...slices] };
}
