/** The exercises of a page: a task with drawn numbers, an answer that is run and judged, hints of rising strength, a solution. */
import type { ExerciseData } from '../../truth/exercises.ts';
import { Exercise } from './Exercise.tsx';
import styles from './styles.module.css';

export default function Exercises({ data }: { data: readonly ExerciseData[] }) {
  return (
    <>
      <ol className={styles.exercises}>
        {data.map((exercise) => (
          <Exercise key={exercise.id} exercise={exercise} />
        ))}
      </ol>
      <p className={styles.note}>
        The same judge stands behind <code>ringside check FILE</code> and, in a notebook,{' '}
        <code>check(…)</code>: an answer has one verdict.
      </p>
    </>
  );
}
