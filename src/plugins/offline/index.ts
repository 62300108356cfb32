/** The Docusaurus plugin for reading without a network: keeps the book in the browser, and lets it be opened from a folder. */
import path from 'node:path';
import type { Plugin } from '@docusaurus/types';

/** The bundler's way to put one module in the place of another; the same in Rspack and webpack. */
type Replacement = new (request: RegExp, by: string) => { apply(compiler: unknown): void };

export default function offline(): Plugin {
  return {
    name: 'ringside-offline',
    getClientModules: () => [path.join(__dirname, 'client.js')],
    configureWebpack(_config, isServer, { currentBundler }) {
      const resolve = { alias: { history$: path.join(__dirname, 'history.js') } };
      if (isServer) return { resolve };
      const { NormalModuleReplacementPlugin } = currentBundler.instance as unknown as {
        NormalModuleReplacementPlugin: Replacement;
      };
      // As `clientEntry.js` asks for it, and `docusaurus.js` beside it.
      const preload = new NormalModuleReplacementPlugin(/^\.\/preload$/, path.join(__dirname, 'preload.js'));
      return { resolve, plugins: [preload] } as object;
    },
  };
}
