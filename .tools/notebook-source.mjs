// Notebooks are written as TypeScript in the percent format: `// %%` opens a cell of code, `// %% [markdown]` one of text, whose
// lines stand behind `// `. Jupytext, VS Code and a reviewer read the same file.

const MARK = /^\/\/ %%(?: \[(?<kind>markdown)\])?(?: tags=(?<tags>\[.*\]))?$/;

/**
 * Splits a source into cells `{ kind: 'markdown' | 'code', tags, source }`. What stands above the first mark is a note to the
 * maintainer and no part of the notebook.
 */
export function parseCells(text) {
  const cells = [];
  for (const line of text.split('\n')) {
    const mark = MARK.exec(line)?.groups;
    if (mark) cells.push({ kind: mark.kind ?? 'code', tags: JSON.parse(mark.tags ?? '[]'), lines: [] });
    else if (line.startsWith('// %%')) throw new Error(`not a cell mark: ${line}`);
    else cells.at(-1)?.lines.push(line);
  }
  return cells.map(({ kind, tags, lines }) => ({ kind, tags, source: sourceOf(kind, lines) }));
}

function sourceOf(kind, lines) {
  const text = kind === 'markdown' ? lines.map(uncomment) : lines;
  return text.join('\n').trim();
}

function uncomment(line) {
  if (line !== '' && !/^\/\/( |$)/.test(line)) throw new Error(`a cell of text holds code: ${line}`);
  return line.replace(/^\/\/ ?/, '');
}

/** The code of the folded solution in a cell of text. */
export function solutionIn(markdown) {
  return /<details>[\s\S]*?```ts\n([\s\S]*?)```[\s\S]*?<\/details>/.exec(markdown)?.[1];
}
