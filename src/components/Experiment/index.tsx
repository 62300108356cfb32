/** One component for all experiments: controls from the declaration, the run in a worker, lanes, counters, account, take-away. */
import { useEffect, useId, useMemo, useState } from 'react';
import { formatCount, formatCycles } from '../../../sim/lab/format.ts';
import type { Detail, Schema, Still } from '../../truth/types.ts';
import { useBet } from '../Bet/store.ts';
import { Fold } from '../Fold/index.tsx';
import { Goals } from '../Goals/index.tsx';
import { Account } from './Account.tsx';
import { Control } from './Controls.tsx';
import { Axis, Lanes } from './Lanes.tsx';
import { Player } from './Player.tsx';
import { Counters, Cycles, Stages, Switches } from './Readouts.tsx';
import { RingMap } from './RingMap.tsx';
import { Share } from './Share.tsx';
import styles from './styles.module.css';
import { useExperiment } from './useExperiment.ts';
import type { Window } from './zoom.ts';
import { bandsIn, following, routeIn, zoomed } from './zoom.ts';

export interface ExperimentProps {
  /** Filled by the build. */
  readonly schema: Schema;
  readonly still: Still;
  readonly other?: Still;
  readonly veil?: boolean;
  /** Number of this experiment on its page, from 1. */
  readonly fig?: string;
  /** Groups of controls that are open at first. */
  readonly stage?: number | string;
  readonly view?: string;
  /** The belief that the wrong run stands for. */
  readonly belief?: string;
  /** Shows the puzzles of the experiment. */
  readonly goals?: boolean;
}

const VIEWS: Readonly<Record<string, string>> = {
  lanes: 'Who works when',
  switches: 'Switches',
  cycles: 'Where the time goes',
  ring: 'The ring',
};

const STATUS: Readonly<Record<string, string>> = {
  idle: 'as built',
  running: 'running …',
  done: 'run here',
  stopped: 'stopped after 10 seconds',
  failed: 'did not run',
};

