// `npm run notebooks` as far as it goes without Jupyter. With one, `.ci/run` starts it (notebook-jupyter.mjs).
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findJupyter, installKernel } from './jupyter-kernel.mjs';
import { ROOT } from './setup.mjs';

let home;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ringside-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const place = () => join(home, 'kernels', 'tslab', 'kernel.json');
const kept = () => JSON.parse(readFileSync(place(), 'utf8'));

function keep(spec) {
  mkdirSync(join(home, 'kernels', 'tslab'), { recursive: true });
  writeFileSync(place(), typeof spec === 'string' ? spec : JSON.stringify(spec));
}

describe('without Jupyter', () => {
  it.skipIf(existsSync(join(ROOT, '.venv')))('says what to install, and nothing else', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(ROOT, '.tools', 'jupyter.mjs')], {
      env: { ...process.env, PATH: home },
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^There is no Jupyter on this machine\./);
    expect(stderr).toContain('sudo apt-get install jupyter-notebook');
    expect(stderr).not.toContain('    at ');
  });

  it.skipIf(process.platform === 'win32')('takes no program that cannot do what is wanted', () => {
    const program = join(home, 'jupyter');
    writeFileSync(
      program,
      '#!/bin/sh\n[ "$1" = --data-dir ] && echo /nowhere && exit 0\n[ "$1" = nbconvert ]\n',
    );
    chmodSync(program, 0o755);
    const env = { PATH: home };
    if (!existsSync(join(ROOT, '.venv'))) expect(() => findJupyter(env)).toThrow('There is no Jupyter');
    expect(findJupyter(env, ['nbconvert'])).toMatchObject({ program: 'nbconvert' });
  });
});

describe('the kernel', () => {
  it('is described where Jupyter looks, once', () => {
    expect(installKernel({ data: home }, {}).done).toContain('now installed');
    expect(kept().argv).toContain('{connection_file}');
    expect(
      kept()
        .argv.filter((part) => /[\\/]/.test(part))
        .every((part) => existsSync(part)),
    ).toBe(true);
    const time = statSync(place()).mtimeMs;
    expect(installKernel({ data: home }, {}).done).toBe('the kernel is installed');
    expect(statSync(place()).mtimeMs).toBe(time);
  });

  it('takes the place of one that is broken', () => {
    for (const broken of ['{', { argv: [join(home, 'gone', 'tslab'), 'kernel'] }]) {
      keep(broken);
      expect(installKernel({ data: home }, {}).done).toContain('now installed');
      expect(kept().argv[1]).toContain('tslab');
    }
  });

  it('leaves another that works, and is found beside it', () => {
    const other = { argv: [process.execPath, 'kernel'] };
    keep(other);
    const { env, done } = installKernel({ data: home }, { JUPYTER_PATH: 'elsewhere' });
    expect(kept()).toEqual(other);
    expect(done).toContain('stays');
    expect(env.JUPYTER_PATH).toMatch(/jupyter.*elsewhere$/);
  });
});

describe('machines that bring Jupyter along', () => {
  const scripts = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;
  const files = ['.devcontainer/devcontainer.json', '.binder/postBuild', '.binder/environment.yml'];
  const texts = files.map((file) => readFileSync(join(ROOT, file), 'utf8'));

  it('run scripts that exist, with a Node that will do, and ask for no secret', () => {
    for (const [, script] of texts.join('\n').matchAll(/npm run ([a-z:]+)/g))
      expect(scripts).toHaveProperty(script);
    expect(Number(/typescript-node:(\d+)/.exec(texts[0])?.[1])).toBeGreaterThanOrEqual(22);
    expect(Number(/nodejs=(\d+)/.exec(texts[2])?.[1])).toBeGreaterThanOrEqual(22);
    expect(texts.join('\n')).not.toMatch(/secret|token|password/i);
    expect(() => JSON.parse(texts[0])).not.toThrow();
  });

  it.skipIf(process.platform === 'win32')('build Binder with a program that may be executed', () => {
    expect(statSync(join(ROOT, '.binder/postBuild')).mode & 0o100).toBe(0o100);
  });
});
