/** What a reader has read. Kept in this browser and nowhere else; a browser that keeps nothing has read nothing. */
import { useEffect, useState } from 'react';

const KEY = 'ringside.read';
const CHANGED = 'ringside-read';

/** Days since the epoch at which the end of each page was reached. */
export type Read = Readonly<Record<string, number>>;

/** Today, as a day. */
export const today = (): number => Math.floor(Date.now() / 86_400_000);

export function readSoFar(): Read {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? '{}');
    const pages = Object.entries(kept as Record<string, unknown>).filter(
      ([, day]) => typeof day === 'number',
    );
    return Object.fromEntries(pages) as Read;
  } catch {
    return {};
  }
}

function keep(read: Read): void {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(read));
  } catch {
    // A browser that keeps nothing: the page is as useful as before.
  }
  window.dispatchEvent(new Event(CHANGED));
}

/** A page was read to its end, today; or it is to count as unread. */
export function mark(id: string, isRead: boolean): void {
  const { [id]: before, ...others } = readSoFar();
  if (isRead) keep({ ...others, [id]: before ?? today() });
  else keep(others);
}

/** What was read, empty until the page has its script. */
export function useRead(): Read {
  const [read, setRead] = useState<Read>({});
  useEffect(() => {
    const look = (): void => setRead(readSoFar());
    look();
    window.addEventListener(CHANGED, look);
    window.addEventListener('storage', look);
    return () => {
      window.removeEventListener(CHANGED, look);
      window.removeEventListener('storage', look);
    };
  }, []);
  return read;
}

/** Marks a page as read when its end comes into view. */
export function useMarkAtEnd(id: string): void {
  useEffect(() => {
    const end = document.querySelector('.theme-doc-footer, .pagination-nav');
    if (!end) return;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      mark(id, true);
    });
    observer.observe(end);
    return () => observer.disconnect();
  }, [id]);
}
