/**
 * Keeps a reader's code in this browser. Nothing that was kept is ever overwritten: what another tab wrote, and what a reset takes
 * away, goes to the older versions.
 */

/** What is kept of one text. */
export interface Kept {
  readonly source: string;
  /** The text as the page had it when work began: tells whether the page has changed since. */
  readonly original: string;
  /** Older versions, newest first. */
  readonly before: readonly string[];
}

const PREFIX = 'ringside.cell.1.';
const OLDER = 8;

const isKept = (value: unknown): value is Kept => {
  const kept = value as Partial<Kept> | null;
  return typeof kept?.source === 'string' && typeof kept.original === 'string' && Array.isArray(kept.before);
};

/** What was kept under this name; nothing when there is nothing, or nothing that can be read. */
export function kept(id: string): Kept | undefined {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(PREFIX + id) ?? 'null');
    return isKept(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps `source`. `last` is what this page knew to be kept: when something else is there now, another tab wrote it, and it is put to
 * the older versions.
 * @returns false where this browser keeps nothing
 */
export function keep(id: string, source: string, original: string, last: string | undefined): boolean {
  const now = kept(id);
  const foreign = now && now.source !== last && now.source !== source ? [now.source] : [];
  return write(id, { source, original, before: older([...foreign, ...(now?.before ?? [])], source) });
}

/** Puts `source` to the older versions and the original in its place. */
export function putBack(id: string, source: string, original: string): boolean {
  return write(id, {
    source: original,
    original,
    before: older([source, ...(kept(id)?.before ?? [])], original),
  });
}

const older = (versions: readonly string[], now: string): string[] =>
  [...new Set(versions)].filter((text) => text !== now).slice(0, OLDER);

function write(id: string, value: Kept): boolean {
  try {
    localStorage.setItem(PREFIX + id, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
