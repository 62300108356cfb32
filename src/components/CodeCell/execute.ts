/**
 * Runs the code of a cell. The page's worker, the build and the tests all come here, so that what stands under a cell as built is what
 * a reader gets.
 */
import { explain, problem, Stop } from './explain.ts';
import { printed } from './inspect.ts';
import type { Output, Problem } from './protocol.ts';
import { LIMITS } from './protocol.ts';
import { type Drawing, shown } from './shown.ts';
import { strip, TURN } from './strip.ts';

/** What surrounds the code. */
export interface Surroundings {
  readonly library: Drawing & Record<string, unknown>;
  /** Takes what the code prints and shows, as it comes. */
  readonly emit: (output: Output) => void;
  /** Milliseconds of any clock that goes on while code runs; without one, loops are not watched. */
  readonly clock?: () => number;
  /** Time that the code has by that clock. */
  readonly ms?: number;
  /** Code that runs first and shows nothing: the cells above. Problems in it are told of as theirs. */
  readonly before?: string;
  /** Names that the code sees instead of the surroundings' own. */
  readonly names?: Readonly<Record<string, unknown>>;
}

// Taken at once: a reader's code may change what these names mean later.
const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<void>;

/** Runs the code; what goes wrong is an output. The promise is for code that waits: code that does not has ended on return. */
export function execute(source: string, around: Surroundings): Promise<void> {
  const stage = new Stage(around);
  const { emit } = stage;
  const code = strip(stage.whole(source));
  if (typeof code !== 'string') {
    emit(code);
    return Promise.resolve();
  }
  const mouth = new Mouth(emit);
  const fail = (thrown: unknown): void => mouth.fail(explain(thrown, offset()));
  const scope: Record<string, unknown> = {
    ...around.names,
    exports: {},
    require: modules(around.library, mouth),
    console: consoleOf(mouth),
    show: (...values: unknown[]) => {
      for (const output of shown(values, around.library)) mouth.say(output);
    },
    [TURN]: watch(around.clock, around.ms ?? LIMITS.ms),
    __ringside_fail: fail,
    [HERE]: stage.open,
  };
  const body = `"use strict";try{${code}\n}catch(e){__ringside_fail(e)}\n//# sourceURL=cell.ts`;
  try {
    return new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope)).catch(fail);
  } catch (error) {
    fail(error);
    return Promise.resolve();
  }
}

/** The name under which a cell says that the cells above it have run. */
const HERE = '__ringside_here';

/** A cell behind others: nothing of theirs is shown, and lines are counted from its own first. */
class Stage {
  readonly #before: string;
  readonly #emit: (output: Output) => void;
  #open: boolean;

  constructor({ before = '', emit }: Surroundings) {
    this.#before = before;
    this.#emit = emit;
    this.#open = before === '';
  }

  whole(source: string): string {
    return this.#before === '' ? source : `${this.#before}\n;${HERE}();\n${source}`;
  }

  readonly open = (): void => {
    this.#open = true;
  };

  readonly emit = (output: Output): void => {
    if (output.kind === 'problem') this.#emit(this.#own(output));
    else if (this.#open) this.#emit(output);
  };

  #own(problem: Problem): Problem {
    const above = this.#before === '' ? 0 : this.#before.split('\n').length + 1;
    const { line, ...rest } = problem;
    if (line === undefined || above === 0) return problem;
    if (line > above) return { ...rest, line: line - above };
    return { ...rest, message: `A cell above did not come to its end: ${problem.message}` };
  }
}

/** Lines that the engine puts before a function's own: asked of the engine, once. */
const known: { offset?: number } = {};
function offset(): number {
  if (known.offset !== undefined) return known.offset;
  known.offset = 0;
  try {
    new (Function as unknown as new (text: string) => () => void)(
      'throw new Error()\n//# sourceURL=cell.ts',
    )();
  } catch (error) {
    known.offset = (explain(error).line ?? 1) - 1;
  }
  return known.offset;
}
offset();

/** Everything that leaves the code, within its limits. */
class Mouth {
  readonly #emit: (output: Output) => void;
  #outputs = 0;
  #letters = 0;
  #shut = false;

  constructor(emit: (output: Output) => void) {
    this.#emit = emit;
  }

