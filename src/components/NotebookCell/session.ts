/** What the cells of a notebook say now: their texts, as they stand on the page or were kept in this browser. */
import { kept } from '../CodeCell/keep.ts';

/** Texts of the cells of this visit, by notebook and number. */
const texts = new Map<string, string>();

export const idOf = (notebook: string, n: number): string => `${notebook}.${n}`;

/** Notes what a cell says. */
export const tell = (notebook: string, n: number, text: string): void =>
  void texts.set(idOf(notebook, n), text);

/** What a cell says; `source` where nobody has changed it. */
export const textOf = (notebook: string, n: number, source: string): string =>
  texts.get(idOf(notebook, n)) ?? kept(idOf(notebook, n))?.source ?? source;

/** The line of a parameter cell for the query of an address; nothing for an empty one. */
export function parametersFrom(search: string, source: string): string | undefined {
  const query = search.replace(/^\?/, '').replaceAll("'", '%27').replaceAll('\\', '%5C');
  const id = /^const line = '([a-z0-9-]+)/.exec(source)?.[1];
  return query === '' || !id ? undefined : `const line = '${id}?${query}';`;
}
