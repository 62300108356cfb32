/** A noun in the colour of its place, with the mark of that place before it: filled for kernels, open for user modes, rails for the hypervisor. */
import type { ReactNode } from 'react';
import type { Place as PlaceName } from '../../../sim/machine/places.ts';
import styles from './styles.module.css';

export default function Place({ at, children }: { at: PlaceName; children: ReactNode }) {
  return (
    <span className={`place place--${at} ${styles.noun}`}>
      <span className={`${styles.mark} ${styles[at] ?? ''}`} aria-hidden="true" />
      {children}
    </span>
  );
}
