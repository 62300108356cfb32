/**
 * A word of the book in running text. Pointing at it, reaching it with Tab or touching it shows its definition; Escape hides that again, and
 * following it leads to the glossary. The definition is part of the page: it needs no script, and a screen reader reads it behind the word.
 */
import Link from '@docusaurus/Link';
import { type MouseEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import styles from './styles.module.css';

export interface TermData {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** Free room between a definition and the edge of the window, in pixels. */
const MARGIN = 12;

export default function Term({ data, children }: { data: TermData; children: ReactNode }) {
  const id = useId();
  const tip = useRef<HTMLSpanElement>(null);
  const [near, setNear] = useState(false);
  const [shut, setShut] = useState(false);
  const touched = useRef(false);

  const come = (): void => {
    if (tip.current) keepInWindow(tip.current);
    setNear(true);
  };
  const go = (): void => {
    setNear(false);
    setShut(false);
  };
  useEffect(() => {
    if (!near) return;
    const onKey = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') setShut(true);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [near]);

  // The first touch shows the definition, the second follows the link.
  const follow = (event: MouseEvent): void => {
    const byTouch = (event.nativeEvent as PointerEvent).pointerType === 'touch';
    if (byTouch && !touched.current) event.preventDefault();
    touched.current = byTouch && !touched.current;
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the link inside is what is worked; the span only knows who is near
    <span
      className={styles.term}
      data-term={data.id}
      data-shut={shut || undefined}
      onPointerEnter={come}
      onPointerLeave={go}
      onFocus={come}
      onBlur={() => {
        touched.current = false;
        go();
      }}
    >
      <Link className={styles.word} to={`/glossary#${data.id}`} aria-describedby={id} onClick={follow}>
        {children}
      </Link>
      <span role="tooltip" id={id} ref={tip} className={styles.tip}>
        <b>{data.title}</b> {data.text}
      </span>
    </span>
  );
}

/** Moves a definition that would leave the window sideways. */
function keepInWindow(tip: HTMLElement): void {
  tip.style.removeProperty('--aside');
  const { left, right } = tip.getBoundingClientRect();
  const over = Math.max(0, right - (document.documentElement.clientWidth - MARGIN));
  const aside = Math.max(-over, MARGIN - left);
  if (over > 0 || left < MARGIN) tip.style.setProperty('--aside', `${Math.floor(aside)}px`);
}
