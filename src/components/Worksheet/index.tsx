/** Exercises on paper: room to write, and on a page of its own the key for the teacher. */
import Link from '@docusaurus/Link';
import Layout from '@theme/Layout';
import { useState } from 'react';
import type { Worksheet, WorksheetTask } from '../../plugins/truth/teaching.ts';
import styles from './styles.module.css';

export default function WorksheetPage({ worksheet }: { worksheet: Worksheet }) {
  const { id, title, page, sheets } = worksheet;
  const [withKey, setWithKey] = useState(true);
  return (
    <Layout title={`Worksheet: ${title}`} description={`Exercises on paper with key: ${title}`} noFooter>
      <main className={styles.page}>
        <p className={styles.screen}>
          <Link to={page}>The page</Link> · <Link to={`/slides/${id}`}>Slides</Link> ·{' '}
          <Link to="/courses">Courses</Link>
        </p>
        <p className={`${styles.screen} ${styles.controls}`}>
          <button type="button" onClick={() => window.print()}>
            Print
          </button>
          <label>
            <input type="checkbox" checked={withKey} onChange={() => setWithKey(!withKey)} /> with the
            teacher’s key, on pages of its own
          </label>
        </p>
        {sheets.map(({ seed, tasks }) => (
          <Sheet key={seed} title={title} id={id} seed={seed} tasks={tasks} />
        ))}
        {withKey &&
          sheets.map(({ seed, tasks }) => <Key key={seed} title={title} seed={seed} tasks={tasks} />)}
      </main>
    </Layout>
  );
}

function Sheet({
  title,
  id,
  seed,
  tasks,
}: {
  title: string;
  id: string;
  seed: number;
  tasks: readonly WorksheetTask[];
}) {
  return (
    <section className={styles.sheet}>
      <h1>{title}</h1>
      <p className={styles.head}>
        Name: <span className={styles.line} /> Group {seed} · ringside exercise {id}, seed {seed} · CC BY 4.0
      </p>
      <ol>
        {tasks.map((task) => (
          <li key={task.id} className={styles.task}>
            <p>
              <b>{task.title}</b>
            </p>
            <p>{task.task}</p>
            {task.choices && (
              <ul className={styles.choices}>
                {task.choices.map(({ letter, text }) => (
                  <li key={letter}>
                    <span className={styles.box} aria-hidden="true" /> ({letter}) {text}
                  </li>
                ))}
              </ul>
            )}
            {task.unit && (
              <p>
                Answer: <span className={styles.line} /> {task.unit}. Because:{' '}
                <span className={styles.long} />
              </p>
            )}
            {task.starter && <pre className={styles.code}>{task.starter}</pre>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Key({ title, seed, tasks }: { title: string; seed: number; tasks: readonly WorksheetTask[] }) {
  return (
    <section className={styles.sheet}>
      <h2>
        Key, group {seed}: {title}
      </h2>
      <ol>
        {tasks.map((task) => (
          <li key={task.id} className={styles.task}>
            <p>
              <b>{task.title}</b>
            </p>
            <pre className={styles.code}>{task.key}</pre>
            <ul>
              {task.beliefs.map(({ answer, why }) => (
                <li key={answer + why}>
                  {answer && <b>{answer}: </b>}
                  {why}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}
