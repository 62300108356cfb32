// The whole book as one page: the articles of the built pages in reading order, each name in it made one of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'cheerio';

/** Attributes that name something on the page, and attributes that say how something is drawn by a name. */
const NAMES = ['id', 'for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'name'];
const DRAWN_BY = [
  'fill',
  'stroke',
  'marker-end',
  'marker-start',
  'marker-mid',
  'clip-path',
  'mask',
  'filter',
  'style',
];

/** No part of a book on paper: what is pressed, and what opens elsewhere. */
const NOT_ON_PAPER = 'button, .hash-link, script, [role="tooltip"], [id="new-version"]';

const nameOf = (page) => page.replace(/^\//, '').replaceAll('/', '-') || 'home';

/** The inside of a page's article, with all names of it under the name of the page. `pages` are those of the book. */
export function chapter(html, page, pages) {
  const $ = load(html);
  const article = $('main article').first();
  const inside = article.find('.markdown').first();
  const root = inside.length > 0 ? inside : article;
  const own = (name) => `${nameOf(page)}--${name}`;
  root.find(NOT_ON_PAPER).remove();
  root.find('details').attr('open', '');
  root.find('*').each((_, element) => {
    const node = $(element);
    for (const name of NAMES) {
      const value = node.attr(name);
      if (value) node.attr(name, value.split(' ').map(own).join(' '));
    }
    for (const name of DRAWN_BY) {
      const value = node.attr(name);
      if (value?.includes('url(#'))
        node.attr(
          name,
          value.replace(/url\(#([^)]+)\)/g, (_m, id) => `url(#${own(id)})`),
        );
    }
    for (const name of ['href', 'xlink:href']) {
      const value = node.attr(name);
      if (value) node.attr(name, target(value, page, pages));
    }
  });
  const title = root.find('h1').first().text().trim();
  return { title, html: `<section class="chapter" id="${nameOf(page)}">${root.html()}</section>` };
}

/** Where a link leads in the book; an address of the site for what is no part of it. */
function target(address, page, pages) {
  if (address.startsWith('#')) return `#${nameOf(page)}--${address.slice(1)}`;
  const [, path, hash] = /^(\/[^?#]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(address) ?? [];
  if (path === undefined || !pages.includes(path)) return address;
  return hash ? `#${nameOf(path)}--${hash}` : `#${nameOf(path)}`;
}

const STYLE = `
.book { max-width: none; margin: 0; padding: 0; }
.chapter { break-before: page; }
.cover { height: 90vh; display: flex; flex-direction: column; justify-content: center; }
.cover h1 { font-size: 34pt; margin: 0; }
.contents { break-before: page; }
.contents li { margin: 0.3em 0; }
`;

/** The book of the built site in `folder`. `pages` in reading order, as addresses; `about` stands on the cover. */
export function bookHtml(folder, pages, about) {
  const chapters = pages.map((page) => ({
    page,
    ...chapter(readFileSync(join(folder, `${page}.html`), 'utf8'), page, pages),
  }));
  const css = readdirSync(join(folder, 'assets', 'css')).filter((file) => file.endsWith('.css'));
  const contents = chapters
    .map(({ page, title }) => `<li><a href="#${nameOf(page)}">${title}</a></li>`)
    .join('');
  return `<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>${about.title}</title>
${css.map((file) => `<link rel="stylesheet" href="/assets/css/${file}">`).join('')}<style>${STYLE}</style></head>
<body><main class="book markdown"><section class="cover"><h1>${about.title}</h1><p>${about.line}</p><p>${about.version}</p></section>
<nav class="contents"><h2>Contents</h2><ol>${contents}</ol></nav>${chapters.map(({ html }) => html).join('\n')}</main></body></html>`;
}
