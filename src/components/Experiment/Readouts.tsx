/** What a run counted: the headline, the five kinds of switch apart, and where the cycles went. One column a run. */
import { useMemo } from 'react';
import { formatCount, unitAfter } from '../../../sim/lab/format.ts';
import type { Detail, Readout, Still } from '../../truth/types.ts';
import styles from './readouts.module.css';
import { cyclesSoFar, switchesSoFar } from './sofar.ts';

const LETTERS = ['A', 'B'] as const;
const TIMES = ' ';

/** Rows of counters. */
export function Counters({
  stills,
  rows,
  caption,
}: {
  stills: readonly Still[];
  rows: (still: Still) => readonly Readout[];
  caption: string;
}) {
  const columns = stills.map(rows);
  const two = stills.length > 1;
  return (
    <table className={styles.counters}>
      <caption className="visually-hidden">{caption}</caption>
      <thead className={two ? undefined : 'visually-hidden'}>
        <tr>
          <th scope="col">
            <span className={two ? 'visually-hidden' : undefined}>Counter</span>
          </th>
          {stills.map((still, i) => (
            <th scope="col" key={LETTERS[i]} className={styles.value}>
              {two ? LETTERS[i] : 'Value'}
              {still.wrongRule && <span className={styles.wrong}> as if</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {columns[0].map((row, r) => (
          <tr key={row.name}>
            <th scope="row" title={row.doc}>
              {row.label}
            </th>
            {columns.map((column, c) => (
              <td key={LETTERS[c]} className={styles.value}>
                <output>{column[r]?.text}</output>
                <span className={styles.unit}>{unitAfter(row.unit)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Bars for the five kinds of switch, the runs under each other on one scale. */
export function Switches({ stills, details, at = -1 }: CountedProps) {
  const now = useMemo(
    () => stills.map((still, i) => switchesSoFar(still, details?.[i], at)),
    [stills, details, at],
  );
  const most = Math.max(1, ...stills.flatMap(({ switches }) => switches.map(({ value }) => value)));
  return (
    <div className={styles.bars}>
      {stills[0].switches.map((row, r) => (
        <div className={styles.barRow} key={row.name}>
          <span title={row.doc}>{row.label}</span>
          <div>
            {stills.map((still, s) => (
              <Bar
                key={LETTERS[s]}
                letter={stills.length > 1 ? LETTERS[s] : undefined}
                share={(still.switches[r]?.value ?? 0) / most}
                now={part(now[s](row.name), still.switches[r]?.value ?? 0)}
                text={`${ofNow(now[s](row.name))}${still.switches[r]?.text ?? '0'}`}
                outlined={s > 0}
              />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

/** The stages of a single path one after the other, each in the colour of its place. */
export function Stages({ still }: { still: Still }) {
  const stages = still.series.find(({ id }) => id === 'stages');
  if (!stages) return null;
  const most = Math.max(1, ...stages.values);
  return (
    <div className={`${styles.bars} ${styles.stages}`}>
      <p>{stages.title}</p>
      {stages.labels.map((label, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stage is known by its place in the path.
        <div className={styles.barRow} key={i}>
          <span>{label}</span>
          <Bar
            share={stages.values[i] / most}
            text={`${formatCount(stages.values[i])} cycles`}
            colour={`var(--place-${stages.places?.[i]})`}
          />
        </div>
      ))}
    </div>
  );
}

/** Busy time of each place, the runs under each other on one scale. */
export function Cycles({ stills, details, at = -1 }: CountedProps) {
  const now = useMemo(
    () => stills.map((still, i) => cyclesSoFar(still, details?.[i], at)),
    [stills, details, at],
  );
  const places = [...new Set(stills.flatMap(({ cycles }) => cycles.places ?? []))];
  const most = Math.max(1, ...stills.flatMap(({ cycles }) => [...cycles.values]));
  const of = ({ cycles }: Still, place: string): number =>
    cycles.values[cycles.places?.indexOf(place) ?? -1] ?? 0;
  const total = stills.map(({ cycles }) => cycles.values.reduce((sum, value) => sum + value, 0));
  const label = (place: string): string => {
    const holder = stills.find(({ cycles }) => cycles.places?.includes(place));
    return holder ? holder.cycles.labels[holder.cycles.places?.indexOf(place) ?? 0] : place;
  };
  return (
    <div className={styles.bars}>
      {places.map((place) => (
        <div className={styles.barRow} key={place}>
          <span style={{ color: `var(--place-${place}-text)`, fontWeight: 500 }}>{label(place)}</span>
          <div>
            {stills.map((still, s) => {
              const value = of(still, place);
              const share = total[s] > 0 ? Math.round((100 * value) / total[s]) : 0;
              return (
                <Bar
                  key={LETTERS[s]}
                  letter={stills.length > 1 ? LETTERS[s] : undefined}
                  share={value / most}
                  now={part(now[s](place), value)}
                  text={cyclesText(now[s](place), value, share)}
                  colour={`var(--place-${place})`}
                  outlined={s > 0}
                />
              );
            })}
          </div>
        </div>
      ))}
    </div>
  );
}

interface CountedProps {
  readonly stills: readonly Still[];
  readonly details?: readonly Detail[];
  /** The cursor's moment in cycles, negative without one. */
  readonly at?: number;
}

/** `5 of `, where a moment is looked at. */
const ofNow = (value: number | undefined): string => (value === undefined ? '' : `${formatCount(value)} of `);

const cyclesText = (now: number | undefined, value: number, share: number): string =>
  now === undefined
    ? `${formatCount(value)} cycles, ${share}${TIMES}%`
    : `${Math.round((100 * now) / Math.max(1, value))}${TIMES}% of ${formatCount(value)} cycles`;

const part = (value: number | undefined, whole: number): number | undefined =>
  value === undefined || whole === 0 ? undefined : value / whole;

interface BarProps {
  readonly share: number;
  /** The part of the bar that had come about by the moment of the cursor. */
  readonly now?: number;
  readonly text: string;
  readonly colour?: string;
  readonly outlined?: boolean;
  readonly letter?: string;
}

export function Bar({ share, now, text, colour = 'var(--ink-muted)', outlined = false, letter }: BarProps) {
  const look = outlined
    ? { boxShadow: `inset 0 0 0 1.5px ${colour}`, background: 'none' }
    : { background: colour };
  return (
    <div className={styles.bar}>
      {letter && <span className={styles.letter}>{letter}</span>}
      <span className={styles.track}>
        <span
          className={styles.fill}
          style={{ width: `${share > 0 ? Math.max(0.4, share * 100) : 0}%`, ...look }}
        />
        {now !== undefined && <span className={styles.now} style={{ left: `${100 * share * now}%` }} />}
      </span>
      <span className={styles.figure}>{text}</span>
    </div>
  );
}
