/** The Docusaurus plugin: data for pages that are not MDX, and a bundler cache that forgets when the library or the data change. */
import path from 'node:path';
import type { LoadContext, Plugin } from '@docusaurus/types';
import { examples } from './examples.ts';
import { cards } from './gallery.ts';
import { homeRuns } from './home.ts';
import { hashOf } from './inputs.ts';
import { PARTS, PARTS_FOLDER, partsStamp } from './parts.ts';
import { stepsOf } from './path.ts';

const INPUTS = [
  'sim',
  'notebooks',
  'src/truth',
  'src/plugins',
  'src/data',
  'src/diagrams',
  'src/components/CodeCell',
];

export default function truth(context: LoadContext): Plugin {
  const version = hashOf(INPUTS.map((folder) => path.join(context.siteDir, folder)));
  return {
    name: 'ringside-truth',
    async contentLoaded({ actions }) {
      await actions.createData('home.json', JSON.stringify(homeRuns()));
      await actions.createData('examples.json', JSON.stringify(examples(context.siteDir)));
      await actions.createData('gallery.json', JSON.stringify(cards()));
      await actions.createData('path.json', JSON.stringify(stepsOf(context.siteDir)));
    },
    configureWebpack(config, isServer) {
      const side = path.join(context.siteDir, PARTS_FOLDER, isServer ? 'server' : 'client');
      const resolve = { alias: { [PARTS]: side } };
      const cache = (config as { experiments?: { cache?: { version?: string } } }).experiments?.cache;
      if (typeof cache !== 'object') return { resolve };
      const kept = `${cache.version}-${version}-${partsStamp(context.siteDir)}`;
      return { resolve, experiments: { cache: { version: kept } } } as object;
    },
  };
}
