/** Finds the words of the book in prose. */
import { idOf, TERMS } from '../../data/terms/index.ts';
import type { TermIs } from '../../data/terms/types.ts';

/** A word in a text. */
export interface Use {
  readonly id: string;
  readonly at: number;
  /** As it is written here. */
  readonly text: string;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A word as a pattern: any white space for a space, a capital too where a sentence may begin with it. */
function patternOf(word: string): string {
  const [first = '', ...rest] = word;
  const start = /\p{Ll}/u.test(first) ? `[${first}${first.toUpperCase()}]` : escaped(first);
  return (start + escaped(rest.join(''))).replaceAll(' ', '\\s+');
}

/** A function that gives all uses of the terms in a text. Where one word is part of another, the longer one counts. */
export function finder(terms: readonly TermIs[] = TERMS): (text: string) => Use[] {
  const known = terms
    .flatMap((term) => term.words.map((word) => ({ word, id: idOf(term) })))
    .sort((a, b) => b.word.length - a.word.length);
  const any = known.map(({ word }) => `(${patternOf(word)})`).join('|');
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${any})(?:s|es)?(?![\\p{L}\\p{N}_-])`, 'gu');
  return (text) =>
    [...text.matchAll(pattern)].map((found) => ({
      id: known[found.findIndex((group, i) => i > 0 && group !== undefined) - 1]?.id ?? '',
      at: found.index,
      text: found[0],
    }));
}
