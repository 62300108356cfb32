/** Where the code of a cell runs: once, in a worker of its own that has the library and nothing else, and is ended afterwards. */
import * as library from '../../../sim/index.ts';
import { capEvents, execute } from './execute.ts';
import { explain } from './explain.ts';
import type { Output, Said, Told } from './protocol.ts';
import { countedMemory, shutOff } from './sandbox.ts';

const scope = self as unknown as {
  postMessage(said: Said): void;
  addEventListener(kind: string, take: (event: never) => void): void;
};

/** The browser tells of lost promises after the code has ended. */
const TELLING_MS = 20;

// Kept before anything is taken away; a reader's code does not see them.
const say: (said: Said) => void = scope.postMessage.bind(scope);
const now = performance.now.bind(performance);
const later = setTimeout.bind(self);

scope.addEventListener('message', ({ data }: MessageEvent<Told>) => {
  if (data.kind === 'ping') say({ kind: 'pong' });
  else run(data.source, data.ms, data.before);
});

scope.addEventListener('unhandledrejection', (event: { reason: unknown; preventDefault(): void }) => {
  event.preventDefault();
  say({ kind: 'output', output: explain(event.reason) });
});

function run(source: string, ms: number, before: string): void {
  (Error as { stackTraceLimit?: number }).stackTraceLimit = 60;
  capEvents(library as never);
  shutOff(self);
  const names = { ...countedMemory(), self: undefined };
  const emit = (output: Output): void => say({ kind: 'output', output });
  // By then a promise that was broken and that nobody looked at has been told.
  const end = (): void => void later(() => say({ kind: 'end' }), TELLING_MS);
  execute(source, { library: library as never, emit, clock: now, ms, names, before }).then(end, end);
}

say({ kind: 'ready' });
