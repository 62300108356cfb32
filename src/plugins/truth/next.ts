/** What stands at the close of a page: the page after it in the book, and what a teacher asks. */
import { readdirSync, readFileSync } from 'node:fs';
import { PAGE_TITLES } from '../../data/page-titles.ts';
import sidebars from '../../sidebars.ts';
import { experimentOf } from './book.ts';

export interface NextData {
  readonly next?: { readonly page: string; readonly title: string };
  readonly minutes: number;
  readonly bets: readonly { readonly question: string; readonly beliefs: readonly string[] }[];
  readonly goals: readonly string[];
  readonly line: string;
  readonly notebook?: string;
}

/** The concept pages in the order of the book. */
export const readingOrder = (): string[] =>
  (sidebars.book as readonly (string | { items?: readonly unknown[] })[])
    .flatMap((entry) => (typeof entry === 'string' ? [entry] : (entry.items ?? [])))
    .filter((entry): entry is string => typeof entry === 'string' && entry.startsWith('concepts/'))
    .map((entry) => entry.slice('concepts/'.length));

export function nextOf(id: string): NextData {
  const { bets, goals } = experimentOf(id);
  const order = readingOrder();
  const place = order.indexOf(id);
  const next = place >= 0 ? order[place + 1] : undefined;
  const notebook = readdirSync('notebooks')
    .find((file) => /^\d+-(.*)\.ipynb$/.exec(file)?.[1] === id)
    ?.replace('.ipynb', '');
  return {
    ...(next ? { next: { page: `/concepts/${next}`, title: PAGE_TITLES[next] ?? next } } : {}),
    minutes: minutesOf(id),
    bets: bets.map(({ question, misconceptions }) => ({
      question,
      beliefs: misconceptions.map(({ belief }: { belief: string }) => belief),
    })),
    goals: goals.map(({ text }: { text: string }) => text),
    line: id,
    ...(notebook ? { notebook } : {}),
  };
}

/** As the page itself says. */
const minutesOf = (id: string): number =>
  Number(/<Strip[^>]*minutes=\{(\d+)\}/.exec(readFileSync(`docs/concepts/${id}.mdx`, 'utf8'))?.[1] ?? 0);
