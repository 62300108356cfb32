/**
 * The state of an experiment in the page's address. The query of the page is the query of the line; three words are added: `fig`, the
 * number of the experiment on the page (left out for the first), `with`, the line that it is compared with, and `step`, the step to
 * show. Only the experiment that was touched last stands in the address.
 */
import { formatLine, readQuery, splitLine } from '../../../sim/lab/line.ts';
import type { ParamTable, ParamValue } from '../../../sim/lab/params.ts';
import type { Issue } from '../../truth/types.ts';

export type Values = Readonly<Record<string, ParamValue>>;

/** What stands in an address for one figure. */
export interface Addressed {
  readonly values: Values;
  readonly seed: number;
  readonly issues: readonly Issue[];
  /** The other run, where there is one. */
  readonly other?: Values;
  /** The step to show, from 1. */
  readonly at?: number;
}

/** Words of the address that are no parameters. */
export const RESERVED = ['fig', 'with', 'step'] as const;

/** Reads the address for figure `fig`; `undefined` when it speaks of another figure or of none. */
export function readAddress(
  id: string,
  params: ParamTable,
  search: string,
  fig: number,
): Addressed | undefined {
  const { query, issues: repeated } = splitLine(`${id}?${search.replace(/^\?/, '')}`);
  const own = new Map(
    [...query].filter(([key]) => !key.startsWith('docusaurus-') && !key.startsWith('utm_')),
  );
  if (own.size === 0 || (own.get('fig') ?? '1') !== String(fig)) return undefined;
  const line = own.get('with');
  const step = Math.floor(Number(own.get('step')));
  const at = step >= 1 ? step : undefined;
  for (const word of RESERVED) own.delete(word);
  const { values, seed, issues: unread } = readQuery(params, own);
  const issues = [...repeated, ...unread];
  if (line === undefined) return { values: values as Values, seed, issues, at };
  const beside = splitLine(line);
  const other = readQuery(params, beside.query);
  const foreign: Issue[] =
    beside.id === id
      ? []
      : [
          {
            path: 'with',
            kind: 'other-experiment',
            message: `"${beside.id}" is another experiment`,
            hint: `compare with a line of ${id}`,
          },
        ];
  return {
    values: values as Values,
    seed,
    issues: [...issues, ...beside.issues, ...other.issues, ...foreign],
    other: other.values as Values,
    at,
  };
}

/** Writes the query, with its question mark; `''` when everything is as the page has it. */
export function writeAddress(
  id: string,
  params: ParamTable,
  state: { values: Values; seed: number; other?: Values },
  fig: number,
): string {
  const line = formatLine(id, params, state.values as never, state.seed);
  const own = line.includes('?') ? [line.slice(line.indexOf('?') + 1)] : [];
  if (fig !== 1) own.push(`fig=${fig}`);
  if (state.other)
    own.push(`with=${encodeURIComponent(formatLine(id, params, state.other as never, state.seed))}`);
  return own.length > 0 ? `?${own.join('&')}` : '';
}

/** The names whose values differ. */
export const differing = (a: Values, b: Values): string[] =>
  Object.keys(a).filter((name) => a[name] !== b[name]);
