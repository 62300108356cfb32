/** The goals of a life with their steps: the same list in the worked example and in the faded one. */
import type { ReactNode } from 'react';
import { formatCount } from '../../../sim/lab/format.ts';
import { LANE_TITLES } from '../../../sim/lab/palette.ts';
import type { Place } from '../../../sim/machine/places.ts';
import { type GoalData, type StepData, sizeOf } from '../../truth/life.ts';
import marks from '../Place/styles.module.css';
import styles from './styles.module.css';

export interface GoalProps {
  readonly goal: GoalData;
  /** What stands in place of the title, and below the steps. */
  readonly title?: ReactNode;
  readonly below?: ReactNode;
  /** Steps that are still hidden. */
  readonly hidden?: readonly number[];
  /** Nothing but the title is shown. */
  readonly closed?: boolean;
  /** The numbers are part of a question. */
  readonly untold?: boolean;
  readonly chosen?: boolean;
  readonly onPoint?: (on: boolean) => void;
}

/** One goal: what it is for, its steps, its size. */
export function Goal({ goal, title, below, hidden = [], closed, untold, chosen, onPoint }: GoalProps) {
  return (
    <li
      className={styles.goal}
      data-chosen={chosen || undefined}
      onPointerEnter={onPoint && (() => onPoint(true))}
      onPointerLeave={onPoint && (() => onPoint(false))}
    >
      <p className={styles.title}>{title ?? <b>{goal.goal}</b>}</p>
      {!closed && (
        <>
          <p className={styles.why}>
            {goal.why} {!untold && <span className={styles.size}>{sizeOf(goal)}.</span>}
          </p>
          <ul className={styles.steps}>
            {goal.steps.map((step, i) => (
              <Step key={step.at + step.says} step={step} hidden={hidden.includes(i)} untold={untold} />
            ))}
          </ul>
        </>
      )}
      {below}
    </li>
  );
}

function Step({ step, hidden, untold }: { step: StepData; hidden: boolean; untold?: boolean }) {
  return (
    <li>
      <span>
        {hidden ? <span className={styles.gap}>to be completed</span> : step.says}
        {step.rows > 1 && !untold && <span className={styles.times}> ({formatCount(step.rows)} times)</span>}
      </span>
      <Places places={hidden ? [] : step.places} />
      <span className={styles.when}>{untold ? '' : step.took}</span>
    </li>
  );
}

/** Who works on a step: the marks of their places, the names for those who do not see them. */
const Places = ({ places }: { places: readonly Place[] }) => (
  <span className={styles.places}>
    {places.map((place) => (
      <span key={place} className={`place place--${place}`} title={LANE_TITLES[place]}>
        <span className={`${marks.mark} ${marks[place] ?? ''}`} aria-hidden="true" />
        <span className="visually-hidden">{LANE_TITLES[place]} </span>
      </span>
    ))}
  </span>
);
