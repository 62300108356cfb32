/** One component for all experiments: controls from the declaration, the run in a worker, lanes, counters, account, take-away. */
import { type KeyboardEvent, type SyntheticEvent, useCallback, useId, useRef, useState } from 'react';
import type { Difference as Data } from '../../../sim/lab/difference.ts';
import type { Schema, Still } from '../../truth/types.ts';
import { useBet } from '../Bet/store.ts';
import { Goals } from '../Goals/index.tsx';
import { Difference } from './Difference.tsx';
import { Facts, Failure, Legend, Numbers, Veil, Views } from './Findings.tsx';
import { HeadTools } from './Keys.tsx';
import { pressKey } from './keys.ts';
import { Player } from './Player.tsx';
import { Processors } from './Processors.tsx';
import { Cycles, Stages, Switches } from './Readouts.tsx';
import { RingMap } from './RingMap.tsx';
import { Sensitivity } from './Sensitivity.tsx';
import { Sequence } from './Sequence.tsx';
import { SeriesBars } from './SeriesBars.tsx';
import { Settings, Tools } from './Settings.tsx';
import { Share } from './Share.tsx';
import styles from './styles.module.css';
import { Timeline } from './Timeline.tsx';
import { useCursor } from './useCursor.ts';
import { useExperiment } from './useExperiment.ts';
import { useZoom } from './useZoom.ts';

export interface ExperimentProps {
  /** Filled by the build. */
  readonly schema: Schema;
  readonly still: Still;
  readonly other?: Still;
  readonly difference?: Data;
  readonly veil?: boolean;
  /** Number of this experiment on its page, from 1. */
  readonly fig?: string;
  /** Groups of controls that are open at first. */
  readonly stage?: number | string;
  readonly view?: string;
  /** The series that the view of bars shows first. */
  readonly series?: string;
  /** The belief that the wrong run stands for. */
  readonly belief?: string;
  /** Shows the puzzles of the experiment. */
  readonly goals?: boolean;
}

const VIEWS: Readonly<Record<string, string>> = {
  lanes: 'Who works when',
  diagram: 'Who calls whom',
  switches: 'Switches',
  cycles: 'Where the time goes',
  ring: 'The ring',
  processors: 'Who has a processor',
  series: 'Where it goes',
};

const STATUS: Readonly<Record<string, string>> = {
  idle: 'as built',
  running: 'running …',
  done: 'run here',
  stopped: 'stopped after 10 seconds',
  failed: 'did not run',
};

/** The views that have a moment. */
const CURSORED: ReadonlySet<string> = new Set([
  'lanes',
  'diagram',
  'switches',
  'cycles',
  'ring',
  'processors',
]);

/** What starts a run when it is worked. */
const CONTROLS = 'input, select, button';

/** The names of the controls that are open; what the two runs differ in has none. */
function openControls(
  schema: Schema,
  open: number,
  contrast: Readonly<Record<string, unknown>> = {},
): string[] {
  const kept = Object.keys(contrast).length === Object.keys(schema.params).length;
  const names = schema.stages.slice(0, open + 1).flat();
  return names.filter((name) => kept || !(name in contrast));
}

/** The views that have something to show. */
const viewsOf = (schema: Schema, still: Still): string[] =>
  Object.keys(VIEWS).filter((name) => {
    if (name === 'lanes') return true;
    if (name === 'diagram') return still.steps > 0;
    return name === 'switches' ? still.switches.length > 0 : schema.views.includes(name);
  });

/** Of all views only the lanes are sure to have one scale of time. */
const titleOfTwo = (shown: string): string =>
  shown === 'lanes' ? 'Two runs on one scale of time' : 'Two runs, side by side';

