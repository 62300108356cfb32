// `npm run zip`: the book as one file and as a folder, to be read from a disk without a server: open index.html.
import './require-node.mjs';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSim, install, Plain, ROOT, say, withPlainErrors } from './setup.mjs';

/** Where both are put. */
export const OUT = join(ROOT, '.cache', 'book');

/** Writes the folder, and gives its files. */
export async function writeFolder(build = join(ROOT, 'build'), out = OUT) {
  const { onDisk } = await import('./on-disk.mjs');
  const files = onDisk(build);
  rmSync(out, { recursive: true, force: true });
  for (const [name, data] of files) {
    const file = join(out, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await withPlainErrors(async () => {
    if ((process.env.BASE_URL ?? '/') !== '/')
      throw new Plain('A book in a folder has no BASE_URL: leave it out and run the same command again.');
    install();
    buildSim();
    const { buildSite } = await import('./site.mjs');
    const { zip } = await import('./zip-file.mjs');
    await buildSite();
    const files = await writeFolder();
    const archive = `${OUT}.zip`;
    writeFileSync(archive, zip(files.map(([name, data]) => [`ringside/${name}`, data])));
    say(
      `${relative(ROOT, OUT)}/index.html and ${relative(ROOT, archive)}: ${files.length} files; open index.html in a browser`,
    );
  });
