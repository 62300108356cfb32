/**
 * `npm run fuzz`: attacks the host until so many cases are done, and says what was found and how to see it again.
 *
 * Arguments: `--cases N` (ten million when left out), `--seed S` (the first life), `--case S` (one life again, with the fewest cases that
 * still show the bug), `--target NAME`.
 */
import { Worker } from 'node:worker_threads';
import { enough, LIFE_CASES, live, type Report, reproduction, TARGETS, targetOf } from './life.ts';

const DEFAULT_CASES = 10_000_000;
const MOST_REPORTS = 10;
const TELL_EVERY = 10_000;
const MB = 1024 * 1024;
/** Seconds that one life may take; most take a hundredth of one. */
const PATIENCE = 60;

/** A second thread that looks whether the first one still goes on: a loop within one case is seen by nobody else. */
const WATCHDOG = `
const { workerData: { life, patience } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let [seen, since] = [-1, Date.now()];
setInterval(() => {
  const now = Atomics.load(life, 0);
  if (now !== seen) [seen, since] = [now, Date.now()];
  else if (now >= 0 && Date.now() - since > 1000 * patience) {
    writeSync(1, 'hang: a life does not end. Again: npm run fuzz -- --case ' + now + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }
}, 1000);
`;

/** Starts the second thread; returns what is to be called before each life. */
function watch(): (seed: number) => void {
  const life = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  new Worker(WATCHDOG, { eval: true, workerData: { life, patience: PATIENCE } }).unref();
  return (seed) => {
    Atomics.store(life, 0, seed);
  };
}

interface Wishes {
  readonly cases: number;
  readonly seed: number;
  readonly again: number | undefined;
  readonly target: string | undefined;
}

function wishes(args: readonly string[]): Wishes | string {
  const value = (name: string): string | undefined => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const known = ['--cases', '--seed', '--case', '--target'];
  const strange = args.find((word, i) => !known.includes(word) && !known.includes(args[i - 1] ?? ''));
  if (strange) return `"${strange}" is not known. There are ${known.join(', ')}.`;
  const numbers = ['--cases', '--seed', '--case'].map((name) => Number(value(name) ?? 0));
  if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0))
    return 'Give whole numbers, 0 or more.';
  const target = value('--target');
  if (target !== undefined && !TARGETS.some(({ name }) => name === target))
    return `There is no target "${target}". There are ${TARGETS.map(({ name }) => `"${name}"`).join(', ')}.`;
  const [cases, seed, again] = numbers;
  return {
    cases: cases || DEFAULT_CASES,
    seed,
    again: value('--case') === undefined ? undefined : again,
    target,
  };
}

function tellAgain(seed: number): number {
  const { name, oneCase } = targetOf(seed);
  const { report, cases } = live(seed);
  console.log(`Life ${seed}: ${name}, ${cases} cases; a case is ${oneCase}.`);
  if (!report) {
    console.log('Nothing was found.');
    return 0;
  }
  console.log(reproduction(report));
  console.log(`Cases that are enough: ${enough(report).join(', ')}`);
  console.log(report.finding.cause instanceof Error ? report.finding.cause.stack : report.finding.stack);
  return 1;
}

function attack({ cases, seed, target }: Wishes): number {
  const start = performance.now();
  const reports: Report[] = [];
  const perTarget = new Map<string, number>();
  const begin = watch();
  let [done, told, life] = [0, start, seed];
  for (; done < cases && reports.length < MOST_REPORTS; life++) {
    if (target !== undefined && targetOf(life).name !== target) continue;
    begin(life);
    const end = live(life);
    done += end.cases;
    perTarget.set(end.target, (perTarget.get(end.target) ?? 0) + end.cases);
    if (end.report) {
      reports.push(end.report);
      console.log(reproduction(end.report));
    }
    if (performance.now() - told < TELL_EVERY) continue;
    told = performance.now();
    console.log(`${(done / 1e6).toFixed(2)} million cases, ${rate(done, start)}, ${memory()}`);
  }
  console.log(`\nCases by target (a life is ${LIFE_CASES} cases; every eighth is lived twice):`);
  for (const { name, oneCase } of TARGETS)
    console.log(`  ${name.padEnd(16)} ${String(perTarget.get(name) ?? 0).padStart(9)}  ${oneCase}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const found = reports.length === 1 ? '1 bug' : `${reports.length} bugs`;
  console.log(
    `\n${done} cases in ${seconds} s on one core: ${rate(done, start)}, ${memory()}. ${found} found.`,
  );
  return reports.length > 0 ? 1 : 0;
}

const rate = (done: number, start: number): string =>
  `${Math.round((1000 * done) / (performance.now() - start))} cases/s`;
const memory = (): string => {
  const { rss, heapUsed } = process.memoryUsage();
  return `${Math.round(heapUsed / MB)} MB of heap, ${Math.round(rss / MB)} MB in all`;
};

const wanted = wishes(process.argv.slice(2));
if (typeof wanted === 'string') {
  console.error(wanted);
  process.exitCode = 2;
} else process.exitCode = wanted.again === undefined ? attack(wanted) : tellAgain(wanted.again);
