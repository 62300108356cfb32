/** A page as slides: arrow keys, one slide at a time, figures that live. Everything is this site's own, so it runs offline. */
import Head from '@docusaurus/Head';
import Link from '@docusaurus/Link';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { useCallback, useEffect, useState } from 'react';
import type { Deck, Slide } from '../../plugins/truth/teaching.ts';
import styles from './styles.module.css';

const NEXT = new Set(['ArrowRight', 'ArrowDown', 'PageDown', ' ']);
const BACK = new Set(['ArrowLeft', 'ArrowUp', 'PageUp']);

export default function Slides({ deck }: { deck: Deck }) {
  const { title, page, slides } = deck;
  const [at, setAt] = useState(0);
  const go = useCallback(
    (to: number): void => {
      const now = Math.max(0, Math.min(slides.length - 1, to));
      setAt(now);
      window.history.replaceState(null, '', `#${now + 1}`);
    },
    [slides.length],
  );
  useEffect(() => {
    const start = Number(window.location.hash.slice(1)) - 1;
    if (start > 0) setAt(Math.min(slides.length - 1, start));
  }, [slides.length]);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { tagName } = event.target as HTMLElement;
      if (event.ctrlKey || event.altKey || event.metaKey || /INPUT|SELECT|TEXTAREA/.test(tagName)) return;
      if (event.key === ' ' && /BUTTON|A|SUMMARY/.test(tagName)) return;
      if (NEXT.has(event.key)) go(at + 1);
      else if (BACK.has(event.key)) go(at - 1);
      else if (event.key === 'Home') go(0);
      else if (event.key === 'End') go(slides.length - 1);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [at, go, slides.length]);
  return (
    <main className={styles.deck} aria-label={`Slides: ${title}`}>
      <Head>
        <title>{`Slides: ${title}`}</title>
      </Head>
      {slides.map((slide, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: slides stay in their order
        <One key={i} slide={slide} first={i === 0} shown={i === at} />
      ))}
      <nav className={styles.bar} aria-label="Slides">
        <button type="button" onClick={() => go(at - 1)} disabled={at === 0}>
          Back
        </button>
        <span role="status">
          {at + 1} of {slides.length}
        </span>
        <button type="button" onClick={() => go(at + 1)} disabled={at === slides.length - 1}>
          Next
        </button>
        <button type="button" onClick={() => void document.documentElement.requestFullscreen?.()}>
          Full screen
        </button>
        <Link to={page}>The page</Link>
      </nav>
    </main>
  );
}

function One({
  slide: { title, points, line, answer },
  first,
  shown,
}: {
  slide: Slide;
  first: boolean;
  shown: boolean;
}) {
  const Heading = first ? 'h1' : 'h2';
  const embed = useBaseUrl('/embed');
  return (
    <section className={styles.slide} data-shown={shown || undefined} hidden={!shown}>
      <Heading>{title}</Heading>
      <ul>
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
      {answer && (
        <details>
          <summary>The answer</summary>
          <p>{answer}</p>
        </details>
      )}
      {line && shown && (
        <iframe
          className={styles.figure}
          title={`Figure: ${line}`}
          src={`${embed}?line=${encodeURIComponent(line)}`}
        />
      )}
    </section>
  );
}
