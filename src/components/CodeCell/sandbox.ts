/**
 * Takes everything from a worker that is not the language: network, storage, other workers, and the ways to make code from text (which
 * could bring any of it back). What stays is listed; what a later browser adds is taken as well.
 */
import { Stop } from './explain.ts';
import { LIMITS } from './protocol.ts';

const STAYS = new Set(
  (
    'Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error AggregateError ' +
    'EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError Iterator JSON Math Intl ArrayBuffer Atomics ' +
    'Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray ' +
    'BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet WeakRef FinalizationRegistry Proxy Reflect ' +
    'decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape isFinite isNaN globalThis self eval ' +
    'DisposableStack AsyncDisposableStack performance structuredClone queueMicrotask setTimeout clearTimeout setInterval clearInterval ' +
    'atob btoa TextEncoder TextDecoder URLSearchParams AbortController AbortSignal Event EventTarget DOMException ' +
    // The worker's own loader of script asks for them.
    'Performance WorkerGlobalScope DedicatedWorkerGlobalScope'
  ).split(' '),
);

const NETWORK = /fetch|XMLHttp|Socket|EventSource|Transport|importScripts|Request|Response|Beacon|RTC|Font/i;
const STORAGE = /indexedDB|caches|cookie|storage|IDB|Cache|FileSystem/i;

/** What the code gets instead of something that is not there. */
export function denied(name: string): Stop {
  if (NETWORK.test(name))
    return new Stop(
      `There is no network in a cell, so "${name}" is not there.`,
      'Put the data into the code.',
    );
  if (STORAGE.test(name))
    return new Stop(
      `A cell stores nothing, so "${name}" is not there.`,
      'The text of the cell is kept for you.',
    );
  return new Stop(`A cell has no "${name}".`, 'The language and the library are all it has.');
}

/** Shuts the surroundings off, for good. */
export function shutOff(scope: object): void {
  for (
    let owner: object | null = scope;
    owner && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (!STAYS.has(name) && name !== 'constructor') take(owner, scope, name);
    }
  }
  for (const maker of makers())
    Object.defineProperty(maker, 'constructor', {
      value: refuse('Function'),
      writable: false,
      configurable: false,
    });
  for (const name of ['eval', 'Function'])
    Object.defineProperty(scope, name, { value: refuse(name), writable: false, configurable: false });
  timersTakeFunctions(scope as never);
}

/** Functions that make functions from text. */
const makers = (): object[] =>
  [() => {}, async () => {}, function* () {}, async function* () {}].map((example) =>
    Object.getPrototypeOf(example),
  );

function refuse(name: string): () => never {
  return function no(): never {
    throw denied(name);
  };
}

function take(owner: object, scope: object, name: string): void {
  const gone = Reflect.deleteProperty(owner, name);
  if (!gone) {
    try {
      Object.defineProperty(owner, name, { value: undefined, writable: false });
    } catch {
      // What can be neither deleted nor changed is a constant or a handler that the worker sets itself.
    }
  }
  if (Object.hasOwn(scope, name)) return;
  Object.defineProperty(scope, name, {
    get: refuse(name),
    set: () => {},
    configurable: false,
  });
}

function timersTakeFunctions(scope: Record<'setTimeout' | 'setInterval', unknown>): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const own = scope[name] as (...args: unknown[]) => unknown;
    scope[name] = (action: unknown, ...rest: unknown[]) => {
      if (typeof action !== 'function') throw denied('code from text');
      return own(action, ...rest);
    };
  }
}

const LARGE = [
  'ArrayBuffer',
  ...[
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
  ],
  ...['Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'Array'],
] as const;

/** Below this many elements nobody counts. */
const SMALL = 1000;

/**
 * The makers of arrays as the code sees them: they keep account, and refuse before the browser is out of memory, which would take the
 * page with it. Only what the code makes by itself counts; the library has limits of its own.
 */
export function countedMemory(): Record<string, unknown> {
  let bytes = 0;
  const account = (length: unknown, size: number): void => {
    if (typeof length !== 'number' || !(length > SMALL)) return;
    bytes += length * size;
    if (bytes > LIMITS.bytes)
      throw new Stop(
        `The code was stopped because its arrays take more than ${LIMITS.bytes >> 20} MiB.`,
        'Make fewer or smaller ones.',
      );
  };
  const wrapped: Record<string, unknown> = {};
  for (const name of LARGE) {
    const own = (globalThis as Record<string, unknown>)[name] as new (...args: unknown[]) => object;
    const size =
      (own as unknown as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? (name === 'Array' ? 8 : 1);
    wrapped[name] = new Proxy(own, {
      construct: (target, args, self) => {
        if (args.length === 1 || name !== 'Array') account(lengthOf(args[0]), size);
        return Reflect.construct(target, args, self);
      },
      apply: (target, self, args) => {
        if (args.length === 1) account(args[0], size);
        return Reflect.apply(target as never, self, args);
      },
    });
  }
  copiesCount(account);
  return wrapped;
}

const lengthOf = (value: unknown): unknown =>
  typeof value === 'number' ? value : ((value as { length?: unknown } | null)?.length ?? undefined);

/** Large copies count too, whoever makes them. */
function copiesCount(account: (length: unknown, size: number) => void): void {
  const watch = (
    prototype: object,
    names: readonly string[],
    size: number,
    length: (self: never, args: unknown[]) => unknown,
  ): void => {
    for (const name of names) {
      const own = (prototype as Record<string, (...args: unknown[]) => unknown>)[name];
      Object.defineProperty(prototype, name, {
        configurable: true,
        writable: true,
        value(this: never, ...args: unknown[]) {
          account(length(this, args), size);
          return own.apply(this, args);
        },
      });
    }
  };
  const typed = Object.getPrototypeOf(Uint8Array.prototype);
  const large = (length: number): number => (length > 100 * SMALL ? length : 0);
  const whole = (self: { length: number }): number => large(self.length);
  const slice = ({ length }: { length: number }, [from, to]: unknown[]): number => {
    const place = (at: unknown, otherwise: number): number =>
      at === undefined
        ? otherwise
        : Math.max(0, Number(at) < 0 ? length + Number(at) : Math.min(Number(at), length));
    return large(place(to, length) - place(from, 0));
  };
  const copies = ['concat', 'map', 'flat', 'toSorted', 'toReversed', 'with'];
  watch(
    Array.prototype,
    copies.filter((name) => name in Array.prototype),
    8,
    whole,
  );
  watch(typed, ['map'], 8, whole);
  for (const prototype of [Array.prototype, typed]) watch(prototype, ['slice'], 8, slice);
  watch(
    String.prototype,
    ['repeat', 'padStart', 'padEnd'],
    1,
    (self: string, [n]) => Number(n) * Math.max(1, self.length),
  );
}
