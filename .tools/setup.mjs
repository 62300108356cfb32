// What every command needs before it can do its own work: packages installed, the library compiled.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/;

/** A failure that the person at the keyboard can do something about: one sentence, no stack. */
export class Plain extends Error {}

/** Says what is being done, on one line. */
export function say(text) {
  console.log(`ringside: ${text}`);
}

/** Runs a command's main function; a {@link Plain} failure becomes one sentence and exit code 1. */
export async function withPlainErrors(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Plain)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/** Runs Node on a script of this repository or of a package. */
export function runNode(args, options = {}) {
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', ...options });
}

/** True when every package that the lockfile wants for this platform is there in the wanted version. */
export function isInstalled(root = ROOT) {
  const marker = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(marker)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(marker, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link || entry.optional || !path.startsWith('node_modules/')) return true;
    return present[path]?.version === entry.version && existsSync(join(root, path, 'package.json'));
  });
}

function npm(args) {
  const cli = process.env.npm_execpath;
  const options = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 };
  return cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** Installs the packages of the lockfile when something is missing. */
export function install() {
  if (isInstalled()) return;
  say('installing the packages of package-lock.json (npm ci) …');
  const result = npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  if (result.status === 0) return;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  const log = join(tmpdir(), `ringside-npm-ci-${process.pid}.log`);
  writeFileSync(log, output);
  throw new Plain(explainInstall(output, log));
}

/** What to tell the person whose `npm ci` failed. */
export function explainInstall(output, log) {
  if (NO_NETWORK.test(output)) {
    return 'The packages could not be downloaded because npm reached no network: connect this machine (or set an npm registry it can reach) and run the same command again.';
  }
  if (output.includes('EUSAGE')) {
    return 'package.json and package-lock.json disagree: run `npm install`, then `npm run lockfile`, and the same command again.';
  }
  return `npm ci failed; its output is in ${log}: fix what it names and run the same command again.`;
}

function newest(folder, skip) {
  // A folder's own time changes when something in it is removed.
  let time = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (skip.has(entry.name)) continue;
    const path = join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(path, skip) : statSync(path).mtimeMs);
  }
  return time;
}

/** Time of the newest file below the given paths of the repository, in milliseconds. */
export function newestOf(paths, skip = new Set(['node_modules', 'dist', 'build', 'reference'])) {
  return Math.max(
    ...paths.map((path) => {
      const full = join(ROOT, path);
      if (!existsSync(full)) return 0;
      return statSync(full).isDirectory() ? newest(full, skip) : statSync(full).mtimeMs;
    }),
  );
}

// When a step was last done is remembered beside the installed packages: a clean install forgets all steps.
const stampOf = (step) => join(ROOT, 'node_modules', '.ringside', step);

/** True when `result` is there and the step made it, with the same settings, after the last change of its sources. */
export function isFresh(step, result, sources, settings = '') {
  const stamp = stampOf(step);
  if (!existsSync(join(ROOT, result)) || !existsSync(stamp)) return false;
  return statSync(stamp).mtimeMs > newestOf(sources) && readFileSync(stamp, 'utf8') === settings;
}

export function markDone(step, settings = '') {
  mkdirSync(join(ROOT, 'node_modules', '.ringside'), { recursive: true });
  writeFileSync(stampOf(step), settings);
}

const filesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));

/**
 * Makes `folder` hold what `made` holds, and removes `made`. Each file takes the place of its elder by a rename, and only then go the files
 * that are no longer wanted: whoever reads `folder` meanwhile finds every file that both have, whole.
 */
export function replaceFolder(folder, made) {
  const wanted = filesOf(made);
  for (const file of wanted) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    renameSync(join(made, file), join(folder, file));
  }
  const keep = new Set(wanted);
  for (const file of filesOf(folder)) if (!keep.has(file)) rmSync(join(folder, file), { force: true });
  rmSync(made, { recursive: true, force: true });
}

/**
 * Compiles `sim/` to `sim/dist` when a source is newer than the last successful build. It compiles beside it: a site or notebook that runs
 * never sees the library half written, and keeps the old one when the new one does not compile.
 */
export function buildSim({ force = false } = {}) {
  if (!existsSync(join(ROOT, 'sim', 'index.ts')))
    throw new Plain('sim/index.ts is missing: this checkout is not complete.');
  if (!force && isFresh('library', 'sim/dist/index.js', ['sim', 'package-lock.json'])) return;
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) throw new Plain('The TypeScript compiler is not installed: run `npm ci` first.');
  say(`compiling ${relative(ROOT, join(ROOT, 'sim'))}/ to sim/dist …`);
  const beside = join(ROOT, 'node_modules', '.ringside', `dist-${process.pid}`);
  const result = runNode([compiler, '-p', 'sim/tsconfig.build.json', '--outDir', beside], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) {
    rmSync(beside, { recursive: true, force: true });
    throw new Plain('sim/ does not compile: the lines above say where.');
  }
  replaceFolder(join(ROOT, 'sim', 'dist'), beside);
  markDone('library');
}
