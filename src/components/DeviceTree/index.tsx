/** The device managers of a guest before and after, side by side: nested lists, so that they read without a picture. */
import type { DeviceLine, DeviceTrees } from '../../plugins/truth/devices.ts';
import styles from './styles.module.css';

/** A mark for each road; the words stand beside it. */
const MARKS: Readonly<Record<string, string>> = {
  ports: '▫',
  VMBus: '◆',
  'VMBus, by the filter': '◈',
  none: '',
};
const TROUBLE = '!';
const AT_REST = '·';

/** `only` leaves the first tree out where both are the same. */
export default function DeviceTree(props: { data: DeviceTrees; title: string; only?: 'after' }) {
  const { data, title, only } = props;
  return (
    <figure className={styles.figure}>
      <figcaption>{title}</figcaption>
      <div className={only ? undefined : styles.pair}>
        {!only && <Tree label="Before" lines={data.before} />}
        <Tree label={only ? 'Devices' : 'After'} lines={data.after} />
      </div>
      <p className={styles.key}>
        <span>
          <span aria-hidden="true">▫</span> by ports: a device model answers
        </span>
        <span>
          <span aria-hidden="true">◆</span> by VMBus
        </span>
        <span>
          <span aria-hidden="true">◈</span> found at ports, data by VMBus
        </span>
        <span>
          <span aria-hidden="true">{TROUBLE}</span> not working
        </span>
      </p>
      <p className={styles.facts}>
        <code>{data.line}</code> · digest <code>{data.digest}</code>
      </p>
    </figure>
  );
}

function Tree({ label, lines }: { label: string; lines: readonly DeviceLine[] }) {
  return (
    <div className={styles.tree}>
      <p className={styles.when}>{label}</p>
      {lines.length > 0 ? <Level lines={lines} /> : <p>The guest did not get that far.</p>}
    </div>
  );
}

function Level({ lines }: { lines: readonly DeviceLine[] }) {
  return (
    <ul className={styles.level}>
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two channels of a controller have the same name, and the list never changes.
        <li key={i}>
          <Device line={line} />
          {line.children.length > 0 && <Level lines={line.children} />}
        </li>
      ))}
    </ul>
  );
}

function Device({ line: { name, driver, road, state, news } }: { line: DeviceLine }) {
  const works = state === 'working';
  return (
    <span className={styles.device} data-news={news} data-road={road}>
      <span className={styles.mark} aria-hidden="true">
        {works ? MARKS[road] : state === 'left alone' ? AT_REST : TROUBLE}
      </span>
      <span>
        {name}
        <span className={styles.what}>
          <span className="visually-hidden">: </span>
          {[driver, works ? (road === 'ports' ? '' : road) : state, news].filter(Boolean).join(', ')}
        </span>
      </span>
    </span>
  );
}
