/** One component for all experiments: controls from the declaration, the run in a worker, lanes, counters, account, take-away. */
import { type SyntheticEvent, useId, useState } from 'react';
import type { Schema, Still } from '../../truth/types.ts';
import { useBet } from '../Bet/store.ts';
import { Goals } from '../Goals/index.tsx';
import { Facts, Failure, Legend, Numbers, Veil, Views } from './Findings.tsx';
import { Processors } from './Processors.tsx';
import { Cycles, Stages, Switches } from './Readouts.tsx';
import { RingMap } from './RingMap.tsx';
import { SeriesBars } from './SeriesBars.tsx';
import { Settings, Tools } from './Settings.tsx';
import { Share } from './Share.tsx';
import styles from './styles.module.css';
import { Timeline } from './Timeline.tsx';
import { useExperiment } from './useExperiment.ts';

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
  /** The series that the view of bars shows first. */
  readonly series?: string;
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
    return name === 'switches' ? still.switches.length > 0 : schema.views.includes(name);
  });

export default function Experiment(props: ExperimentProps) {
  const { schema, still, other, veil = false, fig = '1', stage = 0, view = 'lanes', belief, goals } = props;
  const lab = useExperiment(schema, still, other, Number(fig));
  const { settings, outcome, lines } = lab;
  const { stills } = outcome;
  const [shown, setShown] = useState(view);
  const [open, setOpen] = useState(Number(stage));
  const heading = useId();
  const { placed } = useBet(`${schema.id}/0`);
  /** Until the bet is placed nothing tells the outcome. */
  const hidden = veil && !placed && !outcome.ran;
  const names = openControls(schema, open, settings.contrast);
  const views = viewsOf(schema, stills[0]);
  const wrong = stills.find((entry) => entry.wrongRule)?.wrongRule;
  const reach = ({ target }: SyntheticEvent): void => {
    if ((target as Element).closest(CONTROLS)) lab.wake();
  };
  const more = open + 1 < schema.stages.length ? () => setOpen(open + 1) : undefined;

  return (
    <figure
      className={styles.experiment}
      aria-labelledby={heading}
      onPointerOver={reach}
      onPointerDown={reach}
      onFocus={reach}
    >
      <div className={styles.head}>
        <figcaption id={heading}>
          {other ? 'Two runs on one scale of time' : schema.title}
          {belief && <span className={styles.belief}> As if: {belief}.</span>}
        </figcaption>
        <p className={styles.status} role="status" data-status={outcome.status}>
          {STATUS[outcome.status]}
        </p>
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
        <Views group={heading} titles={VIEWS} names={views} shown={shown} onShow={setShown} />
      )}
      <div className={styles.stage} data-wrong={wrong ? true : undefined}>
        {(shown === 'lanes' || (shown === 'series' && hidden)) && (
          <Timeline stills={stills} details={outcome.details} ensure={lab.ensure} untold={hidden} />
        )}
        {shown === 'switches' && <Switches stills={stills} />}
        {shown === 'cycles' && <Cycles stills={stills} />}
        {shown === 'cycles' && stills.length === 1 && <Stages still={stills[0]} />}
        {shown === 'ring' && <RingMap stills={stills} />}
        {shown === 'processors' && <Processors stills={stills} />}
        {shown === 'series' && !hidden && <SeriesBars stills={stills} first={props.series} />}
      </div>
      {stills.length > 1 && shown !== 'lanes' && <Legend lines={lines} />}
      <Veil on={veil} open={!hidden}>
        <Numbers stills={stills} />
      </Veil>
      <Share lines={lines} still={stills[0]} fig={fig} />
      <Facts stills={stills} />
    </figure>
  );
}
