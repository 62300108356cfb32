/** The first figure of a page: already at the odd moment, one sentence, and one control that turns the page's machine. */

import type { ReactNode } from 'react';
import { useState } from 'react';
import type { Still } from '../../truth/types.ts';
import { Lanes } from '../Experiment/Lanes.tsx';
import styles from './styles.module.css';

export default function Hook({
  still,
  other,
  names,
  children,
}: {
  still: Still;
  other?: Still;
  /** Title of each run. */
  names: readonly string[];
  children: ReactNode;
}) {
  const [second, setSecond] = useState(false);
  const length = Math.max(still.length, other?.length ?? 0, 1);
  const shown = second && other ? other : still;
  return (
    <figure className={styles.hook}>
      {/* The outcome must not be told before the bet: the picture is described without its counts. */}
      <Lanes
        bands={shown.bands}
        share={shown.length / length}
        label={`Work in the six places of the machine over time, for the run ${shown.line}.`}
      />
      {other && (
        <fieldset className={styles.switch}>
          <legend className="visually-hidden">Which run</legend>
          {[still, other].map((entry, i) => (
            <label key={entry.line}>
              <input
                type="radio"
                name={`hook-${still.line}`}
                checked={second === (i === 1)}
                onChange={() => setSecond(i === 1)}
              />
              {names[i]}
            </label>
          ))}
        </fieldset>
      )}
      <figcaption>{children}</figcaption>
    </figure>
  );
}
