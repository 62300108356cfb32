/** The map of a figure's keys, and the buttons at its head: keys and full screen. */
import { type RefObject, useEffect, useRef, useState } from 'react';
import styles from './keys.module.css';
import { type Key, keysOf } from './keys.ts';

/** What the browser does anyway, in words. */
const ALWAYS: readonly Key[] = [
  { key: 'Tab', does: 'from control to control' },
  { key: '← →', does: 'move a slider or the step of the run' },
  { key: 'Home End', does: 'first and last step' },
];

export function HeadTools({ figure }: { figure: RefObject<HTMLElement | null> }) {
  const [keys, setKeys] = useState<readonly Key[]>();
  const [full, setFull] = useState(false);
  useEffect(() => {
    const look = (): void =>
      setFull(document.fullscreenElement !== null && document.fullscreenElement === figure.current);
    document.addEventListener('fullscreenchange', look);
    return () => document.removeEventListener('fullscreenchange', look);
  }, [figure]);
  const turn = (): void => {
    const element = figure.current;
    if (!element) return;
    if (document.fullscreenElement) void document.exitFullscreen();
    // Telephones give the whole screen to videos only.
    else if (element.requestFullscreen) element.requestFullscreen().catch(() => undefined);
    else setFull(element.toggleAttribute('data-full'));
  };
  return (
    <span className={styles.tools}>
      <button type="button" onClick={turn} aria-pressed={full} aria-keyshortcuts="f">
        Full screen
      </button>
      <button
        type="button"
        onClick={() => figure.current && setKeys(keysOf(figure.current))}
        aria-haspopup="dialog"
        aria-keyshortcuts="?"
        aria-label="Keys of this figure"
      >
        Keys
      </button>
      {keys && <KeyMap keys={keys} onClose={() => setKeys(undefined)} />}
    </span>
  );
}

function KeyMap({ keys, onClose }: { keys: readonly Key[]; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className={styles.map} onClose={onClose} aria-label="Keys of this figure">
      <h3>Keys of this figure</h3>
      <p>They work while something in the figure has the focus.</p>
      <dl>
        {[...keys, ...ALWAYS].map(({ key, does }) => (
          <div key={key + does}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