export default function Experiment(props: ExperimentProps) {
  const { schema, still, other, veil = false, fig = '1', stage = 0, view = 'lanes', belief, goals } = props;
  const lab = useExperiment({ schema, still, other, difference: props.difference, fig: Number(fig) });
  const { settings, outcome, lines } = lab;
  const { stills } = outcome;
  const [shown, setShown] = useState(view);
  const [open, setOpen] = useState(Number(stage));
  const heading = useId();
  const { placed } = useBet(`${schema.id}/0`);
  /** Until the bet is placed nothing tells the outcome. */
  const hidden = veil && !placed && !outcome.ran;
  const difference =
    outcome.difference?.lines.join() === stills.map(({ line }) => line).join()
      ? outcome.difference
      : undefined;
  const names = openControls(schema, open, settings.contrast);
  const views = viewsOf(schema, stills[0]);
  const figure = useRef<HTMLElement>(null);
  const cursor = useCursor(stills, outcome.details, lab.wanted);
  const { ensure } = lab;
  // Before the bet lanes stand in for bars. Whoever steps through them goes on with them, though the run that this needs shows the bars.
  const wake = useCallback(() => {
    if (shown === 'series') setShown('lanes');
    ensure();
  }, [shown, ensure]);
  const zoom = useZoom(stills, cursor.at, wake);
  const wrong = stills.find((entry) => entry.wrongRule)?.wrongRule;
  const reach = ({ target }: SyntheticEvent): void => {
    if ((target as Element).closest(CONTROLS)) lab.wake();
  };
  const press = (event: KeyboardEvent): void => {
    if (figure.current && pressKey(figure.current, event.target as Element, event)) event.preventDefault();
  };
  const show = (name: string): void => {
    if (name === 'diagram') lab.ensure();
    setShown(name);
  };
  const more = open + 1 < schema.stages.length ? () => setOpen(open + 1) : undefined;

  return (
    <figure
      ref={figure}
      className={styles.experiment}
      aria-labelledby={heading}
      onKeyDown={press}
      onPointerOver={reach}
      onPointerDown={reach}
      onFocus={reach}
    >
      <div className={styles.head}>
        <figcaption id={heading}>
          {other ? titleOfTwo(shown) : schema.title}
          {belief && <span className={styles.belief}> As if: {belief}.</span>}
        </figcaption>
        <div className={styles.aside}>
          <p className={styles.status} role="status" data-status={outcome.status}>
            {STATUS[outcome.status]}
          </p>
          <HeadTools figure={figure} />
        </div>
      </div>
      <Settings schema={schema} lab={lab} names={names} contrast={Boolean(other)} />
      {goals && <Goals goals={schema.goals} met={outcome.met} />}
      <Tools lab={lab} contrast={Boolean(other)} onMore={more} />
      <Failure
        issues={outcome.issues.filter(({ path }) => !names.includes(path))}
        message={outcome.message}
      />
      {wrong && (
        <p className={styles.watermark}>
          <strong>Wrong rule, on purpose.</strong> {wrong}
        </p>
      )}
      {views.length > 1 && !hidden && (
        <Views group={heading} titles={VIEWS} names={views} shown={shown} onShow={show} />
      )}
      <div className={styles.stage} data-wrong={wrong ? true : undefined}>
        {(shown === 'lanes' || (shown === 'series' && hidden)) && (
          <Timeline
            stills={stills}
            details={outcome.details}
            untold={hidden}
            cursor={cursor}
            zoom={zoom}
            parting={hidden ? undefined : difference?.parting?.at}
          />
        )}
        {shown === 'diagram' && <Sequence stills={stills} details={outcome.details} cursor={cursor} />}
        {shown === 'switches' && <Switches stills={stills} details={outcome.details} at={cursor.at} />}
        {shown === 'cycles' && <Cycles stills={stills} details={outcome.details} at={cursor.at} />}
        {shown === 'cycles' && stills.length === 1 && <Stages still={stills[0]} />}
        {shown === 'ring' && <RingMap stills={stills} details={outcome.details} cursor={cursor} />}
        {shown === 'processors' && <Processors stills={stills} at={cursor.at} />}
        {shown === 'series' && !hidden && <SeriesBars stills={stills} first={props.series} />}
        {(CURSORED.has(shown) || (shown === 'series' && hidden)) && (
          <Player
            events={stills[0].steps}
            detail={outcome.details?.[0]}
            hz={stills[0].hz}
            event={cursor.step}
            onEvent={cursor.go}
            onWake={wake}
            zoom={shown === 'lanes' || hidden ? zoom : undefined}
          />
        )}
      </div>
      {stills.length > 1 && shown !== 'lanes' && shown !== 'diagram' && <Legend lines={lines} />}
      {stills.length > 1 && !hidden && (difference || outcome.ran) && (
        <Difference difference={difference} detail={outcome.details?.[0]} onStep={cursor.go} />
      )}
      <Veil on={veil} open={!hidden}>
        <Numbers stills={stills} />
      </Veil>
      {!hidden && <Sensitivity still={stills[0]} />}
      <Share lines={lines} still={stills[0]} fig={fig} view={shown} step={cursor.step} />
      <Facts stills={stills} />
    </figure>
  );
}
