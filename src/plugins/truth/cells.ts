/** The code cells of the pages, coloured and run at build: their results are there without script. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as library from '../../../sim/index.ts';
import { coloured, type Token } from '../../components/CodeCell/colours.ts';
import { execute } from '../../components/CodeCell/execute.ts';
import type { Output } from '../../components/CodeCell/protocol.ts';
import { PageError, runOf } from './book.ts';

const FOLDER = path.join(process.cwd(), 'src', 'data', 'cells');

/** A cell as its page receives it. */
export interface CellData {
  readonly id: string;
  /** What the code asks: its first line of comment. */
  readonly title: string;
  readonly source: string;
  readonly tokens: readonly Token[];
  readonly outputs: readonly Output[];
}

/** The names of the cells there are. */
export const cellIds = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => /^[a-z0-9-]+\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
    .sort();

/** The cell with this name, or one that shows the run of a line. */
export function cell(of: string): CellData {
  const source = sourceOf(of);
  return { id: of, title: titleOf(source), source, tokens: coloured(source), outputs: outputsOf(of, source) };
}

export function sourceOf(of: string): string {
  const file = path.join(FOLDER, `${of}.ts`);
  if (!of.includes('?') && existsSync(file)) return readFileSync(file, 'utf8').trim();
  const { line } = runOf(of);
  return `// The run of this page\nimport { runLine } from 'ringside';\n\nconst result = runLine('${line}');\nshow(result);\nconsole.log(result.digest);`;
}

const titleOf = (source: string): string => /^\/\/ (.+)/.exec(source)?.[1] ?? 'A cell';

/** Everything that the cell prints and shows. A cell of ours that goes wrong, or waits, is a mistake of the page. */
export function outputsOf(of: string, source: string): Output[] {
  const outputs: Output[] = [];
  let ended = false;
  const names = { __ringside_ended: () => (ended = true) };
  void execute(`${source}\n;__ringside_ended();`, {
    library: library as never,
    emit: (output) => outputs.push(output),
    names,
  });
  for (const output of outputs)
    if (output.kind === 'problem')
      throw new PageError(`the cell "${of}", line ${output.line ?? '?'}: ${output.message} ${output.hint}`);
  if (!ended) throw new PageError(`the cell "${of}" waits for something; what it shows is computed at once`);
  return outputs;
}
