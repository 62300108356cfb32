// Where a Jupyter is installed: does what `npm run notebooks` does in a home of its own that was empty before, and executes the notebooks
// in it. What they print is compared with what is committed. `.ci/run` does this; nothing of the user's Jupyter is touched.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findJupyter, installKernel } from './jupyter-kernel.mjs';
import { fileOf, readNotebooks } from './notebook-build.mjs';
import { Plain, ROOT, say } from './setup.mjs';
import { counts, sum } from './suite.mjs';

const outputsOf = (file) =>
  JSON.stringify(JSON.parse(readFileSync(file, 'utf8')).cells.map(({ outputs }) => outputs ?? []));

/** An environment in which nothing of Jupyter is configured or installed for the user. */
function emptyHome(home) {
  const env = Object.entries(process.env).filter(([name]) => !/^(JUPYTER|XDG|IPYTHON)/.test(name));
  return { ...Object.fromEntries(env), HOME: home, USERPROFILE: home };
}

function found(env, programs) {
  try {
    return findJupyter(env, programs);
  } catch (error) {
    if (error instanceof Plain) return undefined;
    throw error;
  }
}

/** Counts one check for each notebook, and one for the start; what needs a part of Jupyter that is not there is skipped, by name. */
export async function jupyterChecks() {
  const home = mkdtempSync(join(tmpdir(), 'ringside-jupyter-'));
  const env = emptyHome(home);
  const results = [await startCheck(home, env), executionChecks(home, env)];
  rmSync(home, { recursive: true, force: true });
  return sum(results);
}

function executionChecks(home, env) {
  const names = readNotebooks().map(({ name }) => name);
  const converter = found(env, ['nbconvert']);
  if (!converter) {
    say(`skipped: the notebooks ${names.join(', ')} in Jupyter (jupyter nbconvert is not installed)`);
    return counts(0, 0, names.length);
  }
  say('the notebooks in Jupyter …');
  const kernel = installKernel(converter, env);
  const failed = names.filter((name) => !runsInJupyter(name, home, converter.jupyter, kernel.env));
  return counts(names.length - failed.length, failed.length);
}

function runsInJupyter(name, folder, jupyter, env) {
  const options = ['--to', 'notebook', '--execute', '--log-level=ERROR', '--output-dir', folder];
  const converted = spawnSync(jupyter, ['nbconvert', ...options, fileOf(name)], { env, stdio: 'inherit' });
  const same = converted.status === 0 && outputsOf(join(folder, `${name}.ipynb`)) === outputsOf(fileOf(name));
  if (!same) console.error(`failed: notebooks/${name}.ipynb in Jupyter`);
  return same;
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** `npm run notebooks` itself: it must come up, know the kernel and list the notebooks. */
async function startCheck(home, env) {
  if (!found(env)) {
    say('skipped: npm run notebooks (neither jupyter lab nor jupyter notebook is installed)');
    return counts(0, 0, 1);
  }
  say('npm run notebooks …');
  const port = await freePort();
  const token = 'ringside-check';
  const args = ['--no-browser', '--ip=127.0.0.1', `--port=${port}`];
  const child = spawn(process.execPath, [join(ROOT, '.tools', 'jupyter.mjs'), ...args], {
    env: { ...env, JUPYTER_TOKEN: token },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const trouble = await troubleWith(`http://127.0.0.1:${port}/api/`, token, home);
  child.kill('SIGTERM');
  await ended;
  if (trouble) console.error(`failed: npm run notebooks: ${trouble}`);
  return trouble ? counts(0, 1) : counts(1);
}

async function troubleWith(api, token, home) {
  const get = async (what) =>
    (await fetch(api + what, { headers: { authorization: `token ${token}` } })).json();
  for (let second = 0; second < 60; second++) {
    try {
      const { kernelspecs } = await get('kernelspecs');
      const { content } = await get('contents');
      const argv = kernelspecs.tslab?.spec.argv ?? [];
      if (!argv.some((part) => part.startsWith(ROOT)))
        return `its kernel in ${home} is not the one of this folder`;
      const listed = content.map(({ name }) => name);
      const missing = readNotebooks().filter(({ name }) => !listed.includes(`${name}.ipynb`));
      return missing.length > 0
        ? `it does not list ${missing.map(({ name }) => name).join(', ')}`
        : undefined;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  return 'it did not answer within a minute';
}
