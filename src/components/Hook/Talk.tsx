/** What the host asked and when it was answered: a line for each service, a bar for each question. Longer bars are longer waits. */
import type { Talk } from '../../truth/talk.ts';
import styles from './talk.module.css';

const WIDE = 10_000;
const ROW = 44;
/** A question that is answered at once is drawn that wide. */
const LEAST = 26;
const ENDS = [styles.good, styles.failed, styles.silent] as const;

export function TalkPicture({ talk: { tracks }, label }: { talk: Talk; label: string }) {
  return (
    <div className={styles.plot}>
      <ol className={styles.labels} aria-hidden="true">
        {tracks.map((track) => (
          <li key={track.label}>{track.label}</li>
        ))}
      </ol>
      <svg
        className={styles.field}
        style={{ height: ROW * tracks.length }}
        viewBox={`0 0 ${WIDE} ${ROW * tracks.length}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {tracks.map((track, row) => (
          <g key={track.label} transform={`translate(0 ${row * ROW})`}>
            <path className={styles.rail} d={`M0 ${ROW / 2}h${WIDE}`} />
            {bars(track.questions).map(([from, width, end]) => (
              <rect
                key={from}
                className={ENDS[end]}
                x={from}
                y={8}
                width={Math.max(LEAST, width)}
                height={28}
              />
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

const bars = (questions: readonly number[]): (readonly [from: number, width: number, end: number])[] =>
  Array.from({ length: questions.length / 3 }, (_, i) => [
    questions[3 * i],
    questions[3 * i + 1],
    questions[3 * i + 2],
  ]);
