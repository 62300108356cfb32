/** The guest's console: what it prints, and a line that is typed to it. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import styles from './styles.module.css';

export interface ConsoleProps {
  readonly text: string;
  readonly alive: boolean;
  readonly onType: (text: string) => void;
}

const CTRL_C = '\x03';
/** Closer than this to the end counts as reading the end. */
const NEAR = 40;

export default function Console({ text, alive, onType }: ConsoleProps) {
  const [line, setLine] = useState('');
  const screen = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  const before = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the new text that has to be scrolled to.
  useEffect(() => {
    const element = screen.current;
    if (element && follows.current) element.scrollTop = element.scrollHeight;
  }, [text]);

  const send = (event: FormEvent): void => {
    event.preventDefault();
    onType(`${line}\n`);
    setLine('');
  };

  return (
    <div className={styles.console}>
      <pre
        ref={screen}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the console is scrolled by keyboard.
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Console of the guest"
        onScroll={({ currentTarget: at }) => {
          // Text that came since makes the end go away; only who goes up wants to stay there.
          const near = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR;
          follows.current = near || (follows.current && at.scrollTop >= before.current);
          before.current = at.scrollTop;
        }}
      >
        {text || 'The guest has printed nothing yet.'}
      </pre>
      <form onSubmit={send}>
        <label>
          Type to the guest{' '}
          <input
            value={line}
            disabled={!alive}
            autoCapitalize="off"
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => setLine(target.value)}
          />
        </label>
        <button type="submit" disabled={!alive}>
          Send
        </button>
        <button type="button" className={styles.quiet} disabled={!alive} onClick={() => onType(CTRL_C)}>
          Ctrl+C
        </button>
      </form>
    </div>
  );
}
