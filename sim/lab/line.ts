/**
 * The one line that names a run everywhere: `two-roads?mode=pio&size=10KiB&seed=7`.
 *
 * It is the query of the page's address, the argument of the command line, the notebook's parameter cell and the embed's address.
 * Readable units, only what differs from the defaults, sorted; what is not understood is reported and never dropped in silence.
 */
import type { Issue } from '../core/errors.ts';
import type { Param, ParamTable, ParamValue, Values } from './params.ts';
import { checkValue, defaultsOf, formatValue, parseValue } from './params.ts';

/** Seeds are 32-bit: they survive every host language, URL and spreadsheet. */
export const SEED_MAX = 0xffff_ffff;
/** The seed of a line that names none. */
export const DEFAULT_SEED = 1;

/** A line taken apart, before anyone looks at which experiment it means. */
export interface LineParts {
  readonly id: string;
  readonly query: ReadonlyMap<string, string>;
  /** Keys that stand there more than once: nobody can tell which of their values was meant. */
  readonly issues: readonly Issue[];
}

/** A set of values with everything that was wrong with the text. `values` is complete: bad entries keep their default. */
export interface ParsedLine<T extends ParamTable> {
  readonly values: Values<T>;
  readonly seed: number;
  readonly issues: readonly Issue[];
}

/** Splits `id?key=value&key=value`. A leading `?` or `/` and an empty query are accepted. */
export function splitLine(line: string): LineParts {
  const text = String(line).trim();
  const mark = text.indexOf('?');
  const id = (mark < 0 ? text : text.slice(0, mark)).replace(/^\/+|\/+$/g, '');
  const query = new Map<string, string>();
  const issues: Issue[] = [];
  for (const pair of (mark < 0 ? '' : text.slice(mark + 1)).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (query.has(key)) issues.push(repeated(key));
    query.set(key, equals < 0 ? 'on' : decode(pair.slice(equals + 1)));
  }
  return { id, query, issues };
}

const repeated = (key: string): Issue => ({
  path: key,
  kind: 'repeated-key',
  message: `${key} stands in the line more than once`,
  hint: 'keep one of them',
});

/** Percent decoding that gives the text back unchanged when it is malformed, so that the error names what was typed. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text;
  }
}

/** Reads the query against a table of parameters. */
export function readQuery<T extends ParamTable>(table: T, query: ReadonlyMap<string, string>): ParsedLine<T> {
  const values: Record<string, ParamValue> = { ...defaultsOf(table) };
  const issues: Issue[] = [];
  let seed = DEFAULT_SEED;
  for (const [name, text] of query) {
    if (name === 'seed') {
      const read = readSeed(text);
      if (typeof read === 'number') seed = read;
      else issues.push(read);
    } else if (!Object.hasOwn(table, name)) issues.push(unknownKey(name, table));
    else readInto(values, issues, name, table[name], text);
  }
  return { values: values as Values<T>, seed, issues };
}

function readInto(
  values: Record<string, ParamValue>,
  issues: Issue[],
  name: string,
  param: Param,
  text: string,
): void {
  const value = parseValue(name, param, text);
  if (typeof value === 'object') {
    issues.push(value);
    return;
  }
  const issue = checkValue(name, param, value);
  if (issue) issues.push(issue);
  else values[name] = value;
}

function readSeed(text: string): number | Issue {
  const seed = /^\d+$/.test(text) ? Number(text) : text;
  return checkSeed(seed) ?? Number(text);
}

/** What is wrong with a seed, or `undefined`. */
export function checkSeed(seed: unknown): Issue | undefined {
  if (typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return undefined;
  return {
    path: 'seed',
    kind: 'bad-seed',
    message: `seed is ${String(seed)}`,
    hint: `use a whole number from 0 to ${SEED_MAX}`,
  };
}

function unknownKey(name: string, table: ParamTable): Issue {
  const known = [...Object.keys(table), 'seed'].sort().join(', ');
  return {
    path: name,
    kind: 'unknown-key',
    message: `"${name}" is not a parameter`,
    hint: `known: ${known}`,
  };
}

/** Writes the canonical line: only what differs from the defaults, keys sorted, the seed last when it is not 1. */
export function formatLine<T extends ParamTable>(
  id: string,
  table: T,
  values: Partial<Values<T>>,
  seed = DEFAULT_SEED,
): string {
  const pairs: string[] = [];
  for (const name of Object.keys(table).sort()) {
    const value = values[name];
    if (value === undefined || value === table[name].default) continue;
    pairs.push(`${name}=${encodeURIComponent(formatValue(table[name], value as ParamValue))}`);
  }
  if (seed !== DEFAULT_SEED) pairs.push(`seed=${seed}`);
  return pairs.length === 0 ? id : `${id}?${pairs.join('&')}`;
}
