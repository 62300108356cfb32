/** A text that stays in this browser while it is written, and comes back. */
import { useEffect, useRef, useState } from 'react';
import { keep, kept } from '../CodeCell/keep.ts';

const KEEP_MS = 400;

export function useKeptText(id: string, original: string): { text: string; setText: (text: string) => void } {
  const [text, setText] = useState(original);
  const last = useRef<string>(undefined);

  useEffect(() => {
    const found = kept(id);
    if (!found) return;
    last.current = found.source;
    setText(found.source);
  }, [id]);

  useEffect(() => {
    if (text === (last.current ?? original)) return;
    const timer = setTimeout(() => {
      keep(id, text, original, last.current);
      last.current = text;
    }, KEEP_MS);
    return () => clearTimeout(timer);
  }, [id, text, original]);

  return { text, setText };
}
