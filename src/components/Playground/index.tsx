/** A desk with files: a large editor, examples to begin with, results beside it, and links that carry the code. */
import useBaseUrl from '@docusaurus/useBaseUrl';
import { useCallback, useMemo, useRef, useState } from 'react';
import { CodeArea, type CodeHandle } from '../CodeCell/CodeArea.tsx';
import { Outputs } from '../CodeCell/Outputs.tsx';
import type { Output } from '../CodeCell/protocol.ts';
import { download, notebookOf, typescriptOf } from '../CodeCell/takeaway.ts';
import { useRun } from '../CodeCell/useRun.ts';
import { queryOf } from '../Experiment/inbox.ts';
import { Files } from './Files.tsx';
import { addFile, bringBack, changeFile, FIRST, readFile, removeFile, renameFile } from './files.ts';
import styles from './styles.module.css';
import { useDesk } from './useDesk.ts';

/** What a run may take, in milliseconds. */
const PATIENCE = [2000, 10_000, 60_000];
const EMPTY: readonly Output[] = [];
/** A file that a reader brings; more is no code. */
const MOST_BYTES = 1_000_000;

export default function Playground() {
  const [said, setSaid] = useState('');
  const { desk, change, edition } = useDesk(setSaid);
  const [patience, setPatience] = useState(PATIENCE[0]);
  const code = useRef<CodeHandle>(null);
  const file = desk.files.find(({ id }) => id === desk.open) ?? FIRST;
  const { state, run, stop } = useRun(file.source, EMPTY);
  const busy = state.status === 'loading' || state.status === 'running';
  const linkOf = useLinks();

  const start = useCallback(async () => {
    setSaid('');
    const wrong = await run(file.source, patience);
    code.current?.mark(wrong?.kind === 'problem' ? wrong.line : undefined);
  }, [run, file.source, patience]);

  const add = (name: string, source: string, words: string): void => {
    change((now) => addFile(now, name, source));
    setSaid(words);
  };
  const share = async (): Promise<void> => {
    const { packed } = await import('../CodeCell/compress.ts');
    const fragment = await packed(file.name, file.source);
    const { origin, pathname } = window.location;
    window.history.replaceState(window.history.state, '', `${pathname}#${fragment}`);
    try {
      await navigator.clipboard.writeText(`${origin}${pathname}#${fragment}`);
      setSaid(`Link copied, ${fragment.length} letters. It carries the code itself.`);
    } catch {
      setSaid('The link is in the address bar now: copy it from there.');
    }
  };
  const take = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    try {
      if (chosen.size > MOST_BYTES) throw new Error('it is larger than a megabyte');
      const source = readFile(chosen.name, await chosen.text());
      add(chosen.name.replace(/\.ipynb$/, '.ts'), source, `${chosen.name} lies beside your other files.`);
    } catch (error) {
      setSaid(`${chosen.name} could not be read: ${(error as Error).message}. Nothing was changed.`);
    }
  };
  const example = (title: string, source: string, long: boolean): void => {
    add(`${title}.ts`, source, `A copy of “${title}”, for you to change.`);
    if (long) setPatience(PATIENCE[PATIENCE.length - 1]);
  };
  const stem = file.name.replace(/\.\w+$/, '');

  return (
    <div className={styles.desk} data-ready={edition > 0 || undefined}>
      <Files
        desk={desk}
        onOpen={(id) => change((now) => ({ ...now, open: id }))}
        onAdd={() => add('untitled.ts', '', 'A new file.')}
        onName={(name) => change((now) => renameFile(now, file.id, name))}
        onRemove={() => {
          change((now) => removeFile(now, file.id));
          setSaid(`${file.name} was removed; it can be brought back.`);
        }}
        onBack={() => change(bringBack)}
        onExample={example}
        onTake={(chosen) => void take(chosen)}
      />
      <div className={styles.work}>
        <CodeArea
          key={`${file.id} ${edition}`}
          text={file.source}
          label={`Code of ${file.name}`}
          numbers
          onChange={(source) => change((now) => changeFile(now, file.id, source))}
          onRun={() => void start()}
          handle={code}
        />
        <div className={styles.bar}>
          {busy ? (
            <button type="button" className={styles.run} onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="button" className={styles.run} onClick={() => void start()}>
              Run
            </button>
          )}
          <button type="button" onClick={() => void code.current?.edit()}>
            Edit
          </button>
          <button type="button" onClick={() => void share()}>
            Copy link
          </button>
          <button
            type="button"
            onClick={() => download(`${stem}.ts`, typescriptOf(file.source), 'text/typescript')}
          >
            .ts
          </button>
          <button
            type="button"
            onClick={() =>
              download(`${stem}.ipynb`, notebookOf(file.source, stem), 'application/x-ipynb+json')
            }
          >
            .ipynb
          </button>
          <label>
            Stop after{' '}
            <select value={patience} onChange={({ target }) => setPatience(Number(target.value))}>
              {PATIENCE.map((ms) => (
                <option key={ms} value={ms}>
                  {ms / 1000} s
                </option>
              ))}
            </select>
          </label>
          <p className={styles.status} role="status">
            {said || STATUS[state.status](state.ms)}
          </p>
        </div>
        <p className={styles.keys}>Ctrl+Enter runs. In the editor, Esc and then Tab leaves it.</p>
      </div>
      <section className={`markdown ${styles.outputs}`} aria-label="Result" data-busy={busy || undefined}>
        {state.outputs.length === 0 && (
          <p className={styles.keys}>What the code prints and shows will stand here.</p>
        )}
        <Outputs
          outputs={state.outputs}
          built={false}
          source={state.source}
          onLine={(line) => void code.current?.edit(line)}
          linkOf={linkOf}
        />
      </section>
    </div>
  );
}

const STATUS = {
  built: () => '',
  loading: () => 'Loading the library …',
  running: () => 'Running …',
  done: (ms: number) => `Ran in ${ms} ms.`,
  failed: () => 'Did not come to its end.',
} as const;

/** Runs open in the figure of their page. */
function useLinks() {
  const home = useBaseUrl('/concepts/');
  return useMemo(
    () => (run: Extract<Output, { kind: 'run' }>) => ({
      href: `${home}${encodeURIComponent(run.id)}${queryOf(run.line, '1')}`,
      text: 'Open in its figure',
    }),
    [home],
  );
}
