// What a newcomer sees when something is missing: one plain sentence, an exit code, no stack.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainInstall, ROOT } from './setup.mjs';

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

describe('a failed npm ci', () => {
  it('names the network, the lockfile or the log', () => {
    expect(explainInstall('npm error code ENOTFOUND', 'x.log')).toMatch(/reached no network/);
    expect(explainInstall('npm error code EUSAGE', 'x.log')).toMatch(/package-lock.json disagree/);
    expect(explainInstall('npm error code EACCES', 'x.log')).toMatch(/x\.log/);
  });
});
