/** Where a real guest runs: in a worker of its own, one for each start. */
import { ModuleError } from '../../../sim/emulator/wasm-module.ts';
import { Machine } from './machine.ts';
import type { Said, Told } from './protocol.ts';

const scope = self as unknown as {
  postMessage(said: Said): void;
  addEventListener(kind: string, take: (event: never) => void): void;
};

/** How often the page is told what is new. */
const REPORT_MS = 100;
/** An emulator that does not start says nothing; then this worker says so. */
const PATIENCE_MS = 30_000;

let machine: Machine | undefined;

function why(error: unknown): Extract<Said, { kind: 'failed' }> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ModuleError) return { kind: 'failed', message, hint: '' };
  if (typeof WebAssembly === 'undefined' || /WebAssembly|unsafe-eval|CompileError/.test(`${error}`))
    return {
      ...{ kind: 'failed', message: `This browser does not let the emulator run: ${message}.` },
      hint: "The page needs WebAssembly. A policy of the server must allow 'wasm-unsafe-eval'.",
    };
  if (/memory|allocat/i.test(message))
    return {
      ...{ kind: 'failed', message: 'There is not enough memory for the guest.' },
      hint: 'It needs up to 650 MB. Close other pages and start again.',
    };
  return {
    ...{ kind: 'failed', message: `The guest could not be started: ${message}.` },
    hint: 'Load the page again. If the emulator did not come, look whether the network is there.',
  };
}

async function start(told: Extract<Told, { kind: 'start' }>): Promise<void> {
  const impatience = setTimeout(
    () => scope.postMessage(why(new Error('the emulator did not answer for half a minute'))),
    PATIENCE_MS,
  );
  try {
    machine = await Machine.start(told);
    scope.postMessage({ kind: 'running' });
    const reports = setInterval(() => {
      if (!machine) return;
      scope.postMessage(machine.report());
      if (!machine.off) return;
      clearInterval(reports);
      void machine.rest().then(() => scope.postMessage({ kind: 'done' }));
    }, REPORT_MS);
  } catch (error) {
    scope.postMessage(why(error));
  } finally {
    clearTimeout(impatience);
  }
}

async function pause(reason: string): Promise<void> {
  if (!machine) return;
  await machine.rest();
  scope.postMessage(machine.report());
  scope.postMessage({ kind: 'paused', why: reason });
}

scope.addEventListener('message', ({ data }: MessageEvent<Told>) => {
  switch (data.kind) {
    case 'start':
      return void start(data);
    case 'pause':
      return void pause('You paused the guest.');
    case 'resume':
      return machine?.resume();
    case 'step':
      return machine?.step(() => void pause('The guest stands at a hypercall.'));
    case 'type':
      return machine?.type(data.text);
    case 'record':
      return machine && scope.postMessage({ kind: 'recording', text: machine.recording() });
  }
});

addEventListener('error', (event) => scope.postMessage(why(event.error ?? event.message)));
addEventListener('unhandledrejection', (event) => scope.postMessage(why(event.reason)));
