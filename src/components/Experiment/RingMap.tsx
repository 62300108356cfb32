/**
 * The outgoing ring, drawn round: what lies between the two indices has been written and not yet read. It shows the moment of the cursor,
 * and the end of the run when there is none.
 */
import { formatBytes } from '../../../sim/core/units.ts';
import { formatCycles } from '../../../sim/lab/format.ts';
import type { Detail, Still } from '../../truth/types.ts';
import styles from './ring.module.css';
import { type Cursor, lastAt } from './useCursor.ts';

const R = 84;
const AROUND = 2 * Math.PI * R;

export interface RingMapProps {
  readonly stills: readonly Still[];
  readonly details?: readonly Detail[];
  readonly cursor: Cursor;
}

export function RingMap({ stills, details, cursor }: RingMapProps) {
  return (
    <div className={styles.maps}>
      {stills.map((still, i) => (
        <Ring
          key={i === 0 ? 'A' : 'B'}
          still={still}
          moment={momentOf(details?.[i], cursor.at)}
          letter={stills.length > 1 ? 'AB'[i] : undefined}
        />
      ))}
    </div>
  );
}

interface Moment {
  readonly at: number;
  readonly read: number;
  readonly write: number;
}

/** The indices at a moment of the run; nothing without a cursor or where the run keeps no log of them. */
function momentOf(detail: Detail | undefined, at: number): Moment | undefined {
  const log = detail?.logs.find(({ id }) => id === 'ring');
  if (!log || at < 0) return undefined;
  const i = lastAt(log.at, at);
  return { at, read: i < 0 ? 0 : log.values[0][i], write: i < 0 ? 0 : log.values[1][i] };
}

function Ring({ still, moment, letter }: { still: Still; moment?: Moment; letter?: string }) {
  const map = still.series.find(({ id }) => id === 'ring-map');
  if (!map) return null;
  const [size, lastRead, lastWrite, mask, pending] = map.values;
  const { read, write } = moment ?? { read: lastRead, write: lastWrite };
  const unread = (write - read + size) % size;
  const fullest = [...still.headline, ...still.more].find(({ name }) => name === 'fullest')?.value ?? 0;
  const when = moment ? `after ${formatCycles(moment.at, still.hz)}` : 'at the end';
  const hand = (index: number) => ({ transform: `rotate(${(360 * index) / size}deg)` });
  const words = `Ring of ${formatBytes(size)} ${when}: read index ${read}, write index ${write}, ${unread} bytes unread; at most ${formatBytes(fullest)} lay in it.`;
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
        <Fact name="moment" text={when} />
        <Fact name="write index" text={String(write)} className={styles.writeWord} />
        <Fact name="read index" text={String(read)} className={styles.readWord} />
        <Fact name="interrupt mask at the end" text={mask ? '1: do not signal' : '0: signal me'} />
        <Fact name="pending_send_sz at the end" text={String(pending)} />
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
