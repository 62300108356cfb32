// Is what `npm pack` makes of sim/ a package that others can use?
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';
import { counts, single } from './suite.mjs';

const PUBLINT = join(ROOT, 'node_modules', 'publint', 'src', 'cli.js');
const ATTW = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

const KERNEL_TSC = join(ROOT, 'node_modules', '@tslab', 'typescript-for-tslab', 'bin', 'tsc');

/** What a user's first program does: run an experiment and encode a message; the right answers come from the golden files. */
const CONSUMER = `import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { run, VERSION, wire } from 'ringside';

const { version, digest, metrics, vector } = JSON.parse(readFileSync(new URL('expected.json', import.meta.url), 'utf8'));
assert.equal(VERSION, version);

const dma = run('two-roads', { mode: 'dma' });
assert.deepEqual(dma.metrics, metrics);
assert.equal(dma.digest, digest);

const codec = wire.byGoldenName(vector.struct);
const bytes = codec.encode(vector.fields, { length: vector.length });
assert.equal(Buffer.from(bytes).toString('hex'), vector.hex);
const fields = codec.decode(bytes);
for (const [name, value] of Object.entries(vector.fields)) assert.equal(fields[name], value, name);

console.log('ringside', VERSION, 'runs from its package:', dma.line, dma.digest, vector.name);
`;

const TYPED_CONSUMER = `import { run, VERSION, wire } from 'ringside';
export const version: string = VERSION;
export const intercepts: number = run('two-roads', { mode: 'dma', size: 4096 }, { seed: 7 }).metrics.deviceIntercepts;
export const bytes: Uint8Array = wire.byGoldenName('vstor_packet').encode({ operation: 1 });
export const fields: Record<string, unknown> = wire.byGoldenName('vstor_packet').decode(bytes);
`;

const VECTOR = 'stor_query_properties_complete';

function expected() {
  const read = (path) => JSON.parse(readFileSync(join(ROOT, 'sim', path), 'utf8'));
  const vector = read('wire/golden/vectors.json').vectors.find(({ name }) => name === VECTOR);
  return { version: read('package.json').version, ...read('experiments/golden/two-roads.json').dma, vector };
}

function pack(folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const output = execFileSync('npm', args, {
    cwd: join(ROOT, 'sim'),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return join(folder, JSON.parse(output)[0].filename);
}

const TYPE_CHECKS = {
  Node: { tsc: TSC, options: { module: 'nodenext' } },
  'a bundler': { tsc: TSC, options: { module: 'esnext', moduleResolution: 'bundler' } },
  // The compiler inside the notebook kernel, with the kernel's own settings: an older language, another way to find a package.
  'a notebook': { tsc: KERNEL_TSC, options: { module: 'commonjs', moduleResolution: 'node', strict: false } },
};

/** A folder as a user has it: the unpacked package, its dependency, nothing of this repository. */
function consumer(folder, tarball) {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'ringside'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'ringside')]);
  symlinkSync(join(ROOT, 'node_modules', 'commander'), join(modules, 'commander'), 'junction');
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('package.json', '{ "type": "module" }\n');
  write('use.mjs', CONSUMER);
  write('expected.json', JSON.stringify(expected()));
  write('use.ts', TYPED_CONSUMER);
  for (const [name, { options }] of Object.entries(TYPE_CHECKS)) {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      types: [],
      skipLibCheck: false,
      ...options,
    };
    write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  }
}

export function packageChecks() {
  const folder = mkdtempSync(join(tmpdir(), 'ringside-pack-'));
  try {
    const tarball = pack(folder);
    consumer(folder, tarball);
    return [
      single('package: publint', [PUBLINT, 'run', tarball, '--strict']),
      // A CommonJS `require` of an ES module works in every Node this package supports.
      single('package: attw', [ATTW, tarball, '--no-emoji', '--ignore-rules', 'cjs-resolves-to-esm']),
      single('package: plain Node', [join(folder, 'use.mjs')]),
      ...Object.entries(TYPE_CHECKS).map(([name, { tsc }]) =>
        single(`package: types for ${name}`, [tsc, '-p', join(folder, `tsconfig.${name}.json`)]),
      ),
      single('package: its command', [
        join(folder, 'node_modules', 'ringside', 'bin', 'ringside.mjs'),
        '--help',
      ]),
    ];
  } catch (error) {
    console.error(`failed: npm pack (${error.message})`);
    return [counts(0, 1)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
