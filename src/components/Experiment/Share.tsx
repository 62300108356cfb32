/** Everything a reader can take away. What a wrong rule produced says so wherever it goes. */
import useBaseUrl from '@docusaurus/useBaseUrl';
import { useState } from 'react';
import type { Still } from '../../truth/types.ts';
import { Fold } from '../Fold/index.tsx';
import { take } from './ask.ts';
import { citation, embedHtml, embedQuery, pageQuery, social } from './cite.ts';
import { pngOf } from './png.ts';
import type { Take } from './protocol.ts';
import styles from './share.module.css';

interface Form {
  readonly take: Take;
  readonly label: string;
  /** A file name's ending. */
  readonly file: string;
  readonly type: string;
}

const FILES: readonly Form[] = [
  { take: 'notebook', label: 'Notebook', file: 'ipynb', type: 'application/x-ipynb+json' },
  { take: 'svg', label: 'Figure (SVG)', file: 'svg', type: 'image/svg+xml' },
  { take: 'svg', label: 'Figure (PNG)', file: 'png', type: 'image/png' },
  { take: 'csv', label: 'Events (CSV)', file: 'csv', type: 'text/csv' },
  { take: 'json', label: 'Run (JSON)', file: 'json', type: 'application/json' },
  { take: 'perfetto', label: 'Perfetto trace', file: 'perfetto.json', type: 'application/json' },
];

interface ShareProps {
  readonly lines: readonly string[];
  readonly still: Still;
  readonly fig: string;
  readonly view: string;
  /** The step of the cursor, -1 without one. */
  readonly step: number;
}

export function Share({ lines, still, fig, view, step }: ShareProps) {
  const [said, setSaid] = useState('');
  const embedding = useBaseUrl('/embed');
  const command = `npx ringside run "${lines[0]}"`;
  const attempt = async (what: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
      setSaid(`${what}: done.`);
    } catch (error) {
      setSaid(`${what} did not work: ${(error as Error).message}. Select the text and copy it by hand.`);
    }
  };
  const here = (): string =>
    `${window.location.origin}${window.location.pathname}${pageQuery(lines, fig, step + 1)}`;
  const embed = (): string =>
    embedHtml(`${window.location.origin}${embedding}${embedQuery(lines, view, still)}`, still);
  const texts: readonly (readonly [label: string, text: () => string | Promise<string>])[] = [
    ['Copy link', here],
    ['Copy to embed', embed],
    ['Copy command', () => command],
    ['Copy as TypeScript', () => take('snippet', lines)],
    ['Copy as Mermaid', () => take('mermaid', lines)],
    ['Copy citation', () => citation(still, here())],
    ['Copy for social media', () => social(still, here())],
  ];
  const save = async ({ take: form, file, type }: Form): Promise<void> => {
    const text = await take(form, lines);
    const blob = file === 'png' ? await pngOf(text) : new Blob([text], { type });
    download(`${still.id}-${still.digest.slice(0, 8)}.${file}`, blob);
  };
  return (
    <Fold title="Share, copy, take away">
      <div className={styles.body}>
        <code className={styles.command}>{command}</code>
        <div className={styles.buttons}>
          {texts.map(([label, text]) => (
            <button
              type="button"
              key={label}
              onClick={() => attempt(label, async () => navigator.clipboard.writeText(await text()))}
            >
              {label}
            </button>
          ))}
        </div>
        <div className={styles.buttons}>
          {FILES.map((form) => (
            <button type="button" key={form.label} onClick={() => attempt(form.label, () => save(form))}>
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

function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
