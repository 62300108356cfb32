/** What the old texts say, row by row: our words for it, the verdict, the reason, and the run that settles it. */
import Link from '@docusaurus/Link';
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import { useState } from 'react';
import type { SeedClaim } from '../../plugins/truth/truths.ts';
import styles from './styles.module.css';

const VERDICTS: Readonly<Record<string, readonly [mark: string, word: string]>> = {
  true: ['✓', 'true'],
  'true-in-2008': ['◷', 'true in 2008'],
  partly: ['≈', 'partly'],
  wrong: ['✕', 'wrong'],
};

const COMING: Readonly<Record<string, string>> = {
  'user-mode-providers': 'providers in the worker process',
  'storage-hops': 'every layer of a storage request',
  'host-driver-swap': 'another driver in the host, the same guest',
  'many-machines': 'many machines, one that fails',
  'worker-process': 'the tasks of the worker process',
  'emulated-video': 'what a frame costs on an emulated display',
  'emulated-network': 'what a frame costs on an emulated network card',
  'trusted-base': 'what runs in the hypervisor, and what does not',
};

export default function SeedClaims({ data }: { data: readonly SeedClaim[] }) {
  const [only, setOnly] = useState('');
  const rows = only ? data.filter(({ verdict }) => verdict === only) : data;
  return (
    <>
      <fieldset className={styles.filter}>
        <legend className="visually-hidden">Show</legend>
        {[
          ['', `all ${data.length}`],
          ...Object.entries(VERDICTS).map(([key, [mark, word]]) => [
            key,
            `${mark} ${word}: ${data.filter(({ verdict }) => verdict === key).length}`,
          ]),
        ].map(([key, label]) => (
          <label key={key}>
            <input type="radio" name="seed-verdict" checked={only === key} onChange={() => setOnly(key)} />
            {label}
          </label>
        ))}
      </fieldset>
      <ol className={styles.list}>
        {rows.map((row) => (
          <Row key={row.n} row={row} />
        ))}
      </ol>
    </>
  );
}

function Row({ row: { n, claim, verdict, why, settledBy, coming, claims } }: { row: SeedClaim }) {
  const [mark, word] = VERDICTS[verdict] ?? ['', verdict];
  useBrokenLinks().collectAnchor(`seed-${n}`);
  return (
    <li id={`seed-${n}`} className={styles.row} value={n}>
      <p className={styles.claim}>{claim}</p>
      <p className={styles.verdict} data-verdict={verdict}>
        <span aria-hidden="true">{mark}</span> {word}
      </p>
      {why && <p className={styles.why}>{why}</p>}
      <p className={styles.settled}>
        {settledBy && (
          <>
            settled by <Link to={settledBy.page}>{settledBy.title}</Link>
            {claims.length > 0 && ', claim '}
            {claims.map(({ id, name }, i) => (
              <span key={id}>
                {i > 0 && ', '}
                <a href={`#${id}`}>{name}</a>
              </span>
            ))}
          </>
        )}
        {coming && <>experiment coming: {COMING[coming] ?? coming.replace(/-/g, ' ')}</>}
        {!settledBy && !coming && 'a matter of words or history; no run can settle it'}
      </p>
    </li>
  );
}