export default function Experiment({
  schema,
  still,
  other,
  veil = false,
  fig = '1',
  stage = 0,
  view = 'lanes',
  belief,
  goals = false,
}: ExperimentProps) {
  const lab = useExperiment(schema, still, other, Number(fig));
  const { settings, outcome } = lab;
  const { stills } = outcome;
  const [shown, setShown] = useState(view);
  const [open, setOpen] = useState(Number(stage));
  const heading = useId();
  const { placed } = useBet(`${schema.id}/0`);
  /** Until the bet is placed nothing tells the outcome. */
  const hidden = veil && !placed && !outcome.ran;
  const contrast = settings.contrast ?? {};
  const pinned = Object.keys(contrast).length === Object.keys(schema.params).length;
  const names = schema.stages
    .slice(0, open + 1)
    .flat()
    .filter((name) => pinned || !(name in contrast));
  const views = Object.keys(VIEWS).filter(
    (name) =>
      name === 'lanes' || (name === 'switches' ? stills[0].switches.length > 0 : schema.views.includes(name)),
  );
  const wrong = stills.find((entry) => entry.wrongRule)?.wrongRule;
  const loose = outcome.issues.filter(({ path }) => !names.includes(path));

  return (
    <figure className={styles.experiment} aria-labelledby={heading}>
      <div className={styles.head}>
        <figcaption id={heading}>
          {other ? 'Two runs on one scale of time' : schema.title}
          {belief && <span className={styles.belief}> As if: {belief}.</span>}
        </figcaption>
        <p className={styles.status} role="status" data-status={outcome.status}>
          {STATUS[outcome.status]}
        </p>
      </div>
      {!other && <Presets schema={schema} values={settings.values} onPick={lab.preset} />}
      <Controls folded={Boolean(other)}>
        {names.map((name) => (
          <Control
            key={name}
            name={name}
            param={schema.params[name]}
            value={settings.values[name]}
            issue={outcome.issues.find(({ path }) => path === name)}
            onChange={(value) => lab.set(name, value)}
          />
        ))}
      </Controls>
      {goals && <Goals goals={schema.goals} met={outcome.met} />}
      <div className={styles.tools}>
        {open + 1 < schema.stages.length && (
          <button type="button" onClick={() => setOpen(open + 1)}>
            More controls
          </button>
        )}
        <button type="button" onClick={lab.undo} disabled={!lab.canUndo}>
          Undo
        </button>
        <button type="button" onClick={lab.reset}>
          Reset
        </button>
        {!other && (
          <button
            type="button"
            onClick={() => lab.pin(!settings.contrast)}
            aria-pressed={Boolean(settings.contrast)}
          >
            {settings.contrast ? 'Drop the kept run' : 'Keep this run beside the next'}
          </button>
        )}
        {outcome.status !== 'running' && (
          <button type="button" onClick={lab.rerun}>
            Run
          </button>
        )}
      </div>
      {(loose.length > 0 || outcome.message) && (
        <div className={styles.failure} role="alert">
          <strong>✕ {outcome.message || 'This was not run.'}</strong>
          <ul>
            {loose.map(({ path, message, hint }) => (
              <li key={path + message}>
                {message}: {hint}.
              </li>
            ))}
          </ul>
        </div>
      )}
      {wrong && (
        <p className={styles.watermark}>
          <strong>Wrong rule, on purpose.</strong> {wrong}
        </p>
      )}
      {views.length > 1 && !hidden && (
        <fieldset className={styles.views}>
          <legend className="visually-hidden">View</legend>
          {views.map((name) => (
            <label key={name}>
              <input type="radio" name={heading} checked={shown === name} onChange={() => setShown(name)} />
              <span>{VIEWS[name]}</span>
            </label>
          ))}
        </fieldset>
      )}
      <div className={styles.stage} data-wrong={wrong ? true : undefined}>
        {shown === 'lanes' && (
          <Timeline outcome={outcome} ensure={lab.ensure} lines={lab.lines} untold={hidden} />
        )}
        {shown === 'switches' && <Switches stills={stills} />}
        {shown === 'cycles' && <Cycles stills={stills} />}
        {shown === 'cycles' && stills.length === 1 && <Stages still={stills[0]} />}
        {shown === 'ring' && <RingMap stills={stills} />}
      </div>
      {stills.length > 1 && shown !== 'lanes' && <Legend lines={lab.lines} />}
      <Veil on={veil} open={!hidden}>
        <div className={styles.readouts}>
          <Counters
            stills={stills}
            rows={({ headline }) => headline}
            caption="The counters that tell the story"
          />
          <Fold title="All counters">
            <Counters stills={stills} rows={({ more }) => more} caption="All other counters" />
          </Fold>
        </div>
        <Account stills={stills} />
      </Veil>
      <Share lines={lab.lines} still={stills[0]} fig={fig} />
      <p className={styles.facts}>
        ringside {stills[0].version} · seed {stills[0].seed} · hardware of {stills[0].era} ·{' '}
        {formatCount(stills[0].hz / 1e6)} MHz ·{' '}
        {stills.map((entry, i) => (
          <span key={i === 0 ? 'A' : 'B'}>
            {i > 0 && ' · '}digest <code data-digest={entry.line}>{entry.digest}</code>
          </span>
        ))}
      </p>
    </figure>
  );
}

/** A contrast speaks first; who wants to change what both runs share opens the controls. */
function Controls({ folded, children }: { folded: boolean; children: React.ReactNode }) {
  const grid = <div className={styles.controls}>{children}</div>;
  return folded ? <Fold title="Change what both runs share">{grid}</Fold> : grid;
}

const Legend = ({ lines }: { lines: readonly string[] }) => (
  <p className={styles.legend}>
    {lines.map((line, i) => (
      <span key={i === 0 ? 'A' : 'B'}>
        <b>{i === 0 ? 'A' : 'B'}</b> <code>{line}</code>{' '}
      </span>
    ))}
  </p>
);

/** Hides the numbers until the reader has bet, skipped or run. Without script it opens by a click. */
function Veil({ on, open, children }: { on: boolean; open: boolean; children: React.ReactNode }) {
  if (!on) return children;
  return (
    <details className={styles.veil} open={open || undefined}>
      <summary>What was counted</summary>
      {children}
    </details>
  );
}

