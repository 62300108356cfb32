/** The last run that a reader made of each experiment, for the parts of a page that follow it. Kept for this visit only. */
import { useSyncExternalStore } from 'react';
import type { Still } from '../../truth/types.ts';

const last = new Map<string, Still>();
const listeners = new Set<() => void>();

/** Says that the reader ran this. */
export function publish(still: Still): void {
  last.set(still.id, still);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The reader's last run of an experiment; nothing before the first one. */
export const useLastRun = (id: string): Still | undefined =>
  useSyncExternalStore(
    subscribe,
    () => last.get(id),
    () => undefined,
  );
