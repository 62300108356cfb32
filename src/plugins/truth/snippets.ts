/** The snippet library for its page: coloured code and the output that a run left, which a test holds to be the same. */
import * as library from '../../../sim/index.ts';
import { coloured } from '../../components/CodeCell/colours.ts';
import { execute } from '../../components/CodeCell/execute.ts';
import { PAGE_TITLES } from '../../data/page-titles.ts';
import { SNIPPETS } from '../../data/snippets/index.ts';
import printed from '../../data/snippets/printed.json' with { type: 'json' };
import type { CellData } from './cells.ts';

/** The snippets of one concept. */
export interface SnippetGroup {
  readonly id: string;
  readonly title: string;
  /** The concept's page; the library itself has none. */
  readonly page?: string;
  readonly cells: readonly CellData[];
}

/** All groups in reading order. */
export function snippetGroups(): SnippetGroup[] {
  return Object.entries(SNIPPETS).map(([id, snippets]) => ({
    id,
    title: PAGE_TITLES[id] ?? 'The library itself',
    ...(PAGE_TITLES[id] ? { page: `/concepts/${id}` } : {}),
    cells: snippets.map(({ name, title, code }) => ({
      id: `snippet-${id}-${name}`,
      title,
      source: code,
      tokens: coloured(code),
      outputs: recorded(`${id}/${name}`).map((text) => ({ kind: 'log', level: 'log', text }) as const),
    })),
  }));
}

const recorded = (id: string): readonly string[] =>
  (printed as Readonly<Record<string, readonly string[]>>)[id] ?? [];

/** What a snippet prints, as the page's worker would run it. A mistake in it is thrown. */
export function printedBy(id: string, code: string): string[] {
  const lines: string[] = [];
  void execute(code, {
    library: library as never,
    emit: (output) => {
      if (output.kind === 'problem') throw new Error(`${id}, line ${output.line ?? '?'}: ${output.message}`);
      if ('text' in output) lines.push(output.text);
    },
  });
  return lines;
}
