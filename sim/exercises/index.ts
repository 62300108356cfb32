/** All exercises, and the functions with which a page, a notebook and the command line judge them. */
import type { Issue } from '../core/errors.ts';
import { UserError } from '../core/errors.ts';
import { findExperiment } from '../experiments/index.ts';
import { bootIdeFilter } from './boot-ide-filter.ts';
import { clockRead } from './clock-read.ts';
import type { Declared, Exercise, Verdict } from './exercise.ts';
import { generations } from './generations.ts';
import { guestServices } from './guest-services.ts';
import { integrationComponents } from './integration-components.ts';
import { interruptEnd } from './interrupt-end.ts';
import { ipi } from './ipi.ts';
import { flushHypercall } from './labs/flush-hypercall.ts';
import { ideRegisters } from './labs/ide-registers.ts';
import { ringBuffer } from './labs/ring-buffer.ts';
import { ringTransitions } from './ring-transitions.ts';
import { spinLock } from './spin-lock.ts';
import { timeSync } from './time-sync.ts';
import { timersAndIdle } from './timers-and-idle.ts';
import { tlbFlush } from './tlb-flush.ts';
import { twoRoads } from './two-roads.ts';
import { perform } from './values.ts';
import { vspVsc } from './vsp-vsc.ts';
import { whoIsEnlightened } from './who-is-enlightened.ts';

export type { Exercise, ExerciseKind, Verdict as ExerciseVerdict } from './exercise.ts';

const DECLARED: Readonly<Record<string, readonly Declared[]>> = {
  'two-roads': [...twoRoads, ideRegisters],
  'ring-transitions': ringTransitions,
  'vsp-vsc': [...vspVsc, ringBuffer],
  'tlb-flush': [...tlbFlush, flushHypercall],
  'clock-read': clockRead,
  'spin-lock': spinLock,
  'interrupt-end': interruptEnd,
  ipi: ipi,
  'timers-and-idle': timersAndIdle,
  'who-is-enlightened': whoIsEnlightened,
  'time-sync': timeSync,
  'guest-services': guestServices,
  'boot-ide-filter': bootIdeFilter,
  generations: generations,
  'integration-components': integrationComponents,
};

/** In reading order: those of one concept stand together. */
export const exercises: readonly Exercise[] = Object.entries(DECLARED).flatMap(([concept, declared]) =>
  declared.map(({ name, ...rest }) => ({ id: `${concept}/${name}`, concept, ...rest })),
);

/**
 * The exercise with this id, such as `tlb-flush/predict`.
 * @throws UserError that names the exercises there are.
 */
export function findExercise(id: string): Exercise {
  const found = exercises.find((exercise) => exercise.id === id);
  if (found) return found;
  throw new UserError([unknown(id)]);
}

function unknown(id: string): Issue {
  const concept = id.split('/')[0];
  const near = exercises.filter((exercise) => exercise.concept === concept);
  const hint =
    near.length > 0
      ? `of ${concept} there are: ${near.map((one) => one.id).join(', ')}`
      : `concepts with exercises: ${Object.keys(DECLARED).join(', ')}`;
  return { path: 'exercise', kind: 'unknown-exercise', message: `"${id}" is no exercise`, hint };
}

/** What `check` wants to know besides the hand-in. */
export interface CheckOptions {
  /** The seed of the task; 1 when left out. */
  readonly seed?: number;
}

/**
 * Judges a hand-in by what it does: `check('tlb-flush/predict', { answer: 24 }, { seed: 7 })`. In a notebook the same call stands below
 * the answer; `ringside check FILE` and the page come here too.
 * @throws UserError when there is no such exercise, or the seed is none.
 */
export function check(
  id: string,
  defined: Readonly<Record<string, unknown>>,
  { seed = 1 }: CheckOptions = {},
): Verdict {
  const exercise = findExercise(id);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UserError([
      { path: 'seed', kind: 'wrong-type', message: `the seed is ${String(seed)}`, hint: 'give 0, 1, 2 …' },
    ]);
  return exercise.judge(perform(defined, exercise.steps(seed)), seed);
}

/** The exercises of one concept. @throws UserError when there is no such concept. */
export function exercisesOf(concept: string): readonly Exercise[] {
  findExperiment(concept);
  return exercises.filter((exercise) => exercise.concept === concept);
}
