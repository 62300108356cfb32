/** Code to read that becomes an editor when someone reaches into it. Both are set alike, so that nothing moves. */
import useBaseUrl from '@docusaurus/useBaseUrl';
import { type RefObject, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';
import styles from './code.module.css';
import type { Token } from './colours.ts';
import type { Editor } from './editor.ts';

export interface CodeAreaProps {
  readonly text: string;
  /** The text in colours, where the build made them. */
  readonly tokens?: readonly Token[];
  readonly label: string;
  readonly numbers?: boolean;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  readonly onOpen?: () => void;
  readonly handle: RefObject<CodeHandle | null>;
}

/** What surrounds the code asks of it. */
export interface CodeHandle {
  /** Opens the editor and puts the cursor there. */
  edit(line?: number): Promise<void>;
  replace(text: string): void;
  mark(line?: number): void;
}

type Place = { readonly x: number; readonly y: number } | { readonly line: number } | undefined;

const parts = () => Promise.all([import('./editor.ts'), import('./language.ts')]);

export function CodeArea({ text, tokens, label, numbers, onChange, onRun, onOpen, handle }: CodeAreaProps) {
  const [open, setOpen] = useState(false);
  const [failed, setFailed] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  const opening = useRef<Promise<void>>(undefined);
  const base = useBaseUrl('/live/');
  const latest = useRef({ text, onChange, onRun });
  latest.current = { text, onChange, onRun };

  const ensure = useCallback((): Promise<void> => {
    opening.current ??= (async () => {
      try {
        const [{ openEditor }, { languageAt }] = await parts();
        if (!box.current) return;
        const language = languageAt(base);
        // At once: what is hidden cannot be focused or measured.
        box.current.hidden = false;
        setOpen(true);
        editor.current = openEditor(box.current, {
          text: latest.current.text,
          label,
          language,
          numbers,
          onChange: (now) => latest.current.onChange(now),
          onRun: () => latest.current.onRun(),
        });
        onOpen?.();
        // The types are on their way while the reader looks for the place.
        void language.check(latest.current.text);
      } catch {
        opening.current = undefined;
        setFailed(true);
      }
    })();
    return opening.current;
  }, [base, label, numbers, onOpen]);

  useEffect(() => () => editor.current?.destroy(), []);

  const enter = async (place: Place): Promise<void> => {
    await ensure();
    editor.current?.focus(place);
  };

  useImperativeHandle(handle, () => ({
    edit: (line) => enter(line === undefined ? undefined : { line }),
    replace: (now) => editor.current?.replace(now),
    mark: (line) => editor.current?.mark(line),
  }));

  return (
    <div className={styles.area} data-numbers={numbers || undefined}>
      <div ref={box} className={styles.editor} hidden={!open} />
      {!open && (
        // biome-ignore lint/a11y/useSemanticElements: code to read first, a field to write in only when wanted
        <pre
          className={styles.code}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: Enter opens the editor
          tabIndex={0}
          role="group"
          aria-label={`${label}. Enter opens the editor.`}
          onClick={({ clientX, clientY }) => {
            // Selecting text to copy is no wish to edit.
            if (window.getSelection()?.isCollapsed !== false) void enter({ x: clientX, y: clientY });
          }}
          onFocus={() => void parts().catch(() => undefined)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            if (event.ctrlKey || event.metaKey) onRun();
            else void enter(undefined);
          }}
        >
          <code>
            {tokens
              ? tokens.map(([piece, classes], i) =>
                  classes ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text, in their order
                    <span key={i} className={classes}>
                      {piece}
                    </span>
                  ) : (
                    piece
                  ),
                )
              : text}
          </code>
        </pre>
      )}
      {failed && (
        <p className={styles.failed} role="alert">
          The editor could not be loaded. The code runs as it is; load the page again to edit it.
        </p>
      )}
    </div>
  );
}
