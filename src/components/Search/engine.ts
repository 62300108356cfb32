/** Looks things up in the built pages and the runs, in the browser and nowhere else. */
import MiniSearch from 'minisearch';
import type { Found } from '../../plugins/search/sections.ts';
import { SYNONYMS } from '../../plugins/search/synonyms.ts';

export interface Engine {
  find(query: string): readonly Found[];
}

/** What a page of results shows. */
const MOST = 24;

/** `CREATE_SUB_CHANNELS` is found whole and by its words; so are `vmbus-channel` and `HvCallPostMessage`. */
export function wordsOf(text: string): string[] {
  const whole = text.split(/[^\p{L}\p{N}_]+/u);
  const parts = whole.flatMap((word) => {
    const split = word.split(/_|(?<=\p{Ll})(?=\p{Lu})/u);
    return split.length > 1 ? split : [];
  });
  return [...whole, ...parts].filter(Boolean);
}

const fold = (text: string): string => wordsOf(text).join(' ').toLowerCase();

/** Other ways to say what the query says. */
export function otherWords(query: string): string[] {
  const said = ` ${fold(query)} `;
  return SYNONYMS.filter((group) => group.some((phrase) => said.includes(` ${fold(phrase)} `)))
    .flat()
    .filter((phrase) => !said.includes(` ${fold(phrase)} `));
}

/** An engine over everything that can be found. */
export function engineOver(all: readonly Found[]): Engine {
  const index = new MiniSearch<Found & { id: number }>({
    fields: ['title', 'page', 'text'],
    storeFields: [],
    tokenize: wordsOf,
    searchOptions: {
      boost: { title: 4, page: 1.5 },
      prefix: (word) => word.length > 2,
      fuzzy: (word) => (word.length > 5 ? 0.15 : false),
      // A reader comes for the book first; the reference and the runs are there for names.
      boostDocument: (id) => ({ part: 2, moment: 1.2, reference: 1 })[all[id as number]?.kind ?? 'part'],
    },
  });
  index.addAll(all.map((entry, id) => ({ ...entry, id })));
  return { find: (query) => rank(index, query).map((id) => all[id] as Found) };
}

/** What has all words comes first, then what says it in other words, then what has some. */
function rank(index: MiniSearch<Found & { id: number }>, query: string): number[] {
  if (query.trim() === '') return [];
  const rounds = [
    () => index.search(query, { combineWith: 'AND' }),
    ...otherWords(query).map((phrase) => () => index.search(phrase, { combineWith: 'AND', fuzzy: false })),
    () => index.search(query),
  ];
  const found = new Set<number>();
  for (const round of rounds) {
    for (const { id } of round()) found.add(id as number);
    if (found.size >= MOST * 4) break;
  }
  return [...found].slice(0, MOST);
}
