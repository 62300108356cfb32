// A folder as a site, on a free port of this machine.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

function fileFor(folder, url) {
  const path = normalize(decodeURIComponent(new URL(url, 'http://site').pathname));
  const candidates = [join(folder, path), join(folder, path, 'index.html'), join(folder, `${path}.html`)];
  return candidates.find((file) => file.startsWith(folder) && existsSync(file) && statSync(file).isFile());
}

/**
 * Serves a folder as a static host does: `/a` is `a.html`, and what is not there is `404.html`.
 * @param more answers of its own, by path: `{ '/book': '<html>…' }`
 * @returns the address, and a function that ends the serving
 */
export async function serveFolder(folder, more = {}) {
  const root = folder.endsWith(sep) ? folder : folder + sep;
  const server = createServer((request, response) => {
    const own = more[new URL(request.url, 'http://site').pathname];
    if (own !== undefined) {
      response.writeHead(200, { 'content-type': TYPES['.html'] });
      response.end(own);
      return;
    }
    const file = fileFor(root, request.url);
    response.writeHead(file ? 200 : 404, {
      'content-type': TYPES[extname(file ?? 'missing.html')] ?? 'application/octet-stream',
    });
    createReadStream(file ?? join(root, '404.html')).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { site: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
