/** Every concept page has every part of the template, in order: a new page cannot forget one. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAGE_TITLES } from '../../data/page-titles.ts';
import { RECAPS } from '../../data/recap/index.ts';
import { VARIANTS } from '../../data/variants/index.ts';
import { WORKED } from '../../data/worked/index.ts';
import { readingOrder } from './next.ts';
import { lacking, sizes, TEMPLATE } from './template.ts';

const ids = readdirSync('docs/concepts').map((file) => file.replace(/\.mdx$/, ''));
const pageOf = (id: string): string => readFileSync(`docs/concepts/${id}.mdx`, 'utf8');

/** What a page needs besides its text. */
const data = (id: string): string[] =>
  Object.entries({
    'src/data/worked/': WORKED,
    'src/data/recap/': RECAPS,
    'src/data/variants/': VARIANTS,
    'src/data/page-titles.ts': PAGE_TITLES,
    'src/sidebars.ts': Object.fromEntries(readingOrder().map((each) => [each, true])),
  }).flatMap(([where, known]) => (Object.hasOwn(known, id) ? [] : [`it is not in ${where}`]));

const wrongWith = (id: string): string[] => [...lacking(pageOf(id)), ...sizes(pageOf(id)), ...data(id)];

/** Pages that are still being written. Whoever finishes one takes it out; a page that is complete may not stand here. */
const UNFINISHED: readonly string[] = [];

describe('the template of concept pages', () => {
  it.each(ids.filter((id) => !UNFINISHED.includes(id)))('%s has all of it, in order', (id) => {
    expect(wrongWith(id)).toEqual([]);
  });

  it('is excused for no page that has all of it', () => {
    expect(UNFINISHED.filter((id) => ids.includes(id) && wrongWith(id).length === 0)).toEqual([]);
  });

  it.each(TEMPLATE.map(({ name }) => name))('notices that %s is missing', (name) => {
    const part = TEMPLATE.find((each) => each.name === name);
    let page = pageOf('two-roads');
    for (let guard = 0; part && guard < 99 && part.is.test(page); guard++) page = page.replace(part.is, '');
    expect(lacking(page).join()).toContain(name);
  });

  it('notices a part at the wrong place', () => {
    const page = pageOf('two-roads');
    const faded = /<Faded[^>]*>/.exec(page)?.[0] ?? '';
    expect(lacking(page.replace(faded, '').replace('## The gap', `${faded}\n\n## The gap`))).toEqual([
      expect.stringMatching(/faded example .* stands before "worked example"/),
    ]);
    expect(sizes(page.replace('</Hook>', 'and so on '.repeat(9)))).toEqual([
      expect.stringMatching(/the hook has \d+ words/),
    ]);
  });
});
