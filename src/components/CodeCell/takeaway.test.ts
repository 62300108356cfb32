import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { execute, troubles } from '../../../.tools/notebook-build.mjs';
import * as library from '../../../sim/index.ts';
import { sourceOf } from '../../plugins/truth/cells.ts';
import { notebookOf, typescriptOf } from './takeaway.ts';

/** One that shows runs and a sweep, one that shows a series, one that shows rows. */
const CELLS = ['two-roads', 'interrupt-end', 'ring-transitions'];

interface Cell {
  readonly cell_type: string;
  readonly source: string;
}

describe('a cell that is taken away', () => {
  it('runs in the kernel of notebooks, and draws there', () => {
    const notebooks = CELLS.map(
      (id) => (JSON.parse(notebookOf(sourceOf(id), id)) as { cells: Cell[] }).cells,
    );
    const code = notebooks.map((cells) =>
      cells.filter((cell) => cell.cell_type === 'code').map(({ source }) => source),
    );
    const results = execute(code) as { outputs: { kind: string; data?: object }[] }[][];
    for (const result of results) {
      expect(troubles(result as never)).toEqual([]);
      const drawn = result
        .flatMap(({ outputs }) => outputs)
        .filter(({ data }) => data && 'text/html' in data);
      expect(drawn.length).toBeGreaterThan(0);
    }
  });

  it.each(CELLS)('runs as a file for Node (%s)', (id) => {
    const said: unknown[][] = [];
    const { outputText } = ts.transpileModule(typescriptOf(sourceOf(id)), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const console = { log: (...words: unknown[]) => said.push(words) };
    new Function('require', 'exports', 'console', outputText)(() => library, {}, console);
    expect(outputText).toMatch(/^"use strict";|^\/\/ ringside/);
    expect(said.length).toBeGreaterThan(0);
  });

  it('brings no helper along when it needs none', () => {
    expect(typescriptOf('console.log(1);')).not.toContain('function show');
    expect(notebookOf('console.log(1);', 't')).not.toContain('function show');
  });
});
