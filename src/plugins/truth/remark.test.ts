import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PageError } from './book.ts';
import type { Node } from './mdx.ts';
import { Parts } from './parts.ts';
import { truthInPages } from './remark.ts';

const element = (name: string, attributes: Record<string, string>): Node => ({
  type: 'mdxJsxFlowElement',
  name,
  attributes: Object.entries(attributes).map(([key, value]) => ({
    type: 'mdxJsxAttribute',
    name: key,
    value,
  })),
  children: [],
  position: { start: { line: 7, column: 1 } },
});

function fill(...children: Node[]): Node {
  const tree = { type: 'root', children };
  truthInPages()(tree, { path: 'docs/page.mdx' });
  return tree;
}

/** The array that a page's data module exports. */
function dataOf(tree: Node): unknown[] {
  const found = JSON.stringify(tree.children).match(/"value":("\[(?:[^"\\]|\\.)*\]")/);
  return JSON.parse(JSON.parse(found?.[1] ?? '"[]"'));
}

const attributesOf = (node: Node): (string | undefined)[] => (node.attributes ?? []).map(({ name }) => name);

describe('the plugin of the pages', () => {
  it('gives a component its data, and the page the import', () => {
    const num = element('Num', { of: 'two-roads?mode=dma', m: 'deviceIntercepts' });
    const tree = fill(num);
    expect(attributesOf(num)).toEqual(['of', 'm', 'data']);
    expect(dataOf(tree)).toMatchObject([{ text: '26', line: 'two-roads?mode=dma' }]);
    expect(JSON.stringify(tree.children?.[0])).toContain('@site/src/components/Num/index.tsx');
  });

  it('carries equal data once', () => {
    const num = (): Node => element('Num', { of: 'two-roads?mode=dma', m: 'deviceIntercepts' });
    expect(dataOf(fill(num(), num())).length).toBe(1);
  });

  it('lets a figure rest: script and data lie beside the page', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ringside-parts-'));
    const two = [
      element('Figure', { of: 'ring-transitions' }),
      element('Figure', { of: 'ring-transitions' }),
    ];
    const tree: Node = { type: 'root', children: [...two] };
    truthInPages({ parts: new Parts(directory) })(tree, { path: join(directory, 'docs/page.mdx') });
    expect(two.map(({ name }) => name)).toEqual(['Later', 'Later']);
    expect(attributesOf(two[0] as Node)).toEqual(['of', 'what', 'in', 'parts']);
    expect(dataOf(tree)).toEqual([]);
    expect(JSON.stringify(tree.children)).toContain('@ringside-parts/docs-page.js');
    const written = readFileSync(join(directory, '.docusaurus/ringside-parts/all/docs-page.js'), 'utf8');
    expect(written).toContain("export { default as Figure } from '@site/src/components/Figure/index.tsx';");
    expect(written.match(/ring-transitions/g)).not.toBe(null);
  });

  it('numbers the experiments and veils the one after a bet', () => {
    const [bet, first, second] = [
      element('Bet', { of: 'ring-transitions', n: '0' }),
      element('Experiment', { of: 'ring-transitions' }),
      element('Experiment', { of: 'ring-transitions' }),
    ];
    fill(bet, first, second);
    expect(attributesOf(first)).toEqual(['of', 'fig', 'what', 'in', 'parts']);
    const given = (node: Node) => node.attributes?.find(({ name }) => name === 'in')?.value;
    expect(given(first)).toMatch(/^schema:\d+ still:\d+ veil:\d+$/);
    expect(given(second)).toMatch(/^schema:\d+ still:\d+$/);
    expect(second.attributes?.find(({ name }) => name === 'fig')?.value).toBe('2');
  });

  it('leaves other components alone', () => {
    const other = element('Tabs', { of: 'nothing' });
    expect(fill(other).children).toEqual([other]);
  });

  it('says file, line and component of a mistake', () => {
    expect(() => fill(element('Num', { of: 'two-roads', m: 'exits' }))).toThrow(PageError);
    expect(() => fill(element('Num', { of: 'two-roads', m: 'exits' }))).toThrow(
      /^docs\/page\.mdx, line 7: <Num>: .*"exits" does not exist/,
    );
    expect(() => fill(element('Num', { of: 'two-roads' }))).toThrow(/<Num> needs the attribute "m"/);
  });
});
