import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { idOf, TERMS } from '../../data/terms/index.ts';
import type { TermIs } from '../../data/terms/types.ts';
import type { Node } from '../truth/mdx.ts';
import { attribute, elements } from '../truth/mdx.ts';
import { readingOrder } from '../truth/next.ts';
import { glossaryInPage, inline, plain } from './glossary.ts';
import { introducedOn, termsInPages } from './remark.ts';
import { finder } from './words.ts';

const RING: TermIs = { title: 'Ring', text: 'Memory.', words: ['ring of memory'], page: 'second' };
const EXIT: TermIs = { title: 'VM exit', text: 'Out.', words: ['exit', 'VM exit'], page: 'first' };
const CODE: TermIs = { title: 'CPUID', text: 'Ask.', words: ['CPUID'], page: 'first' };
const NOWHERE: TermIs = { title: 'VHD', text: 'A file.', words: ['VHD'] };
const SETTINGS = {
  terms: [RING, EXIT, CODE, NOWHERE],
  order: ['first', 'second'],
  read: () => '---\ntitle: x\n---\n\n# A ring of memory\n\nIt is\na ring\nof memory.\n',
};

const text = (value: string, line = 1): Node => ({
  type: 'text',
  value,
  position: { start: { line, column: 1 } },
});
const node = (type: string, ...children: Node[]): Node => ({ type, children });
const element = (name: string, of: string, ...children: Node[]): Node => ({
  type: 'mdxJsxTextElement',
  name,
  attributes: [{ type: 'mdxJsxAttribute', name: 'of', value: of }],
  children,
});

/** The terms that a page marks, with the words that carry them. */
function marks(page: string, ...children: Node[]): [string | undefined, string][] {
  const tree = node('root', ...children);
  termsInPages(SETTINGS)(tree, { path: `/somewhere/docs/concepts/${page}.mdx` });
  return elements(tree)
    .filter(({ name }) => name === 'Term')
    .map((term) => [attribute(term, 'of'), term.children?.[0]?.value ?? '']);
}

describe('terms in the prose of a page', () => {
  it('are marked where they are first used, in the plural, over line ends and inside components', () => {
    expect(
      marks(
        'second',
        node(
          'paragraph',
          text('Exits are dear. An exit'),
          element('Place', 'root', text('in a ring\nof memory')),
        ),
        node('paragraph', { type: 'inlineCode', value: 'CPUID' }, text('CPUID')),
      ),
    ).toEqual([
      ['vm-exit', 'Exits'],
      ['ring', 'ring\nof memory'],
      ['cpuid', 'CPUID'],
    ]);
  });

  it('are left alone in titles, links, code and hooks, and as parts of other words', () => {
    const quiet = [
      node('heading', text('An exit')),
      node('link', text('An exit')),
      node('paragraph', { type: 'inlineCode', value: 'exit()' }, text('exiting, pre-exit, exit_code')),
      element('Hook', 'first', text('An exit.')),
    ];
    expect(marks('second', ...quiet)).toEqual([]);
  });

  it('are marked once where the author says so', () => {
    const own = element('Term', 'vm-exit', text('the way out'));
    expect(marks('second', node('paragraph', text('An exit, '), own))).toEqual([['vm-exit', 'the way out']]);
  });

  it('stop the build where they come too early, with page, line, term and the place that introduces it', () => {
    expect(() => marks('first', node('paragraph', text('One\nring of memory', 7)))).toThrow(
      /^docs\/concepts\/first\.mdx, line 8: "Ring" is used before it is introduced, in docs\/concepts\/second\.mdx, line 8 /,
    );
    expect(() => marks('first', element('Hook', 'first', text('a ring of memory')))).toThrow(/"Ring"/);
    expect(() => marks('first', element('Term', 'ring', text('x')))).toThrow(/"Ring"/);
  });

  it('stop the build where no page introduces them, or where there is no such term', () => {
    expect(() => marks('second', node('paragraph', text('a VHD', 3)))).toThrow(
      'docs/concepts/second.mdx, line 3: "VHD" is introduced by no page',
    );
    expect(() => marks('second', element('Term', 'rnig', text('x')))).toThrow('no term "rnig"');
  });

  it('may be anything among the sources, which name files', () => {
    const sources = [node('heading', text('Sources')), node('paragraph', text('VHD, ring of memory'))];
    expect(marks('first', ...sources)).toEqual([]);
  });
});

describe('the terms of the book', () => {
  it('have addresses of their own', () => {
    expect(new Set(TERMS.map(idOf)).size).toBe(TERMS.length);
    const words = TERMS.flatMap(({ words }) => words.map((word) => word.toLowerCase()));
    expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
  });

  it.each(TERMS.filter(({ page }) => page).map((term) => [term.title, term] as const))(
    '%s is written on the page that is said to introduce it',
    (_title, term) => {
      expect(readingOrder()).toContain(term.page);
      const source = readFileSync(`docs/concepts/${term.page}.mdx`, 'utf8').split('\n## Sources\n')[0] ?? '';
      expect(introducedOn(source, term)).toBeGreaterThan(0);
    },
  );

  it('are found whole: the longer word counts', () => {
    const found = finder([EXIT])('After a VM exit, exits.');
    expect(found.map(({ id, text: word }) => [id, word])).toEqual([
      ['vm-exit', 'VM exit'],
      ['vm-exit', 'exits'],
    ]);
  });
});

describe('the glossary', () => {
  it('has a heading, a definition and the page of each term', () => {
    const tree = node('root', { type: 'mdxJsxFlowElement', name: 'Glossary' });
    glossaryInPage()(tree);
    expect(tree.children?.filter(({ type }) => type === 'heading').length).toBe(TERMS.length);
    expect(JSON.stringify(tree)).toContain('"url":"./concepts/two-roads.mdx"');
  });

  it('knows the marks of a definition', () => {
    expect(inline('The **VM entry** of `x`, *now*.').map(({ type }) => type)).toEqual([
      'text',
      'strong',
      'text',
      'inlineCode',
      'text',
      'emphasis',
      'text',
    ]);
    expect(plain('The **VM entry** of `x`, *now*.')).toBe('The VM entry of x, now.');
  });
});
