/**
 * The notebooks as pages of the site: before a build each `.ipynb` becomes a page of MDX whose text is the notebook's and whose cells are
 * components. The file itself is put beside the page.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Where the pages are written, below the site's directory. */
export const PAGES = '.docusaurus/notebook-pages';
/** Address of pages and files. */
export const ROUTE = 'notebooks';

const NAME = /^(\d\d-[a-z-]+)\.ipynb$/;

export interface IpynbCell {
  readonly cell_type: 'markdown' | 'code';
  readonly metadata: { readonly tags?: readonly string[] };
  readonly source: readonly string[];
  readonly outputs?: readonly IpynbOutput[];
}

export interface IpynbOutput {
  readonly output_type: 'stream' | 'display_data';
  readonly name?: string;
  readonly text?: readonly string[];
  readonly data?: Readonly<Record<string, readonly string[]>>;
}

/** The cells of a committed notebook. */
export function cellsOf(siteDir: string, name: string): IpynbCell[] {
  const text = readFileSync(path.join(siteDir, 'notebooks', `${name}.ipynb`), 'utf8');
  return (JSON.parse(text) as { cells: IpynbCell[] }).cells;
}

export const notebookNames = (siteDir: string): string[] =>
  readdirSync(path.join(siteDir, 'notebooks'))
    .flatMap((file) => NAME.exec(file)?.[1] ?? [])
    .sort();

/** Text of a notebook as MDX: what looks like a tag or an expression is text, except for folds; notebooks are linked as pages. */
export function mdxOf(markdown: string): string {
  return markdown
    .split(/(^```[\s\S]*?^```|`[^`\n]*`)/m)
    .map((part) =>
      part.startsWith('`')
        ? part
        : part
            .replace(/<(?!\/?(?:details|summary)>)/g, '&lt;')
            .replaceAll('{', '\\{')
            .replace(/\]\((\d\d-[a-z-]+)\.ipynb\)/g, '](./$1.mdx)'),
    )
    .join('');
}

/** One page. */
export function pageOf(name: string, cells: readonly IpynbCell[]): string {
  const [head, ...rest] = cells;
  const opening = (head?.source ?? []).join('');
  const title = /^# (.+)/.exec(opening)?.[1] ?? name;
  const intro = opening.replace(/^# .+\n*/, '');
  const first = /[^\n]+(?:\n[^\n]+)*/.exec(intro)?.[0].replace(/\s+/g, ' ').replace(/[`*]/g, '') ?? '';
  let n = 0;
  const parts = rest.map(({ cell_type, source }) =>
    cell_type === 'code' ? `<NotebookCell of="${name}" n={${n++}} />` : mdxOf(source.join('')),
  );
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    `description: ${JSON.stringify(/^.{1,150}(?=[\s.]|$)/.exec(first)?.[0] ?? title)}`,
    '---',
    '',
    mdxOf(intro),
    '',
    `<NotebookFile of="${name}" />`,
    '',
    parts.join('\n\n'),
    '',
  ].join('\n');
}

/** Writes all pages, and the files into a folder of static files. Only what changed is written: a bundler may be watching. */
export function notebookPages(siteDir: string, staticDir: string): void {
  const folder = path.join(siteDir, PAGES);
  const files = path.join(siteDir, staticDir, ROUTE);
  for (const each of [folder, files]) mkdirSync(each, { recursive: true });
  const names = notebookNames(siteDir);
  for (const name of names) {
    once(path.join(folder, `${name}.mdx`), pageOf(name, cellsOf(siteDir, name)));
    copyFileSync(path.join(siteDir, 'notebooks', `${name}.ipynb`), path.join(files, `${name}.ipynb`));
  }
  for (const file of readdirSync(folder))
    if (!names.includes(file.replace(/\.mdx$/, ''))) rmSync(path.join(folder, file));
}

function once(file: string, text: string): void {
  try {
    if (readFileSync(file, 'utf8') === text) return;
  } catch {
    // It is new.
  }
  writeFileSync(file, text);
}
