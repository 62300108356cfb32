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

/** A folder as a user has it: the unpacked package, its dependency, nothing of this repository. */
function consumer(folder, tarball) {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'ringside'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'ringside')]);
  symlinkSync(join(ROOT, 'node_modules', 'commander'), join(modules, 'commander'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, 'use.mjs'), CONSUMER);
  writeFileSync(
    join(folder, 'use.ts'),
    CONSUMER.replace('console.log', 'export const line = [').replace(/\);\n$/, '];\n'),
  );
}

export function packageChecks() {
  const folder = mkdtempSync(join(tmpdir(), 'ringside-pack-'));
  try {
    const tarball = pack(folder);
    consumer(folder, tarball);
    const types = ['--strict', '--noEmit', '--target', 'es2022', '--types', ''];
    return [
      single('package: publint', [PUBLINT, 'run', tarball, '--strict']),
      // A CommonJS `require` of an ES module works in every Node this package supports.
      single('package: attw', [ATTW, tarball, '--no-emoji', '--ignore-rules', 'cjs-resolves-to-esm']),
      single('package: plain Node', [join(folder, 'use.mjs')]),
      single('package: types for Node', [TSC, ...types, '--module', 'nodenext', join(folder, 'use.ts')]),
      single('package: types for a bundler', [
        TSC,
        ...types,
        '--module',
        'esnext',
        '--moduleResolution',
        'bundler',
        join(folder, 'use.ts'),
      ]),
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
