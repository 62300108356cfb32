/** The claims of our own experiments as they were judged when this page was built. */
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import type { ClaimData } from '../../truth/types.ts';
import { VERDICTS } from '../Claim/index.tsx';
import styles from '../SeedClaims/styles.module.css';

export default function ClaimTable({ data }: { data: readonly ClaimData[] }) {
  // The link checker of the build sees anchors of components only when it is told.
  const { collectAnchor } = useBrokenLinks();
  for (const { id } of data) collectAnchor(id);
  return (
    <ul className={styles.list}>
      {data.map(({ id, experiment, sentence, formula, source, verdict, cases, counterexample }) => {
        const [mark, word] = VERDICTS[verdict];
        return (
          <li key={id} id={id} className={styles.row}>
            <p className={styles.claim}>{sentence}</p>
            <p className={styles.verdict} data-verdict={verdict === 'fails' ? 'wrong' : verdict}>
              <span aria-hidden="true">{mark}</span> {word} in {cases} runs
            </p>
            {counterexample && (
              <p className={styles.why}>
                It does not hold for <code>{counterexample}</code>.
              </p>
            )}
            <p className={styles.settled}>
              <code>{experiment}</code> · {formula} · {source}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
