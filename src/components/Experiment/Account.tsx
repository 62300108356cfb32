/** The run in words, written from its trace: a summary and the list of events, repetitions folded. */
import type { Still } from '../../truth/types.ts';
import { Fold } from '../Fold/index.tsx';
import styles from './styles.module.css';

export function Account({ stills }: { stills: readonly Still[] }) {
  return (
    <Fold title="The same in words">
      {stills.map(({ line, summary, account }, i) => (
        <div className={styles.account} key={`${line}${i === 0 ? 'A' : 'B'}`}>
          <p>{summary}</p>
          <ol>
            {account.map((sentence, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the sentences of a run have no other identity than their place.
              <li key={n}>{sentence}</li>
            ))}
          </ol>
        </div>
      ))}
    </Fold>
  );
}
