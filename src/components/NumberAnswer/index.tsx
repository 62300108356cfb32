/** A number to type, its unit, and a button that has it checked. What else one can do stands behind it. */
import type { ReactNode } from 'react';
import styles from './styles.module.css';

export function NumberAnswer({
  draft,
  unit,
  question,
  onType,
  children,
}: {
  draft: string;
  unit: string;
  /** The id of the question's element. */
  question: string;
  onType: (draft: string) => void;
  children?: ReactNode;
}) {
  return (
    <div className={styles.answer}>
      <label>
        <span className="visually-hidden">Your answer</span>
        <input
          type="text"
          inputMode="decimal"
          autoComplete="off"
          aria-describedby={question}
          value={draft}
          onChange={(event) => onType(event.target.value.replace(/[^\d.]/g, ''))}
        />{' '}
        {unit}
      </label>
      <button type="submit">Check</button>
      {children}
    </div>
  );
}
