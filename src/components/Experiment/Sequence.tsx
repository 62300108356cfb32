/**
 * Who calls whom: the steps about the cursor as a sequence diagram, drawn from the trace. An arrow joins two stages of one path; a step
 * that begins a path, or is an instant, has none. Clicking a step moves the cursor there.
 */
import type { CSSProperties } from 'react';
import { formatCycles } from '../../../sim/lab/format.ts';
import { LANE_ORDER, LANE_TITLES } from '../../../sim/lab/palette.ts';
import { type Detail, NO_LANE, type Still } from '../../truth/types.ts';
import styles from './sequence.module.css';
import { type Cursor, lastAt } from './useCursor.ts';

/** Steps shown at a time, and how many of them lie before the present one. */
const SHOWN = 12;
const BEFORE = 4;
/** A path has fewer steps than this. */
const NEAR = 64;

const SHORT = ['GU', 'GK', 'HV', 'RK', 'RU', 'HW'] as const;

export interface SequenceProps {
  readonly stills: readonly Still[];
  readonly details?: readonly Detail[];
  readonly cursor: Cursor;
}

export function Sequence({ stills, details, cursor }: SequenceProps) {
  return (
    <div className={styles.all}>
      {stills.map((still, i) => (
        <One
          key={i === 0 ? 'A' : 'B'}
          still={still}
          detail={details?.[i]}
          letter={stills.length > 1 ? 'AB'[i] : undefined}
          cursor={cursor}
          first={i === 0}
        />
      ))}
    </div>
  );
}

interface OneProps {
  readonly still: Still;
  readonly detail?: Detail;
  readonly letter?: string;
  readonly cursor: Cursor;
  /** The cursor belongs to the first run; the other is looked at at its moment. */
  readonly first: boolean;
}

function One({ still, detail, letter, cursor, first }: OneProps) {
  if (!detail) return <p className={styles.waiting}>The steps of the run are being brought …</p>;
  const { steps } = detail;
  const present = first ? cursor.step : cursor.at < 0 ? -1 : lastAt(steps.at, cursor.at);
  const start = Math.max(0, Math.min(present - BEFORE, steps.at.length - SHOWN));
  const shown = Array.from({ length: Math.min(SHOWN, steps.at.length - start) }, (_, i) => start + i);
  const lanes = lanesIn(detail);
  // No landmark: a page may have several with the same name.
  const group = { role: 'group', 'aria-label': `Sequence of ${still.line}` };
  return (
    <div className={styles.one} {...group}>
      {letter && (
        <p className={styles.letter}>
          <b>{letter}</b> <code>{still.line}</code>
        </p>
      )}
      <div className={styles.head} style={{ '--lanes': lanes.length } as CSSProperties} aria-hidden="true">
        <span />
        <span className={styles.names}>
          {lanes.map((lane) => (
            <span key={lane} style={{ color: `var(--place-${LANE_ORDER[lane]}-text)` }}>
              <span className={styles.long}>{LANE_TITLES[LANE_ORDER[lane]].replace(' (worker)', '')}</span>
              <abbr className={styles.short}>{SHORT[lane]}</abbr>
            </span>
          ))}
        </span>
        <span />
      </div>
      <ol className={styles.steps} style={{ '--lanes': lanes.length } as CSSProperties}>
        {shown.map((step) => (
          <li key={step}>
            <Row
              detail={detail}
              step={step}
              lanes={lanes}
              hz={still.hz}
              present={step === present}
              onPick={first ? () => cursor.go(step) : undefined}
            />
          </li>
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  readonly detail: Detail;
  readonly step: number;
  readonly lanes: readonly number[];
  readonly hz: number;
  readonly present: boolean;
  readonly onPick?: () => void;
}

function Row({ detail, step, lanes, hz, present, onPick }: RowProps) {
  const { steps, titles } = detail;
  const to = steps.lane[step];
  const from = laneBefore(detail, step);
  const says = `${titles[steps.title[step]]}${to === NO_LANE ? '' : `, ${LANE_TITLES[LANE_ORDER[to]]}`}`;
  const body = (
    <>
      <span className={styles.when}>{formatCycles(steps.at[step], hz)}</span>
      <span className={styles.lines} aria-hidden="true">
        {to !== NO_LANE && <Arrow from={from === NO_LANE ? to : from} to={to} lanes={lanes} />}
      </span>
      <span className={styles.title} data-instant={to === NO_LANE || undefined}>
        {titles[steps.title[step]]}
      </span>
    </>
  );
  if (!onPick)
    return (
      <div className={styles.row} data-present={present || undefined}>
        {body}
      </div>
    );
  return (
    <button
      type="button"
      className={styles.row}
      data-present={present || undefined}
      aria-current={present ? 'step' : undefined}
      aria-label={`Step ${step + 1}: ${says}`}
      onClick={onPick}
    >
      {body}
    </button>
  );
}

/** From the middle of one column to the middle of another; a dot where control stays. */
function Arrow({ from, to, lanes }: { from: number; to: number; lanes: readonly number[] }) {
  const [a, b] = [lanes.indexOf(from), lanes.indexOf(to)];
  const middle = (column: number): number => (100 * (column + 0.5)) / lanes.length;
  const color = `var(--place-${LANE_ORDER[to]})`;
  if (a === b || a < 0)
    return <span className={styles.dot} style={{ left: `${middle(b)}%`, background: color }} />;
  const style = {
    left: `${middle(Math.min(a, b))}%`,
    width: `${(100 * Math.abs(a - b)) / lanes.length}%`,
    color,
  };
  return <span className={a < b ? styles.right : styles.left} style={style} />;
}

/** Where control comes from in this stage of its path: the stage before, unless the path says otherwise; none where it begins. */
function laneBefore({ steps, titles, routes, route }: Detail, step: number): number {
  const stages = routes[route[steps.row[step]]]?.stages ?? [];
  const alike = (i: number): boolean =>
    steps.row[i] === steps.row[step] &&
    steps.title[i] === steps.title[step] &&
    steps.lane[i] === steps.lane[step];
  let times = 0;
  for (let i = step - 1; i >= Math.max(0, step - NEAR); i--) if (alike(i)) times++;
  const place = LANE_ORDER[steps.lane[step]];
  const same = stages.flatMap((stage, i) =>
    stage.place === place && stage.title === titles[steps.title[step]] ? [i] : [],
  );
  const index = same[Math.min(times, same.length - 1)] ?? 0;
  const from = stages[index]?.from ?? stages[index - 1]?.place;
  return from ? LANE_ORDER.indexOf(from) : NO_LANE;
}

const known = new WeakMap<Detail, readonly number[]>();

/** The lanes in which anything happens, in their fixed order. */
function lanesIn(detail: Detail): readonly number[] {
  const found = known.get(detail);
  if (found) return found;
  const used = new Set(detail.steps.lane);
  const lanes = LANE_ORDER.map((_, lane) => lane).filter((lane) => used.has(lane));
  known.set(detail, lanes);
  return lanes;
}
