/** Every open channel with its two rings: what lies between the indices is written and not yet read. */
import type { RingHalf, RingState } from './protocol.ts';
import styles from './styles.module.css';
import { unread } from './unread.ts';

const WIDTH = 400;

function Half({ half, by }: { half: RingHalf; by: 'guest' | 'host' }) {
  const { size, read, write, packets } = half;
  const waiting = (write - read + size) % size;
  const words = `${by} writes at ${write}, the other reads at ${read} of ${size} bytes; ${waiting} bytes unread; ${packets} packets so far`;
  const x = (index: number): number => (index / size) * WIDTH;
  return (
    <td>
      <svg viewBox={`-4 0 ${WIDTH + 8} 22`} role="img" aria-label={words} className={styles.ring}>
        <rect className={styles.empty} x={0} y={6} width={WIDTH} height={10} />
        {unread(half).map(([from, share]) => (
          <rect
            key={from}
            className={by === 'guest' ? styles.unreadGuest : styles.unreadHost}
            x={from * WIDTH}
            y={6}
            width={Math.max(2, share * WIDTH)}
            height={10}
          />
        ))}
        <path className={styles.index} d={`M${x(read)} 22V4`} />
        <path className={styles.index} d={`M${x(write)} 18V0m-3 4l3 -4l3 4`} />
      </svg>
      <span className={styles.packets}>{packets} packets</span>
    </td>
  );
}

export default function Rings({ rings }: { rings: readonly RingState[] }) {
  if (rings.length === 0) return <p>No channel is open.</p>;
  return (
    <table className={styles.rings}>
      <caption>Rings of the open channels; an arrow marks where the writer stands, a line the reader</caption>
      <thead>
        <tr>
          <th scope="col">channel</th>
          <th scope="col">guest to host</th>
          <th scope="col">host to guest</th>
        </tr>
      </thead>
      <tbody>
        {rings.map(({ relid, name, out, in: back }) => (
          <tr key={relid}>
            <th scope="row">
              {relid}: {name}
            </th>
            <Half half={out} by="guest" />
            <Half half={back} by="host" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
