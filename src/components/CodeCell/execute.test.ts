import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as library from '../../../sim/index.ts';
import { execute } from './execute.ts';
import type { Output } from './protocol.ts';

const around = (emit: (output: Output) => void) => ({
  library: library as never,
  emit,
  clock: () => performance.now(),
});

async function outputsOf(source: string): Promise<Output[]> {
  const outputs: Output[] = [];
  await execute(
    source,
    around((output) => outputs.push(output)),
  );
  return outputs;
}

const lastOf = async (source: string) => (await outputsOf(source)).at(-1);

describe('a cell', () => {
  it('runs TypeScript with the library, and has ended on return when it waits for nothing', () => {
    const outputs: Output[] = [];
    const source =
      "import { run } from 'ringside';\nconst n: number = run('two-roads', { mode: 'dma' }).metrics.deviceIntercepts;\nconsole.log('stops', n, { n });";
    void execute(
      source,
      around((output) => outputs.push(output)),
    );
    expect(outputs).toEqual([{ kind: 'log', level: 'log', text: 'stops 26 { n: 26 }' }]);
  });

  it('waits for promises', async () => {
    expect(await lastOf("await new Promise((r) => setTimeout(r, 5)); console.log('later');")).toMatchObject({
      text: 'later',
    });
  });

  it('draws runs, sweeps and tables', async () => {
    const kinds = async (show: string) =>
      (
        await outputsOf(`import { run, sweep } from 'ringside';\nconst a = run('two-roads'); show(${show});`)
      ).map(({ kind }) => kind);
    expect(await kinds('a')).toEqual(['svg', 'table', 'run']);
    expect(await kinds('a, a')).toEqual(['svg', 'table', 'run', 'run']);
    expect(await kinds("sweep('two-roads', 'mode')")).toEqual(['svg', 'table']);
    expect(await kinds('a.series[0]')).toEqual(['svg']);
    expect(await kinds('[{ a: 1 }, { b: 2 }]')).toEqual(['table']);
    expect(await kinds("'| a |\\n| --- |\\n| 1 |'")).toEqual(['table']);
    expect(await kinds('new Map([[1, 2]])')).toEqual(['text']);
  });

  it('keeps no style of a drawing, because it would be the style of the page', async () => {
    const [svg] = await outputsOf("import { run } from 'ringside';\nshow(run('two-roads'));");
    expect(svg).toMatchObject({ kind: 'svg', svg: expect.not.stringContaining('<style') });
  });
});

describe('the drawings of the library', () => {
  it('have a rule of the page for every class they use', async () => {
    const css = readFileSync('src/components/CodeCell/outputs.module.css', 'utf8');
    const drawn = await outputsOf(
      "import { curvesSvg, run } from 'ringside';\nconst a = run('spin-lock', { time: 1 });\n" +
        "show(run('two-roads')); show(a.series[0]); show(curvesSvg([a.series[0]])); show(run('two-roads', { mode: 'synthetic' }));",
    );
    const svgs = drawn.flatMap((output) => (output.kind === 'svg' ? [output.svg] : []));
    expect(svgs.length).toBe(4);
    const classes = svgs.flatMap((svg) =>
      [...svg.matchAll(/class="([^"]+)"/g)].flatMap(([, names]) => names.split(' ')),
    );
    const unruled = [...new Set(classes)].filter((name) => !css.includes(`:global(.${name})`));
    expect(unruled).toEqual([]);
  });
});

describe('what goes wrong in a cell', () => {
  it.each([
    ['an unknown name', 'const a = 1;\n\nb;', 3, /nothing named "b"/],
    ['a null of the reader', 'throw null;', undefined, /threw null/],
    ['a text', "throw 'up';", undefined, /threw 'up'/],
    ['half-written code', 'const a = {\n  b:\n', 3, /not TypeScript yet/],
    ['a bracket too many', 'const a = 1;\n}', 2, /not TypeScript yet/],
    ['a name declared twice', 'const a = 1;\nconst a = 2;', undefined, /"a" is declared twice/],
    ['something of nothing', 'const a: any = undefined;\na.b.c;', 2, /"b" was asked of something/],
    ['a function without end', 'const f = (): number => 1 + f();\nf();', 1, /calls itself without end/],
    [
      'a refusal of the library',
      "import { run } from 'ringside';\nrun('two-roads', { mode: 'floppy' as never });",
      2,
      /refused: mode is "floppy"/,
    ],
    [
      'an unknown export',
      "import { runn } from 'ringside';\nrunn();",
      2,
      /"runn" is nothing that ringside has/,
    ],
    ['an unknown module', "import fs from 'node:fs';\nfs.x;", 1, /no module "node:fs"/],
    [
      'a module from elsewhere',
      "const a = 1;\nawait import('https://example.org/a.js');",
      2,
      /no module "https/,
    ],
    ['a module that brings its place', 'const a = 1;\nimport.meta.url;', 2, /"import\."/],
    ['a loop without end', 'let n = 0;\nwhile (true)\n  n++;', 3, /stopped after 2 seconds, inside a loop/],
    ['a loop without a body', '\nfor (;;);', 2, /inside a loop/],
    ['an error of the reader', "\nthrow new Error('mine');", 2, /Error: mine/],
  ])('says %s in one sentence with its line', async (_, source, line, sentence) => {
    const outputs = await outputsOf(source);
    expect(outputs).toHaveLength(1);
    expect(outputs[0]).toMatchObject({ kind: 'problem', message: expect.stringMatching(sentence) });
    expect((outputs[0] as { line?: number }).line).toBe(line);
  });

  it('suggests the name that was meant', async () => {
    expect(await lastOf("import { lanesSgv } from 'ringside';\nlanesSgv;")).toMatchObject({
      hint: 'Did you mean "lanesSvg"?',
    });
  });

  it('stops what prints too much and shows what came before', async () => {
    const outputs = await outputsOf("for (;;) console.log('again');");
    expect(outputs.length).toBe(401);
    expect(outputs.at(-1)).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('printed too much'),
    });
  });
});
