/** The snippets by concept: to read, to run here, to take away. */
import Link from '@docusaurus/Link';
import { VERSION } from '../../../sim/version.ts';
import type { SnippetGroup } from '../../plugins/truth/snippets.ts';
import CodeCell from '../CodeCell/index.tsx';
import styles from './styles.module.css';

export default function SnippetLibrary({ groups }: { groups: readonly SnippetGroup[] }) {
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
