/** The first figure of a page: already at the odd moment, one sentence, and one control that turns the page's machine. */

import type { ReactNode } from 'react';
import { useState } from 'react';
import type { Talks } from '../../truth/talk.ts';
import type { Still } from '../../truth/types.ts';
import { Axis, Lanes } from '../Experiment/Lanes.tsx';
import { scaleOf } from '../Experiment/zoom.ts';
import styles from './styles.module.css';
import { TalkPicture } from './Talk.tsx';

export default function Hook({
  still,
  other,
  talks,
  names,
  children,
}: {
  still?: Still;
  other?: Still;
  /** What was asked and answered, in place of the lanes: where waiting is the point, work is a speck. */
  talks?: Talks;
  /** Title of each run. */
  names: readonly string[];
  children: ReactNode;
}) {
  const [second, setSecond] = useState(false);
  const lines = talks ? talks.runs.map(({ line }) => line) : [still, other].flatMap((run) => run?.line ?? []);
  const shown = second ? 1 : 0;
  return (
    <figure className={styles.hook}>
      {/* The outcome must not be told before the bet: the picture is described without its counts. */}
      {talks ? (
        <>
          <TalkPicture
            talk={talks.runs[shown]}
            label={`Questions of the host to the guest over time, for the run ${lines[shown]}.`}
          />
          <Axis from={0} to={talks.length} hz={talks.hz} />
        </>
      ) : (
        still && <Work still={still} other={other} second={second} />
      )}
      {lines.length > 1 && (
        <fieldset className={styles.switch}>
          <legend className="visually-hidden">Which run</legend>
          {lines.map((line, i) => (
            <label key={line}>
              <input
                type="radio"
                name={`hook-${lines[0]}`}
                checked={shown === i}
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

/** The lanes of one of two runs, on one scale of time. */
function Work({ still, other, second }: { still: Still; other?: Still; second: boolean }) {
  const length = scaleOf(other ? [still, other] : [still]);
  const shown = second && other ? other : still;
  return (
    <Lanes
      bands={shown.bands}
      share={shown.length / length}
      label={`Work in the six places of the machine over time, for the run ${shown.line}.`}
    />
  );
}
