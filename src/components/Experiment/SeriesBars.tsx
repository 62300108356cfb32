/** The series of a run as bars, one at a time: where something goes, by names of the experiment's own. Two runs share the scale. */
import { useId, useState } from 'react';
import { formatCount, unitAfter } from '../../../sim/lab/format.ts';
import type { Bars, Still } from '../../truth/types.ts';
import controls from './controls.module.css';
import { Bar } from './Readouts.tsx';
import styles from './readouts.module.css';

const LETTERS = ['A', 'B'] as const;
/** Series that have a drawing of their own. */
const DRAWN = ['stages', 'ring-map'];

export function SeriesBars({ stills, first }: { stills: readonly Still[]; first?: string }) {
  const [chosen, setChosen] = useState(first);
  const id = useId();
  const all = stills[0].series.filter((series) => !DRAWN.includes(series.id));
  const shown = all.find((series) => series.id === chosen) ?? all[0];
  if (!shown) return null;
  return (
    <>
      <label className={styles.chooser} htmlFor={id}>
        Bars
        <select
          className={controls.select}
          id={id}
          value={shown.id}
          onChange={(event) => setChosen(event.target.value)}
        >
          {all.map((series) => (
            <option key={series.id} value={series.id}>
              {series.title}
            </option>
          ))}
        </select>
      </label>
      <Group
        title={shown.title}
        unit={shown.unit}
        columns={stills.map((still) => still.series.find((series) => series.id === shown.id))}
      />
    </>
  );
}

/** One series. Names with nothing in any run stand in one line below the bars. */
function Group({
  title,
  unit,
  columns,
}: {
  title: string;
  unit: string;
  columns: readonly (Bars | undefined)[];
}) {
  const of = (column: Bars | undefined, label: string): number =>
    column?.values[column.labels.indexOf(label)] ?? 0;
  const labels = [...new Set(columns.flatMap((column) => column?.labels ?? []))];
  const empty = labels.filter((label) => columns.every((column) => of(column, label) === 0));
  // No landmark: a page has many of these, several with the same name.
  const group = { role: 'group', 'aria-label': title };
  const most = Math.max(...columns.flatMap((column) => column?.values ?? []), 1e-9);
  return (
    <div className={`${styles.bars} ${styles.stages} ${styles.series}`} {...group}>
      {labels
        .filter((label) => !empty.includes(label))
        .map((label) => (
          <div className={styles.barRow} key={label}>
            <span>{label}</span>
            <div>
              {columns.map((column, c) => (
                <Bar
                  key={LETTERS[c]}
                  letter={columns.length > 1 ? LETTERS[c] : undefined}
                  share={Math.max(0, of(column, label)) / most}
                  text={`${formatCount(of(column, label))}${unitAfter(unit)}`}
                  outlined={c > 0}
                />
              ))}
            </div>
          </div>
        ))}
      {empty.length > 0 && <div className={styles.nothing}>Nothing: {empty.join(', ')}.</div>}
    </div>
  );
}
