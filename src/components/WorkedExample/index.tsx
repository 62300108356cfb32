/** One request's life: every step of a run under the goal that it serves, and the picture of the same run above. */
import { useState } from 'react';
import { formatCount } from '../../../sim/lab/format.ts';
import type { LifeData } from '../../truth/life.ts';
import { Lanes } from '../Experiment/Lanes.tsx';
import { Goal } from './Life.tsx';
import styles from './styles.module.css';

/** Goals narrower than this share of the picture get no number above it. */
const NUMBERED = 0.03;

export default function WorkedExample({ data }: { data: LifeData }) {
  const [pointed, setPointed] = useState(-1);
  const [pressed, setPressed] = useState(-1);
  const chosen = pointed >= 0 ? pointed : pressed;
  return (
    <figure className={styles.example}>
      <figcaption>{data.title}</figcaption>
      <p className={styles.facts}>
        <code>{data.line}</code>: {formatCount(data.rows)} steps
        {data.of !== undefined && `, out of a record of ${formatCount(data.of)} rows`}, {data.took}. Choose a
        goal to see it in the picture.
      </p>
      <div className={styles.spans} aria-hidden="true">
        {data.goals.map(({ goal, span: [from, to] }, i) => (
          <span
            key={goal}
            data-chosen={chosen === i || undefined}
            style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
          >
            {to - from > NUMBERED && i + 1}
          </span>
        ))}
        {data.cut && (
          <span className={styles.cut} style={{ left: `${data.cut.at * 100}%` }}>
            … {data.cut.text} …
          </span>
        )}
      </div>
      <Lanes
        bands={data.bands}
        cursor={chosen >= 0 ? data.goals[chosen].span : undefined}
        label={`Work in the six places of the machine over time, for ${data.line}${data.cut ? `; ${data.cut.text} without a step are shortened` : ''}; the same in words below.`}
      />
      <ol className={styles.goals}>
        {data.goals.map((goal, i) => (
          <Goal
            key={goal.goal}
            goal={goal}
            chosen={chosen === i}
            onPoint={(on) => setPointed(on ? i : -1)}
            title={
              <button
                type="button"
                aria-pressed={pressed === i}
                onClick={() => setPressed(pressed === i ? -1 : i)}
              >
                {goal.goal}
              </button>
            }
          />
        ))}
      </ol>
    </figure>
  );
}
