/** The odd fact of the first page: the same read by two roads, on one scale of time. Every mark is from a run made at build. */
import runs from '@generated/ringside-truth/default/home.json';
import { useState } from 'react';
import { formatCycles } from '../../../sim/lab/format.ts';
import type { HomeRun } from '../../plugins/truth/home.ts';
import { Axis, Lanes } from '../Experiment/Lanes.tsx';
import styles from './styles.module.css';

const START = 1;

export default function HomeExperiment() {
  const [index, setIndex] = useState(START);
  const { size, emulated, synthetic } = runs[index];
  const length = Math.max(emulated.length, synthetic.length);
  return (
    <figure className={styles.figure}>
      <fieldset className={styles.sizes}>
        <legend>One read of</legend>
        {runs.map((pair, i) => (
          <label key={pair.size}>
            <input type="radio" name="home-size" checked={i === index} onChange={() => setIndex(i)} />
            <span>{pair.size}</span>
          </label>
        ))}
      </fieldset>
      <Road run={emulated} length={length} road="emulated IDE disk, programmed I/O" size={size} />
      <Road run={synthetic} length={length} road="synthetic disk, over VMBus" size={size} />
      <Axis from={0} to={length} hz={emulated.hz} />
      <figcaption>
        The same bytes of the same disk, on one scale of time. A stop is one time the guest had to leave so
        that a program in the host could play the part of a register.
      </figcaption>
    </figure>
  );
}

function Road({ run, length, road, size }: { run: HomeRun; length: number; road: string; size: string }) {
  const time = formatCycles(run.length, run.hz);
  return (
    <div className={styles.road}>
      <p className={styles.count}>
        <strong>{run.intercepts}</strong> stops
        <span>
          {road}: {time}
          {run.signals !== '0' && `, ${run.signals} signal`}
        </span>
      </p>
      <Lanes
        bands={run.bands}
        share={run.length / length}
        label={`A read of ${size} by the ${road}: ${run.intercepts} stops for a device, ${time}.`}
      />
    </div>
  );
}
