/** Everything a reader can take away. What a wrong rule produced says so wherever it goes. */
import { useState } from 'react';
import type { Still } from '../../truth/types.ts';
import { Fold } from '../Fold/index.tsx';
import { take } from './ask.ts';
import type { Take } from './protocol.ts';
import styles from './share.module.css';

interface Form {
  readonly take: Take;
  readonly label: string;
  /** A file name's ending for what is downloaded; the others are copied. */
  readonly file?: string;
  readonly type?: string;
}

const FORMS: readonly Form[] = [
  { take: 'snippet', label: 'Copy as TypeScript' },
  { take: 'mermaid', label: 'Copy as Mermaid' },
  { take: 'notebook', label: 'Notebook', file: 'ipynb', type: 'application/x-ipynb+json' },
  { take: 'svg', label: 'Figure (SVG)', file: 'svg', type: 'image/svg+xml' },
  { take: 'csv', label: 'Events (CSV)', file: 'csv', type: 'text/csv' },
  { take: 'perfetto', label: 'Perfetto trace', file: 'json', type: 'application/json' },
];

export function Share({ lines, still, fig }: { lines: readonly string[]; still: Still; fig: string }) {
  const [said, setSaid] = useState('');
  const attempt = async (what: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
      setSaid(`${what}: done.`);
    } catch (error) {
      setSaid(`${what} did not work: ${(error as Error).message}. Select the text and copy it by hand.`);
    }
  };
  const command = `npx ringside run "${lines[0]}"`;
  const give = async (form: Form): Promise<void> => {
    const text = await take(form.take, lines);
    if (form.file)
      download(`${still.id}-${still.digest.slice(0, 8)}.${form.file}`, text, form.type ?? 'text/plain');
    else await navigator.clipboard.writeText(text);
  };
  return (
    <Fold title="Share, copy, take away">
      <div className={styles.body}>
        <code className={styles.command}>{command}</code>
        <div className={styles.buttons}>
          <button
            type="button"
            onClick={() => attempt('Copy link', () => navigator.clipboard.writeText(linkOf(lines, fig)))}
          >
            Copy link
          </button>
          <button
            type="button"
            onClick={() => attempt('Copy command', () => navigator.clipboard.writeText(command))}
          >
            Copy command
          </button>
          {FORMS.map((form) => (
            <button type="button" key={form.take} onClick={() => attempt(form.label, () => give(form))}>
              {form.label}
            </button>
          ))}
        </div>
        <p className={styles.note} role="status">
          {said ||
            (still.wrongRule
              ? `Everything taken from here is marked: WRONG RULE, ${still.wrongRule}.`
              : 'Version, seed and digest travel with everything.')}
        </p>
      </div>
    </Fold>
  );
}

/** The address of this page with the state of this experiment. */
function linkOf(lines: readonly string[], fig: string): string {
  const query = lines[0].includes('?') ? [lines[0].slice(lines[0].indexOf('?') + 1)] : [];
  if (fig !== '1') query.push(`fig=${fig}`);
  if (lines[1]) query.push(`with=${encodeURIComponent(lines[1])}`);
  const { origin, pathname } = window.location;
  return `${origin}${pathname}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
