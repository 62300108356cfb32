// What `.ci/run` counts: `npm test`, whose counts it finds in the file that it names, then the production build, the package, the
// notebooks in Jupyter, real guests, the browser tests. One closing line for all.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jupyterChecks } from './notebook-jupyter.mjs';
import { packageChecks } from './package-check.mjs';
import { Plain, ROOT, runNode, say, withPlainErrors } from './setup.mjs';
import { buildSite } from './site.mjs';
import { closingLine, counts, sum, vitest } from './suite.mjs';

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

/** What `npm test` counted; `undefined` when it ended before it had counted anything. */
function tested(file) {
  const text = readFileSync(file, 'utf8');
  return text === '' ? undefined : JSON.parse(text);
}

/** Linux and iPXE on our host. Their files come by apt: a machine without it has one check skipped, and says so. */
function guestChecks() {
  if (spawnSync('apt-get', ['--version']).status !== 0) {
    say('no apt-get here: the checks with real guests are skipped');
    return counts(0, 0, 1);
  }
  say('real guests …');
  const folder = mkdtempSync(join(tmpdir(), 'ringside-'));
  const file = join(folder, 'counts.json');
  writeFileSync(file, '');
  const { status } = runNode(['.tools/guest-checks.mjs'], { env: { ...process.env, RINGSIDE_COUNTS: file } });
  const counted = tested(file) ?? counts(0, 1);
  rmSync(folder, { recursive: true, force: true });
  return status !== 0 && counted.failed === 0 ? sum([counted, counts(0, 1)]) : counted;
}

/** Everything else. Without a site there is nothing to open: the failed build already counts. */
async function furtherChecks() {
  const built = await siteBuild();
  const results = [built, ...packageChecks(), await jupyterChecks(), guestChecks()];
  if (built.failed === 0) results.push(vitest('browser tests', '.tools/vitest.browser.config.mjs'));
  return results;
}

await withPlainErrors(async () => {
  process.chdir(ROOT);
  const first = tested(process.argv[2]);
  // No packages or no library: nothing else can run either.
  const results = first ? [first, ...(await furtherChecks())] : [counts(0, 1)];
  const total = sum(results);
  console.log(closingLine(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
});
