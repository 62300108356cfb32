// What a newcomer sees when something is missing: one plain sentence, an exit code, no stack.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { explainInstall, ROOT, replaceFolder } from './setup.mjs';

function run(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes) => {
        said += bytes;
      });
    }
    child.on('exit', (code) => resolve({ code, lines: said.trim().split('\n') }));
  });
}

/** Makes the process believe that it is an older Node. */
const asNode = (version) =>
  `--import=data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${version}"})`;

describe('one sentence and exit code 1', () => {
  it.each(['.tools/start.mjs', '.tools/test.mjs', '.tools/build.mjs'])(
    'for an old Node: %s',
    async (script) => {
      const { code, lines } = await run([asNode('18.20.4'), script]);
      expect(code).toBe(1);
      expect(lines).toEqual([expect.stringContaining('needs Node 20.19 or newer, and this is Node 18.20.4')]);
    },
  );

  it('for a port that another program has', async () => {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address();
    const { code, lines } = await run(['.tools/start.mjs'], { PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringContaining(`Port ${port} is taken`)]);
  });

  it.each([
    [['--port', '70000'], 'is not a port'],
    [['--port', 'http'], 'is not a port'],
    [['--prot', '3000'], 'Known: --port N'],
  ])('for %j', async (args, sentence) => {
    const { code, lines } = await run(['.tools/start.mjs', ...args]);
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringContaining(sentence)]);
  });

  it('for a library that is not compiled', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringside-bin-'));
    cpSync(join(ROOT, 'sim', 'bin'), join(folder, 'bin'), { recursive: true });
    const { code, lines } = await run([join(folder, 'bin', 'ringside.mjs'), 'list']);
    rmSync(folder, { recursive: true });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringContaining('not built yet')]);
  });
});

describe('a new compile', () => {
  const folders = [];
  const folder = (files) => {
    const at = mkdtempSync(join(tmpdir(), 'ringside-dist-'));
    folders.push(at);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(at, name)), { recursive: true });
      writeFileSync(join(at, name), text);
    }
    return at;
  };
  afterAll(() => {
    for (const at of folders) rmSync(at, { recursive: true, force: true });
  });

  it('takes the place of the old one, and old files go', () => {
    const old = folder({
      'index.js': 'old',
      'gone.js': 'old',
      'core/rng.js': 'old',
      'lost/deep/a.js': 'old',
    });
    const made = folder({ 'index.js': 'new', 'core/rng.js': 'new', 'wire/ring.js': 'new' });
    replaceFolder(old, made);
    const files = ['index.js', 'core/rng.js', 'wire/ring.js'];
    for (const name of files) expect(readFileSync(join(old, name), 'utf8')).toBe('new');
    for (const name of ['gone.js', 'lost/deep/a.js']) expect(existsSync(join(old, name))).toBe(false);
    expect(existsSync(made)).toBe(false);
  });

  it('never leaves a reader without a file that both have', async () => {
    const many = (text) =>
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i % 7}/f${i}.js`, text]));
    const old = folder(many('old'));
    const reader = run([
      '--input-type=module',
      '-e',
      `import { existsSync, readFileSync } from 'node:fs';
       const file = (i) => process.argv[1] + '/d' + (i % 7) + '/f' + i + '.js';
       process.stdout.write('r\\n');
       while (!existsSync(process.argv[1] + '/end'))
         for (let i = 0; i < 300; i++) if (!/^(old|new)$/.test(readFileSync(file(i), 'utf8'))) process.exit(2);`,
      old,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (let round = 0; round < 5; round++) replaceFolder(old, folder(many('new')));
    writeFileSync(join(old, 'end'), '');
    expect(await reader).toMatchObject({ code: 0, lines: ['r'] });
  });
});

describe('a failed npm ci', () => {
  it('names the network, the lockfile or the log', () => {
    expect(explainInstall('npm error code ENOTFOUND', 'x.log')).toMatch(/reached no network/);
    expect(explainInstall('npm error code EUSAGE', 'x.log')).toMatch(/package-lock.json disagree/);
    expect(explainInstall('npm error code EACCES', 'x.log')).toMatch(/x\.log/);
  });
});
