// Serves build/ on a free port for the browser tests; they read the address with `inject('site')`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveFolder } from './serve.mjs';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));

export default async function setup({ provide }) {
  if (!existsSync(join(BUILD, 'index.html'))) throw new Error('build/ is empty: run `npm run build` first');
  const { site, close } = await serveFolder(BUILD);
  provide('site', site);
  return close;
}
