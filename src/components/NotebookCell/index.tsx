/**
 * A cell of a notebook on its page: to read as it was executed, to change and run. A run executes the cells above it too, as they stand, and
 * shows only this one's.
 */
import { useMemo } from 'react';
import type { NotebookCellData } from '../../plugins/notebooks/cells.ts';
import CodeCell from '../CodeCell/index.tsx';
import { parametersFrom, tell, textOf } from './session.ts';

/** Time for a cell with all cells above it, in milliseconds. */
const MS = 30_000;

interface Props {
  readonly of: string;
  readonly n: number;
  readonly data: NotebookCellData;
  /** All cells of the notebook. */
  readonly sources: readonly string[];
}

export default function NotebookCell({ of, n, data: { cell, parameters }, sources }: Props) {
  const within = useMemo(
    () => ({
      before: () =>
        sources
          .slice(0, n)
          .map((source, i) => textOf(of, i, source))
          .join('\n;\n'),
      told: (text: string) => tell(of, n, text),
      ms: MS,
      ...(parameters && typeof window !== 'undefined'
        ? { first: parametersFrom(window.location.search, cell.source) }
        : {}),
    }),
    [of, n, sources, parameters, cell.source],
  );
  return <CodeCell data={cell} within={within} />;
}
