/** Bets live in this browser and nowhere else. */
import { useCallback, useSyncExternalStore } from 'react';

export interface Placed {
  /** A number, the key of an option, or nothing for "I don't know" and "skip". */
  readonly answer?: string;
}

const PREFIX = 'ringside.bet.';
const listeners = new Set<() => void>();
/** For readers whose browser keeps nothing. */
const memory = new Map<string, string>();

function read(key: string): string | null {
  try {
    return window.localStorage.getItem(PREFIX + key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function write(key: string, value: string | undefined): void {
  if (value === undefined) memory.delete(key);
  else memory.set(key, value);
  try {
    if (value === undefined) window.localStorage.removeItem(PREFIX + key);
    else window.localStorage.setItem(PREFIX + key, value);
  } catch {
    // Kept in memory for this visit.
  }
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The bet of this key: what was answered, and how to place or take it back. */
export function useBet(key: string) {
  const text = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => null,
  );
  return {
    placed: text !== null,
    answer: text ? text : undefined,
    place: useCallback((answer: string) => write(key, answer), [key]),
    take: useCallback(() => write(key, undefined), [key]),
  };
}
