/**
 * What crosses between a hand-in and its judge: plain data only. A hand-in may run in another process that nobody trusts, so its values
 * are cut to a size, turned into JSON, and looked at as data.
 */
import type { Given, Step } from './exercise.ts';

/** JSON, and three things that JSON has not: bytes, `undefined` and numbers that are none. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

const MOST = { items: 70_000, letters: 20_000, depth: 8 } as const;

/** Bytes as plain data. */
export const bytesOf = (bytes: Uint8Array): Plain => ({ $bytes: [...bytes] });

/** The bytes again; nothing when it is something else. */
export function asBytes(value: Plain): Uint8Array | undefined {
  const list = isObject(value) ? value.$bytes : undefined;
  if (!Array.isArray(list)) return undefined;
  return Uint8Array.from(list as number[]);
}

const isObject = (value: unknown): value is { readonly [name: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Turns whatever a hand-in gave into plain data. */
export function plain(value: unknown, depth = 0): Plain {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : { $number: String(value) };
    case 'string':
      return value.slice(0, MOST.letters);
    case 'boolean':
      return value;
    case 'undefined':
      return { $undefined: true };
    case 'object':
      return value === null ? null : ofObject(value, depth);
    default:
      return { $other: typeof value };
  }
}

function ofObject(value: object, depth: number): Plain {
  if (value instanceof Uint8Array) return bytesOf(value.subarray(0, MOST.items));
  if (depth >= MOST.depth) return { $other: 'too deep' };
  if (Array.isArray(value)) return value.slice(0, MOST.items).map((item) => plain(item, depth + 1));
  const names = Object.keys(value).slice(0, 200);
  return Object.fromEntries(
    names.map((name) => [name, plain((value as Record<string, unknown>)[name], depth + 1)]),
  );
}

/** How a value reads in a sentence. */
export function inWords(value: Plain): string {
  if (!isObject(value)) return JSON.stringify(value).slice(0, 120);
  if (value.$undefined) return 'nothing (undefined)';
  if (typeof value.$number === 'string') return value.$number;
  if (typeof value.$other === 'string') return `a ${value.$other}`;
  const bytes = asBytes(value);
  if (bytes) return `${bytes.length} bytes`;
  return JSON.stringify(value).slice(0, 120);
}

/** Carries out the steps on what a hand-in defines. A step that fails is an outcome; the others go on. */
export function perform(defined: Readonly<Record<string, unknown>>, steps: readonly Step[]): Given[] {
  const made: unknown[] = [];
  return steps.map((step, i): Given => {
    try {
      const outcome = one(defined, step, made);
      made[i] = outcome.value;
      if (outcome.missing) return { kind: 'missing', name: outcome.missing };
      return { kind: 'value', value: outcome.silent ? null : plain(outcome.value) };
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { kind: 'threw', message: message.slice(0, 500) };
    }
  });
}

interface Outcome {
  readonly value?: unknown;
  readonly missing?: string;
  /** True for what only later steps need. */
  readonly silent?: boolean;
}

type Callable = (...args: unknown[]) => unknown;

function one(defined: Readonly<Record<string, unknown>>, step: Step, made: unknown[]): Outcome {
  if ('bytes' in step) return { value: new Uint8Array(step.bytes), silent: true };
  if ('poke' in step) {
    (made[step.poke] as Uint8Array).set(step.put, step.at);
    return { value: null, silent: true };
  }
  if ('look' in step) return { value: made[step.look] };
  if ('get' in step) {
    const value = defined[step.get];
    return value === undefined ? { missing: step.get } : { value };
  }
  const args = step.args.map((arg) => received(arg, made));
  if ('make' in step) {
    const type = defined[step.make] as (new (...args: unknown[]) => unknown) | undefined;
    return type === undefined ? { missing: step.make } : { value: new type(...args), silent: true };
  }
  const owner = step.on === undefined ? defined : (made[step.on] as Record<string, unknown> | undefined);
  const target = owner?.[step.call];
  if (target === undefined) return { missing: step.call };
  return { value: (target as Callable).call(step.on === undefined ? undefined : owner, ...args) };
}

/** An argument as the hand-in receives it. */
function received(arg: Plain, made: readonly unknown[]): unknown {
  if (!isObject(arg)) return Array.isArray(arg) ? arg.map((item) => received(item as Plain, made)) : arg;
  if (typeof arg.$of === 'number') return made[arg.$of];
  const bytes = asBytes(arg);
  if (bytes) return bytes;
  return Object.fromEntries(Object.entries(arg).map(([name, value]) => [name, received(value, made)]));
}

/** True for data that has the shape of outcomes: what another process sends may be anything. */
export function isGiven(value: unknown): value is Given {
  if (!isObject(value)) return false;
  if (value.kind === 'value') return 'value' in value;
  if (value.kind === 'missing') return typeof value.name === 'string';
  return value.kind === 'threw' && typeof value.message === 'string';
}
