// `npm run pdf`: the whole book as a PDF; `npm run pdf -- /concepts/two-roads …`: pages of it, each as one. Needs a Chromium.
import './require-node.mjs';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSim, install, Plain, ROOT, say, withPlainErrors } from './setup.mjs';

const OUT = join(ROOT, '.cache');
/** Rates that the paper has room for; the figures are drawn for 60 rem. */
const PAPER = {
  format: 'A4',
  scale: 0.8,
  margin: { top: '16mm', bottom: '18mm', left: '16mm', right: '16mm' },
  printBackground: true,
  outline: true,
  tagged: true,
};
const FOOT = (text) =>
  `<div style="width:100%;padding:0 16mm;font:8px sans-serif;color:#596270;display:flex;justify-content:space-between"><span>${text}</span><span class="pageNumber"></span></div>`;

/** Lists of what is on a screen. */
const NOT_READ = ['/path', '/notebooks'];

/** The pages of the book on paper, in the order of its table of contents. */
export async function pagesOfBook(build) {
  const { load } = await import('cheerio');
  const $ = load(readFileSync(join(build, 'glossary.html'), 'utf8'));
  const pages = $('.theme-doc-sidebar-menu a[href^="/"]')
    .toArray()
    .map((link) => $(link).attr('href'));
  return [...new Set(pages)].filter((page) => !NOT_READ.includes(page));
}

/** Prints one address. Script is off: the figures are settled as the build made them, and the results stand open. */
export async function print(browser, address, file, foot) {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  try {
    const page = await context.newPage();
    await page.goto(address, { waitUntil: 'load' });
    await page.evaluate(async () => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      await document.fonts.ready;
    });
    mkdirSync(dirname(file), { recursive: true });
    await page.pdf({
      ...PAPER,
      path: file,
      displayHeaderFooter: true,
      headerTemplate: '<span></span>',
      footerTemplate: FOOT(foot),
    });
  } finally {
    await context.close();
  }
}

/** The name of a page's file. */
const fileOf = (page) => join(OUT, 'pages', `${page.replace(/^\//, '').replaceAll('/', '-') || 'home'}.pdf`);

/** Writes the PDF of the book, or those of the pages that are named. Gives their files. */
export async function writePdf(build, named) {
  const [{ chromium }, { chromiumPath }, { serveFolder }, { bookHtml }] = await Promise.all([
    import('playwright-core'),
    import('./chromium.mjs'),
    import('./serve.mjs'),
    import('./book-html.mjs'),
  ]);
  const unknown = named.filter((page) => !existsSync(join(build, `${page === '/' ? 'index' : page}.html`)));
  if (unknown.length > 0)
    throw new Plain(
      `There is no page ${unknown.join(', ')}: write it as in the address, /concepts/two-roads.`,
    );
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const about = {
    title: 'Ringside',
    line: 'How Hyper-V gives a virtual machine its devices, by experiment',
    version: `Version ${version}. Text and figures: CC BY 4.0. Code: MIT.`,
  };
  const book = named.length > 0 ? {} : { '/whole-book': bookHtml(build, await pagesOfBook(build), about) };
  const { site, close } = await serveFolder(build, book);
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  const foot = `Ringside ${version}`;
  try {
    if (named.length === 0) {
      await print(browser, `${site}/whole-book`, join(OUT, 'ringside.pdf'), foot);
      return [join(OUT, 'ringside.pdf')];
    }
    for (const page of named) await print(browser, site + page, fileOf(page), foot);
    return named.map(fileOf);
  } finally {
    await browser.close();
    close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await withPlainErrors(async () => {
    install();
    buildSim();
    const { buildSite } = await import('./site.mjs');
    await buildSite();
    const files = await writePdf(join(ROOT, 'build'), process.argv.slice(2));
    for (const file of files) say(relative(ROOT, file));
  });
