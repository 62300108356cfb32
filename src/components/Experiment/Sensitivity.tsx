/** Which cost moves this result most: a bar for each cost from its low to its high end, the longest on top. Computed when asked for. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { formatCount, unitAfter } from '../../../sim/lab/format.ts';
import { movedBy } from '../../../sim/lab/moved-by.ts';
import type { Sensitivity as Data, Influence } from '../../../sim/lab/sensitivity.ts';
import type { Readout, Still } from '../../truth/types.ts';
import { Fold } from '../Fold/index.tsx';
import { askApart, Stopped } from './ask.ts';
import controls from './controls.module.css';
import styles from './sensitivity.module.css';

/** Bars drawn; the others move less than the least of these. */
const BARS = 12;

type State = { readonly data?: Data; readonly says: string; readonly busy: boolean };
const RESTING: State = { says: '', busy: false };

export function Sensitivity({ still }: { still: Still }) {
  const [state, setState] = useState(RESTING);
  const abort = useRef<AbortController>(undefined);
  const { line } = still;

  // Another run has another answer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the line names the run.
  useEffect(() => {
    setState(RESTING);
    return () => abort.current?.abort();
  }, [line]);

  const vary = async (): Promise<void> => {
    const mine = new AbortController();
    abort.current = mine;
    setState({ says: 'Running with every cost at both ends of its range …', busy: true });
    try {
      const answer = await askApart({ kind: 'sensitivity', lines: [line] }, mine.signal);
      if (answer.kind === 'sensitivity') setState({ data: answer.sensitivity, says: '', busy: false });
      else setState({ says: answer.kind === 'failure' ? answer.message : 'no answer', busy: false });
    } catch (error) {
      if (abort.current === mine)
        setState({ says: error instanceof Stopped ? 'Stopped.' : (error as Error).message, busy: false });
    }
  };
  return (
    <Fold title="Which cost matters most">
      <div className={styles.body}>
        <p>
          Every cost in the model has a range in which it may lie. This repeats the run with each of them at
          its low and at its high end, and with all of them at once.
        </p>
        <button type="button" onClick={() => (state.busy ? abort.current?.abort() : void vary())}>
          {state.busy ? 'Stop' : 'Vary every cost'}
        </button>
        <p role="status" className={styles.says}>
          {state.says}
        </p>
        {state.data && <Tornado data={state.data} still={still} />}
      </div>
    </Fold>
  );
}

function Tornado({ data, still }: { data: Data; still: Still }) {
  const readouts = useMemo(() => [...still.headline, ...still.more], [still]);
  const names = useMemo(() => order(movedBy(data), readouts), [data, readouts]);
  const [chosen, setChosen] = useState<string>();
  const name = chosen && names.includes(chosen) ? chosen : names[0];
  const readout = readouts.find((entry) => entry.name === name);
  if (!name || !readout)
    return <p className={styles.says}>No number of this run depends on what anything costs.</p>;
  return (
    <>
      <label className={styles.chooser}>
        Number
        <select className={controls.select} value={name} onChange={(event) => setChosen(event.target.value)}>
          {names.map((each) => (
            <option key={each} value={each}>
              {readouts.find((entry) => entry.name === each)?.label ?? each}
            </option>
          ))}
        </select>
      </label>
      <Bars data={data} readout={readout} />
      <p className={styles.says}>
        {formatCount(data.influences.length)} of {formatCount(data.costs)} costs move some number of this run;
        found with {formatCount(data.runs)} runs.
        {data.complete ? '' : ' The time for it ran out: some costs were not tried.'}
      </p>
    </>
  );
}

/** Times before counters: what a reader asks first is how long. */
const TIMES = ['cycles', 'ns', 'µs', 'ms', 's'];

function order(names: readonly string[], readouts: readonly Readout[]): string[] {
  const known = names.filter((name) => readouts.some((entry) => entry.name === name));
  const isTime = (name: string): boolean =>
    TIMES.includes(readouts.find((entry) => entry.name === name)?.unit ?? '');
  const ofTime = known.filter(isTime).sort((p, q) => rank(p) - rank(q));
  return [...ofTime, ...known.filter((name) => !isTime(name))];
  function rank(name: string): number {
    return readouts.findIndex((entry) => entry.name === name);
  }
}

function Bars({ data, readout }: { data: Data; readout: Readout }) {
  const { name } = readout;
  const base = data.base[name];
  const moving = data.influences
    .map((influence) => ({ influence, reach: Math.abs(influence.high[name] - influence.low[name]) }))
    .filter(({ influence }) => influence.low[name] !== base || influence.high[name] !== base)
    .sort((p, q) => q.reach - p.reach);
  const shown = moving.slice(0, BARS).map(({ influence }) => influence);
  const values = [
    base,
    data.low[name],
    data.high[name],
    ...shown.flatMap(({ low, high }) => [low[name], high[name]]),
  ];
  const [from, to] = [Math.min(...values), Math.max(...values)];
  const place = (value: number): number => (to > from ? (100 * (value - from)) / (to - from) : 50);
  const unit = unitAfter(readout.unit);
  const bar = (low: number, high: number) => (
    <Bar base={base} low={low} high={high} place={place} unit={unit} />
  );
  return (
    <>
      <p className={styles.base}>
        {readout.label}: <b>{formatCount(base)}</b>
        {unit} in this run. Filled: the cost at its high end; outlined: at its low end.
      </p>
      <table className={styles.tornado}>
        <caption className="visually-hidden">{readout.label} with each cost at the ends of its range</caption>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Cost</th>
            <th scope="col">From its low to its high end</th>
          </tr>
        </thead>
        <tbody>
          <tr className={styles.band}>
            <th scope="row">All costs at once</th>
            <td>{bar(data.low[name], data.high[name])}</td>
          </tr>
          {shown.map((influence) => (
            <tr key={influence.name}>
              <th scope="row" title={rangeOf(influence)}>
                {capital(influence.row.what)} <span>{influence.row.basis}</span>
              </th>
              <td>{bar(influence.low[name], influence.high[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {moving.length > shown.length && (
        <p className={styles.says}>{moving.length - shown.length} further costs move it less.</p>
      )}
    </>
  );
}

interface BarProps {
  readonly base: number;
  readonly low: number;
  readonly high: number;
  readonly place: (value: number) => number;
  readonly unit: string;
}

function Bar({ base, low, high, place, unit }: BarProps) {
  const span = (value: number) => {
    const [a, b] = [place(Math.min(base, value)), place(Math.max(base, value))];
    return { left: `${a}%`, width: `${b - a}%` };
  };
  return (
    <span className={styles.row}>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.low} style={span(low)} />
        <span className={styles.high} style={span(high)} />
        <span className={styles.mid} style={{ left: `${place(base)}%` }} />
      </span>
      <span className={styles.text}>
        {formatCount(low)} to {formatCount(high)}
        {unit}{' '}
        <b>
          ({percent(low, base)} to {percent(high, base)})
        </b>
      </span>
    </span>
  );
}

const percent = (value: number, base: number): string => {
  if (base === 0) return value === 0 ? '0' : 'from 0';
  const change = Math.round((1000 * (value - base)) / Math.abs(base)) / 10;
  if (change === 0) return '±0 %';
  return `${change < 0 ? '−' : '+'}${formatCount(Math.abs(change))} %`;
};

const rangeOf = ({ row: { low, value, high, unit } }: Influence): string =>
  `${formatCount(low)} to ${formatCount(high)} ${unit}, ${formatCount(value)} used`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
