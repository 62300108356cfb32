/** The page's side of an answer that is judged: a fresh worker each time, and the end of its patience. */
import type { ExerciseVerdict } from 'ringside';

/** What the worker is told. */
export interface Answer {
  readonly id: string;
  readonly seed: number;
  readonly names: readonly string[];
  readonly source: string;
  readonly ms: number;
}

/** What it answers. */
export interface Judged {
  readonly verdict: ExerciseVerdict;
  /** What the code printed. */
  readonly printed: readonly string[];
}

/** Time for the code; the runs of the judge come on top, and the library has to be loaded. */
const CODE_MS = 10_000;
const ALL_MS = 45_000;

const unusable = (says: string): Judged => ({
  verdict: { right: false, kind: 'unusable', says },
  printed: [],
});

/** Judges an answer. Never rejects. */
export function judge(answer: Omit<Answer, 'ms'>): Promise<Judged> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./judge.worker.ts', import.meta.url));
    const end = (judged: Judged): void => {
      clearTimeout(timer);
      worker.terminate();
      resolve(judged);
    };
    const timer = setTimeout(
      () => end(unusable('It was stopped: it took too long. Does every loop come to its end?')),
      ALL_MS,
    );
    worker.onmessage = ({ data }: MessageEvent<Judged>) => {
      if (typeof data?.verdict?.says === 'string') end(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      end(unusable(event.message || 'The judge could not be loaded; load the page again.'));
    };
    worker.postMessage({ ...answer, ms: CODE_MS });
  });
}
