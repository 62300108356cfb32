/** Lanes of one or two runs on one scale of time: a window of it, a cursor, and the moment from which two runs differ. */
import { memo, useMemo } from 'react';
import { formatCount, formatCycles } from '../../../sim/lab/format.ts';
import type { Detail, Still } from '../../truth/types.ts';
import { Axis, Lanes } from './Lanes.tsx';
import styles from './styles.module.css';
import type { Cursor } from './useCursor.ts';
import type { Zoom } from './useZoom.ts';
import type { Window } from './zoom.ts';
import { bandsIn, routeIn } from './zoom.ts';

interface TimelineProps {
  readonly stills: readonly Still[];
  readonly details?: readonly Detail[];
  readonly untold: boolean;
  readonly cursor: Cursor;
  readonly zoom: Zoom;
  /** The moment of each run from which the two differ. */
  readonly parting?: readonly number[];
}

export const Timeline = memo(function Timeline(props: TimelineProps) {
  const { stills, details, untold, cursor, zoom, parting } = props;
  const { view, length } = zoom;
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
          at={cursor.at}
          end={cursor.end}
          parting={parting?.[i]}
        />
      ))}
      <Axis from={view?.from ?? 0} to={view?.to ?? length} hz={stills[0].hz} />
      {stills.some(({ dropped }) => dropped > 0) && (
        <p className={styles.limit}>
          Recording stopped at its limit of {formatCount(stills[0].cap)} rows; the counters count everything,{' '}
          {stills.map(({ dropped }) => formatCount(dropped)).join(' and ')} later rows included.
        </p>
      )}
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
  readonly parting?: number;
}

function RunLanes({ untold, still, detail, letter, view, length, at, end, parting }: RunLanesProps) {
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
        parting={parting === undefined ? undefined : (parting - from) / (to - from)}
        label={untold ? `Lanes of ${still.line}.` : `Lanes of ${still.line}. ${still.summary}`}
      />
    </div>
  );
}
