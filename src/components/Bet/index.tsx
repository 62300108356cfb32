/** A question about the next run, asked before it. "I don't know" is an answer, and nobody has to answer. */
import { type FormEvent, useId, useState } from 'react';
import type { BetData } from '../../truth/types.ts';
import { useBet } from './store.ts';
import styles from './styles.module.css';

export default function Bet({ data }: { data: BetData }) {
  const { placed, answer, place, take } = useBet(data.key);
  const [draft, setDraft] = useState('');
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (draft.trim() !== '') place(draft.trim());
  };
  return (
    <form className={styles.bet} onSubmit={submit}>
      <p className={styles.question} id={id}>
        {data.question}
      </p>
      {placed ? (
        <p className={styles.placed} role="status">
          {answer ? (
            <>
              You say <b>{textOf(data, answer)}</b>.
            </>
          ) : (
            'No bet, no loss.'
          )}{' '}
          Now run it.{' '}
          <button type="button" className={styles.quiet} onClick={take}>
            Bet again
          </button>
        </p>
      ) : (
        <div className={styles.answers}>
          {data.options ? (
            Object.entries(data.options).map(([key, label]) => (
              <button type="button" key={key} onClick={() => place(key)}>
                {label}
              </button>
            ))
          ) : (
            <>
              <label className={styles.number}>
                <span className="visually-hidden">Your bet</span>
                <input
                  type="text"
                  inputMode="numeric"
                  autoComplete="off"
                  aria-describedby={id}
                  value={draft}
                  onChange={(event) => setDraft(event.target.value.replace(/[^\d.]/g, ''))}
                />
                {data.unit}
              </label>
              <button type="submit">Place the bet</button>
            </>
          )}
          <button type="button" className={styles.quiet} onClick={() => place('')}>
            I don’t know
          </button>
        </div>
      )}
      <noscript>
        <details>
          <summary>The answer</summary>
          <p>
            {data.outcomeText}. {data.explain}
          </p>
        </details>
      </noscript>
    </form>
  );
}

export const textOf = (data: BetData, answer: string): string =>
  data.options?.[answer] ?? `${answer}${data.unit ? ` ${data.unit}` : ''}`;
