/**
 * An exercise is data plus a judge. A page, the command line and a notebook show the same task and ask the same judge, so a hand-in has
 * one verdict wherever it is looked at. What is right is read from a run of the library; no answer is stored.
 */
import type { Plain } from './values.ts';

/** Predict a number; complete a rule; explain by choosing what is true; build a setting or a part of the machine. */
export type ExerciseKind = 'predict' | 'complete' | 'explain' | 'build';

/** One thing that is asked of a hand-in. What it gives back is judged, never how it is written. */
export type Step =
  /** A value that the hand-in defines. */
  | { readonly get: string }
  /** A function of the hand-in, or a method of an object that step `on` made. */
  | { readonly call: string; readonly args: readonly Plain[]; readonly on?: number }
  /** `new Name(...args)` of a class of the hand-in. */
  | { readonly make: string; readonly args: readonly Plain[] }
  /** A piece of memory, all zero, that later steps hand to the hand-in by `{ $of: step }`. */
  | { readonly bytes: number }
  /** Somebody else writes into the memory of step `of`: the other side of a ring, a host, a clock. */
  | { readonly poke: number; readonly at: number; readonly put: readonly number[] }
  /** What the memory of step `look` holds now. */
  | { readonly look: number };

/** What a step gave. */
export type Given =
  | { readonly kind: 'value'; readonly value: Plain }
  /** The hand-in has no such name. */
  | { readonly kind: 'missing'; readonly name: string }
  | { readonly kind: 'threw'; readonly message: string };

/** What is said of a hand-in. */
export interface Verdict {
  readonly right: boolean;
  /** `misconception` when a known wrong belief gives just this answer; `unusable` when there was nothing to judge. */
  readonly kind: 'right' | 'misconception' | 'wrong' | 'unusable';
  /** One or two sentences for whoever handed it in. */
  readonly says: string;
}

/** One exercise of a concept, with numbers that are drawn from a seed. */
export interface Exercise {
  /** `tlb-flush/predict`: the concept and a name. */
  readonly id: string;
  /** The experiment that it belongs to; its page shows the exercise. */
  readonly concept: string;
  readonly kind: ExerciseKind;
  readonly title: string;
  /** The task for a seed: paragraphs of plain text. */
  readonly task: (seed: number) => string;
  /** Choices of an `explain` exercise, by letter. */
  readonly choices?: (seed: number) => readonly Choice[];
  /** Unit of the number that is asked for. */
  readonly unit?: string;
  /** Three, each stronger than the one before; the last one all but tells. */
  readonly hints: readonly [string, string, string];
  /** Code to begin with. It is judged wrong. */
  readonly starter: (seed: number) => string;
  /** Code that is judged right. */
  readonly solution: (seed: number) => string;
  /** Names that a hand-in must define. */
  readonly names: readonly string[];
  readonly steps: (seed: number) => readonly Step[];
  readonly judge: (given: readonly Given[], seed: number) => Verdict;
  /** Known wrong answers and what leads to them: for the teacher's key. `given` is empty where no one answer stands for the belief. */
  readonly beliefs: (seed: number) => readonly Believed[];
}

/** A known wrong answer. */
export interface Believed {
  readonly answer: string;
  readonly why: string;
  readonly given: readonly Given[];
}

/** A sentence that can be chosen. */
export interface Choice {
  readonly letter: string;
  readonly text: string;
}

/** What the declaration of an exercise gives of it: the concept is the file's. */
export type Declared = Omit<Exercise, 'id' | 'concept'> & { readonly name: string };

/** Says that a hand-in is right. */
export const right = (says: string): Verdict => ({ right: true, kind: 'right', says });
/** Says which belief leads to this answer. */
export const misconception = (says: string): Verdict => ({ right: false, kind: 'misconception', says });
/** Says that an answer is wrong in a way that no known belief explains. */
export const wrong = (says: string): Verdict => ({ right: false, kind: 'wrong', says });
/** Says why there is nothing to judge. */
export const unusable = (says: string): Verdict => ({ right: false, kind: 'unusable', says });

/** The value of a step, or the verdict that there is none. */
export function valueIn(given: Given | undefined): { readonly value: Plain } | Verdict {
  if (given === undefined) return unusable('Nothing came back.');
  if (given.kind === 'value') return { value: given.value };
  if (given.kind === 'missing')
    return unusable(`There is no "${given.name}". Define it at the top level, under just this name.`);
  return unusable(`It threw: ${given.message}`);
}
