/** A short piece of TypeScript in a page: to read, to change, to run, to take away. What it shows was computed by the build. */
import useBaseUrl from '@docusaurus/useBaseUrl';
import { useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { CellData } from '../../plugins/truth/cells.ts';
import { queryOf, sendLine } from '../Experiment/inbox.ts';
import { CodeArea, type CodeHandle } from './CodeArea.tsx';
import { keep, kept, putBack } from './keep.ts';
import { Outputs } from './Outputs.tsx';
import type { Output } from './protocol.ts';
import styles from './styles.module.css';
import { download, notebookOf, typescriptOf } from './takeaway.ts';
import { type RunState, useRun } from './useRun.ts';

export interface CodeCellProps {
  /** Filled by the build. */
  readonly data: CellData;
  /** The experiment of the page that takes runs of this cell: the last one above it. */
  readonly fig?: string;
  /** For a cell of a notebook, which is no file of its own. */
  readonly within?: Within;
}

/** What a cell of a notebook has besides. */
export interface Within {
  /** The cells above, as they stand now. */
  before(): string;
  /** Takes every change of the text. */
  told(text: string): void;
  /** The text to begin with instead of the page's own, where nothing was kept. */
  readonly first?: string;
  readonly ms: number;
}

/** After this pause what was typed is kept. */
const KEEP_MS = 400;

export default function CodeCell({ data, fig, within }: CodeCellProps) {
  const { id, title, source, tokens, outputs } = data;
  const heading = useId();
  const code = useRef<CodeHandle>(null);
  const [text, setText] = useState(source);
  const [said, setSaid] = useState('');
  const { state, run, stop, restore } = useRun(source, outputs);
  const store = useKept(id, source, text, setText, setSaid);
  const busy = state.status === 'loading' || state.status === 'running';

  const start = useCallback(async () => {
    setSaid('');
    const wrong = await run(text, within?.ms, within?.before());
    code.current?.mark(wrong?.kind === 'problem' ? wrong.line : undefined);
  }, [run, text, within]);

  const replace = (now: string, words: string): void => {
    setText(now);
    code.current?.replace(now);
    setSaid(words);
  };
  const reset = (): void => {
    putBack(id, text, source);
    store.forget();
    replace(source, 'The original is back; your text is kept.');
    restore();
  };
  const undo = (): void => {
    const [last] = kept(id)?.before ?? [];
    if (last !== undefined) replace(last, 'Your text is back.');
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied.');
    } catch {
      setSaid('The browser refused to copy: select the text and copy it by hand.');
    }
  };
  useWithin(within, text, source, setText, code);
  const linkOf = useLinks(id, fig);

  return (
    <section className={styles.cell} aria-labelledby={heading}>
      <p className={styles.title} id={heading}>
        {title}
      </p>
      <CodeArea
        text={text}
        tokens={text === source ? tokens : undefined}
        label={`Code: ${title}`}
        onChange={setText}
        onRun={() => void start()}
        handle={code}
      />
      <div className={styles.bar}>
        {busy ? (
          <button type="button" className={styles.run} onClick={stop}>
            Stop
          </button>
        ) : (
          <button
            type="button"
            className={styles.run}
            onClick={() => void start()}
            title="Ctrl+Enter, ⌘ Enter on a Mac"
          >
            Run
          </button>
        )}
        <button type="button" onClick={() => void code.current?.edit()}>
          Edit
        </button>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        {!within && (
          <>
            <button
              type="button"
              onClick={() => download(`${fileOf(id)}.ts`, typescriptOf(text), 'text/typescript')}
            >
              .ts
            </button>
            <button
              type="button"
              onClick={() =>
                download(`${fileOf(id)}.ipynb`, notebookOf(text, title), 'application/x-ipynb+json')
              }
            >
              .ipynb
            </button>
          </>
        )}
        <button type="button" disabled={text === source} onClick={reset}>
          Reset
        </button>
        {store.older && text === source && (
          <button type="button" onClick={undo}>
            Undo reset
          </button>
        )}
        <p className={styles.status} role="status">
          {said || STATUS[state.status](state)}
        </p>
      </div>
      <p className={styles.keys}>
        {!within &&
          'Ctrl+Enter runs. In the editor, Esc and then Tab leaves it. Your text stays in this browser.'}
        {store.changed && ' The page’s own text has changed since you began; Reset shows it.'}
      </p>
      <div className={styles.outputs} data-busy={busy || undefined}>
        <Outputs
          outputs={state.outputs}
          built={state.built}
          source={state.source}
          onLine={(line) => void code.current?.edit(line)}
          linkOf={linkOf}
        />
      </div>
    </section>
  );
}

const fileOf = (id: string): string => id.replace(/[^a-z0-9-]+/gi, '-').slice(0, 60);

const STATUS: Readonly<Record<RunState['status'], (state: RunState) => string>> = {
  built: () => 'As built.',
  loading: () => 'Loading the library …',
  running: () => 'Running …',
  done: ({ ms }) => `Ran here, ${ms} ms.`,
  failed: () => 'Did not come to its end.',
};

/** Begins with the text of the notebook's address, and tells the notebook what its cell says. */
function useWithin(
  within: Within | undefined,
  text: string,
  source: string,
  setText: (text: string) => void,
  code: { readonly current: CodeHandle | null },
): void {
  const begun = useRef(false);
  useEffect(() => {
    const { first } = within ?? {};
    if (first === undefined || begun.current) return;
    begun.current = true;
    if (first === source) return;
    setText(first);
    code.current?.replace(first);
  }, [within, source, setText, code]);
  useEffect(() => within?.told(text), [within, text]);
}

/** Keeps the text while it is typed, and brings back what was kept. */
function useKept(
  id: string,
  source: string,
  text: string,
  setText: (text: string) => void,
  say: (words: string) => void,
) {
  const last = useRef<string>(undefined);
  const [older, setOlder] = useState(false);
  const [changed, setChanged] = useState(false);

  useEffect(() => {
    const found = kept(id);
    if (!found) return;
    last.current = found.source;
    setOlder(found.before.length > 0);
    if (found.source === found.original) return;
    setChanged(found.original !== source);
    setText(found.source);
    say('This is your own text, kept from before.');
  }, [id, source, setText, say]);

  useEffect(() => {
    if (text === (last.current ?? source)) return;
    const timer = setTimeout(() => {
      const done = keep(id, text, source, last.current);
      last.current = text;
      if (!done) say('This browser keeps nothing: take your text away as a file.');
    }, KEEP_MS);
    return () => clearTimeout(timer);
  }, [id, source, text, say]);

  return {
    older,
    changed: changed && text !== source,
    /** The original stands again, and is what is kept. */
    forget: (): void => {
      last.current = source;
      setOlder(true);
      setChanged(false);
    },
  };
}

/** Runs of the page's experiment are shown in its figure, others on their own page. */
function useLinks(id: string, fig: string | undefined) {
  const home = useBaseUrl('/concepts/');
  const own = id.split('?')[0];
  return useMemo(
    () => (run: Extract<Output, { kind: 'run' }>) => {
      if (fig === undefined || fig === '0' || run.id !== own)
        return {
          href: `${home}${encodeURIComponent(run.id)}${queryOf(run.line, '1')}`,
          text: 'Open in its figure',
        };
      const onFollow = (): void => {
        sendLine(run.line, fig);
        const figures = document.querySelectorAll('[data-later="Experiment"]');
        figures[Number(fig) - 1]?.scrollIntoView({ block: 'start' });
      };
      return { href: queryOf(run.line, fig), text: 'Show in the figure above', onFollow };
    },
    [home, own, fig],
  );
}
