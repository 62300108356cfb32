/** The Docusaurus plugin: data for pages that are not MDX, and a bundler cache that forgets when the library or the data change. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LoadContext, Plugin } from '@docusaurus/types';
import { still } from './book.ts';

const INPUTS = ['sim', 'src/truth', 'src/plugins', 'src/data', 'src/diagrams'];
const SKIP = new Set(['node_modules', 'dist', 'bench', 'cli', 'test']);

/** A hash of everything that the numbers on a page depend on besides the page. */
function inputs(folder: string, hash = createHash('sha256')): string {
  for (const input of INPUTS) addFolder(path.join(folder, input), hash);
  return hash.digest('hex').slice(0, 16);
}

function addFolder(folder: string, hash: ReturnType<typeof createHash>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIP.has(entry.name)) addFolder(full, hash);
    } else if (/\.(ts|json|svg)$/.test(entry.name) && !entry.name.includes('.test.'))
      hash.update(readFileSync(full));
  }
}

/** The two roads of the first page: one sector run, small enough to be read tooth by tooth. */
export const HOME = ['two-roads?op=read&size=4KiB', 'two-roads?mode=synthetic&op=read&size=4KiB'] as const;

export default function truth(context: LoadContext): Plugin {
  const version = inputs(context.siteDir);
  return {
    name: 'ringside-truth',
    async contentLoaded({ actions }) {
      await actions.createData('home.json', JSON.stringify(HOME.map((line) => still(line))));
    },
    configureWebpack(config) {
      const cache = (config as { experiments?: { cache?: { version?: string } } }).experiments?.cache;
      if (typeof cache !== 'object') return {};
      return { experiments: { cache: { version: `${cache.version}-${version}` } } } as object;
    },
  };
}
