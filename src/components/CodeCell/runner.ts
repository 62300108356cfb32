/** The page's side of a cell that runs: a fresh worker for each run, the next one made ready meanwhile, and the end of its patience. */

import type { Output, Said } from './protocol.ts';
import { LIMITS } from './protocol.ts';
import { explain, problem, tooLongOutside } from './stops.ts';

/** Time that a worker has after its limit to end by itself, with a line. */
const GRACE_MS = 300;
/** Loading the library takes no longer, unless it does not come at all. */
const LOADING_MS = 30_000;

interface Bench {
  readonly worker: Worker;
  readonly ready: Promise<void>;
}

const state: { spare?: Bench } = {};

function bench(): Bench {
  const worker = new Worker(new URL('./cell.worker.ts', import.meta.url));
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it took too long')), LOADING_MS);
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      clearTimeout(timer);
      if (data.kind === 'ready') resolve();
    };
    worker.onerror = (event) => {
      clearTimeout(timer);
      reject(new Error(event.message || 'the script did not come'));
    };
  });
  ready.catch(() => undefined);
  return { worker, ready };
}

/** Loads the library, so that the first run does not wait for it. */
export function warm(): void {
  state.spare ??= bench();
}

/** A run under way. */
export interface Running {
  /** Ends when nothing more will come. */
  readonly done: Promise<void>;
  stop(): void;
}

/** Runs a cell; `take` gets what it prints and shows, as it comes, and what went wrong. */
export function runCell(
  source: string,
  take: (output: Output) => void,
  started: () => void = () => {},
  ms: number = LIMITS.ms,
  before = '',
): Running {
  warm();
  const { worker, ready } = state.spare as Bench;
  state.spare = undefined;
  let over = (): void => {};
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const timers: ReturnType<typeof setTimeout>[] = [];
  const end = (last?: Output): void => {
    for (const timer of timers) clearTimeout(timer);
    worker.onmessage = null;
    worker.onerror = null;
    worker.terminate();
    if (last) take(last);
    over();
    warm();
  };
  let ended = false;
  const once = (last?: Output): void => {
    if (ended) return;
    ended = true;
    end(last);
  };
  const inTime = (): void => {
    let idle = false;
    let outputs = 0;
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      if (data?.kind === 'pong') idle = true;
      else if (data?.kind === 'end') once();
      else if (data?.kind === 'output' && isOutput(data.output) && ++outputs <= LIMITS.outputs + 1)
        take(data.output);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      once(
        problem(
          'The code changed so much of its surroundings that it could not go on.',
          event.message || 'Leave the built-in objects as they are.',
        ),
      );
    };
    timers.push(
      setTimeout(() => worker.postMessage({ kind: 'ping' }), ms),
      setTimeout(() => once(tooLongOutside(idle, ms)), ms + GRACE_MS),
    );
    worker.postMessage({ kind: 'run', source, ms, before });
    started();
  };
  ready.then(inTime, (error: Error) =>
    once(problem(`The library could not be loaded: ${error.message}.`, 'Load the page again.')),
  );
  return { done, stop: () => once(problem('You stopped the code.', '')) };
}

const KINDS = new Set(['log', 'text', 'svg', 'table', 'run', 'problem']);
const isOutput = (output: unknown): output is Output =>
  typeof output === 'object' && output !== null && KINDS.has((output as { kind: string }).kind);

export { explain };
