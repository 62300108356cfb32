/** The twenty-four contracts: what each is, how a guest finds out, what it replaces, and when it buys nothing. */
import Link from '@docusaurus/Link';
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import type { EnlightenmentLine } from '../../plugins/truth/enlightenments.ts';
import styles from './styles.module.css';

export default function EnlightenmentTable({ data }: { data: readonly EnlightenmentLine[] }) {
  return (
    <ol className={styles.list}>
      {data.map((line) => (
        <Contract key={line.id} line={line} />
      ))}
    </ol>
  );
}

function Contract({ line }: { line: EnlightenmentLine }) {
  useBrokenLinks().collectAnchor(line.id);
  const [before, after] = line.exits;
  return (
    <li id={line.id} value={line.row} className={styles.contract}>
      <h3>{line.title}</h3>
      <p>{line.what}</p>
      <dl>
        <dt>found by</dt>
        <dd>
          {line.discovery.length === 0
            ? 'nothing: the guest decides by itself'
            : line.discovery.map((bit) => <code key={bit}>{bit}</code>)}
        </dd>
        <dt>meets by</dt>
        <dd>{line.mechanisms.join(', ')}</dd>
        <dt>without it</dt>
        <dd>{line.without}</dd>
        <dt>exits</dt>
        <dd>
          {before} <span aria-hidden="true">→</span>
          <span className="visually-hidden">become</span> {after}
        </dd>
        <dt>caution</dt>
        <dd>{line.caution}</dd>
        <dt>offered by default</dt>
        <dd>{line.offeredIn.length > 0 ? line.offeredIn.join('; ') : 'in no era of this book'}</dd>
        {line.depth === 'counts' && (
          <>
            <dt>depth</dt>
            <dd>modelled at the level of exit counts only</dd>
          </>
        )}
        <dt>sources</dt>
        <dd>{line.sources.join('; ')}</dd>
        {line.pages.length > 0 && (
          <>
            <dt>experiment</dt>
            <dd>
              {line.pages.map(({ title, page }, i) => (
                <span key={page}>
                  {i > 0 && ', '}
                  <Link to={page}>{title}</Link>
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}
