// Hand-ins as a shell sees them. Needs the compiled library; `npm test` compiles it first.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check, findExercise } from '../exercises/index.ts';
import { EXIT } from './exit-codes.ts';
import { cageFlags, clean, compiled, isolate } from './isolate.ts';
import { ringside } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringside-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = '// ringside exercise two-roads/predict, seed 7';
const RIGHT = findExercise('two-roads/predict').solution(7);

function file(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** What `check` says of a hand-in with these lines below the header. */
async function said(name: string, ...lines: string[]): Promise<{ code: number; kind: string; says: string }> {
  const { code, out } = await ringside('check', file(name, HEAD, ...lines), '--json');
  const [{ verdict }] = JSON.parse(out);
  return { code, ...verdict };
}

describe('ringside exercise', () => {
  it('prints a file to fill in, hints and a solution that is judged right', async () => {
    const printed = await ringside('exercise', 'two-roads/complete', '--seed', '3');
    expect(printed.out).toMatch(/^\/\/ ringside exercise two-roads\/complete, seed 3\n\/\/ The rule/);
    expect((await ringside('exercise', 'two-roads/complete', '--hint', '1')).out).toContain('Two points');
    expect((await ringside('exercise', 'two-roads/complete', '--hint', '9')).code).toBe(EXIT.usage);
    expect((await ringside('exercise', 'two-roads/fly')).err).toContain('two-roads/predict');
    expect((await ringside('exercise')).out.split('\n').length).toBeGreaterThan(60);
  });
});

describe('ringside check', () => {
  it('says the same as the library, in TypeScript and JavaScript, exported or not', async () => {
    for (const [name, text] of [
      ['a.ts', RIGHT],
      ['b.js', RIGHT],
      ['c.ts', RIGHT.replace('export const answer', 'const answer: number')],
    ]) {
      const { code, kind, says } = await said(name, text);
      expect({ code, kind }).toEqual({ code: EXIT.ok, kind: 'right' });
      const answer = Number(/= (.*);/.exec(text)?.[1]);
      expect(says).toBe(check('two-roads/predict', { answer }, { seed: 7 }).says);
    }
    const one = await said('d.js', 'export const answer = 0.5;');
    expect(one).toMatchObject({ code: EXIT.no, kind: 'wrong' });
    expect(one.says).toBe(check('two-roads/predict', { answer: 0.5 }, { seed: 7 }).says);
  });

  it('judges each answer of a notebook', async () => {
    const cell = (source: string) => ({ cell_type: 'code', source: [source] });
    const path = file(
      'n.ipynb',
      JSON.stringify({
        cells: [
          { cell_type: 'markdown', source: 'text' },
          cell(`${HEAD}\n${RIGHT}`),
          cell("import { check } from 'ringside'; import * as tslab from 'tslab'; check('x', {});"),
          cell("// ringside exercise two-roads/build, seed 2\nconst settings = { mode: 'pio' };"),
        ],
      }),
    );
    const { code, out } = await ringside('check', path, '--json');
    expect(JSON.parse(out).map((one: { verdict: { kind: string } }) => one.verdict.kind)).toEqual([
      'right',
      'misconception',
    ]);
    expect(code).toBe(EXIT.no);
  });

  it('says what is wrong with a file that is none', async () => {
    expect(await ringside('check', join(folder, 'absent.ts'))).toMatchObject({ code: EXIT.file });
    expect((await ringside('check', file('x.ipynb', '{"cells":1}'))).err).toContain('no cells');
    expect((await ringside('check', file('y.ipynb', 'not json'))).err).toContain('not JSON');
    expect((await ringside('check', file('z.ts', 'export const answer = 1;'))).out).toContain(
      'Begin the file',
    );
    expect((await said('s.ts', 'export const answer = (;')).kind).toBe('unusable');
    expect((await ringside('check', file('u.ts', '// ringside exercise two-roads/fly'))).out).toContain(
      'two-roads/predict',
    );
  });
});

describe('a hostile hand-in', () => {
  const secret = join(folder, 'marks.txt');
  let knocks = 0;
  const server = createServer((_, answer) => {
    knocks++;
    answer.end('42');
  });
  let url = '';

  beforeAll(async () => {
    writeFileSync(secret, 'ada: 1.0');
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  });
  afterAll(() => void server.close());

  it('reads none of the grader’s files', async () => {
    const ways = [
      `import fs from 'node:fs'; export const answer = fs.readFileSync(${JSON.stringify(secret)}, 'utf8');`,
      `export const answer = require('fs').readFileSync(${JSON.stringify(secret)}, 'utf8');`,
      `const p = console.log.constructor('return process')(); export const answer = p.cwd();`,
      `export const answer = globalThis.constructor.constructor('return process')().pid;`,
      `import { run } from 'ringside'; export const answer = run.constructor('return process')().pid;`,
      `export const answer = new (Object.getPrototypeOf(async () => {}).constructor)('return process')();`,
      `export const answer = typeof process + typeof require + typeof fetch + typeof module + typeof Buffer;`,
      `const fs = await import('node:fs'); export const answer = fs.readFileSync(${JSON.stringify(secret)}, 'utf8');`,
      `export const answer = import.meta.url;`,
    ];
    for (const [i, way] of ways.entries()) {
      const { kind, says } = await said(`fs${i}.js`, way);
      expect([way, kind]).toEqual([way, 'unusable']);
      expect(says).not.toMatch(/ada|1\.0/);
      if (way.includes('typeof')) expect(says).toContain('undefinedundefinedundefinedundefinedundefined');
    }
  }, 120_000);

  it('finds closed doors even where it got out of its context', () => {
    const probe = (code: string) =>
      spawnSync(
        process.execPath,
        [...cageFlags(compiled().replace(/[\\/]$/, '')), '--input-type=module', '-e', code],
        {
          encoding: 'utf8',
        },
      );
    const read = probe(`import { readFileSync } from 'node:fs'; readFileSync(${JSON.stringify(secret)});`);
    expect(read.stderr).toContain('ERR_ACCESS_DENIED');
    const write = probe(
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(secret)}, '');`,
    );
    expect(write.stderr).toContain('ERR_ACCESS_DENIED');
    const start = probe(`import { execSync } from 'node:child_process'; execSync('echo');`);
    expect(start.stderr).toContain('ERR_ACCESS_DENIED');
    expect(probe(`new Function('return 1')`).status).toBe(1);
    expect(readFileSync(secret, 'utf8')).toBe('ada: 1.0');
  });

  it('reaches no network', async () => {
    for (const way of [
      `await fetch('${url}'); export const answer = 26;`,
      `import http from 'node:http'; http.get('${url}'); export const answer = 26;`,
      `new WebSocket('${url}'); export const answer = 26;`,
    ])
      expect((await said('net.js', way)).kind).toBe('unusable');
    expect(knocks).toBe(0);
  }, 60_000);

  it.each([
    ['for (;;);', /stopped after 2 seconds/],
    ['await new Promise(() => {});', /never comes/],
    ['const all = []; for (;;) all.push({ a: [all.length] });', /256 MiB|stopped after/],
    ['const all = []; for (;;) all.push(new Uint8Array(1 << 26).fill(1));', /512 MiB|stopped after/],
    ['throw { get name() { throw 1; } };', /cannot be shown/],
    ['Object.prototype.toJSON = () => 1; export const answer = {};', /./],
  ])(
    'is stopped: %s',
    async (source, words) => {
      const { given, trouble } = await isolate(source, [{ get: 'answer' }], { seconds: 2, megabytes: 512 });
      expect(given).toEqual([]);
      expect(trouble).toMatch(words);
    },
    60_000,
  );

  it('finds no answers in the library', async () => {
    const source = `import { exercises } from 'ringside'; export const answer = exercises.length;`;
    const { given } = await isolate(source, [{ get: 'answer' }]);
    expect(given).toEqual([{ kind: 'value', value: 0 }]);
  });

  it('cannot write over a report', () => {
    expect(clean('a\u001b[2J\u202eb\nc')).toBe('a [2J b c');
  });
});

describe('ringside starter', () => {
  it('makes a folder whose labs are judged: not yet as they are, right with their solutions', async () => {
    const dir = join(folder, 'my-labs');
    expect((await ringside('starter', dir)).code).toBe(EXIT.ok);
    expect(JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).dependencies).toHaveProperty(
      'ringside',
    );
    const before = JSON.parse((await ringside('grade', dir, '--format', 'json')).out);
    expect(before).toMatchObject({ count: 3, right: 0 });
    for (const { file: path, exercise } of before.handIns)
      writeFileSync(path, `// ringside exercise ${exercise}, seed 5\n${findExercise(exercise).solution(5)}`);
    expect(await ringside('grade', dir)).toMatchObject({ code: EXIT.ok });
    expect((await ringside('starter', dir)).err).toContain('not empty');
  }, 120_000);
});

