// `npm run fuzz`: compiles the fuzzer with the library's sources, and runs it in a process of its own with bounded memory.
import './require-node.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, ROOT, runNode, say, withPlainErrors } from './setup.mjs';

const TSC = join('node_modules', 'typescript', 'bin', 'tsc');
const OUT = join('node_modules', '.cache', 'ringside-fuzz');
/** Megabytes of heap: a host that remembers without bound ends the run. */
const HEAP = 512;

await withPlainErrors(() => {
  process.chdir(ROOT);
  install();
  say('compiling …');
  if (runNode([TSC, '-p', join('sim', 'test', 'fuzz', 'tsconfig.json')]).status !== 0)
    throw new Error('The fuzzer could not be compiled.');
  writeFileSync(join(OUT, 'package.json'), '{"type":"module"}\n');
  const cli = join(OUT, 'test', 'fuzz', 'cli.js');
  process.exitCode = runNode([`--max-old-space-size=${HEAP}`, cli, ...process.argv.slice(2)]).status ?? 1;
});
