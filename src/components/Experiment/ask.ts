/** One worker for all experiments of a page. It starts with the first question, or when someone reaches for a control. */
import type { Answer, Question, Take } from './protocol.ts';

/** A run that takes longer than this is stopped: the page says so and stays usable. */
export const PATIENCE_MS = 10_000;

/** The run was stopped by the page. */
export class Stopped extends Error {}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

const waiting = new Map<number, Waiting>();
const state: { worker?: Worker; next: number } = { next: 1 };

function worker(): Worker {
  if (state.worker) return state.worker;
  const created = new Worker(new URL('./run.worker.ts', import.meta.url));
  created.onmessage = ({ data }: MessageEvent<Answer>) => settle(data.id)?.resolve(data);
  created.onerror = (event) => stop(new Error(event.message || 'the simulator could not be loaded'));
  state.worker = created;
  return created;
}

function settle(id: number): Waiting | undefined {
  const entry = waiting.get(id);
  if (entry) clearTimeout(entry.timer);
  waiting.delete(id);
  return entry;
}

function stop(error: Error): void {
  state.worker?.terminate();
  state.worker = undefined;
  for (const id of [...waiting.keys()]) settle(id)?.reject(error);
}

type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never;

/** Asks the worker. Rejects with `Stopped` when the answer takes too long; the next question gets a new worker. */
export function ask(question: Asked): Promise<Answer> {
  const id = state.next++;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => stop(new Stopped('stopped')), PATIENCE_MS);
    waiting.set(id, { resolve, reject, timer });
    worker().postMessage({ ...question, id } as Question);
  });
}

/** Asks a worker of its own, which ends with its answer or with `signal`: long work does not keep the controls waiting. */
export function askApart(question: Asked, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const apart = new Worker(new URL('./run.worker.ts', import.meta.url));
    const end = (settle: () => void): void => {
      apart.terminate();
      settle();
    };
    apart.onmessage = ({ data }: MessageEvent<Answer>) => end(() => resolve(data));
    apart.onerror = (event) =>
      end(() => reject(new Error(event.message || 'the simulator could not be loaded')));
    signal.addEventListener('abort', () => end(() => reject(new Stopped('stopped'))), { once: true });
    apart.postMessage({ ...question, id: 1 } as Question);
  });
}

/** Loads the simulator and lets it run these lines once, unless it is there already. What goes wrong is told when someone asks. */
export function wake(lines: readonly string[]): void {
  if (!state.worker) ask({ kind: 'run', lines }).catch(() => undefined);
}

/** The text of a run in one of the forms in which it leaves the page. */
export async function take(form: Take, lines: readonly string[]): Promise<string> {
  const answer = await ask({ kind: 'take', take: form, lines });
  if (answer.kind === 'text') return answer.text;
  throw new Error(answer.kind === 'failure' ? answer.message : 'no text');
}
