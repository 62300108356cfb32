// The test suite: every check counts as what its own runner says it counted.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSim, install, ROOT, runNode, say, withPlainErrors } from './setup.mjs';

const TSC = join('node_modules', 'typescript', 'bin', 'tsc');
const BIOME = join('node_modules', '@biomejs', 'biome', 'bin', 'biome');
const VITEST = join('node_modules', 'vitest', 'vitest.mjs');

/** Counts of one runner. */
export const counts = (passed = 0, failed = 0, skipped = 0) => ({ passed, failed, skipped });

export const sum = (all) =>
  all.reduce((a, b) => counts(a.passed + b.passed, a.failed + b.failed, a.skipped + b.skipped), counts());

export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A command that is one test: it passes when it exits with 0. */
export function single(title, args) {
  say(`${title} …`);
  const result = runNode(args);
  if (result.status === 0) return counts(1);
  console.error(`failed: ${title}`);
  return counts(0, 1);
}

function countReport(report) {
  const brokenFiles = report.testResults.filter(
    (f) => f.status === 'failed' && f.assertionResults.length === 0,
  ).length;
  return counts(
    report.numPassedTests,
    report.numFailedTests + brokenFiles,
    report.numPendingTests + (report.numTodoTests ?? 0),
  );
}

/** Runs vitest with the given config and counts from its JSON report; a run without a report is one failure. */
export function vitest(title, config, args = []) {
  say(`${title} …`);
  const folder = mkdtempSync(join(tmpdir(), 'ringside-'));
  const file = join(folder, 'report.json');
  const result = runNode([
    ...[
      VITEST,
      'run',
      '--config',
      config,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    ...args,
  ]);
  const counted = existsSync(file) ? countReport(JSON.parse(readFileSync(file, 'utf8'))) : counts(0, 1);
  rmSync(folder, { recursive: true, force: true });
  // Errors outside any test (an unhandled rejection) show in the exit code alone.
  return result.status !== 0 && counted.failed === 0 ? sum([counted, counts(0, 1)]) : counted;
}

export function staticChecks() {
  return [
    single('type check: the pure library', [TSC, '-p', 'sim/tsconfig.json', '--noEmit']),
    single('type check: command line, benches and tests', [TSC, '-p', 'sim/tsconfig.node.json', '--noEmit']),
    single('type check: the site', [TSC, '-p', 'tsconfig.json', '--noEmit']),
    single('lint and format', [BIOME, 'check', '--error-on-warnings', '.']),
  ];
}

/**
 * `npm test`; further arguments go to vitest (a file, `-t name`). Where a caller that sums up more than this named a file in
 * RINGSIDE_COUNTS, the counts go there, and the line is not the last word.
 */
export function test(args) {
  return withPlainErrors(() => {
    process.chdir(ROOT);
    const file = process.env.RINGSIDE_COUNTS;
    // For this process alone: a test may start the same command.
    delete process.env.RINGSIDE_COUNTS;
    install();
    buildSim();
    const results = args.length > 0 ? [] : staticChecks();
    results.push(vitest('unit tests', '.tools/vitest.config.mjs', args));
    const total = sum(results);
    if (file) {
      writeFileSync(file, JSON.stringify(total));
      say(`npm test: ${closingLine(total)}`);
    } else console.log(closingLine(total));
    process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  });
}
