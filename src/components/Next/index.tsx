/** The close of a page: where to go on, and what a teacher needs to take it into a class. */
import Link from '@docusaurus/Link';
import type { NextData } from '../../plugins/truth/next.ts';
import { Fold } from '../Fold/index.tsx';
import styles from './styles.module.css';

export default function Next({ data }: { data: NextData }) {
  const { next, minutes, bets, goals, line, notebook } = data;
  const id = line.split('?')[0];
  return (
    <div className={styles.next}>
      {next ? (
        <p className={styles.link}>
          Go on with <Link to={next.page}>{next.title}</Link>
        </p>
      ) : (
        <p className={styles.link}>
          That was the last one. All experiments stand in the <Link to="/gallery">gallery</Link>.
        </p>
      )}
      <Fold title="Teach this page">
        <ol>
          <li>
            <b>Ask before you run.</b> Write the answers on the board, those that nobody believes as well:
            <ul>
              {bets.map(({ question, beliefs }) => (
                <li key={question}>
                  {question}
                  {beliefs.length > 0 && (
                    <>
                      {' '}
                      Expect:
                      <ul>
                        {beliefs.map((belief) => (
                          <li key={belief}>{belief}</li>
                        ))}
                      </ul>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </li>
          <li>
            <b>Run, and let them explain the gap</b> before you do. Under “Share” each figure gives its link,
            an embed, and the picture; a link opens with the same numbers everywhere.
          </li>
          <li>
            <b>Work one life together, then let pairs complete the other.</b> The goals matter more than the
            steps: ask which goal a step serves.
          </li>
          {goals.length > 0 && (
            <li>
              <b>Set a puzzle.</b> The run decides, so nobody has to mark it:
              <ul>
                {goals.map((goal) => (
                  <li key={goal}>{goal}</li>
                ))}
              </ul>
            </li>
          )}
          <li>
            <b>Give the last question as homework,</b> each student another seed.{' '}
            {notebook && (
              <>
                The same experiment as a <Link to={`/notebooks/${notebook}`}>notebook</Link>, to read, run and
                take away.{' '}
              </>
            )}
            On a terminal: <code>npx ringside run {line}</code>.
          </li>
          <li>
            <b>Show and print:</b> <Link to={`/slides/${id}`}>slides</Link> with living figures, and a{' '}
            <Link to={`/worksheets/${id}`}>worksheet</Link> for two groups with its key. Plans for a lecture,
            three labs or ten weeks stand under <Link to="/courses">Teach with it</Link>.
          </li>
        </ol>
        <p className={styles.licence}>
          {minutes > 0 && `${minutes} minutes to read; about twice that in a class. `}Text and figures: CC BY
          4.0. Code: MIT.
        </p>
      </Fold>
    </div>
  );
}
