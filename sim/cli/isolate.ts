/** Starts a process for one hand-in (cage.ts), watches its time and memory, and takes its answer for what it is: text from outside. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Given, Step } from '../exercises/exercise.ts';
import { isGiven } from '../exercises/values.ts';
import { FileTrouble } from './output.ts';

/** What a hand-in may use. */
export interface Limits {
  /** Seconds from its start. */
  readonly seconds: number;
  /** MiB of the process, the library and Node included. */
  readonly megabytes: number;
}

export const LIMITS: Limits = { seconds: 10, megabytes: 512 };

/** How it went. */
export interface Performed {
  readonly given: readonly Given[];
  /** A sentence: why nothing can be judged. */
  readonly trouble?: string;
  readonly printed: readonly string[];
}

/** Bytes of answer; more is not read. */
const MOST_BYTES = 8 << 20;
const LOOK_MS = 25;

/** The folder of the compiled library. @throws FileTrouble when there is none. */
export function compiled(): string {
  const here = fileURLToPath(new URL('../', import.meta.url));
  for (const folder of [here, `${here}dist/`])
    if (existsSync(`${folder}cli/cage.js`)) return realpathSync(folder);
  throw new FileTrouble('hand-ins run beside the compiled library: run `npm run build -w sim` first');
}

/** The words with which Node is started: no files but the library's, no processes, no code from text. */
export function cageFlags(library: string): string[] {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const plain = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return [
    plain ? '--permission' : '--experimental-permission',
    `--allow-fs-read=${library}/*`,
    '--experimental-vm-modules',
    '--disallow-code-generation-from-strings',
    '--frozen-intrinsics',
    '--disable-proto=throw',
    '--max-old-space-size=256',
    '--no-warnings',
  ];
}

/** Runs a hand-in. Never rejects for anything that the hand-in does. */
export async function isolate(
  source: string,
  steps: readonly Step[],
  limits: Limits = LIMITS,
): Promise<Performed> {
  const foreign = reachesOut(source);
  if (foreign) return nothing(foreign);
  const library = compiled().replace(/[\\/]$/, '');
  const token = randomBytes(16).toString('hex');
  const child = spawn(process.execPath, [...cageFlags(library), `${library}/cli/cage.js`], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify({ token, source, steps }));
  const { text, stopped } = await watched(child, limits);
  if (stopped) return nothing(stopped);
  return answerIn(text, token);
}

/** `import(…)` and `import.meta` are the two words of the language that reach out of a module. */
function reachesOut(source: string): string | undefined {
  const found = /\bimport(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n)*([(.])/.exec(source);
  if (!found) return undefined;
  const line = source.slice(0, found.index).split('\n').length;
  return `Line ${line}: a hand-in cannot use import${found[1]}…; write import { … } from 'ringside' at the top.`;
}

const nothing = (trouble: string): Performed => ({ given: [], trouble, printed: [] });

interface Watched {
  readonly text: string;
  readonly stopped?: string;
}

function watched(child: ChildProcess, { seconds, megabytes }: Limits): Promise<Watched> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(
      () => stop(`It was stopped after ${seconds} seconds. Does every loop come to its end?`),
      seconds * 1000,
    );
    const look = setInterval(() => {
      if (memoryOf(child.pid) > megabytes << 20)
        stop(`It was stopped because it took more than ${megabytes} MiB of memory.`);
    }, LOOK_MS);
    child.stdout?.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > MOST_BYTES) stop('It was stopped because it answered with more than 8 MiB.');
      else pieces.push(piece);
    });
    const end = (why?: string): void => {
      clearTimeout(timer);
      clearInterval(look);
      const broken = stopped ?? why;
      resolve({ text: Buffer.concat(pieces).toString('utf8'), ...(broken ? { stopped: broken } : {}) });
    };
    child.on('error', (error) => end(`The process for it could not be started: ${error.message}`));
    child.on('close', (code, signal) => end(endOf(code, signal)));
  });
}

/** Why a process ended, when it did not end well. */
function endOf(code: number | null, signal: string | null): string | undefined {
  if (code === 0) return undefined;
  if (code === 13) return 'It waits for something that never comes: what it gives must be there at once.';
  if (signal === 'SIGABRT' || signal === 'SIGTRAP' || code === 134 || code === 133)
    return 'It was stopped because its objects took more than 256 MiB of memory.';
  return `Its process ended by itself (${signal ?? `code ${code}`}).`;
}

/** Resident bytes of a process; 0 where nobody says. */
function memoryOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    if (process.platform === 'linux')
      return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
    if (process.platform === 'win32') return 0;
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
  } catch {
    return 0;
  }
}

function answerIn(text: string, token: string): Performed {
  const at = text.lastIndexOf(token);
  if (at < 0) return nothing('It ended without an answer.');
  try {
    const { given, trouble, printed } = JSON.parse(text.slice(at + token.length)) as Record<string, unknown>;
    if (!Array.isArray(given) || !given.every(isGiven)) return nothing('It answered with something else.');
    return {
      given,
      printed: Array.isArray(printed) ? printed.map((line) => clean(String(line), 500)) : [],
      ...(typeof trouble === 'string' ? { trouble: plainTrouble(clean(trouble, 300)) } : {}),
    };
  } catch {
    return nothing('It answered with something that cannot be read.');
  }
}

/** Text of a hand-in as it may be printed: no control characters, which could move the cursor or write over a report. */
export const clean = (text: string, most = 500): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').slice(0, most);

function plainTrouble(text: string): string {
  if (/Code generation from strings/.test(text)) return 'It makes code from text, which is not done here.';
  const missing =
    /^ReferenceError: (process|require|fetch|module|__dirname|Buffer|setTimeout|XMLHttpRequest|WebSocket)\b/.exec(
      text,
    );
  if (missing)
    return `There is no "${missing[1]}" for a hand-in: no files, no network, no clock; the language and "ringside" only.`;
  return `It cannot be run: ${text}${/[.!?]$/.test(text) ? '' : '.'}`;
}
