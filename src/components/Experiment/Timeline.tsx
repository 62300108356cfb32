/** Lanes and player: one or two runs on one scale of time, a window of it, and a cursor. */
import { memo, useEffect, useMemo, useState } from 'react';
import { formatCount, formatCycles } from '../../../sim/lab/format.ts';
import type { Detail, Still } from '../../truth/types.ts';
import { Axis, Lanes } from './Lanes.tsx';
import { Player } from './Player.tsx';
import styles from './styles.module.css';
import type { Window } from './zoom.ts';
import { bandsIn, following, routeIn, zoomed } from './zoom.ts';

/** Lanes of one or two runs on one scale of time, with the player under them. */
export const Timeline = memo(function Timeline({
  stills,
  details,
  ensure,
  untold,
}: {
  stills: readonly Still[];
  details?: readonly Detail[];
  ensure: () => void;
  untold: boolean;
}) {
  const [event, setEvent] = useState(-1);
  const [window, setWindow] = useState<Window>();
  const length = Math.max(1, ...stills.map((entry) => entry.length));
  const detail = details?.[0];
  const line = stills[0].line;

  // Another run has other steps: start again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the line names the run.
  useEffect(() => {
    setEvent(-1);
    setWindow(undefined);
  }, [line]);

  const at = detail && event >= 0 && event < detail.steps.at.length ? detail.steps.at[event] : -1;
  const view = useMemo(
    () => (window && at >= 0 ? following(window, at, length) : window),
    [window, at, length],
  );
  const about = at >= 0 ? at : view ? (view.from + view.to) / 2 : 0;
  const zoomBy = (factor: number): void => {
    ensure();
    setWindow(zoomed(view ?? { from: 0, to: length }, factor, about, length));
  };
  return (
    <>
      {stills.map((still, i) => (
        <RunLanes
          key={i === 0 ? 'A' : 'B'}
          untold={untold}
          still={still}
          detail={details?.[i]}
          letter={stills.length > 1 ? 'AB'[i] : undefined}
          view={view}
          length={length}
          at={at}
          end={detail && at >= 0 ? Math.max(detail.steps.end[event], at) : -1}
        />
      ))}
      <Axis from={view?.from ?? 0} to={view?.to ?? length} hz={stills[0].hz} />
      {stills.some(({ dropped }) => dropped > 0) && (
        <p className={styles.limit}>
          Recording stopped at its limit of {formatCount(stills[0].cap)} rows; the counters count everything,{' '}
          {formatCount(stills[0].dropped)} later rows included.
        </p>
      )}
      <Player
        events={stills[0].steps}
        detail={detail}
        hz={stills[0].hz}
        event={event}
        onEvent={setEvent}
        onWake={ensure}
        zoom={{ in: () => zoomBy(0.5), out: () => zoomBy(2), all: () => setWindow(undefined), whole: !view }}
      />
    </>
  );
});

interface RunLanesProps {
  readonly untold: boolean;
  readonly still: Still;
  readonly detail?: Detail;
  readonly letter?: string;
  readonly view?: Window;
  readonly length: number;
  readonly at: number;
  readonly end: number;
}

function RunLanes({ untold, still, detail, letter, view, length, at, end }: RunLanesProps) {
  const zoom = view && detail ? view : undefined;
  const bands = useMemo(
    () => (zoom && detail ? bandsIn(detail.steps, zoom) : still.bands),
    [zoom, detail, still],
  );
  const whole = useMemo(() => ({ from: 0, to: Math.max(1, still.length) }), [still]);
  const route = useMemo(
    () => (detail ? routeIn(detail.steps, zoom ?? whole) : undefined),
    [detail, zoom, whole],
  );
  const { from, to } = zoom ?? whole;
  const cursor = at >= 0 ? ([(at - from) / (to - from), (end - from) / (to - from)] as const) : undefined;
  return (
    <div className={styles.run}>
      {letter && (
        <p className={styles.legend}>
          <b>{letter}</b> <code>{still.line}</code> <span>{formatCycles(still.length, still.hz)}</span>
          {still.wrongRule && <em> wrong rule</em>}
        </p>
      )}
      <Lanes
        bands={bands}
        route={route}
        share={zoom ? 1 : still.length / length}
        cursor={cursor}
        label={untold ? `Lanes of ${still.line}.` : `Lanes of ${still.line}. ${still.summary}`}
      />
    </div>
  );
}
