// Executes every notebook with tslab's own kernel, without Jupyter and Python, and holds the committed files to the result.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf, execute, fileOf, readNotebooks, textOf, troubles } from '../.tools/notebook-build.mjs';
import { parseCells, solutionIn } from '../.tools/notebook-source.mjs';
import { main } from '../sim/cli/main.ts';
import { experiments, runLine } from '../sim/experiments/index.ts';
import { notebookOf } from '../sim/lab/share.ts';

interface Result {
  ok: boolean;
  outputs: { kind: string; name?: string; text?: string }[];
}

const notebooks: ReturnType<typeof readNotebooks> = readNotebooks();
const names: string[] = notebooks.map(({ name }) => name);

const HANDED_OUT = runLine('ring-transitions?instruction=cpuid&seed=3');

/** The cells of a notebook file, as those of our sources. */
const cellsOf = (notebook: object) =>
  (notebook as { cells: { cell_type: string; source: string }[] }).cells.map(({ cell_type, source }) => ({
    kind: cell_type,
    source,
  }));

const printed = (results: Result[]): string =>
  results.flatMap(({ outputs }) => outputs.map(({ text }) => text ?? '')).join('');

describe('the notebooks', () => {
  let results: Result[][] = [];
  let others: Result[][] = [];
  const of = (name: string) => {
    const i = names.indexOf(name);
    const { cells } = notebooks[i];
    return {
      cells,
      own: results[i].slice(0, codeOf(cells).length),
      solved: results[i].slice(codeOf(cells).length),
    };
  };

  // One kernel for all: starting it takes longer than most cells. Behind a notebook's own cells stand the folded solution, and the
  // check once more; behind the notebooks, others that show what the kernel does.
  beforeAll(() => {
    const all = execute([
      ...notebooks.map(({ cells }) => {
        const solution = cells.map(({ source }) => solutionIn(source)).find((code) => code !== undefined);
        const check = cells.find(({ tags }) => tags.includes('check'));
        return [...codeOf(cells), solution, check?.source];
      }),
      ["import { run } from 'ringside'; run('two-roads', { mode: 'dna' });"],
      ["import assert from 'node:assert/strict'; assert.equal(1, 2);", 'console.log("never")'],
      codeOf(cellsOf(notebookOf(HANDED_OUT, 'Handed out'))),
    ]);
    results = all.slice(0, names.length);
    others = all.slice(names.length);
  }, 240_000);

  it.each(names)('%s runs to its end without a word on the error stream', (name) => {
    expect(troubles(of(name).own)).toEqual([]);
  });

  it.each(names)('%s is committed as it comes out (npm run notebooks:write writes it)', (name) => {
    const { cells, own } = of(name);
    expect(textOf(cells, own)).toBe(readFileSync(fileOf(name), 'utf8'));
  });

  it.each(names)('%s prints the digest that the command prints', async (name) => {
    const said = printed(of(name).own);
    const [, line] = /npx ringside run "([^"]+)"/.exec(said) ?? [];
    const [, digest] = /^digest ([0-9a-f]{16})$/m.exec(said) ?? [];
    let answer = '';
    const out = { write: (text: string) => (answer += text) };
    expect(await main(['run', line, '--json'], { out, err: out })).toBe(0);
    expect(digest).toBe(JSON.parse(answer).digest);
  });

  it.each(names)('%s has an exercise that is open at first, and a solution that solves it', (name) => {
    const { own, solved } = of(name);
    expect(printed(own.slice(-1))).toMatch(/^Not yet/);
    expect(troubles(solved)).toEqual([]);
    expect(printed(solved.slice(-1))).toMatch(/^Solved/);
  });

  it.each(names)('%s has one cell of parameters, and the line is in it', (name) => {
    const cells = of(name).cells.filter(({ tags }) => tags.includes('parameters'));
    expect(cells.map(({ source }) => source)).toEqual([expect.stringMatching(/^const line = '[^']+';$/)]);
  });

  it('run in a kernel that tells of a wrong type and of a failed assertion, and stops there', () => {
    const [wrongType, failed] = others;
    expect(troubles(wrongType).join()).toContain('\'"dna"\' is not assignable');
    expect(troubles(failed).join()).toContain('AssertionError');
    expect(failed).toHaveLength(1);
  });

  it('that a page hands out run too, and come to the same digest', () => {
    const handedOut = others[2];
    expect(troubles(handedOut)).toEqual([]);
    expect(printed(handedOut)).toBe(`${HANDED_OUT.digest} same as on the page\n`);
  });

  it('are one for the start and one for each experiment', () => {
    expect(names.map((name) => name.slice(3))).toEqual(['start', ...experiments.map(({ id }) => id)]);
  });

  it('are all told of on their page', () => {
    const page = readFileSync('docs/notebooks.mdx', 'utf8');
    expect(names.filter((name) => !page.includes(`| [${name}](/notebooks/${name}) |`))).toEqual([]);
  });
});

describe('the source of a notebook', () => {
  it('is read cell by cell', () => {
    const source =
      'note\n// %% [markdown]\n// # Title\n//\n// Words.\n\n// %% tags=["parameters"]\nconst a = 1;\n';
    expect(parseCells(source)).toEqual([
      { kind: 'markdown', tags: [], source: '# Title\n\nWords.' },
      { kind: 'code', tags: ['parameters'], source: 'const a = 1;' },
    ]);
  });

  it('says what it does not understand', () => {
    expect(() => parseCells('// %% [raw]\n')).toThrow('not a cell mark');
    expect(() => parseCells('// %% [markdown]\nconst a = 1;\n')).toThrow('holds code');
  });
});
