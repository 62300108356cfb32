/** The search in the bar: a button. What it opens is loaded when it is pressed. */
import { type ComponentType, useCallback, useEffect, useState } from 'react';
import styles from '../../components/Search/styles.module.css';

type Dialog = ComponentType<{ onClose: () => void }>;

/** Where keys are letters. */
const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input, textarea, select') !== null);

export default function SearchBar() {
  const [Dialog, setDialog] = useState<Dialog>();
  const [open, setOpen] = useState(false);
  const show = useCallback(async () => {
    const loaded = await import('../../components/Search/Dialog.tsx');
    setDialog(() => loaded.default);
    setOpen(true);
  }, []);
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const byLetter = event.key === 'k' && (event.ctrlKey || event.metaKey);
      if (!byLetter && (event.key !== '/' || isWriting(event.target))) return;
      event.preventDefault();
      void show();
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  }, [show]);
  return (
    <>
      <button type="button" className={styles.button} aria-haspopup="dialog" onClick={() => void show()}>
        Search{' '}
        <span className={styles.key} aria-hidden="true">
          /
        </span>
      </button>
      {open && Dialog && <Dialog onClose={() => setOpen(false)} />}
    </>
  );
}
