/** Where each section of a page has its sentences from: the sources of its claims, each once. */
import { claim } from './book.ts';
import type { Node } from './mdx.ts';
import { attribute, elements } from './mdx.ts';

/** A section and the claims in it. */
export interface Cited {
  readonly section: string;
  readonly claims: readonly string[];
}

export interface SectionSources {
  readonly section: string;
  readonly sources: readonly string[];
}

/** The claims below each heading of the second level. */
export function citedIn(tree: Node): Cited[] {
  const sections: { section: string; claims: string[] }[] = [];
  for (const node of tree.children ?? []) {
    if (node.type === 'heading' && (node as { depth?: number }).depth === 2)
      sections.push({ section: textOf(node), claims: [] });
    const claims = elements(node).flatMap((each) =>
      each.name === 'Claim' ? [attribute(each, 'of') ?? ''] : [],
    );
    sections.at(-1)?.claims.push(...claims);
  }
  return sections.filter(({ claims }) => claims.length > 0);
}

const textOf = (node: Node): string => node.value ?? (node.children ?? []).map(textOf).join('');

export const sourcesBySection = (cited: readonly Cited[]): SectionSources[] =>
  cited.map(({ section, claims }) => ({
    section,
    sources: [...new Set(claims.map((path) => claim(path).source))],
  }));
