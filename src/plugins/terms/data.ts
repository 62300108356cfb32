/** What a marked term shows. */
import { idOf, TERMS } from '../../data/terms/index.ts';
import { PageError } from '../truth/book.ts';
import { plain } from './glossary.ts';

export function termOf(id: string): { id: string; title: string; text: string } {
  const term = TERMS.find((each) => idOf(each) === id);
  if (!term) throw new PageError(`there is no term "${id}" in src/data/terms/`);
  return { id, title: term.title, text: plain(term.text) };
}
