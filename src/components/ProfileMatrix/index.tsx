/** Which system uses which enlightenment: a table to scan, and the source of every cell below it. */
import type { Matrix } from '../../plugins/truth/enlightenments.ts';
import { ScrollTable } from '../Layout/ScrollTable.tsx';
import styles from './styles.module.css';

const MARKS: Readonly<Record<string, string>> = { yes: '●', no: '○', 'not known': '?' };
const KNOWN: Readonly<Record<string, string>> = {
  read: 'read',
  inferred: 'inferred',
  recalled: 'from memory',
};

export default function ProfileMatrix({ data: { enlightenments, systems } }: { data: Matrix }) {
  return (
    <>
      <p className={styles.key}>
        {Object.entries(MARKS).map(([use, mark]) => (
          <span key={use}>
            <span aria-hidden="true">{mark}</span> {use}
          </span>
        ))}
      </p>
      <ScrollTable className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">Enlightenment</th>
            {systems.map(({ id, title }) => (
              <th key={id} scope="col">
                <span>{title}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {enlightenments.map(({ id, title }, row) => (
            <tr key={id}>
              <th scope="row">
                <a href={`#${id}`}>{title}</a>
              </th>
              {systems.map(({ id: system, cells }) => (
                <td key={system} data-use={cells[row].use} title={`${cells[row].source} ${cells[row].note}`}>
                  <span aria-hidden="true">{MARKS[cells[row].use]}</span>
                  <span className="visually-hidden">{cells[row].use}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      {systems.map(({ id, title, year, about, cells }) => (
        <details key={id} className={styles.system}>
          <summary>
            {title} ({year}): {cells.filter(({ use }) => use === 'yes').length} in use,{' '}
            {cells.filter(({ use }) => use === 'not known').length} not known
          </summary>
          <p>{about}</p>
          <ul>
            {cells.map(({ use, evidence, source, note }, row) => (
              <li key={enlightenments[row].id}>
                <span aria-hidden="true">{MARKS[use]}</span> {enlightenments[row].title}: {use}
                {use !== 'not known' && (
                  <span className={styles.source}>
                    , {KNOWN[evidence]}
                    {source && `: ${source}`}
                    {note && `. ${note}`}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </details>
      ))}
    </>
  );
}
