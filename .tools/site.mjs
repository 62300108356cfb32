// Builds the site when its sources changed, and serves it.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeServiceWorker } from './service-worker.mjs';
import {
  buildSim,
  install,
  isFresh,
  markDone,
  Plain,
  ROOT,
  runNode,
  say,
  withPlainErrors,
} from './setup.mjs';

const DOCUSAURUS = join('node_modules', '@docusaurus', 'core', 'bin', 'docusaurus.mjs');
const QUIET_ENV = { ...process.env, NO_UPDATE_NOTIFIER: '1' };
const BASE_URL = process.env.BASE_URL ?? '/';
const SOURCES = ['docs', 'src', 'static', 'sim', 'notebooks', 'docusaurus.config.ts', 'package-lock.json'];

// Loaded late: it needs a package that a fresh clone does not have yet.
const writeReference = async () => (await import('./reference.mjs')).buildReference();

/** Builds `build/` when a source is newer than the last successful build. */
export async function buildSite({ force = false } = {}) {
  if (!force && isFresh('site', 'build/index.html', SOURCES, BASE_URL)) return;
  say('building the site (a minute or so; only after changes) …');
  await writeReference();
  const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 };
  const result = runNode([DOCUSAURUS, 'build'], { ...quiet, env: QUIET_ENV });
  if (result.status !== 0) {
    console.error(result.stdout);
    throw new Plain('The site does not build: the lines above say where.');
  }
  writeServiceWorker(join(ROOT, 'build'));
  markDone('site', BASE_URL);
}

function options(args) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', short: 'p' },
        host: { type: 'string' },
        watch: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new Plain(`${error.message.split('. ')[0]}. Known: --port N, --host ADDRESS, --watch.`);
  }
}

function portNumber(text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Plain(
      `"${text}" is not a port: give a whole number from 1 to 65535, as in \`npm start -- --port 3001\`.`,
    );
  }
  return port;
}

function listens(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => server.close(resolve));
  });
}

async function claimPort(port, host) {
  try {
    await listens(port, host);
  } catch (error) {
    if (error.code === 'EADDRINUSE') {
      throw new Plain(
        `Port ${port} is taken by another program: choose another, as in \`npm start -- --port ${port + 1}\`.`,
      );
    }
    if (error.code === 'EACCES')
      throw new Plain(`This account may not open port ${port}: choose one above 1023.`);
    throw new Plain(`${host}:${port} cannot be opened (${error.code}): choose another --host or --port.`);
  }
}

const HELP = `npm start                    install what is missing, build what is needed, serve the site
npm start -- --port 4000     on another port (or the PORT variable; 3000 by default)
npm start -- --host 0.0.0.0  reachable from other machines
npm start -- --watch         rebuild on every change (for authors)`;

/** `npm start`. */
export function start(args) {
  return withPlainErrors(async () => {
    const { port: given, host = 'localhost', watch, help } = options(args);
    if (help) return console.log(HELP);
    const port = portNumber(given ?? process.env.PORT ?? '3000');
    await claimPort(port, host);
    install();
    buildSim();
    await (watch ? writeReference() : buildSite());
    serve(watch ? 'start' : 'serve', port, host);
  });
}

function serve(command, port, host) {
  const address = `http://${host}:${port}${BASE_URL}`;
  const child = spawn(
    process.execPath,
    [DOCUSAURUS, command, '--no-open', '--port', String(port), '--host', host],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], env: QUIET_ENV },
  );
  // Its first words mean that it listens; what it says later (a page that does not compile) matters to authors only.
  child.stdout.once('data', () => say(`the site is at ${address} (Ctrl+C stops it)`));
  if (command === 'start') child.stdout.pipe(process.stdout);
  else child.stdout.resume();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 0 : (code ?? 1)));
}
