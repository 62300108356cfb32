// What a built site needs to be kept by a browser: its service worker, with the names of all files of the book.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ROOT } from './setup.mjs';

const SOURCE = join(ROOT, 'src', 'plugins', 'offline', 'sw.js');
/** Kept only once they were read: large, and no part of reading the book. */
const ON_USE = /^(reference|live|emulator|guests)(\/|\.html$)/;

/** All files of a folder, with `/` between their names. */
export const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(folder, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .sort();

/** Writes `sw.js` into a built site. Its version is the content of the site: the same site is the same version. */
export function writeServiceWorker(folder) {
  const all = filesIn(folder).filter((file) => file !== 'sw.js');
  const hash = createHash('sha256');
  for (const file of all) hash.update(file).update(readFileSync(join(folder, file)));
  const kept = all.filter((file) => !ON_USE.test(file));
  const text = readFileSync(SOURCE, 'utf8')
    .replace('__VERSION__', hash.digest('hex').slice(0, 12))
    .replace('__FILES__', JSON.stringify(kept));
  writeFileSync(join(folder, 'sw.js'), text);
  return kept;
}
