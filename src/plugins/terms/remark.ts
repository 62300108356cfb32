/**
 * Marks the terms of the book in the prose of the concept pages, the first use of each on a page, and stops the build where a page uses a
 * term that only a later page introduces. An author writes `<Term of="id">…</Term>` where the word is not the term's own; where a page
 * does so, that place carries the definition.
 */
import { existsSync, readFileSync } from 'node:fs';
import { PAGE_TITLES } from '../../data/page-titles.ts';
import { idOf, TERMS } from '../../data/terms/index.ts';
import type { TermIs } from '../../data/terms/types.ts';
import { PageError } from '../truth/book.ts';
import type { Node } from '../truth/mdx.ts';
import { attribute, elements, textAttribute } from '../truth/mdx.ts';
import { readingOrder } from '../truth/next.ts';
import { finder } from './words.ts';

export interface TermSettings {
  readonly terms?: readonly TermIs[];
  /** Concept pages in the order in which they are read. */
  readonly order?: readonly string[];
  /** Source of a concept page, for saying where on it a term is introduced. */
  readonly read?: (page: string) => string;
}

/** Neither searched nor marked: titles, links, code, what is not text. */
const NO_PROSE = new Set([
  'heading',
  'link',
  'linkReference',
  'image',
  'code',
  'html',
  'yaml',
  'mdxjsEsm',
  'mdxFlowExpression',
  'mdxTextExpression',
  'definition',
]);

/** Searched, but marked only further down: the hook is a figure with a line of text. */
const NOT_MARKED = new Set(['Hook']);

const sourceOf = (page: string): string => `docs/concepts/${page}.mdx`;
const readSource = (page: string): string =>
  existsSync(sourceOf(page)) ? readFileSync(sourceOf(page), 'utf8') : '';

const headingText = (node: Node): string =>
  (node.children ?? []).map((child) => child.value ?? headingText(child)).join('');

/** Line of a source on which a term is first written, from 1; nothing where it is not. */
export function introducedOn(source: string, term: TermIs): number | undefined {
  const find = finder([term]);
  const id = idOf(term);
  const body = source.replace(/^---\n[\s\S]*?\n---\n/, (head) => '\n'.repeat(head.split('\n').length - 1));
  const marked = body.indexOf(`<Term of="${id}"`);
  const used =
    term.words.length > 0
      ? find(body.replace(/^#.*$/gm, (line) => ' '.repeat(line.length)))[0]?.at
      : undefined;
  const at = marked >= 0 ? marked : used;
  return at === undefined ? undefined : body.slice(0, at).split('\n').length;
}

/** What is wrong with a use of a term on a page; nothing where it may stand there. */
function tooEarly(
  id: string,
  page: string,
  { terms, order, read }: Required<TermSettings>,
): string | undefined {
  const term = terms.find((each) => idOf(each) === id);
  if (!term) return `there is no term "${id}" in src/data/terms/`;
  const { title, page: home } = term;
  if (!home)
    return `"${title}" is introduced by no page: say in src/data/terms/ which page introduces it, or use other words`;
  if (order.indexOf(home) <= order.indexOf(page)) return undefined;
  const line = introducedOn(read(home), term);
  const place = `${sourceOf(home)}${line ? `, line ${line}` : ''} ("${PAGE_TITLES[home] ?? home}")`;
  return `"${title}" is used before it is introduced, in ${place}: use other words here, or introduce it here and say so in src/data/terms/`;
}

/** One page's walk. */
class Marker {
  readonly #find: (text: string) => ReturnType<ReturnType<typeof finder>>;
  readonly #marked: Set<string>;
  readonly #wrong: string[] = [];

  constructor(
    readonly page: string,
    readonly file: string,
    tree: Node,
    readonly settings: Required<TermSettings>,
  ) {
    this.#find = finder(settings.terms);
    const explicit = elements(tree).filter(({ name }) => name === 'Term');
    for (const node of explicit) this.#check(attribute(node, 'of') ?? '', node.position?.start.line ?? 0);
    this.#marked = new Set(explicit.map((node) => attribute(node, 'of') ?? ''));
  }

  get wrong(): readonly string[] {
    return this.#wrong;
  }

  walk(node: Node, mark: boolean): void {
    const children: Node[] = [];
    for (const child of node.children ?? []) {
      if (child.type === 'heading' && headingText(child) === 'Sources') {
        children.push(...(node.children ?? []).slice(node.children?.indexOf(child)));
        break;
      }
      const marks = mark && !NOT_MARKED.has(child.name ?? '');
      if (child.type === 'text') children.push(...this.#split(child, marks));
      else if (child.type === 'inlineCode') children.push(this.#whole(child, marks));
      else {
        if (!NO_PROSE.has(child.type) && child.name !== 'Term') this.walk(child, marks);
        children.push(child);
      }
    }
    if (node.children) node.children = children;
  }

  /** A text, with the terms in it that are not marked yet as elements. */
  #split(node: Node, mark: boolean): Node[] {
    const text = node.value ?? '';
    const parts: Node[] = [];
    let from = 0;
    for (const use of this.#find(text)) {
      const line = (node.position?.start.line ?? 0) + text.slice(0, use.at).split('\n').length - 1;
      if (!this.#check(use.id, line) || !mark || this.#marked.has(use.id)) continue;
      this.#marked.add(use.id);
      const word = { ...node, value: use.text };
      parts.push({ ...node, value: text.slice(from, use.at) }, marked(use.id, word));
      from = use.at + use.text.length;
    }
    return [...parts, { ...node, value: text.slice(from) }].filter(({ value }) => value !== '');
  }

  /** Code is a term only as a whole. */
  #whole(node: Node, mark: boolean): Node {
    const use = this.#find(node.value ?? '').find(({ text }) => text === node.value);
    if (!use || !this.#check(use.id, node.position?.start.line ?? 0)) return node;
    if (!mark || this.#marked.has(use.id)) return node;
    this.#marked.add(use.id);
    return marked(use.id, node);
  }

  #check(id: string, line: number): boolean {
    const trouble = tooEarly(id, this.page, this.settings);
    if (trouble) this.#wrong.push(`${this.file}, line ${line}: ${trouble}.`);
    return trouble === undefined;
  }
}

const marked = (id: string, word: Node): Node => ({
  type: 'mdxJsxTextElement',
  name: 'Term',
  attributes: [textAttribute('of', id)],
  children: [word],
  ...(word.position ? { position: word.position } : {}),
});

/** The remark plugin; it runs before the one that fills components. Pages that are no concept pages keep what their author marked. */
export function termsInPages(settings: TermSettings = {}): (tree: Node, file: { path: string }) => void {
  const all = { terms: TERMS, order: readingOrder(), read: readSource, ...settings };
  return (tree, file) => {
    const page = /docs[\\/]concepts[\\/]([a-z0-9-]+)\.mdx$/.exec(file.path)?.[1];
    if (!page || !all.order.includes(page)) return;
    const marker = new Marker(page, sourceOf(page), tree, all);
    marker.walk(tree, true);
    if (marker.wrong.length > 0) throw new PageError(marker.wrong.join('\n'));
  };
}
