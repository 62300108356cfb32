/** What two runs differ in: from which step on, by which causes, in words and as a table. */
import { memo } from 'react';
import type { Difference as Data } from '../../../sim/lab/difference.ts';
import { differenceText } from '../../../sim/lab/difference-text.ts';
import { formatCount, formatCycles } from '../../../sim/lab/format.ts';
import type { Detail } from '../../truth/types.ts';
import { Fold } from '../Fold/index.tsx';
import styles from './difference.module.css';

/** Causes with a row of their own; the others share one. */
const ROWS = 8;
const NS = 1e9;
/** No landmark: a page has several of these, all with the same name. */
const GROUP = { role: 'group', 'aria-label': 'What the two runs differ in' };

interface DifferenceProps {
  /** Nothing while it is being computed. */
  readonly difference?: Data;
  readonly detail?: Detail;
  /** Moves the cursor to a step of the first run. */
  readonly onStep: (step: number) => void;
}

export const Difference = memo(function Difference({ difference, detail, onStep }: DifferenceProps) {
  if (!difference) return <p className={styles.waiting}>Comparing …</p>;
  const [length, parting, ...causes] = differenceText(difference);
  const row = difference.parting?.same ?? -1;
  const step = detail ? detail.steps.row.indexOf(row) : -1;
  return (
    <div className={styles.difference} {...GROUP}>
      <p>
        {length} {difference.parting && <Mark />}
        {parting}{' '}
        {step >= 0 && (
          <button type="button" onClick={() => onStep(step)} aria-keyshortcuts="d">
            Show that step
          </button>
        )}
      </p>
      {causes.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <Fold title="Where the difference comes from">
        <Causes difference={difference} />
        <Switches difference={difference} />
        {difference.limits.map((limit) => (
          <p key={limit} className={styles.limit}>
            {limit}
          </p>
        ))}
      </Fold>
    </div>
  );
});

/** The line that marks the moment in the lanes. */
const Mark = () => (
  <svg className={styles.mark} viewBox="0 0 6 16" width="6" height="16" aria-hidden="true">
    <path d="M3 0v16" />
  </svg>
);

const time = (ns: number): string => formatCycles(ns, NS);
const change = (text: (value: number) => string, [a, b]: readonly [number, number]): string =>
  a === b ? '0' : `${b < a ? '−' : '+'}${text(Math.abs(b - a))}`;

function Causes({ difference: { causes, length } }: { difference: Data }) {
  const rest = causes.slice(ROWS);
  const sum = (side: 0 | 1): number => rest.reduce((all, { ns }) => all + ns[side], 0);
  const rows = [
    ...causes.slice(0, ROWS),
    ...(rest.length > 0
      ? [{ id: 'rest', title: `${rest.length} smaller causes`, ns: [sum(0), sum(1)] as const }]
      : []),
  ];
  return (
    <table className={styles.table}>
      <caption>Time by cause</caption>
      <Head first="Cause" />
      <tbody>
        {rows.map(({ id, title, ns }) => (
          <Row key={id} title={capital(title)} pair={ns} text={time} />
        ))}
      </tbody>
      <tfoot>
        <Row title="All of it" pair={length} text={time} />
      </tfoot>
    </table>
  );
}

const Switches = ({ difference: { switches } }: { difference: Data }) =>
  switches.length > 0 && (
    <table className={styles.table}>
      <caption>Recorded switches</caption>
      <Head first="Kind" />
      <tbody>
        {switches.map(({ kind, title, count }) => (
          <Row key={kind} title={title} pair={count} text={formatCount} />
        ))}
      </tbody>
    </table>
  );

const Head = ({ first }: { first: string }) => (
  <thead>
    <tr>
      {[first, 'A', 'B', 'from A to B'].map((name) => (
        <th scope="col" key={name}>
          {name}
        </th>
      ))}
    </tr>
  </thead>
);

interface RowProps {
  readonly title: string;
  readonly pair: readonly [a: number, b: number];
  readonly text: (value: number) => string;
}

const Row = ({ title, pair, text }: RowProps) => (
  <tr>
    <th scope="row">{title}</th>
    <td>{text(pair[0])}</td>
    <td>{text(pair[1])}</td>
    <td>
      <b>{change(text, pair)}</b>
    </td>
  </tr>
);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
