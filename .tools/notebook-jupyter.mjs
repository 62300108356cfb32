// Where a Jupyter is installed: executes the notebooks in it, and compares what it prints with what is committed. `.ci/run` does this;
// people who use Jupyter install the kernel themselves (README.md), nothing is installed here.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOf, readNotebooks } from './notebook-build.mjs';
import { ROOT, say } from './setup.mjs';
import { counts } from './suite.mjs';

const outputsOf = (file) =>
  JSON.stringify(JSON.parse(readFileSync(file, 'utf8')).cells.map(({ outputs }) => outputs ?? []));

/** A folder in which Jupyter finds our kernel, and nobody else does. */
function kernelIn(folder) {
  const place = join(folder, 'kernels', 'tslab');
  mkdirSync(place, { recursive: true });
  const argv = [process.execPath, join(ROOT, 'node_modules', 'tslab', 'bin', 'tslab'), 'kernel'];
  const spec = {
    argv: [...argv, '--config-path', '{connection_file}'],
    display_name: 'TypeScript',
    language: 'typescript',
  };
  writeFileSync(join(place, 'kernel.json'), JSON.stringify(spec));
}

/** Counts one check for each notebook; all are skipped, by name, where there is no Jupyter. */
export function jupyterChecks() {
  const names = readNotebooks().map(({ name }) => name);
  if (spawnSync('jupyter', ['nbconvert', '--version'], { stdio: 'ignore' }).status !== 0) {
    say(`skipped: the notebooks ${names.join(', ')} in Jupyter (jupyter nbconvert is not installed)`);
    return counts(0, 0, names.length);
  }
  say('the notebooks in Jupyter …');
  const folder = mkdtempSync(join(tmpdir(), 'ringside-jupyter-'));
  kernelIn(folder);
  const failed = names.filter((name) => !runsInJupyter(name, folder));
  rmSync(folder, { recursive: true, force: true });
  return counts(names.length - failed.length, failed.length);
}

function runsInJupyter(name, folder) {
  const options = ['--to', 'notebook', '--execute', '--log-level=ERROR', '--output-dir', folder];
  const converted = spawnSync('jupyter', ['nbconvert', ...options, fileOf(name)], {
    env: { ...process.env, JUPYTER_PATH: folder },
    stdio: 'inherit',
  });
  const same = converted.status === 0 && outputsOf(join(folder, `${name}.ipynb`)) === outputsOf(fileOf(name));
  if (!same) console.error(`failed: notebooks/${name}.ipynb in Jupyter`);
  return same;
}
