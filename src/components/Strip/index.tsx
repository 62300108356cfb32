/** Under the title: how long, how hard, what first, which version. */
import Link from '@docusaurus/Link';
import { PAGE_TITLES } from '../../data/page-titles';
import styles from './styles.module.css';

export default function Strip({
  data,
  minutes,
  level,
  needs = [],
}: {
  data: { version: string };
  minutes: number;
  level: string;
  needs?: readonly string[];
}) {
  return (
    <ul className={styles.strip}>
      <li>{minutes} minutes</li>
      {needs.length === 0 ? (
        <li>{level}</li>
      ) : (
        <li>
          read first:{' '}
          {needs.map((id) => (
            <Link key={id} to={`/concepts/${id}`}>
              {PAGE_TITLES[id] ?? id}
            </Link>
          ))}
        </li>
      )}
      <li>ringside {data.version}</li>
      <li>
        <Link to="/how-true">how true is this?</Link>
      </li>
    </ul>
  );
}
