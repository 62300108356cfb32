/** A sentence that was checked over its range when the page was built. The mark behind it says how that came out and leads to the details. */
import Link from '@docusaurus/Link';
import type { ReactNode } from 'react';
import type { ClaimData } from '../../truth/types.ts';
import styles from './styles.module.css';

export const VERDICTS: Readonly<Record<ClaimData['verdict'], readonly [mark: string, word: string]>> = {
  holds: ['✓', 'holds'],
  'not-established': ['≈', 'not established'],
  fails: ['✕', 'fails'],
};

export default function Claim({ data, children }: { data: ClaimData; children: ReactNode }) {
  const [mark, word] = VERDICTS[data.verdict];
  return (
    <span className={styles.claim} data-verdict={data.verdict}>
      {children}
      <Link className={styles.mark} to={`/how-true#${data.id}`} title={`${data.formula}. ${data.source}`}>
        {mark}
        <span className="visually-hidden">
          {' '}
          checked in {data.cases} runs: {word}
        </span>
      </Link>
    </span>
  );
}