function Presets({
  schema,
  values,
  onPick,
}: {
  schema: Schema;
  values: Readonly<Record<string, unknown>>;
  onPick: (params: never) => void;
}) {
  const entries = Object.entries(schema.presets);
  const isOn = (params: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(schema.params).every(([name, param]) => values[name] === (params[name] ?? param.default));
  const present = entries.find(([, { params }]) => isOn(params));
  if (entries.length === 0) return null;
  return (
    <div className={styles.presets}>
      <fieldset>
        <legend className="visually-hidden">Presets</legend>
        {entries.map(([name, { title, params }]) => (
          <button
            type="button"
            key={name}
            aria-pressed={present?.[0] === name}
            onClick={() => onPick(params as never)}
          >
            {title}
          </button>
        ))}
      </fieldset>
      <p>{present ? present[1].sentence : 'Your own settings.'}</p>
    </div>
  );
}

type Lab = ReturnType<typeof useExperiment>;

/** Lanes of one or two runs on one scale of time, with the player under them. */
function Timeline({
  outcome,
  ensure,
  lines,
  untold,
}: {
  outcome: Lab['outcome'];
  ensure: () => void;
  lines: readonly string[];
  untold: boolean;
}) {
  const { stills, details } = outcome;
  const [event, setEvent] = useState(-1);
  const [window, setWindow] = useState<Window>();
  const length = Math.max(1, ...stills.map((entry) => entry.length));
  const detail = details?.[0];
  const line = stills[0].line;

  // Another run has other steps: start again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the line names the run.
  useEffect(() => {
    setEvent(-1);
    setWindow(undefined);
  }, [line]);

  const at = detail && event >= 0 && event < detail.steps.at.length ? detail.steps.at[event] : -1;
  const view = useMemo(
    () => (window && at >= 0 ? following(window, at, length) : window),
    [window, at, length],
  );
  const about = at >= 0 ? at : view ? (view.from + view.to) / 2 : 0;
  const zoomBy = (factor: number): void => {
    ensure();
    setWindow(zoomed(view ?? { from: 0, to: length }, factor, about, length));
  };
  return (
    <>
      {stills.map((still, i) => (
        <RunLanes
          key={i === 0 ? 'A' : 'B'}
          untold={untold}
          still={still}
          detail={details?.[i]}
          letter={stills.length > 1 ? 'AB'[i] : undefined}
          line={lines[i]}
          view={view}
          length={length}
          at={at}
          end={detail && at >= 0 ? Math.max(detail.steps.end[event], at) : -1}
        />
      ))}
      <Axis from={view?.from ?? 0} to={view?.to ?? length} hz={stills[0].hz} />
      {stills.some(({ dropped }) => dropped > 0) && (
        <p className={styles.limit}>
          Recording stopped at its limit of {formatCount(stills[0].cap)} rows; the counters count everything,{' '}
          {formatCount(stills[0].dropped)} later rows included.
        </p>
      )}
      <Player
        events={stills[0].steps}
        detail={detail}
        hz={stills[0].hz}
        event={event}
        onEvent={setEvent}
        onWake={ensure}
        zoom={{ in: () => zoomBy(0.5), out: () => zoomBy(2), all: () => setWindow(undefined), whole: !view }}
      />
    </>
  );
}

interface RunLanesProps {
  readonly untold: boolean;
  readonly still: Still;
  readonly detail?: Detail;
  readonly letter?: string;
  readonly line?: string;
  readonly view?: Window;
  readonly length: number;
  readonly at: number;
  readonly end: number;
}

function RunLanes({ untold, still, detail, letter, line, view, length, at, end }: RunLanesProps) {
  const zoom = view && detail ? view : undefined;
  const bands = useMemo(
    () => (zoom && detail ? bandsIn(detail.steps, zoom) : still.bands),
    [zoom, detail, still],
  );
  const whole = useMemo(() => ({ from: 0, to: Math.max(1, still.length) }), [still]);
  const route = useMemo(
    () => (detail ? routeIn(detail.steps, zoom ?? whole) : undefined),
    [detail, zoom, whole],
  );
  const { from, to } = zoom ?? whole;
  const cursor = at >= 0 ? ([(at - from) / (to - from), (end - from) / (to - from)] as const) : undefined;
  return (
    <div className={styles.run}>
      {letter && (
        <p className={styles.legend}>
          <b>{letter}</b> <code>{line}</code> <span>{formatCycles(still.length, still.hz)}</span>
          {still.wrongRule && <em> wrong rule</em>}
        </p>
      )}
      <Lanes
        bands={bands}
        route={route}
        share={zoom ? 1 : still.length / length}
        cursor={cursor}
        label={untold ? `Lanes of ${still.line}.` : `Lanes of ${still.line}. ${still.summary}`}
      />
    </div>
  );
}
