/** Files that people hand in: what they answer, and the code of the answer. A notebook can hold several. */
import { lstatSync, readFileSync } from 'node:fs';
import type { Header } from '../exercises/header.ts';
import { readHeader } from '../exercises/header.ts';
import { FileTrouble, reason } from './output.ts';
import { toJavaScript } from './typescript.ts';

/** One answer. */
export interface HandIn {
  readonly file: string;
  /** Whose exercise it answers; absent when the text does not say. */
  readonly header?: Header;
  /** The code as it was written. */
  readonly text: string;
}

/** Endings of files that are looked at. */
export const ENDINGS = /\.(ts|mts|js|mjs|ipynb)$/;
const MOST_BYTES = 512 << 10;
const MOST_IN_A_NOTEBOOK = 100;

/** Reads a file. @throws FileTrouble when it cannot be read, is too large or no notebook though it is called one. */
export function readHandIns(file: string): HandIn[] {
  const text = textOf(file);
  if (!file.endsWith('.ipynb')) return [{ file, header: readHeader(text), text }];
  const found: { header: Header; text: string }[] = [];
  for (const cell of cellsOf(file, text)) {
    const header = readHeader(cell);
    if (header) found.push({ header, text: cell });
    else if (found.length > 0) found[found.length - 1].text += `\n${cell}`;
  }
  if (found.length === 0) return [{ file, text }];
  return found.slice(0, MOST_IN_A_NOTEBOOK).map(({ header, text }) => ({ file, header, text }));
}

function textOf(file: string): string {
  try {
    const info = lstatSync(file);
    if (info.isSymbolicLink())
      throw new FileTrouble(`${file} is a link to somewhere else; hand in the file itself`);
    if (!info.isFile()) throw new FileTrouble(`${file} cannot be read: it is no ordinary file`);
    if (info.size > MOST_BYTES)
      throw new FileTrouble(`${file} is larger than ${MOST_BYTES >> 10} KiB, which no answer is`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof FileTrouble) throw error;
    throw new FileTrouble(`${file} cannot be read: ${reason(error)}`);
  }
}

/** The texts of the code cells of a notebook. */
function cellsOf(file: string, text: string): string[] {
  const trouble = (what: string): FileTrouble => new FileTrouble(`${file} is no notebook: ${what}`);
  let notebook: unknown;
  try {
    notebook = JSON.parse(text);
  } catch {
    throw trouble('it is not JSON');
  }
  const { cells } = (notebook ?? {}) as { cells?: unknown };
  if (!Array.isArray(cells)) throw trouble('it has no cells');
  return cells.flatMap((cell: { cell_type?: unknown; source?: unknown } | null) => {
    if (cell?.cell_type !== 'code') return [];
    const source = Array.isArray(cell.source) ? cell.source.join('') : cell.source;
    return typeof source === 'string' ? [source] : [];
  });
}

/** The code as a module that exports the names that are asked for, whether or not its author thought of it. */
export function moduleOf({ text, file }: HandIn, names: readonly string[]): string {
  const code = toJavaScript(text, file);
  const forgotten = names.filter((name) => isDeclared(code, name) && !isExported(code, name));
  return forgotten.length > 0 ? `${code}\nexport { ${forgotten.join(', ')} };` : code;
}

const isDeclared = (code: string, name: string): boolean =>
  new RegExp(`^(?:const|let|var|function\\*?|class)\\s+${name}\\b`, 'm').test(code);

const isExported = (code: string, name: string): boolean =>
  new RegExp(
    `^export\\s+(?:(?:const|let|var|function\\*?|class)\\s+${name}\\b|\\{[^}]*\\b${name}\\b)`,
    'm',
  ).test(code);
