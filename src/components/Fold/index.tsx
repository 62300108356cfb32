/** Something that is there for those who ask: a line to open, no box. */
import type { ReactNode } from 'react';
import styles from './styles.module.css';

export function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className={styles.fold}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
