/** The lanes of a run, small: its silhouette. */
import type { Band } from '../../truth/types.ts';
import styles from './styles.module.css';

const ROW = 16;

export function Still({ bands }: { bands: readonly Band[] }) {
  return (
    <svg
      className={styles.still}
      viewBox={`0 0 10000 ${ROW * bands.length}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {bands.map(({ place, bars }, lane) => (
        <path key={place} fill={`var(--place-${place})`} d={path(bars, lane * ROW + 4)} />
      ))}
      <path className={styles.line} d={`M0 ${ROW * 2.5 - 3}h10000M0 ${ROW * 2.5 + 3}h10000`} />
    </svg>
  );
}

function path(bars: readonly number[], y: number): string {
  let d = `M0 ${y}`;
  for (let i = 0; i < bars.length; i += 2)
    d += `m${bars[i]} 0h${bars[i + 1]}v8h-${bars[i + 1]}zm${bars[i + 1]} 0`;
  return d;
}
