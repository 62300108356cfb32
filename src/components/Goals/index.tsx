/** The puzzles of an experiment, judged by the run that is shown. */
import type { Schema } from '../../truth/types.ts';
import { unbroken } from '../../truth/unbroken.ts';
import { Fold } from '../Fold/index.tsx';
import styles from './styles.module.css';

export function Goals({ goals, met }: { goals: Schema['goals']; met: readonly boolean[] }) {
  return (
    <ol className={styles.goals} aria-label="Puzzles">
      {goals.map(({ text, hint }, i) => (
        <li key={text} data-met={met[i] ? true : undefined}>
          <p role="status">
            <b>{met[i] ? '✓ Solved.' : '○'}</b> {unbroken(text)}
          </p>
          <Fold title="A hint">
            <p>{hint}</p>
          </Fold>
        </li>
      ))}
    </ol>
  );
}