  say(output: Output): void {
    if (this.#shut) throw tooMuch();
    this.#outputs++;
    if ('text' in output) this.#letters += output.text.length;
    const large = output.kind === 'svg' && output.svg.length > LIMITS.svg;
    if (this.#outputs > LIMITS.outputs || this.#letters > LIMITS.text || large) {
      this.#shut = true;
      throw tooMuch();
    }
    this.#emit(output);
  }

  /** The last word. */
  fail(problem: Problem): void {
    this.#emit(problem);
  }
}

const tooMuch = (): Stop =>
  new Stop(
    `The code was stopped because it printed too much: a cell shows ${LIMITS.outputs} things and ${LIMITS.text / 1000} thousand letters at most.`,
    'Print less often, or a summary.',
  );

function consoleOf(mouth: Mouth): object {
  const at =
    (level: 'log' | 'warn' | 'error') =>
    (...values: unknown[]): void => {
      const text = values.map(printed).join(' ');
      const cut =
        text.length > LIMITS.line
          ? `${text.slice(0, LIMITS.line)} … (${text.length - LIMITS.line} more letters)`
          : text;
      mouth.say({ kind: 'log', level, text: cut });
    };
  const log = at('log');
  const table = (value: unknown): void => {
    const rows = Array.isArray(value) ? value : Object.values((value ?? {}) as object);
    for (const output of shown([rows], {} as Drawing)) mouth.say(output);
  };
  const assert = (held: unknown, ...words: unknown[]): void => {
    if (!held) at('error')('Assertion failed', ...words);
  };
  return {
    log,
    info: log,
    debug: log,
    dir: log,
    warn: at('warn'),
    error: at('error'),
    trace: log,
    table,
    assert,
  };
}

/** Called by every turn of every loop: ends the code at its time, at the line where it was. */
function watch(clock: (() => number) | undefined, ms: number): () => void {
  if (!clock) return () => {};
  const end = clock() + ms;
  let turns = 0;
  return () => {
    if ((++turns & 1023) === 0 && clock() > end) throw tooLong(ms);
  };
}

const tooLong = (ms: number): Stop =>
  new Stop(
    `The code was stopped after ${ms / 1000} seconds, inside a loop.`,
    'Does the loop come to its end? Try fewer turns, or smaller settings.',
  );

/** What a cell can import. */
function modules(library: Surroundings['library'], mouth: Mouth): (name: string) => unknown {
  const named = exact(library, 'ringside');
  const markdown = (text: string): void => {
    for (const output of shown([text], library)) mouth.say(output);
  };
  const display = { html: markdown, markdown, text: markdown, svg: markdown };
  const known: Record<string, unknown> = {
    ringside: named,
    tslab: exact({ display: exact(display, 'tslab.display') }, 'tslab'),
    'node:assert/strict': { __esModule: true, default: assertions, ...assertions },
  };
  return (name) => {
    if (Object.hasOwn(known, name)) return known[name];
    throw new Stop(
      `There is no module "${name}" on this page.`,
      "Cells can import from 'ringside'; code of notebooks also from 'tslab' and 'node:assert/strict'.",
    );
  };
}

/** An object whose unknown names are mistakes with a suggestion, not `undefined`. */
function exact<T extends object>(object: T, what: string): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      if (typeof name === 'symbol' || name === '__esModule') return name === '__esModule' ? true : undefined;
      if (Object.hasOwn(object, name)) return (object as Record<string, unknown>)[name];
      const near = nearest(name, Object.keys(object));
      throw new Stop(
        `"${name}" is nothing that ${what} has.`,
        near ? `Did you mean "${near}"?` : 'The reference lists all names.',
      );
    },
    has: (_, name) => Object.hasOwn(object, name),
    ownKeys: () => Object.keys(object),
    getOwnPropertyDescriptor: (_, name) =>
      Object.hasOwn(object, name)
        ? { enumerable: true, configurable: true, value: (object as Record<string | symbol, unknown>)[name] }
        : undefined,
  });
}

/** The name that shares most pairs of letters, when it shares more than half. */
export function nearest(name: string, among: readonly string[]): string | undefined {
  const pairs = (text: string): string[] =>
    Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2).toLowerCase());
  const own = pairs(name);
  const likeness = (other: string): number => {
    const theirs = pairs(other);
    return (2 * own.filter((pair) => theirs.includes(pair)).length) / Math.max(1, own.length + theirs.length);
  };
  const [best] = [...among].sort((a, b) => likeness(b) - likeness(a));
  return best !== undefined && likeness(best) > 0.5 ? best : undefined;
}

function ensure(held: unknown, message: unknown, plain: string): asserts held {
  if (!held)
    throw message instanceof Error
      ? message
      : new Stop(String(message ?? plain), 'The check in this line did not hold.');
}

const alike = (a: unknown, b: unknown): boolean => Object.is(a, b) || printed(a) === printed(b);

/** The few checks of `node:assert/strict` that notebooks use. */
const assertions = Object.assign(
  (held: unknown, message?: unknown) => ensure(held, message, 'A check did not hold.'),
  {
    ok: (held: unknown, message?: unknown) => ensure(held, message, 'A check did not hold.'),
    equal: (a: unknown, b: unknown, message?: unknown) =>
      ensure(Object.is(a, b), message, `A check did not hold: ${printed(a)} is not ${printed(b)}.`),
    notEqual: (a: unknown, b: unknown, message?: unknown) =>
      ensure(!Object.is(a, b), message, `A check did not hold: both are ${printed(a)}.`),
    deepEqual: (a: unknown, b: unknown, message?: unknown) =>
      ensure(alike(a, b), message, `A check did not hold: ${printed(a)} is not ${printed(b)}.`),
    fail: (message?: unknown) => ensure(false, message, 'A check did not hold.'),
    match: (text: string, pattern: RegExp, message?: unknown) =>
      ensure(
        pattern.test(text),
        message,
        `A check did not hold: ${printed(text)} does not match ${pattern}.`,
      ),
    throws: (action: () => unknown, message?: unknown) => {
      let threw = false;
      try {
        action();
      } catch {
        threw = true;
      }
      ensure(
        threw,
        typeof message === 'string' ? message : undefined,
        'A check did not hold: nothing was thrown.',
      );
    },
  },
);

/** Watches machines: a simulation that would go on without end is told so. */
export function capEvents(library: Record<string, unknown>): void {
  const { prototype } = library.Engine as {
    prototype: { run(until?: number, budget?: number): { kind: string; events: number } };
  };
  const { run } = prototype;
  prototype.run = function (this: typeof prototype, until = Infinity, budget = Infinity) {
    const end = run.call(this, until, Math.min(budget, LIMITS.events));
    if (end.kind === 'budget' && budget > LIMITS.events)
      throw new Stop(
        `The simulation was stopped after ${LIMITS.events / 1e6} million events.`,
        'Something in it goes on without end: a timer that sets itself, two sides that wake each other.',
      );
    return end;
  };
}

export { problem };
