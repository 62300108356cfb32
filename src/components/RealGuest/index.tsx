/** A real guest on this page's host: its files, its switches, its console, and everything that it does. Nothing is loaded before it is asked for. */
import useBaseUrl from '@docusaurus/useBaseUrl';
import { useMemo, useState } from 'react';
import { Lanes } from '../Experiment/Lanes.tsx';
import Console from './Console.tsx';
import { Counts, Moments } from './Counts.tsx';
import Files from './Files.tsx';
import { FileProblem, guestOf, missing, type Recognised } from './files.ts';
import Log from './Log.tsx';
import Rings from './Rings.tsx';
import Switches, { AS_TODAY } from './Switches.tsx';
import styles from './styles.module.css';
import { type Phase, useGuest } from './useGuest.ts';

const PHASES: Readonly<Record<Phase, string>> = {
  idle: 'Nothing has been loaded.',
  loading: 'Loading …',
  running: 'The guest runs.',
  paused: 'The guest is paused.',
  done: 'The guest is off.',
  failed: 'The guest could not run.',
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export default function RealGuest() {
  const library = useBaseUrl('/emulator/v86.js');
  const module = useBaseUrl('/emulator/v86.wasm');
  const folder = useBaseUrl('/guests');
  const places = useMemo(() => ({ library, module }), [library, module]);
  const { guest, start, stop, resume, step, tell } = useGuest(places);
  const [files, setFiles] = useState<readonly Recognised[]>([]);
  const [settings, setSettings] = useState(AS_TODAY);
  const [problem, setProblem] = useState('');
  const { phase, report } = guest;
  const alive = phase === 'running' || phase === 'paused';
  const ready = files.length > 0 && missing(files).length === 0;

  const begin = async (): Promise<void> => {
    try {
      setProblem('');
      start(await guestOf(files), settings);
    } catch (error) {
      setProblem(
        error instanceof FileProblem ? error.message : `These files cannot be used: ${String(error)}.`,
      );
    }
  };

  return (
    <section className={styles.guest} aria-label="A real guest" data-phase={phase}>
      <Files files={files} onFiles={setFiles} folder={folder} />
      <Switches settings={settings} onSettings={setSettings} />
      <div className={styles.actions}>
        <button type="button" disabled={!ready || phase === 'loading'} onClick={() => void begin()}>
          {alive ? 'Start again' : 'Load the emulator and start'}
        </button>
        <button type="button" disabled={phase !== 'running'} onClick={() => tell({ kind: 'pause' })}>
          Pause
        </button>
        <button type="button" disabled={phase !== 'paused'} onClick={resume}>
          Go on
        </button>
        <button type="button" disabled={phase !== 'paused'} onClick={step}>
          To the next hypercall
        </button>
        <button type="button" disabled={!alive} onClick={stop}>
          Stop
        </button>
        <button type="button" disabled={!alive} onClick={() => tell({ kind: 'record' })}>
          Save the recording
        </button>
      </div>
      <p role="status" className={phase === 'failed' || problem ? styles.problem : styles.phase}>
        {problem || `${PHASES[phase]} ${guest.why}`.trim()}
      </p>
      {phase !== 'idle' && (
        <>
          <Console
            text={guest.serial || guest.screen}
            alive={phase === 'running'}
            onType={(text) => tell({ kind: 'type', text })}
          />
          <Moments now={report?.milestones ?? []} former={guest.former} />
        </>
      )}
      {report && (
        <>
          <p className={styles.clock}>
            {seconds(report.real)} of yours, {seconds(report.guest)} of the guest’s.
          </p>
          <Counts counters={report.counters} />
          <h3>Who worked since the last look</h3>
          <Lanes
            bands={report.bands}
            label={`Lanes of the last ${report.span.toFixed(0)} µs of exits: who worked when`}
          />
          <p className={styles.clock}>{report.span.toFixed(0)} µs of the guest’s time.</p>
          <Rings rings={report.rings} />
          <Log log={guest.log} />
        </>
      )}
    </section>
  );
}
