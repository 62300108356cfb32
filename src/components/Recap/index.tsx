/** What the page comes down to, in the numbers of the reader's last run; before the first one, in those of the page's own. */
import { useEffect, useState } from 'react';
import type { RecapData } from '../../truth/recap.ts';
import { unbroken } from '../../truth/unbroken.ts';
import { ask } from '../Experiment/ask.ts';
import { useLastRun } from '../Experiment/outcomes.ts';
import styles from './styles.module.css';

export default function Recap({ of, data }: { of: string; data: RecapData }) {
  const own = useLastRun(of)?.line;
  const [recap, setRecap] = useState<RecapData>();
  const [asBuilt, setAsBuilt] = useState(false);
  useEffect(() => {
    if (!own) return;
    let current = true;
    ask({ kind: 'recap', lines: [own] })
      .then((answer) => current && answer.kind === 'recap' && setRecap(answer.recap))
      // The experiment above has said already what is wrong with this run.
      .catch(() => undefined);
    return () => {
      current = false;
    };
  }, [own]);
  const yours = recap && recap.line !== data.line ? recap : undefined;
  const shown = yours && !asBuilt ? yours : data;
  return (
    <div className={styles.recap}>
      <p className={styles.whose}>
        {shown === yours ? <b>Your last run</b> : 'The run of this page'}: <code>{shown.line}</code>.{' '}
        {yours ? (
          <button type="button" aria-pressed={asBuilt} onClick={() => setAsBuilt(!asBuilt)}>
            {asBuilt ? 'Show mine' : 'As built'}
          </button>
        ) : (
          'Run the experiment with other settings, and these sentences follow.'
        )}
      </p>
      {shown.wrongRule && <p className={styles.wrong}>Wrong rule, on purpose: {shown.wrongRule}</p>}
      <ul>
        {shown.sentences.map(({ holds, text }) => (
          <li key={text} data-holds={holds}>
            {!holds && <b>Not so in this run. </b>}
            {unbroken(text)}
          </li>
        ))}
      </ul>
    </div>
  );
}
