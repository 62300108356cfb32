// Serves build/ on a free port for the browser tests; they read the address with `inject('site')`.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

function fileFor(url) {
  const path = normalize(decodeURIComponent(new URL(url, 'http://site').pathname));
  const candidates = [join(BUILD, path), join(BUILD, path, 'index.html'), join(BUILD, `${path}.html`)];
  return candidates.find((file) => file.startsWith(BUILD) && existsSync(file) && statSync(file).isFile());
}

export default async function setup({ provide }) {
  if (!existsSync(join(BUILD, 'index.html'))) throw new Error('build/ is empty: run `npm run build` first');
  const server = createServer((request, response) => {
    const file = fileFor(request.url);
    response.writeHead(file ? 200 : 404, {
      'content-type': TYPES[extname(file ?? 'missing.html')] ?? 'application/octet-stream',
    });
    createReadStream(file ?? join(BUILD, '404.html')).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  provide('site', `http://127.0.0.1:${server.address().port}`);
  return () => server.close();
}
