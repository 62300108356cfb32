/**
 * Runs one hand-in, in a process of its own that is started for it. What keeps a hand-in in:
 *
 * - It runs in a context whose every object, the library included, was made there; only text goes in and out. No object of Node is
 *   within reach, so there is no `process`, `require` or `fetch` to be had, and text cannot be made into code.
 * - The process is started with Node's permission model: it can read the compiled library and nothing else, write nothing, start
 *   nothing. Its intrinsics are frozen, its environment is empty, and what could open a connection has been taken away.
 * - Whoever started it ends it when its time or memory is over (isolate.ts).
 *
 * Input on stdin: JSON of {@link CageInput}. Output on stdout: one line, the token and JSON of {@link CageOutput}.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import type { Given, Step } from '../exercises/exercise.ts';

/** What the process is told. */
export interface CageInput {
  /** Written before the answer, so that nothing else is taken for it. */
  readonly token: string;
  /** JavaScript, an ECMAScript module. */
  readonly source: string;
  readonly steps: readonly Step[];
}

/** What it answers. */
export interface CageOutput {
  readonly given: readonly Given[];
  /** Why there is nothing to judge: the text does not parse, an import is not there, it threw. */
  readonly trouble?: string;
  /** The first lines that it printed. */
  readonly printed: readonly string[];
}

const LIBRARY = new URL('../', import.meta.url);
/** Exercises know their answers; a hand-in sees them as an empty list. */
const CLOSED = `const away = () => { throw new Error('exercises are not there while a hand-in is judged'); };
export const exercises = [];
export { away as findExercise, away as exercisesOf };
export const check = () => ({ right: false, kind: 'unusable', says: 'Judged by whoever runs this file.' });`;

/** Notebooks draw; here nobody looks. */
const DRAWING = `const nothing = () => {};
export const display = { html: nothing, markdown: nothing, text: nothing, svg: nothing };`;

const INSIDE = `(() => {
  const printed = [];
  const say = (...words) => {
    if (printed.length >= 40) return;
    let text = '';
    try { text = words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : String(word))).join(' '); } catch { text = '(cannot be shown)'; }
    printed.push(text.slice(0, 500));
  };
  globalThis.console = { log: say, info: say, warn: say, error: say, debug: say, table: say, dir: say };
  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry', 'WeakRef']) delete globalThis[name];
  const { stringify, parse } = JSON;
  const { String: text } = globalThis;
  return {
    drive: (perform, defined, steps) => stringify({ given: perform(defined, parse(steps)), printed }),
    printed: () => stringify(printed),
    explain: (error) => {
      try { return text(error && error.name ? error.name + ': ' + error.message : error).slice(0, 500); }
      catch { return 'something that cannot be shown'; }
    },
  };
})()`;

interface Inside {
  drive(perform: unknown, defined: unknown, steps: string): unknown;
  printed(): unknown;
  explain(error: unknown): unknown;
}

async function main(): Promise<void> {
  const { token, source, steps } = JSON.parse(readFileSync(0, 'utf8')) as CageInput;
  const context = makeContext();
  const inside = vm.runInContext(INSIDE, context) as Inside;
  const output = await handIn(source, JSON.stringify(steps), context, inside);
  process.stdout.write(`${token}${output}\n`);
}

const makeContext = (): vm.Context => {
  const bare =
    (vm.constants as unknown as { DONT_CONTEXTIFY?: symbol }).DONT_CONTEXTIFY ?? Object.create(null);
  return vm.createContext(bare as vm.Context, { codeGeneration: { strings: false, wasm: false } });
};

async function handIn(source: string, steps: string, context: vm.Context, inside: Inside): Promise<string> {
  const load = loader(context);
  try {
    await load.library();
    const values = await load.values();
    closeDoors();
    const own = new vm.SourceTextModule(source, { context, identifier: 'hand-in' });
    await own.link((name) => load.named(name));
    await own.evaluate();
    const { perform } = values.namespace as { perform?: unknown };
    return text(inside.drive(perform, own.namespace, steps));
  } catch (error) {
    const printed = text(inside.printed());
    return `{"given":[],"printed":${printed},"trouble":${JSON.stringify(text(inside.explain(error)))}}`;
  }
}

/** What comes from inside is a text, or is not looked at. */
const text = (value: unknown): string => (typeof value === 'string' ? value : '""');

/** Loads the compiled library into the context. */
function loader(context: vm.Context) {
  const modules = new Map<string, vm.Module>();
  const make = (identifier: string, code: string): vm.Module => {
    const made = new vm.SourceTextModule(code, { context, identifier });
    modules.set(identifier, made);
    return made;
  };
  const at = (url: URL): vm.Module => {
    const known = modules.get(url.href);
    if (known) return known;
    const closed = url.pathname.endsWith('/exercises/index.js');
    return make(url.href, closed ? CLOSED : readFileSync(fileURLToPath(url), 'utf8'));
  };
  const ready = async (name: string): Promise<vm.Module> => {
    const found = at(new URL(name, LIBRARY));
    if (found.status === 'unlinked')
      await found.link((specifier, from) => at(new URL(specifier, from.identifier)));
    if (found.status === 'linked') await found.evaluate();
    return found;
  };
  const library = () => ready('index.js');
  const values = () => ready('exercises/values.js');
  const small = async (name: string, code: string): Promise<vm.Module> => {
    const known = modules.get(name);
    if (known) return known;
    const made = make(name, code);
    await made.link(() => made);
    await made.evaluate();
    return made;
  };
  const named = (name: string): Promise<vm.Module> => {
    if (name === 'ringside') return library();
    if (name === 'tslab') return small('tslab', DRAWING);
    throw new Error(`there is no module "${name}" here: a hand-in can import from "ringside"`);
  };
  return { library, values, named };
}

/** Nothing of this is within reach of a hand-in; it goes all the same. */
function closeDoors(): void {
  const need = createRequire(import.meta.url);
  const no = (): never => {
    throw new Error('there is no network here');
  };
  const net = need('node:net');
  const dgram = need('node:dgram');
  net.Socket.prototype.connect = no;
  net.Server.prototype.listen = no;
  for (const name of ['send', 'bind', 'connect']) dgram.Socket.prototype[name] = no;
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']) globals[name] = undefined;
  const own = process as unknown as Record<string, unknown>;
  for (const name of ['binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'kill', 'env'])
    Object.defineProperty(own, name, { value: undefined });
}

await main();
