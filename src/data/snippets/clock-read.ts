import type { SnippetIs } from './types.ts';

export const clockRead: readonly SnippetIs[] = [
  {
    name: 'five-clocks',
    title: 'Exits of one reading, of five clocks',
    code: `import { run } from 'ringside';

for (const source of ['pit', 'pm-timer', 'rtc', 'reference-counter', 'tsc-page'] as const) {
  const { exitsPerRead, nanoseconds } = run('clock-read', { source }).metrics;
  console.log(source.padEnd(18), exitsPerRead, 'exits', nanoseconds, 'ns');
}`,
  },
  {
    name: 'no-page',
    title: 'A host without the page: the guest asks the counter',
    code: `import { run } from 'ringside';

for (const era of ['2008', '2012'] as const) {
  const { fallbacks, reads } = run('clock-read', { source: 'tsc-page', era }).metrics;
  console.log(era, \`\${fallbacks} of \${reads} readings went to the counter\`);
}`,
  },
  {
    name: 'moved',
    title: 'What the sequence of the page is for',
    code: `import { run } from 'ringside';

for (const rule of ['correct', 'no-sequence'] as const) {
  const { maxError, exits } = run('clock-read', { source: 'tsc-page', move: true, rule }).metrics;
  console.log(rule.padEnd(12), \`off by \${maxError} µs at most, \${exits} exits\`);
}`,
  },
  {
    name: 'placement',
    title: 'The same register in three places',
    code: `import { run } from 'ringside';

for (const placement of ['worker', 'root-kernel', 'hypervisor'] as const) {
  const { ringTransitions, exits } = run('clock-read', { placement, rate: 1000, duration: 100 }).metrics;
  console.log(placement.padEnd(12), ringTransitions / exits, 'transitions an access');
}`,
  },
];
