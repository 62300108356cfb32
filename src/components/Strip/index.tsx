/** Under the title: how long, how hard, what first, which version. */
import Link from '@docusaurus/Link';
import { Fragment } from 'react';
import { PAGE_TITLES } from '../../data/page-titles';
import { useMarkAtEnd } from '../Progress/store';
import styles from './styles.module.css';

export default function Strip({
  data,
  of,
  minutes,
  level,
  needs = [],
}: {
  data: { version: string };
  /** Name of the page's experiment. */
  of: string;
  minutes: number;
  level: string;
  needs?: readonly string[];
}) {
  useMarkAtEnd(of);
  return (
    <ul className={styles.strip}>
      <li>{minutes} minutes</li>
      {needs.length === 0 ? (
        <li>{level}</li>
      ) : (
        <li>
          read first:{' '}
          {needs.map((id, index) => (
            <Fragment key={id}>
              {index > 0 && ' '}
              <Link to={`/concepts/${id}`}>{PAGE_TITLES[id] ?? id}</Link>
            </Fragment>
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
