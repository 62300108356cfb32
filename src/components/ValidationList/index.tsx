/** Published measurements and ours beside them, with what agrees and what does not. */
import type { ValidationLine } from '../../plugins/truth/truths.ts';
import styles from '../SeedClaims/styles.module.css';

const AGREES: Readonly<Record<string, readonly [mark: string, words: string]>> = {
  yes: ['✓', 'agrees'],
  partly: ['≈', 'agrees in part'],
  no: ['✕', 'does not agree'],
};

export default function ValidationList({ data }: { data: readonly ValidationLine[] }) {
  return (
    <ul className={styles.list}>
      {data.map(({ id, setup, published, source, ours, how, tolerance, agrees, note }) => {
        const [mark, words] = AGREES[agrees];
        return (
          <li key={id} className={styles.row}>
            <p className={styles.claim}>{setup}</p>
            <p className={styles.verdict} data-verdict={agrees === 'no' ? 'wrong' : agrees}>
              <span aria-hidden="true">{mark}</span> {words}
            </p>
            <p className={styles.why}>Published: {published}.</p>
            <ul className={styles.why}>
              {ours.map(({ line, label, text }) => (
                <li key={`${line} ${label}`}>
                  {label}: {text} (<code>{line}</code>)
                </li>
              ))}
            </ul>
            <p className={styles.why}>
              {how} Tolerance: {tolerance}. {note}
            </p>
            <p className={styles.settled}>
              <code>{id}</code> · {source}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
