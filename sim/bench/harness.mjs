// What every benchmark here needs: interleaved pairs, medians of ratios, the machine and the versions, one JSON result.
//
// Only ratios taken within one run mean anything: absolute numbers move by a factor of two with the hour. So a candidate and its
// anchor run back to back, the ratio is taken per pair, and the median over the rounds is reported with its spread. Times are CPU
// times of the process where a child runs alone, so that what else the machine does matters less.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const BENCH = path.dirname(fileURLToPath(import.meta.url));

/** The middle of a list of numbers (the mean of the two in the middle). */
export function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** One line of a command's output, or '' when it is not there. */
function firstLine(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : '';
}

/** What the numbers depend on. */
export function machine() {
  const cpus = os.cpus();
  return {
    cpu: `${cpus.length} x ${cpus[0]?.model.trim() ?? os.arch()}`,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.platform()} ${os.arch()}`,
    node: process.version,
    v8: process.versions.v8,
    compiler: firstLine('g++', ['--version']),
    load: os.loadavg()[0],
  };
}

export class Harness {
  /** `rounds`: pairs per comparison. `quick`: a smoke test, whose numbers mean nothing. `dist`: the built library. */
  constructor({ rounds = 5, quick = false, dist = path.join(BENCH, '../dist') } = {}) {
    this.rounds = quick ? 1 : rounds;
    this.quick = quick;
    this.dist = path.resolve(dist);
    this.results = [];
    this.skipped = [];
    this.scratch = mkdtempSync(path.join(os.tmpdir(), 'ringside-bench-'));
  }

  /** Imports a built module of the library: `index.js`, or `core/engine.js` for internals. */
  load(file) {
    return import(pathToFileURL(path.join(this.dist, file)).href);
  }

  /** Compiles one C++ file at -O2; undefined, and skipped by name, when there is no compiler. */
  compile(source) {
    const binary = path.join(this.scratch, path.basename(source, '.cc'));
    if (existsSync(binary)) return binary;
    const { status, error } = spawnSync('g++', ['-O2', '-std=c++17', '-o', binary, source], {
      encoding: 'utf8',
    });
    if (error || status !== 0) return this.skip(`${path.basename(source)} (C++ -O2)`, 'no g++ here');
    return binary;
  }

  /** Runs a child to its end and reads the JSON it prints. */
  child(command, args) {
    return JSON.parse(execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 }));
  }

  /** Runs `ours` and `anchor` (each gives operations per second) in turn; notes medians and the median of the ratios. */
  async pair(name, ours, anchor, { target, unit = 'M/s', scale = 1e6, anchorName = 'anchor' } = {}) {
    const rows = [];
    for (let round = 0; round < this.rounds; round++) {
      const second = await anchor();
      const first = await ours();
      rows.push({ ours: first / scale, anchor: second / scale, ratio: first / second });
    }
    const ratios = rows.map((row) => row.ratio);
    const result = {
      name,
      unit,
      ours: median(rows.map((row) => row.ours)),
      anchor: median(rows.map((row) => row.anchor)),
      anchorName,
      ratio: median(ratios),
      low: Math.min(...ratios),
      high: Math.max(...ratios),
      target,
      met: target === undefined ? undefined : median(ratios) >= target,
    };
    return this.note(result);
  }

  /** Notes a measurement that has no anchor: `measure` gives operations per second. */
  async single(name, measure, { unit = 'M/s', scale = 1e6, target } = {}) {
    const values = [];
    for (let round = 0; round < this.rounds; round++) values.push((await measure()) / scale);
    const ours = median(values);
    const met = target === undefined ? undefined : ours >= target;
    return this.note({ name, unit, ours, low: Math.min(...values), high: Math.max(...values), target, met });
  }

  note(result) {
    if (this.quick) result.met = undefined;
    this.results.push(result);
    process.stdout.write(`${line(result)}\n`);
    return result;
  }

  /** Says that something was not measured, and why. */
  skip(name, why) {
    this.skipped.push({ name, why });
    process.stdout.write(`skipped: ${name}: ${why}\n`);
    return undefined;
  }

  /** Writes everything to `file` and cleans up. */
  finish(file) {
    const report = {
      date: new Date().toISOString(),
      machine: machine(),
      rounds: this.rounds,
      quick: this.quick,
      results: this.results,
      skipped: this.skipped,
    };
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    rmSync(this.scratch, { recursive: true, force: true });
    return report;
  }
}

function line({ name, ours, unit, anchor, anchorName, ratio, low, high, target, met }) {
  const number = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  let text = `${name.padEnd(44)} ${number(ours)} ${unit}`;
  if (ratio !== undefined) text += `   ${number(ratio)} x ${anchorName} (${number(anchor)})`;
  if (low !== undefined) text += `   [${number(low)} .. ${number(high)}]`;
  if (met !== undefined)
    text += `   ${met ? 'meets' : 'MISSES'} ${target === undefined ? 'it' : number(target)}`;
  return text;
}
