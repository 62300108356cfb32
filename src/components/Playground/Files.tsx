/** The files on the desk, the examples, and what comes from outside. */
import { useRef, useState } from 'react';
import type { Example } from '../../plugins/truth/examples.ts';
import type { Desk } from './files.ts';
import styles from './styles.module.css';
import { useExamples } from './useExamples.ts';

interface FilesProps {
  readonly desk: Desk;
  readonly onOpen: (id: string) => void;
  readonly onAdd: () => void;
  readonly onName: (name: string) => void;
  readonly onRemove: () => void;
  readonly onBack: () => void;
  readonly onExample: (title: string, source: string, long: boolean) => void;
  readonly onTake: (file: File | undefined) => void;
}

export function Files({ desk, onOpen, onAdd, onName, onRemove, onBack, onExample, onTake }: FilesProps) {
  const input = useRef<HTMLInputElement>(null);
  const open = desk.files.find(({ id }) => id === desk.open);
  return (
    <nav className={styles.files} aria-label="Files">
      <label className={styles.pick}>
        File
        <select value={desk.open} onChange={({ target }) => onOpen(target.value)}>
          {desk.files.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.pick}>
        Name
        <input
          key={`${open?.id} ${open?.name}`}
          defaultValue={open?.name}
          maxLength={60}
          onBlur={({ target }) => target.value !== open?.name && onName(target.value)}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
      </label>
      <div className={styles.buttons}>
        <button type="button" onClick={onAdd}>
          New
        </button>
        <button type="button" onClick={() => input.current?.click()}>
          Import
        </button>
        <input
          ref={input}
          type="file"
          hidden
          accept=".ts,.js,.ipynb,.txt"
          aria-label="A file to import"
          onChange={({ target }) => {
            onTake(target.files?.[0]);
            target.value = '';
          }}
        />
        <button type="button" onClick={onRemove}>
          Remove
        </button>
        {desk.bin.length > 0 && (
          <button type="button" onClick={onBack}>
            Bring back {desk.bin[0].name}
          </button>
        )}
      </div>
      <Menu onExample={onExample} />
    </nav>
  );
}

function Menu({ onExample }: Pick<FilesProps, 'onExample'>) {
  const [wanted, setWanted] = useState(false);
  const examples = useExamples(wanted);
  const list = (title: string, all: readonly Example[], long: boolean) => (
    <>
      <h2>{title}</h2>
      <ul>
        {all.map(({ id, title: name, source }) => (
          <li key={id}>
            <button type="button" onClick={() => onExample(id, source, long)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
  return (
    <details className={styles.examples} onToggle={({ currentTarget }) => setWanted(currentTarget.open)}>
      <summary>Examples</summary>
      {examples ? (
        <>
          {list('Cells of the pages', examples.cells, false)}
          {list('Whole notebooks', examples.notebooks, true)}
        </>
      ) : (
        <p>Loading …</p>
      )}
    </details>
  );
}
