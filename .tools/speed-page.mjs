// `node .tools/speed-page.mjs`, after `npm run bench`: writes docs/speed.md from its results, so that page and numbers cannot differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const RESULTS = join(ROOT, 'sim/bench/results/latest.json');
export const PAGE = join(ROOT, 'docs/speed.md');

/** What the first word of a measurement's name says about where it belongs. */
const SECTIONS = [
  {
    title: 'The engine',
    starts: ['HOLD', 'skipTo', 'timer', 'trace', 'exponential'],
    text: 'HOLD keeps so many events pending: each, when it runs, posts itself anew. All engines read the same table of times and must run the events in the same order.',
  },
  {
    title: 'Structures and rings',
    starts: ['wire', 'ring'],
    text: 'A packet of storage, field by field; and a ring of 256 KiB through which packets go in bursts of sixteen, copied in, copied out and checked.',
  },
  {
    title: 'The two roads',
    starts: ['port', 'storvsc'],
    text: 'Whole requests on one core: a word per port access through driver, hypervisor, worker process and registers; and random requests of 512 bytes, 32 in flight, through real rings, over a working set of 512 KiB on a disk that answers at once. The trace records every event.',
  },
  {
    title: 'Many processors',
    starts: ['hypervisor', '64', 'growth'],
    text: 'Virtual processors that do nothing but leave their guest, each with a processor of its own and four on one. Then whole machines of 64: a virtual second of them against a second of ours; and how the work grows from 8 to 64, in units of n log n, where 1 is exactly that and more is better.',
  },
  {
    title: 'Memory',
    starts: ['memory'],
    text: 'Page tables of a guest are bytes in its memory. A walk reads four entries of them; with a second level the tables of the hypervisor count, too. On a TLB miss each translation walks; by a program there is an instruction of the simulated processor around it.',
  },
];

const grouped = (value) => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ' ');
const number = (value) => {
  if (value >= 10_000) return grouped(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
};
const cell = (text) => text.replaceAll('|', '\\|');

/** How far a measurement got. */
const reached = ({ target, ratio, ours }) =>
  target === undefined ? 'no' : `${Math.round((100 * (ratio ?? ours)) / target)} % of what was asked`;

function verdict(result) {
  if (result.met === undefined) return '';
  return result.met ? 'met' : `**not met**: ${reached(result)}`;
}

function row(result) {
  const { name, unit, ours, anchor, anchorName, ratio, low, high, target } = result;
  const spread = low === undefined ? '' : ` (${number(low)} to ${number(high)})`;
  const against = ratio === undefined ? '' : `${number(ratio)} × ${anchorName}, ${number(anchor)} ${unit}`;
  const asked =
    target === undefined ? '' : ratio === undefined ? `${number(target)} ${unit}` : `${number(target)} ×`;
  const cells = [name, `${number(ours)} ${unit}`, (against + spread).trim(), asked, verdict(result)];
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Whether a section takes a measurement. */
const takes = ({ starts }, { name }) => starts.includes(name.split(/[ ,:]/)[0]);

function section(one, results) {
  const { title, text } = one;
  const rows = results.filter((result) => takes(one, result)).map(row);
  if (rows.length === 0) return '';
  return `## ${title}

${text}

| what | measured | against (lowest to highest) | asked | goal |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function summary({ results }) {
  const judged = results.filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => !met);
  if (missed.length === 0) return `All ${judged.length} goals were met in this run.`;
  const names = missed.map((result) => `- ${result.name}: ${reached(result)}`);
  return `${judged.length - missed.length} of ${judged.length} goals were met in this run. Not met:\n\n${names.join('\n')}`;
}

/** Our own mistake: a measurement that no section takes would vanish from the page. */
function mustAllShow(results) {
  const lost = results.filter((result) => !SECTIONS.some((one) => takes(one, result)));
  if (lost.length > 0)
    throw new Error(`no section of the page on speed takes: ${lost.map(({ name }) => name).join('; ')}`);
}

/** The page that shows a report of the bench. */
export function speedPage(report) {
  const { date, machine, rounds, results, skipped } = report;
  mustAllShow(results);
  const { cpu, memoryGiB, system, node, v8, compiler, load } = machine;
  const left = skipped.map(({ name, why }) => `- ${name}: ${why}`);
  const others = SECTIONS.map((one) => section(one, results)).filter((text) => text !== '');
  return `---
title: Speed
description: How fast the simulator is, against yardsticks measured in the same run, and where it falls short.
---

<!-- Written by .tools/speed-page.mjs from sim/bench/results/latest.json. -->

What follows was measured on ${date.slice(0, 10)} at ${date.slice(11, 16)} UTC by \`npm run bench\`; run it to have the numbers of your own computer.

${summary(report)}

## How it was measured

Only ratios taken within one run mean anything: absolute numbers move by a factor of two with the hour. So each way and its yardstick
run in turn, each in a process of its own, ${rounds} times over; a ratio is taken per pair, and the table shows the median and the range. Times are
processor time, after a warm-up. Where both do the same work they must come to the same result, or the comparison is void.

The computer: ${cpu}, ${memoryGiB} GiB, ${system}; Node ${node.replace('v', '')} (V8 ${v8}), ${compiler || 'no C++ compiler'}. C++ is compiled with \`-O2\`. In its last minute, ${load.toFixed(1)} tasks
wanted those processors on average: on a quiet computer the absolute numbers are higher.

${others.join('\n')}${left.length === 0 ? '' : `\n## Not measured\n\n${left.join('\n')}\n`}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(PAGE, speedPage(JSON.parse(readFileSync(RESULTS, 'utf8'))));
