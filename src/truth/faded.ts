/** A life with gaps: the questions, their answers from the run, and what to say to every wrong one. */
import { formatCount } from '../../sim/lab/format.ts';
import type { Run } from '../../sim/lab/run.ts';
import type { BlankIs, FadedIs } from '../data/worked/types.ts';
import { type LifeData, LifeError, lifeOf } from './life.ts';

export interface OptionData {
  readonly text: string;
  readonly right?: boolean;
  readonly why: string;
}

/** A question about a goal of a life, or about one of its steps. */
export type BlankData =
  | {
      readonly kind: 'choice';
      readonly goal: number;
      readonly step?: number;
      readonly question: string;
      readonly options: readonly OptionData[];
    }
  | NumberData;

export interface NumberData {
  readonly kind: 'number';
  readonly goal: number;
  readonly question: string;
  readonly unit: string;
  readonly answer: number;
  readonly answerText: string;
  readonly because: string;
  readonly mistakes: readonly { readonly value: number; readonly why: string }[];
}

export interface FadedData {
  readonly life: LifeData;
  readonly blanks: readonly BlankData[];
}

/** Computes a faded example from its run. @throws LifeError when a question has no answer there. */
export function fadedOf(faded: FadedIs, run: Run): FadedData {
  const life = lifeOf(faded, run);
  return { life, blanks: faded.blanks.map((blank) => blankOf(blank, faded, life, run)) };
}

function blankOf(blank: BlankIs, faded: FadedIs, life: LifeData, run: Run): BlankData {
  if (!faded.goals[blank.goal])
    throw new LifeError(`a question asks for goal ${blank.goal}, which is not there`);
  if (blank.kind === 'next') return nextOf(blank.goal, blank.question, faded);
  if (blank.kind === 'number') return numberOf(blank, life, run);
  const { goal, step, question, because, wrong } = blank;
  const said = faded.goals[goal].steps[step]?.says;
  if (said === undefined) throw new LifeError(`goal ${goal} has no step ${step}`);
  return {
    kind: 'choice',
    goal,
    step,
    question,
    options: mixed([{ text: said, right: true, why: because }, ...wrong]),
  };
}

function nextOf(goal: number, question: string | undefined, { goals }: FadedIs): BlankData {
  const right = { text: goals[goal].goal, right: true, why: goals[goal].why };
  const later = goals.slice(goal + 1).map(({ goal: text, early }) => {
    if (!early) throw new LifeError(`"${text}" does not say why it cannot come earlier`);
    return { text, why: early };
  });
  const done = goals
    .slice(0, goal)
    .map(({ goal: text }, i) => ({ text, why: `That has been done, as goal ${i + 1}.` }));
  const options = [right, ...later.slice(0, 2), ...done.slice(-1)];
  if (options.length < 3) throw new LifeError(`"${right.text}" is asked for with fewer than three options`);
  return { kind: 'choice', goal, question: question ?? 'What must come next?', options: mixed(options) };
}

function numberOf(blank: BlankIs & { kind: 'number' }, life: LifeData, run: Run): NumberData {
  const { kind, goal, question, unit, because } = blank;
  const answer = blank.answer(life, run);
  return {
    kind,
    goal,
    question,
    unit,
    answer,
    answerText: `${formatCount(answer)} ${unit}`,
    because,
    mistakes: mistakesOf(
      answer,
      blank.mistakes.map(({ is, why }) => ({ value: is(life, run), why })),
    ),
  };
}

/** Mistakes that lead to a wrong number, each number once. */
export function mistakesOf(
  answer: number,
  mistakes: readonly { readonly value: number; readonly why: string }[],
): { value: number; why: string }[] {
  const seen = new Set([answer]);
  return mistakes.filter(({ value }) => Number.isFinite(value) && !seen.has(value) && seen.add(value));
}

/** In an order that tells nothing: by a sum over the text, the same in every build. */
const mixed = (options: readonly OptionData[]): OptionData[] => {
  const mark = ({ text }: OptionData): number =>
    [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 10_007, 7);
  return [...options].sort((p, q) => mark(p) - mark(q));
};