describe('ringside grade', () => {
  const top = join(folder, 'hand-ins');
  beforeAll(() => {
    for (const name of ['ada', 'bob', 'eve', 'eve/node_modules'])
      mkdirSync(join(top, name), { recursive: true });
    writeFileSync(join(top, 'ada', 'one.ts'), `${HEAD}\n${RIGHT}`);
    writeFileSync(join(top, 'bob', 'one.js'), `${HEAD}\nexport const answer = 0.5;`);
    writeFileSync(join(top, 'eve', '=cmd.js'), `${HEAD}\nthrow new Error('=1+1|<img>\\u001b[2J');`);
    writeFileSync(join(top, 'eve', 'node_modules', 'x.js'), 'never');
    symlinkSync(join(folder, 'a.ts'), join(top, 'eve', 'link.ts'));
  });

  it('reports on all, whatever one of them does', async () => {
    const text = await ringside('grade', top);
    expect(text.code).toBe(EXIT.no);
    expect(text.out).toMatch(/1 of 3 answers are right/);
    expect(text.out).toMatch(/ada +1 of 1\nbob +0 of 1\neve +0 of 1/);
    expect(text.out).not.toContain('\u001b');
  }, 60_000);

  it('writes JSON, CSV and Markdown that nothing in a hand-in breaks', async () => {
    const json = JSON.parse((await ringside('grade', top, '--format', 'json')).out);
    expect(json).toMatchObject({ count: 3, right: 1 });
    const csv = (await ringside('grade', top, '--format', 'csv')).out.trim().split('\r\n');
    expect(csv).toHaveLength(4);
    expect(csv[0]).toBe('whose,file,exercise,seed,right,kind,says');
    expect(csv.join('\n')).not.toMatch(/(^|,)[=+@]/m);
    const { out } = await ringside('grade', top, '--format', 'markdown');
    expect(out).toContain('\\|\\<img\\>');
  }, 120_000);

  it('says so when there is nothing to grade', async () => {
    expect(await ringside('grade', join(folder, 'absent'))).toMatchObject({ code: EXIT.file });
    expect((await ringside('grade', top, '--format', 'pdf')).err).toContain('markdown');
  });
});
