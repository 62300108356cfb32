/** The outgoing ring at the end of a run, drawn round: what lies between the two indices has been written and not yet read. */
import { formatBytes } from '../../../sim/core/units.ts';
import type { Still } from '../../truth/types.ts';
import styles from './ring.module.css';

const R = 84;
const AROUND = 2 * Math.PI * R;

export function RingMap({ stills }: { stills: readonly Still[] }) {
  return (
    <div className={styles.maps}>
      {stills.map((still, i) => (
        <Ring key={i === 0 ? 'A' : 'B'} still={still} letter={stills.length > 1 ? 'AB'[i] : undefined} />
      ))}
    </div>
  );
}

function Ring({ still, letter }: { still: Still; letter?: string }) {
  const map = still.series.find(({ id }) => id === 'ring-map');
  if (!map) return null;
  const [size, read, write, mask, pending] = map.values;
  const unread = (write - read + size) % size;
  const fullest = [...still.headline, ...still.more].find(({ name }) => name === 'fullest')?.value ?? 0;
  const hand = (index: number) => ({ transform: `rotate(${(360 * index) / size}deg)` });
  const words = `Ring of ${formatBytes(size)}: read index ${read}, write index ${write}, ${unread} bytes unread; at most ${formatBytes(fullest)} lay in it.`;
  return (
    <div className={styles.ring}>
      <svg viewBox="-130 -130 260 260" role="img" aria-label={words}>
        <circle r={R} className={styles.data} />
        <circle
          r={R + 16}
          className={styles.most}
          pathLength={AROUND}
          strokeDasharray={`${(AROUND * fullest) / size} ${AROUND}`}
          transform={`rotate(${(360 * (write - fullest)) / size - 90})`}
        />
        <circle
          r={R}
          className={styles.unread}
          pathLength={AROUND}
          strokeDasharray={`${(AROUND * unread) / size} ${AROUND}`}
          transform={`rotate(${(360 * read) / size - 90})`}
        />
        <g style={hand(write)}>
          <path className={styles.write} d="M0 -64V-108M-6 -102L0 -112L6 -102" />
        </g>
        <g style={hand(read)}>
          <path className={styles.read} d="M0 -104V-60M-6 -66L0 -56L6 -66" />
        </g>
        <text y="-6">{formatBytes(unread)}</text>
        <text y="16" className={styles.small}>
          unread
        </text>
      </svg>
      <dl>
        {letter && (
          <div>
            <dt>run {letter}</dt>
            <dd>
              <code>{still.line}</code>
            </dd>
          </div>
        )}
        <Fact name="ring" text={formatBytes(size)} />
        <Fact name="write index" text={String(write)} className={styles.writeWord} />
        <Fact name="read index" text={String(read)} className={styles.readWord} />
        <Fact name="interrupt mask" text={mask ? '1: do not signal' : '0: signal me'} />
        <Fact name="pending_send_sz" text={String(pending)} />
        <Fact name="fullest during the run" text={formatBytes(fullest)} />
      </dl>
    </div>
  );
}

const Fact = ({ name, text, className }: { name: string; text: string; className?: string }) => (
  <div>
    <dt className={className}>{name}</dt>
    <dd>{text}</dd>
  </div>
);
