/** What to call runs that stand side by side. */
import { formatLine, readQuery, splitLine } from '../../../sim/lab/line.ts';
import { formatValue, type ParamTable } from '../../../sim/lab/params.ts';
import type { Schema } from '../../truth/types.ts';

/**
 * A name for each line of one experiment: the title of the preset with this line, otherwise what it has that the others have not, in the
 * words of its controls, otherwise the line.
 */
export function namesOf(
  { id, params, presets }: Pick<Schema, 'id' | 'params' | 'presets'>,
  lines: readonly string[],
): string[] {
  const titles = new Map(
    Object.values(presets).map((preset) => [formatLine(id, params, preset.params as never), preset.title]),
  );
  const runs = lines.map((line) => {
    const { values, seed } = readQuery(params, splitLine(line).query);
    return { values: values as Record<string, unknown>, line: formatLine(id, params, values as never, seed) };
  });
  const different = Object.keys(params).filter((name) =>
    runs.some(({ values }) => values[name] !== runs[0]?.values[name]),
  );
  return runs.map(
    ({ values, line }) =>
      titles.get(line) ?? (different.map((name) => said(params, name, values[name])).join(', ') || line),
  );
}

/** A value as its control says it. */
function said(params: ParamTable, name: string, value: unknown): string {
  const param = params[name] as ParamTable[string];
  if (param.kind === 'choice')
    return (param.options as Record<string, string>)[String(value)] ?? String(value);
  return `${param.label}: ${formatValue(param, value as never)}`;
}
