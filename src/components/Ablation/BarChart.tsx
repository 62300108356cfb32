/** Bars with their numbers, as a table to those who hear it. The scale turns logarithmic, and says so, when the numbers need it. */
import styles from './styles.module.css';

export interface BarRow {
  readonly label: string;
  readonly value: number;
  readonly text: string;
}

/** Beyond this ratio the small bars of a linear chart cannot be seen. */
const LOG_FROM = 60;

export default function BarChart({
  title,
  note,
  rows,
}: {
  title: string;
  note: string;
  rows: readonly BarRow[];
}) {
  const values = rows.map(({ value }) => value);
  const top = Math.max(...values, 1e-9);
  const least = Math.min(...values.filter((value) => value > 0), top);
  const log = top / least > LOG_FROM;
  const share = (value: number): number => {
    if (value <= 0) return 0;
    return log ? (Math.log(value / least) + 1) / (Math.log(top / least) + 1) : value / top;
  };
  return (
    <figure className={styles.chart}>
      <figcaption>{title}</figcaption>
      <table>
        <tbody>
          {rows.map(({ label, value, text }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className={styles.number}>{text}</td>
              <td className={styles.bar} aria-hidden="true">
                <span style={{ width: `${share(value) * 100}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {note}
        {log ? '; lengths on a logarithmic scale' : ''}.
      </p>
    </figure>
  );
}
