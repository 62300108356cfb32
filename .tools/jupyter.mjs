// `npm run notebooks`: installs the kernel of the notebooks in the Jupyter of this machine and starts it on them. `--install` does no
// more than install; everything else goes to Jupyter, as in `npm run notebooks -- --no-browser --port 8889`.
import './require-node.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findJupyter, installKernel } from './jupyter-kernel.mjs';
import { buildSim, install, ROOT, say, withPlainErrors } from './setup.mjs';

await withPlainErrors(() => {
  const found = findJupyter();
  install();
  buildSim();
  const { done, env } = installKernel(found);
  say(done);
  const args = process.argv.slice(2);
  if (args.includes('--install')) return;
  // Jupyter refuses to run for root unless it is told to; in a container there is nobody else.
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  say(`starting Jupyter on notebooks/ (${found.jupyter} ${found.program}; Ctrl+C stops it)`);
  const child = spawn(found.jupyter, [found.program, ...asRoot, ...args], {
    cwd: join(ROOT, 'notebooks'),
    stdio: 'inherit',
    env,
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 0 : (code ?? 1)));
});
