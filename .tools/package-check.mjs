// Is what `npm pack` makes of sim/ a package that others can use?
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';
import { counts, single } from './suite.mjs';

const PUBLINT = join(ROOT, 'node_modules', 'publint', 'src', 'cli.js');
const ATTW = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

const KERNEL_TSC = join(ROOT, 'node_modules', '@tslab', 'typescript-for-tslab', 'bin', 'tsc');

const CONSUMER = `import * as ringside from 'ringside';
if (typeof ringside.VERSION !== 'string') throw new Error('ringside.VERSION is missing');
console.log('ringside', ringside.VERSION, 'loads from its package');
`;

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
  write('use.ts', "import { VERSION } from 'ringside';\nexport const version: string = VERSION;\n");
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
