// What `.ci/run` counts: npm test's own checks, the production build, the package, the notebooks in Jupyter, the browser tests.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { jupyterChecks } from './notebook-jupyter.mjs';
import { packageChecks } from './package-check.mjs';
import { buildSim, install, Plain, ROOT, withPlainErrors } from './setup.mjs';
import { buildSite } from './site.mjs';
import { closingLine, counts, staticChecks, sum, vitest } from './suite.mjs';

async function siteBuild() {
  try {
    rmSync(join(ROOT, 'build'), { recursive: true, force: true });
    await buildSite({ force: true });
    return counts(1);
  } catch (error) {
    if (!(error instanceof Plain)) throw error;
    console.error(`failed: ${error.message}`);
    return counts(0, 1);
  }
}

await withPlainErrors(async () => {
  process.chdir(ROOT);
  install();
  buildSim({ force: true });
  const results = [...staticChecks(), vitest('unit tests', '.tools/vitest.config.mjs')];
  const built = await siteBuild();
  results.push(built, ...packageChecks(), jupyterChecks());
  // Without a site there is nothing to open: the failed build already counts.
  if (built.failed === 0) results.push(vitest('browser tests', '.tools/vitest.browser.config.mjs'));
  const total = sum(results);
  console.log(closingLine(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
});
