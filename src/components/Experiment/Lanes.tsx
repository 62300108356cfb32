/** Who works when: six lanes in fixed order. Drawn alike at build and in the page. */
import type { CSSProperties } from 'react';
import { formatCycles } from '../../../sim/lab/format.ts';
import { LANE_ORDER, LANE_TITLES } from '../../../sim/lab/palette.ts';
import type { Band } from '../../truth/types.ts';
import { laneY, ROW } from './geometry.ts';
import styles from './lanes.module.css';

const HEIGHT = ROW * LANE_ORDER.length;
const WIDE = 10_000;

/** Marks differ in shape as well as in colour: kernels are filled, user modes outlined, hardware is hatched, the hypervisor runs on rails. */
const SHAPE = {
  'guest-user': { top: 8, height: 14 },
  'guest-kernel': { top: 7, height: 16 },
  hypervisor: { top: 5, height: 20 },
  'root-kernel': { top: 7, height: 16 },
  'root-user': { top: 8, height: 14 },
  hardware: { top: 9, height: 12 },
} as const;

function path({ place, bars }: Band, lane: number): string {
  const { top, height } = SHAPE[place];
  let d = `M0 ${lane * ROW + top}`;
  for (let i = 0; i < bars.length; i += 2)
    d += `m${bars[i]} 0h${bars[i + 1]}v${height}h-${bars[i + 1]}zm${bars[i + 1]} 0`;
  return d;
}

export interface LanesProps {
  readonly bands: readonly Band[];
  /** Share of the width that this run fills on the common scale of time. */
  readonly share?: number;
  /** Position of the cursor and end of its event, 0 to 1 of the run's own width; negative when not shown. */
  readonly cursor?: readonly [from: number, to: number];
  /** Where this run begins to differ from the one beside it, 0 to 1 of its own width. */
  readonly parting?: number;
  /** Steps of control from place to place, in the coordinates of the bands. */
  readonly route?: string;
  readonly label: string;
}

/** The lanes of one run. */
export function Lanes({ bands, share = 1, cursor, parting, route, label }: LanesProps) {
  return (
    <div className={styles.plot}>
      <ol className={styles.labels} aria-hidden="true">
        {LANE_ORDER.map((place) => (
          <li key={place} style={{ color: `var(--place-${place}-text)` }}>
            {LANE_TITLES[place].replace(' (worker)', '')}
          </li>
        ))}
      </ol>
      <div className={styles.field} role="img" aria-label={label}>
        <svg
          className={styles.rails}
          viewBox={`0 0 1 ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {LANE_ORDER.map((place, lane) =>
            place === 'hypervisor' ? (
              <path
                key={place}
                className={styles.double}
                d={`M0 ${laneY(lane) - 2.5}h1M0 ${laneY(lane) + 2.5}h1`}
              />
            ) : (
              <path key={place} d={`M0 ${laneY(lane)}h1`} />
            ),
          )}
        </svg>
        <svg
          className={styles.work}
          style={{ '--share': `${Math.max(0.2, share * 100)}%` } as CSSProperties}
          viewBox={`0 0 ${WIDE} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {route && <path className={styles.route} d={route} />}
          {bands.map((band, lane) =>
            band.bars.length > 0 ? (
              <path key={band.place} className={styles[band.place]} d={path(band, lane)} />
            ) : null,
          )}
          {parting !== undefined && parting >= 0 && parting <= 1 && (
            <path className={styles.parting} d={`M${parting * WIDE} 0v${HEIGHT}`} />
          )}
          {cursor && cursor[0] >= 0 && (
            <>
              <rect
                className={styles.event}
                x={cursor[0] * WIDE}
                width={Math.max(6, (cursor[1] - cursor[0]) * WIDE)}
                y={0}
                height={HEIGHT}
              />
              <path className={styles.cursor} d={`M${cursor[0] * WIDE} 0v${HEIGHT}`} />
            </>
          )}
        </svg>
      </div>
    </div>
  );
}

const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;

/** The scale of time under the lanes. */
export function Axis({ from, to, hz }: { from: number; to: number; hz: number }) {
  return (
    <div className={styles.axis} aria-hidden="true">
      {TICKS.map((tick) => (
        <span key={tick} style={{ left: `${tick * 100}%` }}>
          {formatCycles(from + (to - from) * tick, hz)}
        </span>
      ))}
    </div>
  );
}
