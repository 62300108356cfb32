/**
 * One experiment and nothing else, for other people's pages. The address names the lines; the version and the digest that the author of
 * the embedding saw may stand beside them, and the page says when this site no longer gives the same run.
 */
import useBaseUrl from '@docusaurus/useBaseUrl';
import { useEffect, useRef, useState } from 'react';
import { ask } from '../Experiment/ask.ts';
import { pageQuery } from '../Experiment/cite.ts';
import Experiment from '../Experiment/index.tsx';
import type { Answer } from '../Experiment/protocol.ts';
import styles from './styles.module.css';

type Opened = Extract<Answer, { kind: 'opened' }>;

/** What stands in the address. */
interface Wanted {
  readonly lines: readonly string[];
  readonly view?: string;
  readonly version?: string;
  readonly digest?: string;
}

export default function EmbeddedRun() {
  const [wanted] = useState(() => readQuery(window.location.search));
  const [opened, setOpened] = useState<Opened>();
  const [problem, setProblem] = useState('');
  const frame = useRef<HTMLDivElement>(null);
  useHeight(frame);
  useEffect(() => {
    if (wanted.lines.length === 0) {
      setProblem('The address names no run: it should hold line=… as the Share panel of a figure writes it.');
      return;
    }
    ask({ kind: 'open', lines: wanted.lines })
      .then((answer) => (answer.kind === 'opened' ? setOpened(answer) : setProblem(problemOf(answer))))
      .catch((error: Error) => setProblem(error.message));
  }, [wanted]);
  return (
    <div className={`markdown ${styles.frame}`} ref={frame}>
      {problem && (
        <p role="alert" className={styles.problem}>
          ✕ {problem}
        </p>
      )}
      {!problem && !opened && <p role="status">Running {wanted.lines.join(' and ')} …</p>}
      {opened && <Shown opened={opened} wanted={wanted} />}
    </div>
  );
}

function Shown({ opened: { schema, stills, difference }, wanted }: { opened: Opened; wanted: Wanted }) {
  const page = useBaseUrl(schema.page);
  const { view, version, digest } = wanted;
  const [still, other] = stills;
  const changed = digest !== undefined && digest !== still.digest;
  return (
    <>
      <Experiment
        schema={schema}
        still={still}
        other={other}
        difference={difference}
        fig="0"
        view={view && (view === 'lanes' || schema.views.includes(view as never)) ? view : 'lanes'}
      />
      {changed && (
        <p className={styles.problem}>
          This was embedded with ringside {version ?? 'of another version'} and digest <code>{digest}</code>.
          The run shown here is of {still.version} and is not the same.
        </p>
      )}
      <p className={styles.more}>
        <a href={`${page}${pageQuery(wanted.lines, '1')}`} target="_blank" rel="noreferrer">
          The page that explains it
        </a>
      </p>
    </>
  );
}

function problemOf(answer: Answer): string {
  if (answer.kind !== 'failure') return 'The simulator gave no run.';
  const issues = answer.issues.map(({ message, hint }) => `${message} (${hint})`);
  return issues.length > 0 ? issues.join('; ') : answer.message;
}

function readQuery(search: string): Wanted {
  const query = new URLSearchParams(search);
  const word = (name: string): string | undefined => query.get(name) || undefined;
  const lines = [word('line'), word('with')].filter((line) => line !== undefined);
  return {
    lines: word('line') ? lines : [],
    view: word('view'),
    version: word('v'),
    digest: word('digest'),
  };
}

/** Tells the page around how high this one is, whenever that changes. */
function useHeight(frame: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = frame.current;
    if (!element || window.parent === window) return;
    const observer = new ResizeObserver(() => {
      const height = Math.ceil(element.getBoundingClientRect().height);
      window.parent.postMessage({ ringside: 'height', height }, '*');
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
}
