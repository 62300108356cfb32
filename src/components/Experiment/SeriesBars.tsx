/** The series of a run as bars: where something goes, by names of the experiment's own. Two runs share each scale. */
import { formatCount } from '../../../sim/lab/format.ts';
import type { Bars, Still } from '../../truth/types.ts';
import { Bar } from './Readouts.tsx';
import styles from './readouts.module.css';

const LETTERS = ['A', 'B'] as const;
/** Series that have a drawing of their own. */
const DRAWN = ['stages', 'ring-map'];

export function SeriesBars({ stills }: { stills: readonly Still[] }) {
  const [first] = stills;
  return first.series
    .filter(({ id }) => !DRAWN.includes(id))
    .map((series) => (
      <Group
        key={series.id}
        title={series.title}
        unit={series.unit}
        columns={stills.map((still) => still.series.find(({ id }) => id === series.id))}
      />
    ));
}

function Group({
  title,
  unit,
  columns,
}: {
  title: string;
  unit: string;
  columns: readonly (Bars | undefined)[];
}) {
  const labels = [...new Set(columns.flatMap((column) => column?.labels ?? []))];
  const of = (column: Bars | undefined, label: string): number =>
    column?.values[column.labels.indexOf(label)] ?? 0;
  const most = Math.max(...columns.flatMap((column) => column?.values ?? []), 1e-9);
  return (
    <div className={`${styles.bars} ${styles.stages}`}>
      <p>{title}</p>
      {labels.map((label) => (
        <div className={styles.barRow} key={label}>
          <span>{label}</span>
          <div>
            {columns.map((column, c) => (
              <Bar
                key={LETTERS[c]}
                letter={columns.length > 1 ? LETTERS[c] : undefined}
                share={Math.max(0, of(column, label)) / most}
                text={`${formatCount(of(column, label))}${unit === 'count' ? '' : ` ${unit}`}`}
                outlined={c > 0}
              />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}
