/** A still of one run with its finding as title. */
import type { Still } from '../../truth/types.ts';
import { Account } from '../Experiment/Account.tsx';
import { Axis, Lanes } from '../Experiment/Lanes.tsx';
import styles from './styles.module.css';

export default function Figure({ still, title }: { still: Still; title: string }) {
  return (
    <figure className={styles.figure}>
      <figcaption>{title}</figcaption>
      <Lanes bands={still.bands} label={still.summary} />
      <Axis from={0} to={still.length} hz={still.hz} />
      <p className={styles.facts}>
        <code>{still.line}</code> · digest <code>{still.digest}</code>
      </p>
      <Account stills={[still]} />
    </figure>
  );
}
