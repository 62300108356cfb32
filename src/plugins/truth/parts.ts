/**
 * What rests on a page until a reader comes near: components and their data, as a module beside the page.
 *
 * The server renders everything, so it imports that module at once. The browser already has the result as HTML and loads the module
 * when it is wanted (`components/Later`). Which of the two a page means by {@link PARTS} is decided by the bundler of each side.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Node } from './mdx.ts';
import { dataAttribute, importOf, textAttribute } from './mdx.ts';

/** What pages import their resting parts from; an alias of one of the folders in {@link PARTS_FOLDER}. */
export const PARTS = '@ringside-parts';

/** Where the modules are written, below the site's directory; generated, like everything beside it. */
export const PARTS_FOLDER = '.docusaurus/ringside-parts';

const COMPONENTS = '@site/src/components';

/** An element that rests: its component, and where in the page's resting data each of its properties lies. */
export interface Part {
  readonly name: string;
  readonly node: Node;
  readonly wanted: readonly (readonly [string, number])[];
}

/** `docs/concepts/two-roads.mdx` → `docs-concepts-two-roads`. */
export const slugOf = (file: string, directory = ''): string =>
  path
    .relative(directory, path.resolve(directory, file))
    .replace(/\.mdx?$/, '')
    .replace(/[^A-Za-z0-9]+/g, '-');

/** The parts of all pages of a site. Without a directory nothing is written. */
export class Parts {
  readonly #directory: string | undefined;

  constructor(siteDirectory?: string) {
    this.#directory = siteDirectory;
  }

  /** Turns the elements of a page into resting ones, writes their module, and gives the imports that the page needs. */
  put(file: string, rests: readonly Part[], data: readonly unknown[]): Node[] {
    if (rests.length === 0) return [];
    const slug = slugOf(file, this.#directory);
    for (const { name, node, wanted } of rests) rest(name, node, wanted);
    if (this.#directory) this.#write(slug, [...new Set(rests.map(({ name }) => name))].sort(), data);
    return [importOf('Later', `${COMPONENTS}/Later/index.tsx`), importOf('parts', `${PARTS}/${slug}.js`)];
  }

  #write(slug: string, names: readonly string[], data: readonly unknown[]): void {
    const folder = path.join(this.#directory as string, PARTS_FOLDER);
    const exported = names.map(
      (name) => `export { default as ${name} } from '${COMPONENTS}/${name}/index.tsx';`,
    );
    const text = JSON.stringify(JSON.stringify(data));
    write(folder, `all/${slug}.js`, [...exported, `export const data = JSON.parse(${text});`]);
    write(folder, `server/${slug}.js`, [
      `import * as parts from '../all/${slug}.js';`,
      'export default { parts };',
    ]);
    write(folder, `client/${slug}.js`, [`export default { load: () => import('../all/${slug}.js') };`]);
  }
}

/** `<Experiment of="…" />` becomes `<Later what="Experiment" parts={parts} of="…" in="still:3 schema:0" />`. */
function rest(name: string, node: Node, wanted: Part['wanted']): void {
  node.name = 'Later';
  node.attributes?.push(
    textAttribute('what', name),
    textAttribute('in', wanted.map(([key, index]) => `${key}:${index}`).join(' ')),
    dataAttribute('parts', 'parts'),
  );
}

/** Writes only what changed, so that a bundler that watches is not woken for nothing. */
function write(folder: string, name: string, lines: readonly string[]): void {
  const file = path.join(folder, name);
  const text = `${lines.join('\n')}\n`;
  mkdirSync(path.dirname(file), { recursive: true });
  if (readOr(file) !== text) writeFileSync(file, text);
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Names the folder of parts for as long as it exists: pages that a bundler remembers are worth nothing without their parts. */
export function partsStamp(siteDirectory: string): string {
  const file = path.join(siteDirectory, PARTS_FOLDER, 'stamp');
  const known = readOr(file);
  if (known) return known;
  const stamp = String(process.hrtime.bigint());
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, stamp);
  return stamp;
}
