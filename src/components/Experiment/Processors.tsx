/** Who has which logical processor when: a lane for each processor, a bar for each stretch, the machine as its colour. */
import { formatCycles } from '../../../sim/lab/format.ts';
import type { Still } from '../../truth/types.ts';
import styles from './processors.module.css';

/** Numbers a stretch has in a still: processor, machine, VP, start, width. */
const FIELDS = 5;
const LANE = 20;
const WIDTH = 1000;
/** Stretches wider than this, in thousandths of the figure, carry their name. */
const NAMED = 26;

interface Bar {
  readonly processor: number;
  readonly machine: number;
  readonly vp: number;
  readonly from: number;
  readonly to: number;
}

/** Parts in which a still counts the span of its stretches. */
const PARTS = 10_000;

function barsOf({ processors }: Still): Bar[] {
  const stretches = processors?.stretches ?? [];
  return Array.from({ length: stretches.length / FIELDS }, (_, i) => {
    const [processor, machine, vp, from, width] = stretches.slice(i * FIELDS, (i + 1) * FIELDS);
    return { processor, machine, vp, from, to: from + width };
  });
}

/** Spans that differ by more than this share are told apart by eye. */
const SAME = 1.01;

/** A picture is as wide as its stretches last, so two of them may have two scales. */
function onOneScale(stills: readonly Still[]): boolean {
  const lengths = stills.map(({ processors }) => processors?.length ?? 0).filter((length) => length > 0);
  return lengths.length < 2 || Math.max(...lengths) < SAME * Math.min(...lengths);
}

/** `at` is the cursor's moment in cycles, negative without one. */
export function Processors({ stills, at }: { stills: readonly Still[]; at: number }) {
  return (
    <div className={styles.all}>
      {stills.map((still, i) => (
        <One
          key={i === 0 ? 'A' : 'B'}
          still={still}
          at={at}
          letter={stills.length > 1 ? 'AB'[i] : undefined}
        />
      ))}
      <p className={styles.key}>
        Each bar is a stretch in which one VP has the processor; its name is machine.VP.{' '}
        <span className={styles.root}>root</span>
        {!onOneScale(stills) && '. The two pictures have each a scale of their own.'}
      </p>
    </div>
  );
}

const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

function One({ still, at, letter }: { still: Still; at: number; letter?: string }) {
  const bars = barsOf(still);
  if (bars.length === 0) return <p className={styles.key}>No processor changed hands.</p>;
  const lanes = 1 + Math.max(...bars.map(({ processor }) => processor));
  const count = new Set(bars.map(({ processor }) => processor)).size;
  const { length = 0, start = 0 } = still.processors ?? {};
  const words = `The first ${formatCycles(length, still.hz)} on the ${many(count, 'logical processor')} that changed hands: ${many(bars.length, 'stretch', 'stretches')}.`;
  return (
    <figure className={styles.one}>
      <figcaption>
        {letter && <b>{letter} </b>}
        {words}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${lanes * LANE}`} role="img" aria-label={words}>
        {bars.map((bar) => (
          <Stretch key={`${bar.processor} ${bar.from}`} bar={bar} scale={WIDTH / PARTS} />
        ))}
        {at >= start && at <= start + length && (
          <path className={styles.cursor} d={`M${(WIDTH * (at - start)) / length} 0v${lanes * LANE}`} />
        )}
      </svg>
    </figure>
  );
}

function Stretch({ bar, scale }: { bar: Bar; scale: number }) {
  const { processor, machine, vp, from, to } = bar;
  const width = (to - from) * scale;
  const y = processor * LANE;
  return (
    <>
      <rect
        data-machine={machine}
        x={from * scale}
        y={y + 1}
        width={Math.max(0.5, width - 1)}
        height={LANE - 2}
      />
      {width > NAMED && machine > 0 && (
        <text data-machine={machine} x={from * scale + width / 2} y={y + LANE - 6} textAnchor="middle">
          {machine}.{vp}
        </text>
      )}
    </>
  );
}
