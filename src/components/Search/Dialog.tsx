/** The window of the search: a field, and what was found below it. Opened by the button of the bar, by / or by Ctrl+K. */
import { useHistory } from '@docusaurus/router';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Found } from '../../plugins/search/sections.ts';
import type { Engine } from './engine.ts';
import { excerpt } from './excerpt.ts';
import styles from './styles.module.css';

const KINDS: Readonly<Record<Found['kind'], string>> = {
  part: 'page',
  reference: 'reference',
  moment: 'moment of a run',
};

type State = 'loading' | 'ready' | 'failed';

export default function SearchDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [engine, setEngine] = useState<Engine>();
  const [state, setState] = useState<State>('loading');
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const history = useHistory();
  const base = useBaseUrl('/');
  const found = engine?.find(query) ?? [];

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    engineOf(`${base}search.json`).then(
      (loaded) => {
        setEngine(loaded);
        setState('ready');
      },
      () => setState('failed'),
    );
  }, [base]);
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);

  const go = (to: string): void => {
    onClose();
    // A moment is the state of a figure, which is read when its page is opened.
    if (to.includes('?')) window.location.assign(base + to.slice(1));
    else history.push(base + to.slice(1));
  };
  const key = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) setAt((at + step + found.length) % found.length);
    else if (event.key === 'Enter' && found[at]) go(found[at].to);
    // A search field would only be emptied by the first press.
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
  };

  return (
    <dialog ref={dialog} className={styles.dialog} aria-label="Search" onClose={onClose}>
      <div className={styles.head}>
        <input
          type="search"
          role="combobox"
          aria-label="Search the book, the library and the runs"
          aria-expanded={found.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder="ring buffer, service client, EOI …"
          value={query}
          onChange={({ target }) => {
            setQuery(target.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <p className={styles.said} role="status">
        {said(state, query, found.length)}
      </p>
      <div id={`${id}-list`} role="listbox" aria-label="Found" className={styles.list}>
        {found.map(({ to, page, title, text, kind }, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={to + title}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            className={styles.entry}
            onPointerMove={() => setAt(i)}
            onClick={() => go(to)}
          >
            <span className={styles.title}>{title}</span>
            <span className={styles.where}>
              {page === title ? '' : `${page} · `}
              {KINDS[kind]}
            </span>
            <span className={styles.text}>{excerpt(text, query)}</span>
          </div>
        ))}
      </div>
    </dialog>
  );
}

function said(state: State, query: string, count: number): string {
  if (state === 'failed') return 'The list of pages could not be read. It is there after a build: npm start.';
  if (state === 'loading') return query === '' ? '' : 'Reading the list of pages …';
  if (query.trim() === '') return 'Synonyms count: “circular buffer” finds the ring, “vmexit” the intercept.';
  if (count === 0) return 'Nothing found. Try another word, or look into the glossary.';
  return `${count} found. Arrow keys choose, Enter opens.`;
}

let loading: Promise<Engine> | undefined;

/** The engine of this visit; a list that could not be read is asked for again next time. */
function engineOf(address: string): Promise<Engine> {
  loading ??= Promise.all([fetch(address), import('./engine.ts')]).then(async ([answer, { engineOver }]) => {
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return engineOver(await answer.json());
  });
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}
