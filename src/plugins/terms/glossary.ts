/** The glossary page: `<Glossary />` becomes a heading and a paragraph for each term, before Docusaurus looks for headings. */
import { PAGE_TITLES } from '../../data/page-titles.ts';
import { idOf, TERMS } from '../../data/terms/index.ts';
import type { TermIs } from '../../data/terms/types.ts';
import type { Node } from '../truth/mdx.ts';

const INLINE = /`(?<code>[^`]+)`|\*\*(?<strong>[^*]+)\*\*|\*(?<emphasis>[^*]+)\*/g;

const text = (value: string): Node => ({ type: 'text', value });

/** The few marks that a definition may have, as nodes. */
export function inline(markdown: string): Node[] {
  const nodes: Node[] = [];
  let from = 0;
  for (const found of markdown.matchAll(INLINE)) {
    const { code, strong, emphasis } = found.groups ?? {};
    nodes.push(text(markdown.slice(from, found.index)));
    if (code) nodes.push({ type: 'inlineCode', value: code });
    else nodes.push({ type: strong ? 'strong' : 'emphasis', children: [text(strong ?? emphasis ?? '')] });
    from = found.index + found[0].length;
  }
  return [...nodes, text(markdown.slice(from))].filter(({ value }) => value !== '');
}

/** The same without marks. */
export const plain = (markdown: string): string =>
  markdown.replace(INLINE, (...found) => {
    const { code, strong, emphasis } = found.at(-1) as Record<string, string | undefined>;
    return code ?? strong ?? emphasis ?? '';
  });

function entryOf(term: TermIs): Node[] {
  const { title, page } = term;
  const link = {
    type: 'link',
    url: `./concepts/${page}.mdx`,
    children: [text(PAGE_TITLES[page ?? ''] ?? page ?? '')],
  } as Node;
  return [
    { type: 'heading', depth: 2, children: [text(title)], data: { hProperties: { id: idOf(term) } } } as Node,
    {
      type: 'paragraph',
      children: [...inline(term.text), ...(page ? [text(' Introduced in '), link, text('.')] : [])],
    },
  ];
}

/** The remark plugin; it must run before those that Docusaurus has itself. */
export function glossaryInPage(): (tree: Node) => void {
  return (tree) => {
    if (!tree.children?.some(({ name }) => name === 'Glossary')) return;
    tree.children = tree.children.flatMap((node) =>
      node.name === 'Glossary' ? TERMS.flatMap(entryOf) : [node],
    );
  };
}
