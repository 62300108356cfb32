import styles from './styles.module.css';

/** Lanes from top to bottom, in the order of every figure on this site. */
const LANES = [
  ['guest-user', 'application'],
  ['guest-kernel', 'guest kernel'],
  ['hypervisor', 'hypervisor'],
  ['root-kernel', 'root kernel'],
  ['root-user', 'worker process'],
  ['hardware', 'disk'],
] as const;

const ROW = 40;
const HEIGHT = ROW * LANES.length;
const y = (lane: number) => ROW * lane + ROW / 2;

/** A piece of work: from x to x + width in a lane. */
interface Work {
  readonly x: number;
  readonly width: number;
  readonly lane: number;
}

/** Work in time order; a hairline joins each piece to the next. */
function emulated(intercepts: number): Work[] {
  const work: Work[] = [
    { x: 0, width: 6, lane: 0 },
    { x: 6, width: 6, lane: 1 },
  ];
  for (let i = 0; i < intercepts; i++) {
    const x = 14 + i * 10;
    work.push({ x, width: 4, lane: 4 });
    if (i === 10) work.push({ x: x + 4, width: 2, lane: 5 });
    work.push({ x: x + 6, width: 4, lane: 1 });
  }
  const end = 14 + intercepts * 10;
  return [...work, { x: end, width: 8, lane: 1 }, { x: end + 8, width: 8, lane: 0 }];
}

const SYNTHETIC: Work[] = [
  { x: 0, width: 16, lane: 0 },
  { x: 16, width: 34, lane: 1 },
  { x: 52, width: 40, lane: 3 },
  { x: 92, width: 36, lane: 5 },
  { x: 128, width: 24, lane: 3 },
  { x: 154, width: 26, lane: 1 },
  { x: 180, width: 16, lane: 0 },
];

function Road({ work, label }: { work: readonly Work[]; label: string }) {
  const last = work[work.length - 1];
  const path = work.map(({ x, width, lane }) => `${x},${y(lane)} ${x + width},${y(lane)}`).join(' ');
  return (
    <svg
      className={styles.road}
      viewBox={`0 0 ${last.x + last.width} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline className={styles.path} points={path} />
      {work.map(({ x, width, lane }) => (
        <path
          key={`${x}-${lane}`}
          className={styles.work}
          style={{ stroke: `var(--place-${LANES[lane][0]})` }}
          d={`M${x} ${y(lane)}h${width}`}
        />
      ))}
    </svg>
  );
}

function Lanes() {
  return (
    <ol className={styles.lanes} aria-hidden="true">
      {LANES.map(([place, title]) => (
        <li key={place} className={styles[place] ?? ''} style={{ color: `var(--place-${place}-text)` }}>
          {title}
        </li>
      ))}
    </ol>
  );
}

/** The odd fact of the first page: the same read, by two roads, each drawn with the crossings that it makes. */
export default function HomeExperiment() {
  return (
    <figure className={styles.figure}>
      <div className={styles.stage}>
        <div className={styles.side}>
          <p className={styles.count}>
            <strong>62</strong> intercepts
            <span>emulated IDE disk, by programmed I/O</span>
          </p>
          <div className={styles.plot}>
            <Lanes />
            <Road
              work={emulated(62)}
              label="The emulated road: 62 times the guest kernel stops, control falls through the hypervisor and the root kernel to the worker process, and comes back."
            />
          </div>
        </div>
        <div className={styles.side}>
          <p className={styles.count}>
            <strong>0</strong> intercepts
            <span>synthetic disk, one signal</span>
          </p>
          <div className={styles.plot}>
            <Lanes />
            <Road
              work={SYNTHETIC}
              label="The synthetic road: the guest kernel writes one request into a ring and signals once; the root kernel reads the disk and answers once."
            />
          </div>
        </div>
      </div>
      <figcaption>
        One 4 KiB read, two roads to the same bytes. Every tooth is one time the guest was stopped; width is
        the order of events, not their duration.
      </figcaption>
    </figure>
  );
}
