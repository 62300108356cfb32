import { describe, expect, it } from 'vitest';
import * as library from '../../../sim/index.ts';
import { execute } from '../../components/CodeCell/execute.ts';
import type { Output } from '../../components/CodeCell/protocol.ts';
import { parametersFrom } from '../../components/NotebookCell/session.ts';
import { withParameters } from '../../components/NotebookFile/file.ts';
import { notebookCell, parametersIn, sourcesOf } from './cells.ts';
import { cellsOf, mdxOf, notebookNames, pageOf } from './pages.ts';

const names = notebookNames('.');

/** What was printed. The kernel's cells live in a realm of their own, and Node says so of some objects. */
const texts = (outputs: readonly Output[]): string =>
  outputs
    .flatMap((output) => (output.kind === 'log' ? output.text.split('\n') : []))
    .join('\n')
    .replaceAll('Object <[Object: null prototype] {}> ', '');

describe('the page of a notebook', () => {
  it('has its text, and its cells in their order', () => {
    const page = pageOf('00-start', cellsOf('.', '00-start'));
    expect(page).toMatch(/^---\ntitle: "Start here: one line, one run"\ndescription: "Ringside simulates/);
    const cells = [...page.matchAll(/<NotebookCell of="00-start" n=\{(\d+)\} \/>/g)].map(([, n]) =>
      Number(n),
    );
    expect(cells).toEqual(sourcesOf('00-start').map((_, i) => i));
  });

  it('takes text for text, leaves code alone, and links pages', () => {
    expect(mdxOf('a < b {c}\n\n```ts\nif (a < b) {}\n```\n`<x>{y}` [n](01-two-roads.ipynb)')).toBe(
      'a &lt; b \\{c}\n\n```ts\nif (a < b) {}\n```\n`<x>{y}` [n](./01-two-roads.mdx)',
    );
    expect(mdxOf('<details>\n<summary>x</summary>\n</details>')).toBe(
      '<details>\n<summary>x</summary>\n</details>',
    );
  });

  // All cells at once: behind one another they would each be run as often as there are cells below.
  it.each(names)(
    '%s: the cells run in the page as they did in Jupyter, and print the same',
    async (name) => {
      const outputs: Output[] = [];
      const emit = (output: Output): void => void outputs.push(output);
      await execute(sourcesOf(name).join('\n;\n'), { library: library as never, emit });
      expect(outputs.filter(({ kind }) => kind === 'problem')).toEqual([]);
      const recorded = [...sourcesOf(name).keys()].flatMap((n) => notebookCell(name, n).cell.outputs);
      expect(texts(outputs)).toBe(texts(recorded));
    },
    120_000,
  );
});

describe('a drawing of a notebook', () => {
  it('stands on the paper of the page, not on one of its own', () => {
    const outputs = names.flatMap((name) =>
      [...sourcesOf(name).keys()].flatMap((n) => notebookCell(name, n).cell.outputs),
    );
    const svgs = outputs.flatMap((output) => (output.kind === 'svg' ? [output.svg] : []));
    expect(svgs.length).toBeGreaterThan(20);
    expect(svgs.filter((svg) => /<style|class="paper"/.test(svg))).toEqual([]);
  });
});

describe('a cell behind others', () => {
  const behind = async (before: string, source: string): Promise<Output[]> => {
    const outputs: Output[] = [];
    await execute(source, { library: library as never, emit: (output) => outputs.push(output), before });
    return outputs;
  };

  it('shows only its own, and counts lines from its own first', async () => {
    expect(await behind("const a = 1;\nconsole.log('above');", 'console.log(a);')).toEqual([
      { kind: 'log', level: 'log', text: '1' },
    ]);
    expect(await behind('const a = 1;', '\nmissing();')).toMatchObject([{ kind: 'problem', line: 2 }]);
    expect(await behind('', 'missing();')).toMatchObject([{ kind: 'problem', line: 1 }]);
  });

  it('says that one above is wrong, without a line that would be looked for here', async () => {
    const [wrong, ...more] = await behind('const a = 1;\nmissing();', 'console.log(2);');
    expect(wrong).toMatchObject({
      message: expect.stringMatching(/^A cell above did not come to its end: /),
    });
    expect(wrong).not.toHaveProperty('line');
    expect(more).toEqual([]);
  });
});

describe('the parameters of a reader', () => {
  it('come from the address, and cannot leave their quotes', () => {
    const { source } = parametersIn('01-two-roads');
    expect(parametersFrom('?mode=dma&size=4KiB', source)).toBe(
      "const line = 'two-roads?mode=dma&size=4KiB';",
    );
    expect(parametersFrom('', source)).toBeUndefined();
    expect(parametersFrom("?a=';alert(1)//\\", source)).toBe("const line = 'two-roads?a=%27;alert(1)//%5C';");
  });

  it('go into the cell of parameters of the file, and nowhere else', () => {
    const text = JSON.stringify({ cells: cellsOf('.', '01-two-roads') });
    const changed = JSON.parse(withParameters(text, "const line = 'x';")).cells as ReturnType<typeof cellsOf>;
    const different = changed.filter(
      ({ source }, i) => source.join('') !== cellsOf('.', '01-two-roads')[i]?.source.join(''),
    );
    expect(different.map(({ source }) => source)).toEqual([["const line = 'x';"]]);
  });
});
