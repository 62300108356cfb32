// npm run bench [-- --only=engine --rounds=5 --quick --dist=<built library> --out=<result file>]
//
// Runs every file in this folder that exports run(harness). Build the library first: npm run build -w sim
//
// A whole run writes results/latest.json, from which `node .tools/speed-page.mjs` makes the page on speed; a part goes to a temporary
// file, since the page shows whole runs only.
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BENCH, Harness, machine } from './harness.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    dist: { type: 'string' },
    out: { type: 'string' },
  },
});

const harness = new Harness({ rounds: Number(values.rounds), quick: values.quick, dist: values.dist });
if (!existsSync(harness.dist)) {
  process.stderr.write('The library is not built. Run: npm run build -w sim\n');
  process.exit(1);
}

const { cpu, memoryGiB, system, node, v8, compiler, load } = machine();
process.stdout.write(
  `${cpu}, ${memoryGiB} GiB, ${system}, load ${load.toFixed(1)}\nNode ${node} (V8 ${v8}), ${compiler || 'no g++'}\n`,
);

const files = readdirSync(BENCH).filter(
  (file) => file.endsWith('.mjs') && !['index.mjs', 'harness.mjs'].includes(file),
);
for (const file of files.sort()) {
  const name = path.basename(file, '.mjs');
  if (values.only && values.only !== name) continue;
  const bench = await import(`./${file}`);
  if (typeof bench.run !== 'function') continue;
  process.stdout.write(`\n${name}\n`);
  await bench.run(harness);
}

const whole = path.join(BENCH, 'results/latest.json');
const part = path.join(os.tmpdir(), 'ringside-bench.json');
const out = values.out ?? (values.quick || values.only ? part : whole);
const report = harness.finish(out);
const missed = report.results.filter((result) => result.met === false);
process.stdout.write(
  `\n${report.results.length} measured, ${missed.length} below target, ${report.skipped.length} skipped; written to ${path.relative('', out)}\n`,
);
if (missed.length > 0 && !values.quick) process.exitCode = 2;
