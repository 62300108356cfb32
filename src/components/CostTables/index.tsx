/** Every cost with its range, basis and source: one table an era, one for the disks. */
import { formatCount } from '../../../sim/lab/format.ts';
import type { CostTable } from '../../plugins/truth/costs.ts';
import { ScrollTable } from '../Layout/ScrollTable.tsx';
import styles from './styles.module.css';

const BASIS: Readonly<Record<string, string>> = {
  measured: '● measured',
  published: '◐ published',
  derived: '○ derived',
  assumed: '? assumed',
};

export default function CostTables({ data }: { data: readonly CostTable[] }) {
  return data.map(({ id, title, rows }) => (
    <details key={id} className={styles.era} open={id === '2020'}>
      <summary>
        {title}: {rows.length} costs
      </summary>
      <ScrollTable className={styles.table}>
        <thead>
          <tr>
            <th scope="col">What is paid for</th>
            <th scope="col" className="number">
              Value
            </th>
            <th scope="col" className="number">
              Range
            </th>
            <th scope="col">Unit</th>
            <th scope="col">Basis</th>
            <th scope="col">Source and note</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, what, value, low, high, unit, basis, source, note }) => (
            <tr key={name}>
              <th scope="row">
                {what}
                <br />
                <code>{name}</code>
              </th>
              <td className="number">{formatCount(value)}</td>
              <td className={`number ${styles.range}`}>
                {formatCount(low)} – {formatCount(high)}
              </td>
              <td>{unit}</td>
              <td className={styles.basis}>{BASIS[basis] ?? basis}</td>
              <td className={styles.source}>
                {source}
                {note && <span> {note}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </details>
  ));
}
