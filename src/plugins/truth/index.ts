/** The Docusaurus plugin: data for pages that are not MDX, and a bundler cache that forgets when the library or the data change. */
import path from 'node:path';
import type { LoadContext, Plugin, PluginContentLoadedActions } from '@docusaurus/types';
import { examples } from './examples.ts';
import { cards } from './gallery.ts';
import { homeRuns } from './home.ts';
import { hashOf } from './inputs.ts';
import { PARTS, PARTS_FOLDER, partsStamp } from './parts.ts';
import { stepsOf } from './path.ts';
import { snippetGroups } from './snippets.ts';
import { conceptIds, deckOf, worksheetOf } from './teaching.ts';

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
      await teach(context, actions);
      await actions.createData('home.json', JSON.stringify(homeRuns()));
      await actions.createData('examples.json', JSON.stringify(examples(context.siteDir)));
      await actions.createData('gallery.json', JSON.stringify(cards()));
      await actions.createData('path.json', JSON.stringify(stepsOf(context.siteDir)));
      await actions.createData('snippets.json', JSON.stringify(snippetGroups()));
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

/** A page of slides and a worksheet for each concept. */
async function teach({ siteDir, baseUrl }: LoadContext, actions: PluginContentLoadedActions): Promise<void> {
  for (const id of conceptIds()) {
    const deck = await actions.createData(`slides-${id}.json`, JSON.stringify(deckOf(id, siteDir)));
    const worksheet = await actions.createData(`worksheet-${id}.json`, JSON.stringify(worksheetOf(id)));
    const route = (kind: string, component: string, modules: Record<string, string>): void =>
      actions.addRoute({
        path: `${baseUrl}${kind}/${id}`,
        component: `@site/src/components/${component}/index.tsx`,
        modules,
        exact: true,
      });
    route('slides', 'Slides', { deck });
    route('worksheets', 'Worksheet', { worksheet });
  }
}
