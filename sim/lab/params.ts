/**
 * Parameters of an experiment, declared as data. From one declaration come the page's control, the CLI flag and its help, the
 * notebook's parameter cell, the URL query and the fuzz test.
 */
import type { Issue } from '../core/errors.ts';
import { formatBytes, parseBytes } from '../core/units.ts';

/** What every parameter says about itself. `why` tells the reader what turning it teaches. */
interface Common {
  readonly label: string;
  readonly why: string;
}

/** One of a few named values. `options` maps the value to a short label. */
export interface ChoiceParam<V extends string = string> extends Common {
  readonly kind: 'choice';
  readonly options: Readonly<Record<V, string>>;
  readonly default: V;
}

/** A whole number within limits, in steps, with a unit ('' for a bare count). `scale` says how a slider should move. */
export interface CountParam extends Common {
  readonly kind: 'count';
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly scale: 'linear' | 'log2';
  readonly default: number;
}

/** A number of bytes, written `512B`, `4KiB`, `10KiB`; always a multiple of `step`. */
export interface SizeParam extends Common {
  readonly kind: 'size';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly scale: 'linear' | 'log2';
  readonly default: number;
}

/** Yes or no, written `on` and `off`. */
export interface FlagParam extends Common {
  readonly kind: 'flag';
  readonly default: boolean;
}

/** The declaration of one parameter. */
export type Param = ChoiceParam | CountParam | SizeParam | FlagParam;
/** The parameters of an experiment by name. */
export type ParamTable = Readonly<Record<string, Param>>;
/** What a parameter can hold. */
export type ParamValue = string | number | boolean;

/** The value type that one declaration stands for. */
export type ValueOf<D> =
  D extends ChoiceParam<infer V>
    ? V
    : D extends CountParam | SizeParam
      ? number
      : D extends FlagParam
        ? boolean
        : never;

/** The typed parameters of a table: `{ mode: 'pio' | 'dma', size: number }`. */
export type Values<T extends ParamTable> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** Declares a parameter with named options. */
export const choice = <V extends string>(
  options: Readonly<Record<V, string>>,
  initial: NoInferValue<V>,
  about: Common,
): ChoiceParam<V> => ({ kind: 'choice', options, default: initial, ...about });

/** Keeps TypeScript from widening the options by the default's type (`NoInfer` needs TypeScript 5.4; notebooks have 5.0). */
type NoInferValue<T> = [T][T extends unknown ? 0 : never];

/** Declares a whole number within a range. */
export const count = (about: Omit<CountParam, 'kind'>): CountParam => ({ kind: 'count', ...about });
/** Declares a number of bytes within a range; read and printed with units. */
export const size = (about: Omit<SizeParam, 'kind'>): SizeParam => ({ kind: 'size', ...about });
/** Declares a switch. */
export const flag = (initial: boolean, about: Common): FlagParam => ({
  kind: 'flag',
  default: initial,
  ...about,
});

/** The defaults of a table as a complete set of values. */
export function defaultsOf<T extends ParamTable>(table: T): Values<T> {
  const values: Record<string, ParamValue> = {};
  for (const name of Object.keys(table)) values[name] = table[name].default;
  return values as Values<T>;
}

/** Writes a value the way it appears in a line, a flag or a readout. */
export function formatValue(param: Param, value: ParamValue): string {
  if (param.kind === 'size') return formatBytes(value as number);
  if (param.kind === 'flag') return value ? 'on' : 'off';
  return String(value);
}

/** Reads a value from text. Returns the value, or the issue that says what to write instead. */
export function parseValue(name: string, param: Param, text: string): ParamValue | Issue {
  switch (param.kind) {
    case 'choice':
      return text;
    case 'flag':
      return parseFlag(name, text);
    case 'size':
      return parseNumber(name, param, text, parseBytes(text));
    case 'count':
      return parseNumber(name, param, text, /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN);
  }
}

function parseFlag(name: string, text: string): boolean | Issue {
  if (['on', 'true', '1', 'yes'].includes(text)) return true;
  if (['off', 'false', '0', 'no'].includes(text)) return false;
  return { path: name, kind: 'not-a-flag', message: `${name} is "${text}"`, hint: 'write on or off' };
}

function parseNumber(
  name: string,
  param: CountParam | SizeParam,
  text: string,
  value: number,
): number | Issue {
  if (Number.isFinite(value)) return value;
  const example = formatValue(param, param.default);
  return {
    path: name,
    kind: 'not-a-number',
    message: `${name} is "${text}"`,
    hint: `write a whole number such as ${example}`,
  };
}

/** What is wrong with a value, or `undefined`. Never changes the value: nothing a user typed is silently replaced. */
export function checkValue(name: string, param: Param, value: unknown): Issue | undefined {
  switch (param.kind) {
    case 'choice':
      return checkChoice(name, param, value);
    case 'flag':
      return typeof value === 'boolean' ? undefined : wrongType(name, value, 'true or false');
    default:
      return checkRange(name, param, value);
  }
}

function checkChoice(name: string, param: ChoiceParam, value: unknown): Issue | undefined {
  if (typeof value === 'string' && Object.hasOwn(param.options, value)) return undefined;
  const known = Object.keys(param.options).join(', ');
  return {
    path: name,
    kind: 'unknown-choice',
    message: `${name} is "${String(value)}"`,
    hint: `use one of: ${known}`,
  };
}

function checkRange(name: string, param: CountParam | SizeParam, value: unknown): Issue | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrongType(name, value, 'a number');
  const show = (n: number): string => formatValue(param, n);
  if (value < param.min || value > param.max) {
    const hint = `use ${show(param.min)} to ${show(param.max)}`;
    return { path: name, kind: 'out-of-range', message: `${name} is ${show(value)}`, hint };
  }
  if (!Number.isInteger(value) || (value - param.min) % param.step !== 0) {
    const near = param.min + Math.round((value - param.min) / param.step) * param.step;
    const hint = `use steps of ${show(param.step)}, for example ${show(Math.min(near, param.max))}`;
    return { path: name, kind: 'not-a-step', message: `${name} is ${show(value)}`, hint };
  }
  return undefined;
}

const wrongType = (name: string, value: unknown, want: string): Issue => ({
  path: name,
  kind: 'wrong-type',
  message: `${name} is ${typeof value} ${String(value)}`,
  hint: `give ${want}`,
});

/** The eras as every experiment names them. */
export const ERA_OPTIONS = {
  '2008': '2008, no SLAT',
  '2012': '2012, EPT',
  '2020': '2020s, mitigated',
} as const;
