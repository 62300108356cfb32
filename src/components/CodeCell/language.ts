/** Asks the worker that knows the types. It starts with the first editor and serves all of them. */
import { VERSION } from '../../../sim/version.ts';

export interface Mistake {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

export interface Proposal {
  readonly name: string;
  readonly kind: string;
  readonly rank: number;
  readonly insert?: string;
}

export interface Asked {
  readonly id: number;
  readonly kind: 'check' | 'complete' | 'detail' | 'info';
  /** Where compiler and declarations lie, and of which version they are. */
  readonly base: string;
  readonly version: string;
  readonly file: string;
  readonly text: string;
  readonly at: number;
  readonly name?: string;
}

export interface Answered {
  readonly id: number;
  readonly answer?: Mistake[] | Proposal[] | string;
  readonly failed?: string;
}

const waiting = new Map<number, (answered: Answered) => void>();
const state: { worker?: Worker; next: number; files: number } = { next: 1, files: 0 };

function worker(): Worker {
  if (state.worker) return state.worker;
  const created = new Worker(new URL('./types.worker.ts', import.meta.url));
  created.onmessage = ({ data }: MessageEvent<Answered>) => settle(data);
  // Without types an editor still edits: whoever waits is told that there is nothing.
  created.onerror = () => {
    for (const id of [...waiting.keys()]) settle({ id, failed: 'the types could not be loaded' });
  };
  state.worker = created;
  return created;
}

function settle(answered: Answered): void {
  waiting.get(answered.id)?.(answered);
  waiting.delete(answered.id);
}

/** What an editor asks about its text. Answers are `undefined` when the types could not be loaded. */
export interface Language {
  check(text: string): Promise<Mistake[] | undefined>;
  complete(text: string, at: number): Promise<Proposal[] | undefined>;
  detail(text: string, at: number, name: string): Promise<string | undefined>;
  info(text: string, at: number): Promise<string | undefined>;
}

/** The language of one editor. `base` is the address of the folder with the compiler, with its slash. */
export function languageAt(base: string): Language {
  const file = `/cell-${++state.files}.ts`;
  const ask = <T>(kind: Asked['kind'], text: string, at = 0, name?: string): Promise<T | undefined> =>
    new Promise((resolve) => {
      const id = state.next++;
      waiting.set(id, ({ answer }) => resolve(answer as T | undefined));
      const whole = new URL(base, window.location.href).href;
      worker().postMessage({ id, kind, base: whole, version: VERSION, file, text, at, name } satisfies Asked);
    });
  return {
    check: (text) => ask('check', text),
    complete: (text, at) => ask('complete', text, at),
    detail: (text, at, name) => ask('detail', text, at, name),
    info: (text, at) => ask('info', text, at),
  };
}
