/** One question with other numbers each time: typed answer, right or wrong in words, the mistake behind a wrong one, and another one. */

import Link from '@docusaurus/Link';
import { type FormEvent, useId, useState } from 'react';
import { unbroken } from '../../truth/unbroken.ts';
import type { VariantData } from '../../truth/variants.ts';
import { judge } from '../Faded/judge.ts';
import { NumberAnswer } from '../NumberAnswer/index.tsx';
import styles from './styles.module.css';

export function Variant({ data }: { data: VariantData }) {
  const [which, setWhich] = useState(0);
  const [draft, setDraft] = useState('');
  const [said, setSaid] = useState<{ right: boolean; text: string }>();
  const id = useId();
  const drawn = data.drawn[which];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (draft.trim() !== '') setSaid(judge(Number(draft), { ...drawn, tolerance: data.tolerance }));
  };
  const another = (): void => {
    setWhich((which + 1) % data.drawn.length);
    setDraft('');
    setSaid(undefined);
  };
  return (
    <li id="check-number" className={styles.check}>
      <form onSubmit={submit}>
        <p id={id} className={styles.question} aria-live="polite">
          {unbroken(drawn.question)}
        </p>
        <NumberAnswer draft={draft} unit={data.unit} question={id} onType={setDraft}>
          <button type="button" className={styles.quiet} onClick={another}>
            Another one
          </button>
        </NumberAnswer>
      </form>
      <p className={styles.why} role="status">
        {said && (
          <>
            <b>{said.right ? '✓ Yes.' : '✕ No.'}</b> {said.text}
          </>
        )}
      </p>
      <p className={styles.drawn}>
        Drawn with seed {drawn.seed}
        {data.tolerance > 1 && `; right within a factor of ${data.tolerance}`}.{' '}
        {said && (
          <Link to={`${data.page}${drawn.line.includes('?') ? `?${drawn.line.split('?')[1]}` : ''}`}>
            See the run
          </Link>
        )}
      </p>
      <noscript>
        <details>
          <summary>The answer</summary>
          <p>
            {drawn.answerText}. {drawn.because}
          </p>
        </details>
      </noscript>
    </li>
  );
}
