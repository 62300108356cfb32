/** Slides and worksheets, made from the same declarations and pages that readers see. Nothing in them is written twice. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { exercisesOf } from '../../../sim/exercises/index.ts';
import { experiments, findExperiment } from '../../../sim/experiments/index.ts';
import { formatLine } from '../../../sim/lab/line.ts';
import { PAGE_TITLES } from '../../data/page-titles.ts';
import * as book from './book.ts';

/** One slide. */
export interface Slide {
  readonly title: string;
  /** Sentences: claims as their experiment declares them, or the page's own words. */
  readonly points: readonly string[];
  /** The run whose living figure stands on the slide. */
  readonly line?: string;
  /** Shown when asked: the answer of a bet. */
  readonly answer?: string;
}

/** The slides of one concept. */
export interface Deck {
  readonly id: string;
  readonly title: string;
  readonly page: string;
  readonly slides: readonly Slide[];
}

/** Exercises on paper: the tasks of one seed and the key to them. */
export interface Worksheet {
  readonly id: string;
  readonly title: string;
  readonly page: string;
  readonly sheets: readonly { readonly seed: number; readonly tasks: readonly WorksheetTask[] }[];
}

export interface WorksheetTask {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly task: string;
  readonly unit?: string;
  readonly choices?: readonly { readonly letter: string; readonly text: string }[];
  readonly starter?: string;
  readonly key: string;
  /** Answers that come up, and the belief behind each. */
  readonly beliefs: readonly { readonly answer: string; readonly why: string }[];
}

/** Seeds of the worksheets: two groups sit side by side with other numbers. */
const SEEDS = [1, 2];

export const conceptIds = (): string[] => experiments.map(({ id }) => id);

const titleOf = (id: string): string => PAGE_TITLES[id] ?? findExperiment(id).question;

/** Exercises that fit on paper: a lab is too long for it. */
const onPaperOf = (id: string) => exercisesOf(id).filter((exercise) => !exercise.id.includes('/lab-'));

/** The worksheet of a concept. */
export function worksheetOf(id: string): Worksheet {
  const tasks = (seed: number): WorksheetTask[] =>
    onPaperOf(id).map((exercise) => {
      const { kind, title, unit } = exercise;
      const choices = exercise.choices?.(seed);
      const onPaper = kind === 'complete' || kind === 'build';
      return {
        id: exercise.id,
        kind,
        title,
        task: exercise.task(seed).replace(/[*`]/g, ''),
        ...(unit ? { unit } : {}),
        ...(choices ? { choices } : {}),
        ...(onPaper ? { starter: exercise.starter(seed) } : {}),
        key: exercise.solution(seed).trim(),
        beliefs: exercise.beliefs(seed).map(({ answer, why }) => ({ answer: answer.slice(0, 80), why })),
      };
    });
  return {
    id,
    title: titleOf(id),
    page: findExperiment(id).page,
    sheets: SEEDS.map((seed) => ({ seed, tasks: tasks(seed) })),
  };
}

/** The slides of a concept: its question, its bets with their answers, a slide for each section of its page, an exercise. */
export function deckOf(id: string, directory: string): Deck {
  const experiment = findExperiment(id);
  const text = readFileSync(path.join(directory, 'docs', 'concepts', `${id}.mdx`), 'utf8');
  const [predict] = exercisesOf(id);
  return {
    id,
    title: titleOf(id),
    page: experiment.page,
    slides: [
      { title: titleOf(id), points: hookOf(text), line: formatLine(id, experiment.params, {}) },
      ...experiment.bets.map((_: unknown, n: number) => betSlide(id, n)),
      ...sectionsOf(text),
      {
        title: 'Your turn',
        points: [predict.task(1), ...predict.hints.slice(0, 1)],
        answer: predict.solution(1).replace(/^export const answer = |;\s*$/g, ''),
      },
      { title: 'What the model leaves out', points: experiment.limits.slice(0, 5) },
    ],
  };
}

function betSlide(id: string, n: number): Slide {
  const { question, line, explain, outcomeText, options = {} } = book.bet(id, n);
  return {
    title: 'Place your bet',
    points: [question, ...Object.values(options)],
    line,
    answer: `${outcomeText}. ${explain}`,
  };
}

/** Sections that every page has and that are no explanation. */
const FRAME =
  /^(You will be able to|Place your bet|Run it|The gap|Your turn|The same in code|Check yourself|Exercises|In your own numbers|What the model|Sources|Go on)/;

/** A slide for each section of the explanation: its checked sentences, and its first figure. */
export function sectionsOf(text: string): Slide[] {
  return text
    .split(/^## /m)
    .slice(1)
    .flatMap((section): Slide[] => {
      const title = section.split('\n', 1)[0].trim();
      if (FRAME.test(title)) return [];
      const points = [...section.matchAll(/<Claim of="([^"]+)"/g)].map(([, of]) => claimOf(of));
      const first = /<(?:Experiment|Diagram|Sweep|Figure)\s+of="([^"]+)"/.exec(section)?.[1];
      if (points.length === 0 && first === undefined) return [];
      return [{ title, points, ...(first ? { line: first } : {}) }];
    });
}

/** A claim as the experiment declares it: in prose it may lean on the sentence before. */
function claimOf(of: string): string {
  const { claim, standing } = declaredClaim(of);
  return standing === 'not-established' ? `${claim} (Not established.)` : claim;
}

function declaredClaim(of: string): { claim: string; standing?: string } {
  const [id, name] = of.split('/');
  const declared = findExperiment(id).claims[name];
  if (!declared) throw new book.PageError(`"${of}" is no claim`);
  return { claim: declared.sentence, standing: declared.standing };
}

const hookOf = (text: string): string[] => {
  const inner = /<Hook[^>]*>([\s\S]*?)<\/Hook>/.exec(text)?.[1];
  return inner ? [wordsOf(inner)] : [];
};

/** Prose without markup; a number of a run becomes the number. */
function wordsOf(inner: string): string {
  return inner
    .replace(/<Num of="([^"]+)" m="([^"]+)"\s*\/>/g, (_, of: string, m: string) => book.num(of, m).text)
    .replace(/\{['"` ]+\}/g, ' ')
    .replace(/<[^>]+>/g, '')
    .replace(/[*`]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
