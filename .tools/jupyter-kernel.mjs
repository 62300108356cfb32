// The Jupyter of this machine, and the kernel of this folder in it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Plain, ROOT } from './setup.mjs';

const WINDOWS = process.platform === 'win32';
const PROGRAMS = ['lab', 'notebook'];

/** Where a Jupyter may be: an environment in this folder first, as README.md makes it, then what the shell finds. */
const places = (env) => [
  join(ROOT, '.venv', WINDOWS ? 'Scripts/jupyter.exe' : 'bin/jupyter'),
  ...(env.PATH ?? '').split(delimiter).map((folder) => join(folder, WINDOWS ? 'jupyter.exe' : 'jupyter')),
];

const ask = (jupyter, args, env) => spawnSync(jupyter, args, { env, encoding: 'utf8' });

/** What to do on a machine without Jupyter. */
export const WITHOUT = `There is no Jupyter on this machine. Install one and run the same command again:
  Debian, Ubuntu     sudo apt-get install jupyter-notebook jupyter-nbconvert
  any system         python3 -m venv .venv && .venv/bin/pip install notebook
The notebooks can be read without it: npm start, then Notebooks.`;

/**
 * Finds Jupyter. `programs` are the subcommands that would do, in order of preference.
 * @returns its path, the program to start, and where it keeps what a user installs
 * @throws Plain when there is none
 */
export function findJupyter(env = process.env, programs = PROGRAMS) {
  for (const jupyter of places(env).filter((place) => existsSync(place))) {
    const program = programs.find((name) => ask(jupyter, [name, '--version'], env).status === 0);
    const data = ask(jupyter, ['--data-dir'], env);
    if (program && data.status === 0) return { jupyter, program, data: data.stdout.trim() };
  }
  throw new Plain(WITHOUT);
}

/** How Jupyter starts the kernel of this folder. */
const spec = () => ({
  argv: [
    process.execPath,
    join(ROOT, 'node_modules', 'tslab', 'bin', 'tslab'),
    'kernel',
    '--config-path',
    '{connection_file}',
  ],
  display_name: 'TypeScript',
  language: 'typescript',
});

/** The kernel's description in a folder that Jupyter searches. */
function write(folder, text) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernel.json'), text);
}

/** True for a description whose program is still there. */
function works(text) {
  try {
    const [program, ...rest] = JSON.parse(text).argv;
    return [program, ...rest.filter((part) => part.includes('tslab'))].every(
      (part) => !/[\\/]/.test(part) || existsSync(part),
    );
  } catch {
    return false;
  }
}

/**
 * Makes Jupyter know the kernel under the name that the notebooks ask for. Another kernel of that name that works, from another
 * folder or from tslab's own installer, is left where it is: then ours is found through the environment that is returned, alone.
 * @returns what was done, and the environment in which Jupyter finds this folder's kernel
 */
export function installKernel({ data }, env = process.env) {
  const place = join(data, 'kernels', 'tslab');
  const text = `${JSON.stringify(spec(), null, 2)}\n`;
  const there = existsSync(join(place, 'kernel.json'))
    ? readFileSync(join(place, 'kernel.json'), 'utf8')
    : '';
  if (there === text) return { done: 'the kernel is installed', env };
  if (there !== '' && works(there)) {
    const own = join(ROOT, 'node_modules', '.ringside', 'jupyter');
    write(join(own, 'kernels', 'tslab'), text);
    const paths = [own, env.JUPYTER_PATH].filter(Boolean).join(delimiter);
    return {
      done: `another kernel is installed in ${place} and stays; Jupyter is started with the one of this folder`,
      env: { ...env, JUPYTER_PATH: paths },
    };
  }
  write(place, text);
  return { done: `the kernel is now installed in ${place}`, env };
}
