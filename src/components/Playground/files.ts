/** The files of the playground, kept in this browser. Every change gives a new list; nothing is overwritten by what arrives. */

export interface PlayFile {
  readonly id: string;
  readonly name: string;
  readonly source: string;
}

export interface Desk {
  readonly files: readonly PlayFile[];
  readonly open: string;
  /** Files that were removed, newest first: they can come back. */
  readonly bin: readonly PlayFile[];
}

const KEY = 'ringside.playground.1';
const BIN = 20;

export const FIRST: PlayFile = {
  id: 'first',
  name: 'first.ts',
  source: `// Change a number, press Run
import { run, sweep } from 'ringside';

const read = run('two-roads', { mode: 'dma', op: 'read', size: 4096 });
show(read);

show(sweep('two-roads', 'mode', undefined, { size: 4096 }));
`,
};

export const NEW_DESK: Desk = { files: [FIRST], open: FIRST.id, bin: [] };

/** What was kept; a new desk when there is nothing, or nothing that can be read. */
export function loadDesk(): Desk {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return isDesk(found) ? found : NEW_DESK;
  } catch {
    return NEW_DESK;
  }
}

/**
 * Keeps the desk. Files that another tab has made meanwhile stay; where both changed the same file, the other tab's text becomes a
 * file of its own.
 * @returns the desk as it is kept now, or `undefined` where this browser keeps nothing
 */
export function saveDesk(desk: Desk, last: Desk): Desk | undefined {
  try {
    const merged = merge(desk, last, loadDesk());
    localStorage.setItem(KEY, JSON.stringify(merged));
    return merged;
  } catch {
    return undefined;
  }
}

/** `mine` made from `last`, with what `stored` has beyond `last`. */
export function merge(mine: Desk, last: Desk, stored: Desk): Desk {
  const known = new Map(last.files.map((file) => [file.id, file.source]));
  const binned = new Set(mine.bin.map(({ id }) => id));
  let files = [...mine.files];
  for (const file of stored.files) {
    const own = files.find(({ id }) => id === file.id);
    const before = known.get(file.id);
    if (!own) {
      if (!binned.has(file.id) && before === undefined) files.push(file);
    } else if (file.source !== before && file.source !== own.source) {
      if (own.source === before) files = files.map((each) => (each.id === file.id ? file : each));
      else files.push({ ...file, id: freshId(files), name: freshName(file.name, files) });
    }
  }
  return { ...mine, files };
}

const isFile = (value: unknown): value is PlayFile => {
  const file = value as Partial<PlayFile> | null;
  return typeof file?.id === 'string' && typeof file.name === 'string' && typeof file.source === 'string';
};

function isDesk(value: unknown): value is Desk {
  const desk = value as Partial<Desk> | null;
  return (
    Array.isArray(desk?.files) &&
    desk.files.length > 0 &&
    desk.files.every(isFile) &&
    Array.isArray(desk.bin) &&
    desk.bin.every(isFile) &&
    desk.files.some(({ id }) => id === desk.open)
  );
}

/** Adds a file beside the others and opens it. */
export function addFile(desk: Desk, name: string, source: string): Desk {
  const id = freshId([...desk.files, ...desk.bin]);
  return { ...desk, files: [...desk.files, { id, name: freshName(name, desk.files), source }], open: id };
}

export const changeFile = (desk: Desk, id: string, source: string): Desk => ({
  ...desk,
  files: desk.files.map((file) => (file.id === id ? { ...file, source } : file)),
});

export const renameFile = (desk: Desk, id: string, name: string): Desk => {
  const others = desk.files.filter((file) => file.id !== id);
  const files = desk.files.map((file) =>
    file.id === id ? { ...file, name: freshName(name, others) } : file,
  );
  return { ...desk, files };
};

/** Puts a file into the bin; the last one leaves an empty file behind. */
export function removeFile(desk: Desk, id: string): Desk {
  const gone = desk.files.filter((file) => file.id === id);
  const rest = desk.files.filter((file) => file.id !== id);
  const files =
    rest.length > 0 ? rest : [{ id: freshId([...desk.files, ...desk.bin]), name: 'empty.ts', source: '' }];
  return { files, open: files[0].id, bin: [...gone, ...desk.bin].slice(0, BIN) };
}

/** Takes the file that was removed last out of the bin. */
export function bringBack(desk: Desk): Desk {
  const [last, ...bin] = desk.bin;
  if (!last) return desk;
  return { files: [...desk.files, { ...last, name: freshName(last.name, desk.files) }], open: last.id, bin };
}

const freshId = (files: readonly PlayFile[]): string => {
  let n = files.length;
  while (files.some(({ id }) => id === `f${n}`)) n++;
  return `f${n}`;
};

/** A name that no other file has: `cell.ts`, `cell-2.ts` … */
function freshName(wanted: string, files: readonly PlayFile[]): string {
  const clean =
    wanted
      .trim()
      .replace(/[\\/:*?"<>|]+/g, '-')
      .slice(0, 60) || 'untitled.ts';
  const [, stem = clean, ending = ''] = /^(.*?)(\.\w+)?$/.exec(clean) ?? [];
  let name = clean;
  for (let n = 2; files.some((file) => file.name === name); n++) name = `${stem}-${n}${ending}`;
  return name;
}

/** The code of a file that a reader brings: TypeScript as it is, of a notebook the cells of code. */
export function readFile(name: string, text: string): string {
  if (!name.endsWith('.ipynb')) return text;
  const cells = (JSON.parse(text) as { cells?: unknown }).cells;
  if (!Array.isArray(cells)) throw new Error('a notebook has cells; this file has none');
  return cells
    .filter((cell) => cell?.cell_type === 'code')
    .map(({ source }) => (Array.isArray(source) ? source.join('') : String(source ?? '')))
    .join('\n\n');
}
