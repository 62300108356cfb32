/** The Docusaurus plugin of the search: after a build it reads the pages and writes what can be found beside them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from '@docusaurus/types';
import { moments } from './moments.ts';
import { type Found, sectionsOf } from './sections.ts';

/** Name of the file, at the root of the site. */
export const INDEX = 'search.json';

/** Pages that lead nowhere. */
const LEFT_OUT = new Set(['/404', '/embed']);

/** All built pages of a folder, as addresses within the site. */
export function pagesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html'))
    .map(
      (file) =>
        `/${file
          .split(path.sep)
          .join('/')
          .replace(/\.html$/, '')
          .replace(/(^|\/)index$/, '')}`,
    )
    .filter((to) => !LEFT_OUT.has(to))
    .sort();
}

/** Everything that can be found in a built site. */
export function everything(directory: string): Found[] {
  const read = (to: string): Found[] =>
    sectionsOf(readFileSync(path.join(directory, `${to === '/' ? 'index' : to}.html`), 'utf8'), to);
  return [...pagesOf(directory).flatMap(read), ...moments()];
}

export default function search(): Plugin {
  return {
    name: 'ringside-search',
    async postBuild({ outDir }) {
      writeFileSync(path.join(outDir, INDEX), JSON.stringify(everything(outDir)));
    },
  };
}
