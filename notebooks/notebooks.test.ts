// Executes every notebook with tslab's own kernel, without Jupyter and Python, and holds the committed files to the result.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf, execute, fileOf, readNotebooks, textOf, troubles } from '../.tools/notebook-build.mjs';
import { parseCells, solutionIn } from '../.tools/notebook-source.mjs';
import { main } from '../sim/cli/main.ts';
import { experiments } from '../sim/experiments/index.ts';

interface Result {
  ok: boolean;
  outputs: { kind: string; name?: string; text?: string }[];
}

const notebooks: ReturnType<typeof readNotebooks> = readNotebooks();
const names: string[] = notebooks.map(({ name }) => name);

const printed = (results: Result[]): string =>
  results.flatMap(({ outputs }) => outputs.map(({ text }) => text ?? '')).join('');

describe('the notebooks', () => {
  let results: Result[][] = [];
  const of = (name: string) => {
    const i = names.indexOf(name);
    const { cells } = notebooks[i];
    return {
      cells,
      own: results[i].slice(0, codeOf(cells).length),
      solved: results[i].slice(codeOf(cells).length),
    };
  };

  // Behind a notebook's own cells: the folded solution, and the check once more.
  beforeAll(() => {
    results = execute(
      notebooks.map(({ cells }) => {
        const solution = cells.map(({ source }) => solutionIn(source)).find((code) => code !== undefined);
        const check = cells.find(({ tags }) => tags.includes('check'));
        return [...codeOf(cells), solution, check?.source];
      }),
    );
  }, 240_000);

  it.each(names)('%s runs to its end without a word on the error stream', (name) => {
    expect(troubles(of(name).own)).toEqual([]);
  });

  it.each(names)('%s is committed as it comes out (npm run notebooks writes it)', (name) => {
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

  it('are one for the start and one for each experiment', () => {
    expect(names.map((name) => name.slice(3))).toEqual(['start', ...experiments.map(({ id }) => id)]);
  });
});

describe('the kernel', () => {
  it('tells of a wrong type and of a failed assertion, and goes on with the next notebook', () => {
    const [wrongType, failed, fine] = execute([
      ["import { run } from 'ringside'; run('two-roads', { mode: 'dna' });"],
      ["import assert from 'node:assert/strict'; assert.equal(1, 2);", 'console.log("never")'],
      ['console.log(1 + 1)'],
    ]);
    expect(troubles(wrongType).join()).toContain('\'"dna"\' is not assignable');
    expect(troubles(failed).join()).toContain('AssertionError');
    expect(failed).toHaveLength(1);
    expect(fine).toEqual([{ ok: true, outputs: [{ kind: 'stream', name: 'stdout', text: '2\n' }] }]);
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
