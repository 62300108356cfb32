/** What can be found: the sections of the pages as they were built, so that a reader finds what a reader sees. */
import { load } from 'cheerio';

/** One place that a search can lead to. */
export interface Found {
  /** Address within the site, without its base. */
  readonly to: string;
  readonly page: string;
  readonly title: string;
  readonly text: string;
  /** `part` of a page, entry of the `reference`, or a `moment` of a run. */
  readonly kind: 'part' | 'reference' | 'moment';
}

/** Not prose: figures and controls, code, and what every page has. */
const ASIDE =
  'figure, form, script, style, noscript, nav, button, svg, pre, .hash-link, .visually-hidden, [role=tooltip]';
/** Enough to tell what a section is about; the rest would make the index long without finding more. */
const MOST_TEXT = 900;

const squeeze = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\u200b/g, '')
    .trim();

/** The sections of one built page. */
export function sectionsOf(html: string, to: string): Found[] {
  const $ = load(html);
  const main = $('main article').length > 0 ? $('main article').first() : $('main').first();
  const page = squeeze(main.find('h1').first().text()) || squeeze($('title').text().split('|')[0] ?? '');
  main.find(ASIDE).remove();
  const kind = to.startsWith('/reference') ? 'reference' : 'part';
  const found: { to: string; title: string; texts: string[] }[] = [{ to, title: page, texts: [] }];
  main.find('h2[id], h3[id], p, li, td, dd, summary').each((_, element) => {
    const node = $(element);
    if (/^h[23]$/.test(element.tagName)) {
      found.push({ to: `${to}#${node.attr('id')}`, title: squeeze(node.text()), texts: [] });
      return;
    }
    // A paragraph inside a list item is counted with the item.
    if (node.find('p, li').length === 0) found[found.length - 1]?.texts.push(squeeze(node.text()));
  });
  return found
    .map(
      ({ texts, ...place }) => ({ ...place, page, kind, text: texts.join(' ').slice(0, MOST_TEXT) }) as Found,
    )
    .filter(({ title, text }) => title !== '' && (text !== '' || kind === 'part'));
}
