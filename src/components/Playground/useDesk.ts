/** The reader's files: what was kept, what arrives by a link, and every change kept again. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { addFile, type Desk, loadDesk, NEW_DESK, saveDesk } from './files.ts';

const KEEP_MS = 400;

export function useDesk(say: (words: string) => void) {
  const [desk, setDesk] = useState<Desk>(NEW_DESK);
  /** Counts what came from outside the editor: an editor that is open shows its text anew. 0 before anything was read. */
  const [edition, setEdition] = useState(0);
  /** What this page knows to be kept. */
  const last = useRef<Desk>(NEW_DESK);

  const change = useCallback((by: (now: Desk) => Desk) => setDesk(by), []);

  useEffect(() => {
    const stored = loadDesk();
    last.current = stored;
    setDesk(stored);
    setEdition(1);
    const arrive = (): void => void fromAddress(change, say);
    arrive();
    window.addEventListener('hashchange', arrive);
    return () => window.removeEventListener('hashchange', arrive);
  }, [change, say]);

  useEffect(() => {
    if (edition === 0 || desk === last.current) return;
    const timer = setTimeout(() => {
      const saved = saveDesk(desk, last.current);
      if (!saved) return say('This browser keeps nothing: take your code away as a file or a link.');
      last.current = saved;
      if (
        saved.files.length === desk.files.length &&
        saved.files.every((file, i) => file === desk.files[i])
      ) {
        last.current = desk;
        return;
      }
      setDesk(saved);
      setEdition((n) => n + 1);
    }, KEEP_MS);
    return () => clearTimeout(timer);
  }, [desk, edition, say]);

  return { desk, change, edition };
}

/** Code that a link carries becomes a file beside the others; a link that cannot be read changes nothing. */
async function fromAddress(
  change: (by: (now: Desk) => Desk) => void,
  say: (words: string) => void,
): Promise<void> {
  const { hash } = window.location;
  if (!/^#code=/.test(hash)) return;
  try {
    const { unpacked } = await import('../CodeCell/compress.ts');
    const { title, source } = await unpacked(hash);
    change((now) => {
      const same = now.files.find((file) => file.source === source);
      return same ? { ...now, open: same.id } : addFile(now, title, source);
    });
    say(`“${title}” came with the link. Read it before you run it.`);
  } catch (error) {
    say(`${(error as Error).message} Your own files are as they were.`);
  }
}
