/** The snippets by concept: to read, to run here, to take away. */
import Link from '@docusaurus/Link';
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import { VERSION } from '../../../sim/version.ts';
import type { SnippetGroup } from '../../plugins/truth/snippets.ts';
import CodeCell from '../CodeCell/index.tsx';
import styles from './styles.module.css';

export default function SnippetLibrary({ groups }: { groups: readonly SnippetGroup[] }) {
  // Other pages link to the groups; the check of links knows headings of Markdown only.
  const { collectAnchor } = useBrokenLinks();
  for (const { id } of groups) collectAnchor(id);
  return (
    <>
      <nav aria-label="Concepts" className={styles.toc}>
        {groups.map(({ id, title, cells }) => (
          <a key={id} href={`#${id}`}>
            {title} <span className={styles.count}>{cells.length}</span>
          </a>
        ))}
      </nav>
      {groups.map(({ id, title, page, cells }) => (
        <section key={id} aria-labelledby={id} className={styles.group}>
          <h2 id={id}>{title}</h2>
          {page && (
            <p>
              <Link to={page}>The page that explains it</Link>
            </p>
          )}
          {cells.map((cell) => (
            <div key={cell.id} id={cell.id} className={styles.snippet}>
              <CodeCell data={cell} />
              <p className={styles.licence}>
                MIT licence. Ringside {VERSION}, <code>{cell.id.replace('snippet-', '')}</code>
              </p>
            </div>
          ))}
        </section>
      ))}
    </>
  );
}
