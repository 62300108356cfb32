/** From a hand-in to what is said of it: performed in a process of its own, judged in a thread that is ended when it takes too long. */
import { Worker } from 'node:worker_threads';
import { UserError } from '../core/errors.ts';
import type { Exercise, Given, Verdict } from '../exercises/exercise.ts';
import { unusable } from '../exercises/exercise.ts';
import { findExercise } from '../exercises/index.ts';
import type { HandIn } from './hand-in.ts';
import { moduleOf } from './hand-in.ts';
import type { Limits } from './isolate.ts';
import { clean, compiled, isolate, LIMITS } from './isolate.ts';
import { FileTrouble } from './output.ts';

/** A hand-in with its verdict. */
export interface Judged {
  readonly file: string;
  /** Absent when the hand-in names none. */
  readonly exercise?: string;
  readonly seed?: number;
  readonly by?: string;
  readonly verdict: Verdict;
  readonly printed: readonly string[];
}

/** Seconds that a run asked for by an answer may take. */
const JUDGE_SECONDS = 60;

/** Judges one hand-in. Nothing that it contains makes this throw. */
export async function judgeHandIn(handIn: HandIn, limits: Limits = LIMITS): Promise<Judged> {
  const { file, header } = handIn;
  if (!header) return { file, verdict: unusable(NO_HEADER), printed: [] };
  const named = {
    file,
    exercise: header.id,
    seed: header.seed,
    ...(header.name ? { by: clean(header.name, 80) } : {}),
  };
  const exercise = lookUp(header.id);
  if (typeof exercise === 'string') return { ...named, verdict: unusable(exercise), printed: [] };
  try {
    const source = moduleOf(handIn, exercise.names);
    const { given, trouble, printed } = await isolate(source, exercise.steps(header.seed), limits);
    const verdict = trouble ? unusable(trouble) : await judge(exercise, header.seed, given);
    return { ...named, verdict: { ...verdict, says: clean(verdict.says, 1000) }, printed };
  } catch (error) {
    if (error instanceof FileTrouble) throw error;
    const message = clean(error instanceof Error ? error.message : String(error), 300);
    return { ...named, verdict: unusable(`It cannot be read as a program: ${message}`), printed: [] };
  }
}

const NO_HEADER =
  'Nothing says which exercise this answers. Begin the file with a line such as: // ringside exercise two-roads/predict, seed 7';

function lookUp(id: string): Exercise | string {
  try {
    return findExercise(id);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.issues.map(({ message, hint }) => `${message}; ${hint}.`).join(' ');
  }
}

/** The verdict on what a hand-in gave. */
function judge({ id }: Exercise, seed: number, given: readonly Given[]): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(`${compiled()}/cli/judge-worker.js`, {
      workerData: { id, seed, given },
      env: {},
    });
    const end = (verdict: Verdict): void => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(verdict);
    };
    const timer = setTimeout(
      () =>
        end(
          unusable(
            `The run that this asks for takes longer than ${JUDGE_SECONDS} seconds; ask for a smaller one.`,
          ),
        ),
      JUDGE_SECONDS * 1000,
    );
    worker.once('message', end);
    worker.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
