/** Texts that lead back to a run: address, embedding, citation, a line for social networks. All carry version, seed and digest or line. */
import { unitAfter } from '../../../sim/lab/format.ts';
import type { Still } from '../../truth/types.ts';

/** What of a run a text needs. */
export type Cited = Pick<Still, 'title' | 'line' | 'version' | 'seed' | 'digest' | 'wrongRule'>;

/** The query of a page that shows these lines in figure `fig`, at a step (from 1) when one is given. */
export function pageQuery(lines: readonly string[], fig: string, step = 0): string {
  const query = lines[0].includes('?') ? [lines[0].slice(lines[0].indexOf('?') + 1)] : [];
  if (fig !== '1') query.push(`fig=${fig}`);
  if (lines[1]) query.push(`with=${encodeURIComponent(lines[1])}`);
  if (step > 0) query.push(`step=${step}`);
  return query.length > 0 ? `?${query.join('&')}` : '';
}

/** The query of the embedding page: lines, view, and the version and digest that the author saw. */
export function embedQuery(lines: readonly string[], view: string, { version, digest }: Cited): string {
  const words = {
    line: lines[0],
    with: lines[1] ?? '',
    view: view === 'lanes' ? '' : view,
    v: version,
    digest,
  };
  const given = Object.entries(words).filter(([, value]) => value !== '');
  return `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** Room that the figure gets before it has said how high it is, in pixels. */
const FIRST_HEIGHT = 760;

const inAttribute = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** HTML that shows the figure in another page; its script lets the frame grow to the height that the figure tells. */
export const embedHtml = (address: string, { title }: Cited): string =>
  `<iframe src="${inAttribute(address)}" title="${inAttribute(title)}" width="100%" height="${FIRST_HEIGHT}" style="border:0" loading="lazy" allowfullscreen></iframe>\n` +
  `<script>addEventListener('message',e=>{if(e.data?.ringside==='height')for(const f of document.querySelectorAll('iframe'))if(f.contentWindow===e.source)f.height=e.data.height})</script>`;

const mark = ({ wrongRule }: Cited): string => (wrongRule ? ` WRONG RULE, on purpose: ${wrongRule}.` : '');

/** How to cite the run: what CITATION.cff asks for. */
export const citation = (run: Cited, address: string): string =>
  `The Ringside authors. “${run.title}.” Ringside ${run.version}. Run ${run.line}, seed ${run.seed}, digest ${run.digest}.${mark(run)} ${address}`;

/** A line for a social network: the finding in its counters, and the address. */
export const social = (run: Cited & Pick<Still, 'headline'>, address: string): string => {
  const facts = run.headline
    .slice(0, 3)
    .map(({ label, text, unit }) => `${label.toLowerCase()} ${text}${unitAfter(unit)}`);
  return `${run.title}: ${facts.join(', ')}.${mark(run)} Run it yourself: ${address}`;
};
