/** The reader's files: chosen, dropped, or taken from beside this site; each is named with what it is, or with what is wrong with it. */
import { type DragEvent, useRef, useState } from 'react';
import { FileProblem, missing, type Recognised, recognise } from './files.ts';
import styles from './styles.module.css';

export interface FilesProps {
  readonly files: readonly Recognised[];
  readonly onFiles: (files: readonly Recognised[]) => void;
  /** Folder on this site where somebody may have put the guests. */
  readonly folder: string;
}

const BESIDE = ['linux.guest', 'ipxe.guest'];

const sentence = (error: unknown, name: string): string =>
  error instanceof FileProblem ? error.message : `${name} cannot be read: ${String(error)}.`;

/** A later file of the same kind takes the place of an earlier one. */
function merged(files: readonly Recognised[], added: readonly Recognised[]): Recognised[] {
  const bundle = added.findLast(({ role }) => role === 'bundle');
  if (bundle) return [bundle];
  const kept = files.filter(({ role }) => role !== 'bundle' && !added.some((one) => one.role === role));
  return [...kept, ...added];
}

async function beside(folder: string, name: string): Promise<Recognised | undefined> {
  const answer = await fetch(`${folder}/${name}`);
  // A server without the file may answer with a page.
  if (!answer.ok || answer.headers.get('content-type')?.startsWith('text/html')) return undefined;
  return recognise(name, new Uint8Array(await answer.arrayBuffer()));
}

export default function Files({ files, onFiles, folder }: FilesProps) {
  const [problem, setProblem] = useState('');
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const take = async (given: Iterable<File>): Promise<void> => {
    const good: Recognised[] = [];
    let bad = '';
    for (const file of given) {
      try {
        good.push(await recognise(file.name, new Uint8Array(await file.arrayBuffer())));
      } catch (error) {
        bad = sentence(error, file.name);
      }
    }
    setProblem(bad);
    onFiles(merged(files, good));
  };

  const look = async (name: string): Promise<void> => {
    try {
      const found = await beside(folder, name);
      setProblem(found ? '' : `This site has no ${name} beside it: give the files yourself.`);
      if (found) onFiles([found]);
    } catch (error) {
      setProblem(sentence(error, name));
    }
  };

  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  };

  const lacks = missing(files);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first.
    <div
      className={over ? `${styles.files} ${styles.over}` : styles.files}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p>
        <label>
          <span className={styles.pick}>Give the guest’s files, or drop them here:</span>{' '}
          <input ref={input} type="file" multiple onChange={({ target }) => void take(target.files ?? [])} />
        </label>
      </p>
      <p className={styles.beside}>
        Or take what lies beside this site:{' '}
        {BESIDE.map((name) => (
          <button key={name} type="button" className={styles.quiet} onClick={() => void look(name)}>
            {name}
          </button>
        ))}
      </p>
      {files.length > 0 && (
        <ul className={styles.recognised}>
          {files.map(({ role, name, says, bytes }) => (
            <li key={role}>
              <code>{name}</code>: {says}, {(bytes.length / 1e6).toFixed(1)} MB
            </li>
          ))}
        </ul>
      )}
      <div role="status" className={styles.status}>
        {problem ? <p className={styles.problem}>{problem}</p> : null}
        {files.length > 0 && lacks.length > 0 ? <p>Still missing: {lacks.join('; ')}.</p> : null}
      </div>
    </div>
  );
}
