/** The cells of code of a notebook, with the outputs that were recorded when it was executed. */
import * as library from '../../../sim/index.ts';
import { coloured } from '../../components/CodeCell/colours.ts';
import type { Output } from '../../components/CodeCell/protocol.ts';
import { shown } from '../../components/CodeCell/shown.ts';
import { PageError } from '../truth/book.ts';
import type { CellData } from '../truth/cells.ts';
import { cellsOf, type IpynbOutput, notebookNames } from './pages.ts';

export interface NotebookCellData {
  readonly cell: CellData;
  /** The cell in which a reader's parameters go. */
  readonly parameters: boolean;
}

const codeOf = (name: string) => {
  if (!notebookNames(process.cwd()).includes(name)) throw new PageError(`there is no notebook "${name}"`);
  return cellsOf(process.cwd(), name).filter(({ cell_type }) => cell_type === 'code');
};

/** The code of all cells, in order. */
export const sourcesOf = (name: string): string[] => codeOf(name).map(({ source }) => source.join(''));

/** Which cell holds the parameters, among the cells of code, and what it says. */
export function parametersIn(name: string): { n: number; source: string } {
  const n = codeOf(name).findIndex(({ metadata }) => metadata.tags?.includes('parameters'));
  if (n < 0) throw new PageError(`the notebook "${name}" has no cell with the tag "parameters"`);
  return { n, source: sourcesOf(name)[n] ?? '' };
}

/** Cell number `n`, from 0. */
export function notebookCell(name: string, n: number): NotebookCellData {
  const found = codeOf(name)[n];
  if (!found) throw new PageError(`the notebook "${name}" has no cell of code ${n}`);
  const source = found.source.join('');
  return {
    parameters: n === parametersIn(name).n,
    cell: {
      id: `${name}.${n}`,
      title: `Cell ${n + 1}`,
      source,
      tokens: coloured(source),
      outputs: (found.outputs ?? []).flatMap(outputOf),
    },
  };
}

/** A recorded output as the page shows it: printed text, a table, a drawing in the page's own colours. */
function outputOf({ output_type, name, text = [], data = {} }: IpynbOutput): Output[] {
  if (output_type === 'stream')
    return [{ kind: 'log', level: name === 'stderr' ? 'error' : 'log', text: text.join('').trimEnd() }];
  return Object.values(data).flatMap((lines) => shown([lines.join('')], library));
}
