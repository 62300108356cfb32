/**
 * When to ask oneself again: the checks of a page come back after one day, and each time they were known after a longer while. What was
 * not known begins anew. Kept in this browser beside what was read.
 */
import { type Read, today } from './store.ts';

const KEY = 'ringside.again';
const CHANGED = 'ringside-read';

/** Days until the checks of a page come back, by how often in a row they were known. */
export const WAITS: readonly number[] = [1, 3, 7, 16, 35, 90];

/** How a page stands: how often in a row its checks were known, and the day on which that was last asked. */
export interface Standing {
  readonly known: number;
  readonly day: number;
}

export type Standings = Readonly<Record<string, Standing>>;

/** The day on which the checks of a page are due. A page that was only read was asked on the day it was read. */
export function dueDay(read: number, standing: Standing | undefined): number {
  const { known, day } = standing ?? { known: 0, day: read };
  return day + (WAITS[Math.min(known, WAITS.length - 1)] ?? 1);
}

/** Pages whose checks are due on a day, the longest overdue first. */
export const dueOn = (day: number, read: Read, standings: Standings): string[] =>
  Object.entries(read)
    .map(([id, since]) => ({ id, due: dueDay(since, standings[id]) }))
    .filter(({ due }) => due <= day)
    .sort((a, b) => a.due - b.due || a.id.localeCompare(b.id))
    .map(({ id }) => id);

/** How a page stands after it was asked. */
export const asked = (standing: Standing | undefined, wasKnown: boolean, day: number): Standing => ({
  known: wasKnown ? (standing?.known ?? 0) + 1 : 0,
  day,
});

const isStanding = (value: unknown): value is Standing => {
  const standing = value as Partial<Standing> | null;
  return Number.isInteger(standing?.known) && Number.isInteger(standing?.day);
};

/** What this browser keeps; nothing where it keeps nothing that can be read. */
export function standings(): Standings {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? '{}');
    return Object.fromEntries(Object.entries(kept as object).filter(([, value]) => isStanding(value)));
  } catch {
    return {};
  }
}

/** Notes whether the checks of a page were known today. */
export function note(id: string, wasKnown: boolean): void {
  const now = standings();
  try {
    window.localStorage.setItem(KEY, JSON.stringify({ ...now, [id]: asked(now[id], wasKnown, today()) }));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  window.dispatchEvent(new Event(CHANGED));
}
